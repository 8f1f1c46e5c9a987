"""What draws is an extra: without it a replay says so before it begins, and everything else works."""

import subprocess
import sys

WITHOUT = """
import sys
sys.modules["matplotlib"] = None
from agents.cli.main import main
main()
"""


def ran(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-c", WITHOUT, *words], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_a_picture_without_what_draws_is_refused_at_once_with_the_remedy() -> None:
    code, said = ran("model", "replay", "deploy/models/b2b-services.yaml", "--picture", "replay.svg")

    assert 2 == code, said
    assert "--picture: what draws is not installed here" in said
    assert "Install the extra `picture` (matplotlib), or take the figures with --json." in said


def test_nothing_else_asks_for_it() -> None:
    assert 0 == ran("model", "check", "deploy/models/b2b-services.yaml")[0]
