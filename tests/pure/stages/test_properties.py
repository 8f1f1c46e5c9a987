"""Whatever happens in whatever order: a lead is in a known stage, and came there along the graph alone."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent, TimerFired
from schemas.units import DAY_MS
from streams.fold import fold
from streams.judge import Judge
from streams.stages.graph import graph_of
from tests.pure.lives import T, Table, learned, live, log, said, touched
from tests.pure.stages.ways import AGENCY, EIGHT, OWN, SHORT, USUAL

GRAPHS = [USUAL, SHORT, EIGHT, AGENCY, OWN]
NAMES = ["USUAL", "SHORT", "EIGHT", "AGENCY", "OWN"]

moments = st.integers(0, 400 * DAY_MS).map(lambda ms: T + ms)
reports = st.sampled_from(
    ["accepted", "returned", "attempt", "won", "lost", "refused", "unqualified", "reviewed", "review_requested"]
)


def events(by: Judge) -> st.SearchStrategy[LeadEvent]:
    stages = st.sampled_from([*graph_of(by).known, "nowhere"])
    return st.one_of(
        st.builds(lambda at: touched("demo_request", at), moments),
        st.builds(lambda at, n: learned(at, headcount=n), moments, st.sampled_from([5, 40])),
        st.builds(
            lambda kind, at, answered, side: said(
                kind, at, answered=answered, side=side, by="ann",
                cause={"refused": "other", "unqualified": "no_need"}.get(kind, ""),
            ), reports, moments, st.booleans(), st.sampled_from(["us", "client"]),
        ),
        st.builds(lambda at, stage: said("stage", at, stage=stage), moments, stages),
    )  # fmt: skip


def lives(by: Judge) -> st.SearchStrategy[list[LeadEvent]]:
    return st.lists(events(by), min_size=1, max_size=25)


@pytest.mark.parametrize("by", GRAPHS, ids=NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_lead_is_in_a_known_stage_and_came_there_along_the_graph(by: Judge, data: st.DataObject) -> None:
    table, moves, graph = Table(), [], graph_of(by)
    allowed = {(here, to.name) for here in graph.names for to in [graph.named(n) for n in graph.names]
               if to is not None and to.name in _stage(by, here)}  # fmt: skip
    for offset, event in enumerate(data.draw(lives(by))):
        due_ms = table.state().deadline_ms if table.kept else 0
        timer = [TimerFired(id=f"L1/{due_ms}", at_ms=due_ms)] if due_ms and data.draw(st.booleans()) else []
        for part, one in enumerate([*timer, event]):
            folded = fold(log([one], start=2 * offset + part), table, by)
            table.keep(folded)
            moves += [(move.previous, move.to) for move in folded.stages if move.dimension == "stage"]
        assert table.state().stage in ("", *graph.names)

    assert [] == [move for move in moves if move not in allowed]
    assert [] == [(one, other) for one, other in pairwise(moves) if one[1] != other[0]]
    if moves:
        assert (graph.start.name, table.state().stage) == (moves[0][0], moves[-1][1])


def _stage(by: Judge, name: str) -> tuple[str, ...]:
    stage = graph_of(by).named(name)
    assert stage is not None
    return stage.to


@pytest.mark.parametrize("by", GRAPHS, ids=NAMES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_batches_change_no_stage_and_no_task(by: Judge, data: st.DataObject) -> None:
    life, size = data.draw(lives(by)), data.draw(st.integers(1, 7))

    whole, said_at_once = live(life, by)
    parts, said_in_parts = live(life, by, batch=size)

    assert (whole.stage, whole.stage_ms, whole.stage_due_ms) == (parts.stage, parts.stage_ms, parts.stage_due_ms)
    assert msgspec.json.encode(said_at_once.stages) == msgspec.json.encode(said_in_parts.stages)
    assert msgspec.json.encode(said_at_once.tasks) == msgspec.json.encode(said_in_parts.tasks)


@pytest.mark.parametrize("by", GRAPHS, ids=NAMES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_lead_is_somebody_s_deal_exactly_while_its_stage_is_one(by: Judge, data: st.DataObject) -> None:
    asked = st.builds(lambda at, stage: said("stage", at, stage=stage), moments, st.sampled_from(graph_of(by).known))
    life = sorted(data.draw(st.lists(st.one_of(asked, asked, events(by)), min_size=3, max_size=25)), key=_moment)
    state, _ = live(life, by)
    deals = {
        stage.name for name in graph_of(by).names if (stage := graph_of(by).named(name)) is not None and stage.deal
    }

    assert state.stage in deals or state.deals != 1


def _moment(event: LeadEvent) -> int:
    return event.at_ms
