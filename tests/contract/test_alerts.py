"""Alert rules, judged by Prometheus's own tool: each fires where it should, and where it should not, it does not."""

import re
import subprocess
from pathlib import Path

import pytest

from agents.signals.table import everything

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
TESTS = sorted((PROMETHEUS / "tests").glob("*.yaml"))


def promtool(*words: str | Path) -> tuple[int, str]:
    ran = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=60)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.parametrize("tests", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_where_they_should(tests: Path) -> None:
    code, said = promtool("test", "rules", tests)

    assert 0 == code, said


@pytest.mark.parametrize("rules", RULES, ids=lambda path: path.stem)
def test_prometheus_reads_the_rules_and_each_file_has_its_tests(rules: Path) -> None:
    code, said = promtool("check", "rules", rules)

    assert 0 == code, said
    assert rules.name in {tests.name for tests in TESTS}


@pytest.mark.parametrize("rules", RULES, ids=lambda path: path.stem)
def test_rules_ask_for_metrics_that_exist(rules: Path) -> None:
    known = {name for family in everything() for name in (family.name, *family.names)}

    assert set() == set(re.findall(r"\btouchline_[a-z0-9_]+\b", rules.read_text())) - known
