"""The routing policy's language: what it means, and what a person reads who made a slip."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.routing_policy import Hours, RoutingPolicy, Shift, Span, Target
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from streams.model.findings.rendering import render_findings
from streams.routing.document.document import read_policy, review_policy
from tests.pure.routing.policies import almaty

PRESET = Path("deploy/routing/b2b-sales.yaml")
SHORT = "routing: r\nversion: 1\nrules: [{name: all, to: queue sales}]\n"


def policy_of(text: str) -> RoutingPolicy:
    """A document without errors."""
    policy = read_policy(text)
    assert isinstance(policy, RoutingPolicy), policy
    return policy


def test_the_preset_says_what_it_seems_to_say() -> None:
    policy = policy_of(PRESET.read_text())
    assert ("b2b-sales", 1, "Asia/Almaty") == (policy.policy, policy.version, policy.time_zone)
    assert Hours(shifts=(Shift((0, 1, 2, 3, 4), 540, 1080),)) == policy.hours
    assert (2, 12) == (policy.people["ann"].weight, policy.people["ann"].capacity)
    assert (Span(almaty("2026-12-24 00:00"), almaty("2027-01-05 00:00")),) == policy.people["eve"].absent
    assert ("contacts", "need") == policy.partners["incubator"].gets
    assert [10_000_000] == [rule.priority for rule in policy.rules if rule.name == "price page"]
    assert (30 * MINUTE_MS, True, 2) == (
        policy.promise.within_ms, policy.promise.working, policy.promise.reassign_most,
    )  # fmt: skip
    assert (0, DAY_MS, 4 * DAY_MS, 9 * DAY_MS, 16 * DAY_MS) == policy.follow_up.offsets_ms


def test_gaps_counted_from_the_start_are_offsets() -> None:
    follow = "follow up: {gaps: [1d, 3d], channels: [call, call, call], count: from start}\n"
    assert (0, DAY_MS, 3 * DAY_MS) == policy_of(SHORT + follow).follow_up.offsets_ms


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("2026-12-03 14:00 to 16:00", ("2026-12-03 14:00", "2026-12-03 16:00")),
        ("2026-12-03", ("2026-12-03 00:00", "2026-12-04 00:00")),
        ("2026-12-24 to 2027-01-04", ("2026-12-24 00:00", "2027-01-05 00:00")),
        ("2026-12-24 12:00 to 2026-12-25 13:30", ("2026-12-24 12:00", "2026-12-25 13:30")),
    ],
)
def test_time_away_is_written_as_people_say_it(written: str, span: tuple[str, str]) -> None:
    text = f"time_zone: Asia/Almaty\npeople: {{eve: {{absent: [{written}]}}}}\n{SHORT}"
    assert (Span(almaty(span[0]), almaty(span[1])),) == policy_of(text).people["eve"].absent


def test_a_name_alone_is_a_person_a_team_or_a_queue_of_the_crm() -> None:
    people = "people: {ann: {}}\nteams: {desk: {members: [ann]}}\nrouting: r\nversion: 1\n"
    rules = "rules: [{name: a, if: {page: /a}, to: ann}, {name: b, if: {page: /b}, to: desk}, {name: c, to: voicemail}]"
    targets = [rule.to for rule in policy_of(people + rules).rules]
    assert [Target(kind="person", name="ann"), Target(kind="team", name="desk")] == targets[:2]
    assert Target(kind="queue", name="voicemail") == targets[2]


def test_night_hours_and_two_shifts_a_day_are_read() -> None:
    hours = policy_of("hours: {mon: [09:00-12:00, 13:00-18:00], fri-sun: 22:00-06:00}\n" + SHORT).hours
    assert Hours(
        shifts=(Shift((0,), 540, 720), Shift((0,), 780, 1080), Shift((4, 5, 6), 1320, 360))
    ) == hours  # fmt: skip


BROKEN = [
    ("hours: {mon-fry: 09:00-18:00}", "1:9  not working hours  [W101]", "`fry` is not a day.", "Did you mean fri?"),
    ("hours: {mon: 9-18}", "not working hours", "this is the text '9-18'.", "Write two times of a day: 09:00-18:00"),
    ("hours: office", "not working hours", "this is the text 'office'.", "Write `always`, or {mon-fri: 09:00-18:00}."),
    ("holidays: [16 December]", "not a date", "this is the text '16 December'.", "Write days as 2026-12-16."),
    ("people: {ann: {absent: [next week]}}", "not a time away", "this is the text 'next week'.", "a day alone."),
    ("people: {ann: {wieght: 2}}", "unknown word", "`wieght` says nothing in people.ann.", "Did you mean weight?"),
    ("people: {ann: {capacity: 0}}", "not a count that can be kept", "this is the number 0.", "from 1 to 100,000."),
    ("people: {team: {role: sdr}}", "a name that has a meaning already", "`team` is a word", "Choose another name."),
    ("people: {ann: {}}\nteams: {desk: {members: [anne]}}", "nobody of that name", "`anne` is not among", "mean ann?"),
    ("teams: {desk: {lead: x}}", "`members` is missing", "teams.desk needs it.", "Write `members: [ann, bob]`"),
    ("people: {ann: {}}\nteams: {d: {members: ann, share: evenly}}", "unknown way to share", "'evenly'", "by weight"),
    ("partners: {p: {gets: [scores]}}", "no part of a handoff", "`scores` is nothing", "Did you mean score?"),
    ("respond: {within: soon}", "not a duration", "'soon' is not a length of time.", "30d, 12h, 90m."),
    ("respond: {within: 30}", "a duration needs a unit", "30 what?", "Write 30d (days), 30h (hours) or 30m (minutes)."),
    ("respond: {within: 30m, remind: ann at 20m}", "a promise that cannot be kept", "'ann at 20m'", "owner, at 20m"),
    ("people: {a: {}}\nrespond: {within: 30m, remind: 'owner, at 40m', escalate: 'a, at 30m'}", "cannot be kept",
     "it comes before `remind`.", "in this order."),
    ("respond: {within: 30m, reassign: 'desk, at 1h'}", "cannot be kept", "there is no team `desk`", "Remove it."),
    ("when nobody is free: {hold: one hour}", "cannot be kept", "this is the text 'one hour'.", "no lead is dropped."),
    ("when nobody is free: {order: [oldest]}", "cannot be kept", "`oldest` orders nothing.", "SQL first, priority"),
    ("when nobody is free: {tell: bob}", "cannot be kept", "this is the text 'bob'.", "when oldest waits over 15m"),
    ("follow up: {gaps: [1d], channels: [call]}", "cannot be kept", "1 touches have 0 gaps", "Write a gap for each"),
    ("follow up: {touches: 3, gaps: [1d, 2d], channels: [call, email]}", "cannot be kept", "2 channels for 3 touches.",
     "one channel for each touch"),
    ("follow up: {channels: [call], stop on: [answers]}", "cannot be kept", "`answers` stops nothing", "reply"),
    ("follow up: {channels: [call], count: days}", "cannot be kept", "`days` is no way to count.", "`from start`"),
    ("follow up: {channels: [call], then: {try again in: 90}}", "a duration needs a unit", "90 what?", "90d (days)"),
    ("time_zone: Almaty", "an unknown time zone", "nobody could say whose day", "Asia/Almaty"),
]  # fmt: skip

BROKEN_RULES = [
    ("{to: queue a}", "`name` is missing", "rules.1 needs it.", "Give it a name"),
    ("{name: a}", "`to` is missing", "rules.1 needs it.", "Write whom"),
    ("{name: a, to: team desk}", "a rule that cannot be read", "there is no team `desk`", "Remove it."),
    ("{name: a, to: an}", "a rule that cannot be read", "`an` is neither a person nor a team.", "Did you mean ann?"),
    ("{name: a, to: person bob}", "a rule that cannot be read", "there is no person `bob`", "Known here: ann."),
    ("{name: a, to: owner, else: wait}", "a rule that cannot be read", "'wait'", "Write `else: next rule`."),
    ("{name: a, to: ann, if: {chanel: call}}", "cannot be read", "`chanel` is no word of a rule.", "mean channel?"),
    ("{name: a, to: ann, if: {seen: 90d}}", "cannot be read", "this is the text '90d'.", "Write `seen: within 90d`."),
    ("{name: a, to: ann, if: {seen: within 90}}", "a duration needs a unit", "90 what?", "90d (days)"),
    ("{name: a, to: ann, if: {has: phone}}", "cannot be read", "this is the text 'phone'.", "Write `has: owner`."),
    ("{name: a, to: ann, if: {time: night}}", "not working hours", "this is the text 'night'.", "22:00-06:00"),
    ("{name: a, to: ann, if: {headcount: over 9}}", "a rule that cannot be read", "'over 9'", "`20 or more`"),
    ("{name: a, to: ann, if: pricing}", "cannot be read", "this is the text 'pricing'.", "{page: /pricing*"),
    ("{name: a, to: ann, priority: high}", "a number expected", "this is the text 'high'.", "digits only"),
    ("{name: a, to: ann}, {name: b, to: ann}", "a rule that nothing reaches", "`a` before it asks", "above `a`"),
    ("{name: a, to: ann, if: {page: /x}}, {name: a, to: ann}", "a name used twice", "`a` decided.", "another name"),
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=[one[0] for one in BROKEN])
def test_a_slip_is_told_with_its_place_and_what_to_write_instead(broken: tuple[str, ...]) -> None:
    told(f"{broken[0]}\n{SHORT}", broken[1:])


@pytest.mark.parametrize("broken", BROKEN_RULES, ids=[one[0] for one in BROKEN_RULES])
def test_a_slip_in_a_rule_is_told_alike(broken: tuple[str, ...]) -> None:
    told(f"routing: r\nversion: 1\npeople: {{ann: {{}}}}\nrules: [{broken[0]}]\n", broken[1:])


def told(text: str, parts: tuple[str, ...]) -> None:
    """The document is refused, and this is part of why."""
    reading = review_policy(text)
    rendered = render_findings("r.yaml", text, reading.findings)
    assert reading.policy is None
    for part in parts:
        assert part in rendered


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = "routing: r\nversion: one\nhours: office\nrules: [{name: a, to: team x}]\n"
    assert [2, 3, 4] == [finding.line for finding in review_policy(text).findings]


def test_what_may_surprise_is_a_warning_and_stands() -> None:
    rule = "rules: [{name: a, if: {page: /x}, to: queue q}]\n"
    reading = review_policy(f"routing: r\nversion: 1\nrespond: {{within: '30m, in business hours'}}\n{rule}")
    assert reading.policy is not None
    assert ["business hours that nobody said", "leads that no rule is about"] == [f.problem for f in reading.findings]


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fall(text: str) -> None:
    for before in ("", SHORT, "routing: r\nrules: ", "hours: ", "follow up: {gaps: ", "people: {ann: {absent: "):
        review_policy(before + text)


def test_hours_are_kept_to_the_minute() -> None:
    shift = policy_of("hours: {tue: 00:00-24:00}\n" + SHORT).hours.shifts[0]
    assert 24 * HOUR_MS == (shift.closes - shift.opens) * MINUTE_MS
