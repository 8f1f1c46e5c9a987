"""What people are told who ask where a lead would go."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from streams.routing.asked_lead import NotALead, situation_from
from streams.routing.decided import decided
from tests.pure.routing.policies import POLICY, almaty


@pytest.mark.parametrize(
    ("touch", "answer"),
    [
        ("2026-11-27 17:50", "2026-11-30T09:20:00+05:00"),
        ("2026-12-15 17:45", "2026-12-17T09:15:00+05:00"),
        ("2026-11-30 03:00", "2026-11-30T09:30:00+05:00"),
    ],
)
def test_the_promise_is_told_on_the_policys_clock(touch: str, answer: str) -> None:
    at_ms = almaty(touch)
    assert answer == decided(POLICY, situation_from(b"{}", at_ms), at_ms).moments["respond by"]


def test_a_call_at_night_is_told_with_its_call_back_at_opening() -> None:
    at_ms = almaty("2026-11-30 23:00")
    answer = decided(POLICY, situation_from(b'{"channel": "call"}', at_ms), at_ms)
    assert "2026-12-01T09:00:00+05:00" == answer.moments["call back"]


def test_a_handoff_is_asked_about_as_it_was_sent() -> None:
    handoff = {
        "specversion": "1.0",
        "data": {
            "handoff_id": "h", "why": "...", "sources": ["fair", "google"], "model": "b2b@3", "segment": "big",
            "trigger": {"kind": "velocity", "rule": "rush"},
            "facts": {"headcount": {"value": 40, "by": "form", "at": ""}},
            "touches": [{"kind": "page_view", "page": "/pricing", "channel": "web"}], "origin": "fair",
        },
    }  # fmt: skip
    situation = situation_from(json.dumps(handoff).encode(), 5)
    assert situation.fields == {
        "page": ("/pricing",), "channel": ("web",), "source": ("fair", "google"), "origin": ("fair",),
        "segment": ("big",), "model": ("b2b",), "trigger": ("velocity",),
    }  # fmt: skip
    assert {"headcount": 40} == situation.facts


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"[1]", "not a JSON object"),
        (b"{", "not a JSON object"),
        (b'{"pages": "/x"}', "`pages` is no word of a lead. Did you mean page? Facts go under `facts`."),
        (b'{"facts": [1]}', "`facts` is not an object"),
    ],
)
def test_what_cannot_be_asked_about_is_told_with_what_to_write(said: bytes, why: str) -> None:
    with pytest.raises(NotALead) as refused:
        situation_from(said, 0)
    assert why in str(refused.value)


def test_the_command_names_the_rule_and_those_before_it(tmp_path: Path) -> None:
    lead = tmp_path / "lead.json"
    lead.write_text('{"facts": {"headcount": 8}}')
    policy = ["--policy", "deploy/routing/b2b-sales.yaml", "--at", "2026-11-27T17:50"]
    told = CliRunner().invoke(app, ["route", "test", str(lead), *policy])
    assert 0 == told.exit_code
    assert "  no   known owner: the lead has no owner yet\n" in told.output
    assert "  YES  too small: partner incubator\n" in told.output
    assert "  respond by   2026-11-30T09:20:00+05:00\n" in told.output


def test_the_preset_is_checked_by_the_command_and_a_slip_refused(tmp_path: Path) -> None:
    assert 0 == CliRunner().invoke(app, ["route", "check", "deploy/routing/b2b-sales.yaml"]).exit_code
    broken = tmp_path / "r.yaml"
    broken.write_text("routing: r\n")
    refused = CliRunner().invoke(app, ["route", "check", str(broken)])
    assert 2 == refused.exit_code
    assert "`version` is missing" in refused.output
