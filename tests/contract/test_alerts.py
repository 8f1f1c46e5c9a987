"""Alert rules: judged by Prometheus' own tool, true to what we expose, and led to what an operator does."""

import importlib
import json
import pkgutil
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from ruamel.yaml import YAML

import agents.signals
from agents.signals.catalogue import FAMILIES, Family
from deploy.prometheus.slo import __main__ as slo
from deploy.runbook import RUNBOOK as RUNBOOK_URL
from tests.pure.test_cli_help import LEAVES, parsed

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = sorted((PROMETHEUS / "rules").glob("*.yaml"))
TESTS = sorted((PROMETHEUS / "tests").glob("*.yaml"))
RUNBOOK = (PROMETHEUS / "runbook.md").read_text()
SECTIONS = dict(re.findall(r"(?ms)^## (\w+)\n(.*?)(?=^#{1,2} |\Z)", RUNBOOK))
OURS = re.compile(r"((?:\w+=\S+ )*)touchline ")
LEADS_TO = f"{RUNBOOK_URL}#"
OTHERS = {
    "up", "process_start_time_seconds", "ALERTS", "kafka_consumergroup_lag", "redis_evicted_keys_total",
}  # fmt: skip
"""Of Prometheus, of every Python process, of the exporters of Kafka and Redis."""
OF_TARGETS = {"namespace", "job", "instance", "le", "consumergroup", "alertname", "alertstate"}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def rules_in(path: Path) -> list[dict[str, Any]]:
    return [rule for group in read(path)["groups"] for rule in group["rules"]]


ALERTS = [rule for path in RULES for rule in rules_in(path) if "alert" in rule]
RECORDS = {rule["record"] for path in RULES for rule in rules_in(path) if "record" in rule}
NAMES = sorted({rule["alert"] for rule in ALERTS})
BY_NAME = pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")


def exposed() -> dict[str, Family]:
    """By the names of their samples."""
    for module in pkgutil.iter_modules(agents.signals.__path__):
        if module.name != "table":
            importlib.import_module(f"agents.signals.{module.name}")
    return {name: family for family in FAMILIES.values() for name in family.names}


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


def seconds(text: str) -> int:
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([dhms])", text))


@cache
def judged() -> list[tuple[str, list[tuple[int, bool]]]]:
    """For each test of each alert: when it was looked at, and whether it fired."""
    told: list[tuple[str, list[tuple[int, bool]]]] = []
    for path in TESTS:
        for test in read(path)["tests"]:
            seen: dict[str, list[tuple[int, bool]]] = defaultdict(list)
            for check in test.get("alert_rule_test", []):
                seen[check["alertname"]].append((seconds(check["eval_time"]), bool(check["exp_alerts"])))
            for check in test.get("promql_expr_test", []):
                for name in re.findall(r'alertname="(\w+)"', check["expr"]):
                    seen[name].append((seconds(check["eval_time"]), bool(check["exp_samples"])))
            told += ((name, sorted(looks)) for name, looks in seen.items())
    return told


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_is_seen_to_fire_to_resolve_and_in_another_case_not_to_fire(name: str) -> None:
    cases = [[fired for _, fired in looks] for named, looks in judged() if named == name]

    assert any(True in fired and False in fired[fired.index(True) :] for fired in cases), "fires, and resolves"
    assert any(True not in fired for fired in cases), "does not fire"


@BY_NAME
def test_an_alert_says_what_is_wrong_how_bad_it_is_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert re.fullmatch(r"(Touchline)([A-Z][a-z]+)+", rule["alert"])
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert {"summary", "description", "runbook_url"} == set(rule["annotations"])
    assert f"{LEADS_TO}{rule['alert'].lower()}" == rule["annotations"]["runbook_url"]
    assert rule["annotations"]["description"].endswith(".")
    assert not rule["annotations"]["summary"].endswith(".")


@pytest.mark.parametrize("rules", [path for path in RULES if path.stem != "slo"], ids=lambda path: path.stem)
def test_deployments_are_told_apart_wherever_jobs_are(rules: Path) -> None:
    asked = [text for rule in rules_in(rules) for text in (rule["expr"], *rule.get("annotations", {}).values())]
    sums = [found for text in asked for found in re.findall(r"\b(?:by|on|ignoring) ?\(([^)]*\bjob\b[^)]*)\)", text)]
    looks = [found for text in asked if "| query" in text for found in re.findall(r"\{(\w+='%s'[^}]*)\}", text)]

    assert [] == [one for one in (*sums, *looks) if "namespace" not in one]


def test_whoever_asks_the_cluster_says_in_which_namespace() -> None:
    asked = [line for line in RUNBOOK.splitlines() if "kubectl " in line]

    assert asked
    assert [] == [line for line in asked if "kubectl -n touchline " not in line]


def selectors(expr: str) -> Iterator[Any]:
    """All that a query asks for by name."""
    waiting = [promql_parser.parse(expr)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, promql_parser.VectorSelector):
            yield node
        waiting += [
            part
            for name in ("expr", "lhs", "rhs", "vector_selector", "param")
            if isinstance(part := getattr(node, name, None), promql_parser.Expr | promql_parser.VectorSelector)
        ]
        waiting += [part for part in getattr(node, "args", None) or () if isinstance(part, promql_parser.Expr)]


@pytest.mark.parametrize("rules", RULES, ids=lambda path: path.stem)
def test_rules_ask_for_metrics_and_labels_that_exist(rules: Path) -> None:
    known, asked = exposed(), 0
    for rule in rules_in(rules):
        for selector in selectors(rule["expr"]):
            asked += 1
            if selector.name in OTHERS | RECORDS:
                continue
            assert selector.name in known, f"{rule.get('alert') or rule['record']} asks for {selector.name}"
            labels = {matcher.name for matcher in selector.matchers.matchers}
            assert labels <= OF_TARGETS | set(known[selector.name].labels), selector.name
            assert [] == sorted(unknown(selector, known[selector.name])), selector.name

    told = {name for rule in rules_in(rules) for name in re.findall(r"\btouchline_[a-z0-9_]+\b", json.dumps(rule))}
    assert told <= {*known, *FAMILIES}
    assert asked >= len(rules_in(rules)) / 2, "the parser finds what is asked for"


def unknown(selector: Any, family: Family) -> Iterator[str]:
    """Values it asks for that a label never has, where all are known."""
    for matcher in selector.matchers.matchers:
        values = {stage: family.values(matcher.name, stage) for stage in family.stages if matcher.name in family.labels}
        if matcher.name in family.labels and None not in values.values():
            there = {value for told in values.values() for value in told or ()}
            yield from (f"{matcher.name}={one}" for one in matcher.value.split("|") if one not in there)


def commands(section: str) -> list[str]:
    return [line for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]


def test_the_runbook_has_a_section_for_each_alert_and_for_nothing_else() -> None:
    assert NAMES == sorted(SECTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_a_section_has_commands_to_look_with_and_says_how_soon_it_heals(name: str) -> None:
    assert commands(SECTIONS[name])
    assert "Heals: " in SECTIONS[name]


@pytest.mark.parametrize("line", sorted(filter(OURS.match, commands(RUNBOOK))))
def test_the_runbook_speaks_of_commands_that_exist(line: str) -> None:
    own = line.partition(" | ")[0]

    assert parsed(OURS.sub("touchline ", own, count=1)) in LEAVES
    assert "handoffs tail" not in own or "--no-follow" in own, "it would wait for new ones"


@pytest.mark.parametrize("said", sorted(set(re.findall(r"`(touchline [^`\n]+)`", RUNBOOK))))
def test_commands_within_its_sentences_exist_too(said: str) -> None:
    words = said.split()[1:]

    assert any(words[: len(leaf.split())] == leaf.split() for leaf in LEAVES)


def test_links_within_the_runbook_lead_somewhere() -> None:
    assert set(re.findall(r"\]\(#(\w+)\)", RUNBOOK)) <= {name.lower() for name in SECTIONS}


def test_the_rules_of_the_objectives_are_those_of_their_specification() -> None:
    assert slo.text() == slo.RULES.read_text()


def test_pyrra_is_told_the_same_objectives_as_sloth() -> None:
    sloth = read(slo.SPEC)
    pyrra = list(YAML(typ="safe").load_all(slo.SPEC.with_name("pyrra.yaml")))

    assert [f"{sloth['service']}-{one['name']}" for one in sloth["slos"]] == [one["metadata"]["name"] for one in pyrra]
    for ours, theirs in zip(sloth["slos"], pyrra, strict=True):
        assert (float(theirs["spec"]["target"]), theirs["spec"]["window"]) == (ours["objective"], "30d")
        (indicator,) = theirs["spec"]["indicator"].values()
        queries = " ".join(ours["sli"]["events"].values())
        assert all(part["metric"] in queries for part in indicator.values())


def test_alertmanager_takes_the_example_and_it_speaks_of_alerts_that_exist() -> None:
    example = PROMETHEUS / "alertmanager.example.yaml"
    ran = subprocess.run(["amtool", "check-config", example], capture_output=True, text=True, timeout=30)
    assert 0 == ran.returncode, ran.stdout + ran.stderr

    silenced = [
        re.compile(pattern)
        for rule in read(example)["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
        for pattern in re.findall(r'^alertname=~?"(.*)"$', matcher)
    ]
    assert len(silenced) > 10
    for pattern in silenced:
        stem, _, choice = pattern.pattern.partition("(")
        named = [f"{stem}{one}" for one in choice.rstrip(")").split("|")] if choice else [stem]
        assert [] == [one for one in named if not any(re.fullmatch(one, name) for name in NAMES)]
