"""Reports from the topics: worked out by hand, and blind to repeats."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.handoff import HandoffType, Outcome
from schemas.journal import StageChanged
from schemas.units import DAY_MS, MINUTE_MS, SECOND_MS
from streams.moments import rfc3339
from streams.reports.contact import Contacts
from streams.reports.funnel import Funnel
from streams.reports.promise import ALL, cadence, sla
from streams.reports.quantiles import waits
from streams.reports.selling import by_rule, by_source, refusals, returns
from streams.reports.story import Stories, Story
from streams.routing.assigning import Given
from streams.routing.handing_over import route
from tests.pure.ripes import DESK, T_MS, ripe

Word = tuple[bytes, int]


def word(handoff: str, revision: int, kind: HandoffType, after_ms: int, **said: Any) -> Word:
    """What is on `handoffs`, and when Kafka got it."""
    given = None
    if kind is HandoffType.REQUESTED and said.get("owner"):
        given = Given(rule="everyone", kind="team", target="desk", owner=said["owner"], at_ms=T_MS)
    event = route(ripe(handoff_id=handoff, revision=revision, type=kind, **said), {}, DESK, given).handoff
    return msgspec.json.encode(event), T_MS + after_ms


def told(words: list[Word], since_ms: int = 0) -> list[Story]:
    stories = Stories(since_ms)
    for value, at_ms in words:
        stories.hear(value, at_ms)
    return list(stories.all())


PROMISE_MS = T_MS + 30 * MINUTE_MS


def life(handoff: str, owner: str, contacted_ms: int | None, outcome: Outcome | None) -> list[Word]:
    """Requested with an owner after 40 ms, and closed a day later if it has an outcome."""
    said = {"owner": owner, "respond_by_ms": PROMISE_MS}
    words = [word(handoff, 1, HandoffType.REQUESTED, 40, **said)]
    if contacted_ms is not None:
        words.append(word(handoff, 2, HandoffType.ACCEPTED, 90_000, contacted_ms=T_MS + contacted_ms, **said))
    if outcome is not None:
        done = {"contacted_ms": None if contacted_ms is None else T_MS + contacted_ms, "outcome": outcome}
        words.append(word(handoff, 3, HandoffType.CLOSED, DAY_MS, **said, **done))
    return words


WON = Outcome(result="won", amount=900.0, currency="KZT", cadence_kept=True, kept="2/5")
HISTORY = [
    *life("h1", "ann", 10 * MINUTE_MS, WON),
    *life("h2", "ann", 31 * MINUTE_MS, Outcome(result="lost", cause="budget", cadence_kept=True, kept="5/5")),
    *life("h3", "bob", None, Outcome(result="unreachable", cadence_kept=False, kept="1/5")),
    *life("h4", "bob", None, None),
]  # fmt: skip


def test_the_promise_by_seller() -> None:
    rows = sla(told(HISTORY), T_MS + MINUTE_MS)

    assert [ALL, "ann", "bob"] == list(rows)
    assert (4, 1, 2, 1) == (rows[ALL].promised, rows[ALL].within, rows[ALL].late, rows[ALL].pending)
    assert (0.5, 0.0) == (rows["ann"].kept, rows["bob"].kept)
    assert (0.04, 0.04) == (rows[ALL].to_handoff.p99_s, rows[ALL].to_assigned.p50_s)
    assert (2, 600.0, 1860.0) == (
        rows["ann"].to_contact.count, rows["ann"].to_contact.p50_s, rows["ann"].to_contact.p99_s
    )  # fmt: skip


def test_an_open_handoff_is_late_once_its_promise_has_passed() -> None:
    stories = told(life("h4", "bob", None, None))

    assert (1, 0) == ((row := sla(stories, PROMISE_MS)[ALL]).pending, row.late)
    assert (0, 1) == ((row := sla(stories, PROMISE_MS + 1)[ALL]).pending, row.late)


def test_a_contact_that_no_event_told_yet_is_taken_from_the_report_of_it() -> None:
    stories = told([*life("h4", "bob", None, None), *life("h1", "ann", 10, Outcome(result="won"))])
    contacts = Contacts(stories)
    for update_id, handoff, at_ms in (("a1", "h4", PROMISE_MS), ("a2", "h4", PROMISE_MS + 1), ("a3", "h1", T_MS)):
        said = {"update_id": update_id, "at": rfc3339(at_ms), "kind": "attempt", "handoff_id": handoff}
        contacts.hear(msgspec.json.encode(said), (), at_ms + 5)
    contacts.hear(b"attempt {", (), PROMISE_MS)

    rows = sla(stories, PROMISE_MS + DAY_MS)
    before = sla(told(life("h1", "ann", 10, Outcome(result="won"))), PROMISE_MS + DAY_MS)

    assert (1, 0) == (rows["bob"].within, rows["bob"].late)
    assert before["ann"] == rows["ann"], "what has ended was told"


def test_history_promises_nothing() -> None:
    assert 0 == sla(told([word("h1", 1, HandoffType.REQUESTED, 5, history=True)]), T_MS)[ALL].promised


def test_attempts_made_of_attempts_planned() -> None:
    rows = cadence(told(HISTORY))

    assert (3, 2, 8, 15) == (rows[ALL].ended, rows[ALL].kept, rows[ALL].made, rows[ALL].planned)
    assert (0.0, 1.0) == (rows["bob"].share, rows["bob"].attempts)


def test_what_was_won_by_rule_and_by_source() -> None:
    [(rule, row), *_] = by_rule(told(HISTORY)).items()
    [(source, same)] = by_source(told(HISTORY)).items()

    assert (("b2b@1", "asked-for-demo"), ("inbound", "")) == (rule, source)
    assert (4, 2, 1, 2, {"KZT": 900.0}) == (row.handoffs, row.accepted, row.won, row.lost, row.amount)
    assert (1.0, 1 / 3) == (same.acceptance, same.win_rate)


def test_refusals_have_exactly_the_rows_that_were_reported() -> None:
    reported = [("client", "too_expensive")] * 6 + [("client", "needed_urgently")] * 3 + [("us", "off_profile")]
    words = [
        one
        for number, (side, cause) in enumerate(reported)
        for one in life(f"h{number}", "ann", None, Outcome(result="refused", side=side, cause=cause))
    ]

    assert {("client", "too_expensive"): 6, ("client", "needed_urgently"): 3, ("us", "off_profile"): 1} == (
        refusals(told(words))
    )


def test_hand_backs_by_their_reason() -> None:
    back = word("h1", 2, HandoffType.RETURNED, 50, reason="no_budget")
    stories = told([*life("h1", "ann", None, None), back])

    assert {"no_budget": 1} == returns(stories)
    [row] = by_source(stories).values()
    assert (1.0, 0.0) == (row.return_rate, row.acceptance)


@given(st.integers(1, 3), st.integers(0, len(HISTORY) - 1))
def test_a_repeat_changes_nothing(times: int, again: int) -> None:
    repeated = [*HISTORY[: again + 1], *[HISTORY[again]] * times, *HISTORY[again + 1 :]]

    assert told(HISTORY) == told(repeated)


def test_what_was_opened_before_and_what_cannot_be_read_is_left_out() -> None:
    assert [] == told([*HISTORY, (b"not json", T_MS), (b"{}", T_MS)], since_ms=T_MS + DAY_MS + 1)


@given(st.lists(st.floats(-5, 1e6), min_size=1))
def test_percentiles_are_waits_somebody_had_and_in_order(seconds: list[float]) -> None:
    said = waits(seconds)
    had = {max(0.0, one) for one in seconds}

    assert said.p50_s is not None
    assert said.p90_s is not None
    assert said.p99_s is not None
    assert had >= {said.p50_s, said.p90_s, said.p99_s}
    assert 0 <= said.p50_s <= said.p90_s <= said.p99_s


def moved(lead: str, day: int, begin: str, end: str, days: float | None) -> StageChanged:
    return StageChanged(
        lead_id=lead, at=rfc3339(T_MS + day * DAY_MS), dimension="stage", previous=begin, to=end,
        seconds_in_from=None if days is None else days * DAY_MS / SECOND_MS,
    )  # fmt: skip


MOVES = [
    moved("a", 0, "Open", "Contacted", 1.0), moved("a", 4, "Contacted", "Customer", 4.0),
    moved("b", 0, "Open", "Contacted", 3.0), moved("b", 6, "Contacted", "Inactive", 6.0),
    moved("c", 0, "Open", "Inactive", 2.0),
    moved("d", 0, "Open", "Contacted", 2.0),
]  # fmt: skip
ORDER = ("Open", "Contacted", "Customer")


def funnel(moves: list[StageChanged]) -> Funnel:
    made = Funnel(dimension="stage")
    for one in moves:
        made.hear(one)
    return made


def test_a_funnel_says_who_went_on_who_was_lost_and_for_how_long() -> None:
    steps = [(s.name, s.reached, s.went_on, s.still, s.lost, s.mean_days) for s in funnel(MOVES).steps(ORDER)]

    assert [("Open", 4, 3, 0, 1, 2.0), ("Contacted", 3, 1, 1, 1, 5.0), ("Customer", 1, 0, 1, 0, None)] == steps
    assert ("Open", "Contacted", 3, 2.0) == (
        (top := funnel(MOVES).crossed()[0]).begin, top.end, top.count, top.mean_days
    )  # fmt: skip


def test_everybody_who_reached_a_stage_went_on_is_there_or_was_lost() -> None:
    for step in funnel(MOVES).steps(ORDER):
        assert step.reached == step.went_on + step.still + step.lost


@given(st.permutations(MOVES), st.integers(0, len(MOVES) - 1))
def test_a_funnel_does_not_depend_on_repeats_nor_on_the_order_of_leads(moves: list[StageChanged], again: int) -> None:
    by_lead = sorted(moves, key=lambda one: one.at)

    assert funnel(MOVES).steps(ORDER) == funnel([*by_lead, by_lead[again]]).steps(ORDER)


def test_stages_come_in_the_order_in_which_leads_come_to_them() -> None:
    assert "Open" == funnel(MOVES).order()[0]
    assert {"Contacted", "Customer", "Inactive"} == set(funnel(MOVES).order()[1:])
