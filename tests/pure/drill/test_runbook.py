"""The runbook as the drill reads it: each fault has a section with a command, and its rule says how long it waits."""

from pathlib import Path

import pytest

from agents.settings import Settings
from tests.drill.runbook import first_command, follow, waits_for

ALERTS = {
    "TouchlineStageDown": ("touchline doctor", "1m"),
    "TouchlineRedisUnavailable": ("redis-cli -u $TOUCHLINE_REDIS ping", "1m"),
    "TouchlineKafkaUnreachable": ("touchline doctor", "1m"),
    "TouchlineDeadLetters": ("touchline dead-letters ls -n 20", "0s"),
    "TouchlineModelRefused": ("touchline model list", "0s"),
}


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_of_the_drill_has_a_command_and_a_rule(alert: str) -> None:
    assert ALERTS[alert] == (first_command(alert), waits_for(alert))


def test_a_command_stands_without_its_comment() -> None:
    page = "# Page\n\n## A\n\nWords.\n\n```sh\nls -l    # what there is\nrm x\n```\n\n## B\n\nNone.\n"

    assert "ls -l" == first_command("A", page)
    with pytest.raises(AssertionError, match="section B has no command"):
        first_command("B", page)


def test_an_alert_without_a_section_or_a_rule_is_told_and_not_passed_over() -> None:
    with pytest.raises(AssertionError, match="no section TouchlineUnheardOf"):
        first_command("TouchlineUnheardOf")
    with pytest.raises(AssertionError, match="no rule is called TouchlineUnheardOf"):
        waits_for("TouchlineUnheardOf")


async def test_what_does_not_answer_is_given_up(tmp_path: Path) -> None:
    nowhere = Settings(bootstrap="127.0.0.1:1", redis="redis://127.0.0.1:1/0", data_dir=tmp_path)

    answered = await follow("TouchlineRedisUnavailable", nowhere)
    late = await follow("TouchlineStageDown", nowhere, patience_s=0.05)

    assert (1, True) == (answered.code, "refused" in answered.text)
    assert (None, "no answer in 0.05 s") == (late.code, late.text)
