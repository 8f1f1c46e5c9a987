"""Ripe leads for tests: one worked out by hand, and any."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from schemas.card import Line, Velocity
from schemas.handoff import FactTold, Forecast, HandoffType, Outcome, Ripe, ScoreAt, TouchTold, Trigger, TriggerKind
from schemas.units import SECOND_MS
from streams.routing.choosing import Chooser
from streams.routing.handing_over import Office, one_queue

T_MS = 1_795_343_400_000
"""2026-11-22T10:30:00Z."""

DESK = Office(chooser=Chooser(one_queue("sales", 1800 * SECOND_MS)), source="touchline")


def ripe(**changes: Any) -> Ripe:
    """FIT20 and two demo requests: over the line of 40."""
    return msgspec.structs.replace(_RIPE, **changes)


_RIPE = Ripe(
    type=HandoffType.REQUESTED,
    handoff_id="0b7f6c1e-6a52-5d0e-9f59-0a9d3c3f7a11",
    revision=1,
    episode=1,
    lead_id="L4K7Q2M9X0ZB",
    at_ms=T_MS + 20,
    touch_at_ms=T_MS,
    received_ms=T_MS + 15,
    cause_id="t-2",
    why="Asked for a demo twice in one day, from a company of 40.",
    ids={"crm:hubspot": "501"},
    score=ScoreAt(engagement=60.0, previous=30.0, line=40.0, fit=20.0, completeness=20.0, priority=85.5),
    temperature="hot",
    grade="B",
    breakdown=[Line(rule="asked-for-demo", points=60.0)],
    fit_breakdown=[Line(rule="headcount", points=20.0, note="40")],
    trigger=Trigger(kind=TriggerKind.THRESHOLD, rule="handoff", fired_at="2026-11-22T10:30:00.000Z", touch_id="t-2"),
    velocity=Velocity(pace=31.0, bursts=["keen"]),
    sources=["google", "newsletter"],
    inquiries=2,
    attempts=0,
    touches=[TouchTold(at="2026-11-22T10:30:00.000Z", touch_id="t-2", kind="demo_request", channel="web", points=30.0)],
    facts={"headcount": FactTold(value=40, by="sales", at="2026-11-21T09:00:00.000Z")},
    consent={"contact": True},
    forecast=Forecast(under_line_at="2026-11-30T15:02:51.000Z", rearmed_at="2026-12-06T10:30:00.000Z"),
    model="b2b@1",
    channel="web",
    page="/demo",
    level="SQL",
    stage="new",
    segment="smb",
    origin="inbound",
    trace="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
)

texts = st.text(max_size=12)
names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=12)
times = st.integers(min_value=0, max_value=4_000_000_000_000)

outcomes = st.none() | st.builds(Outcome, result=names, amount=st.none() | st.floats(0, 1e6), cause=texts)

ripes = st.builds(
    ripe,
    type=st.sampled_from(HandoffType),
    handoff_id=st.uuids().map(str),
    revision=st.integers(min_value=1, max_value=10**9),
    lead_id=names,
    at_ms=times,
    touch_at_ms=times,
    received_ms=times,
    cause_id=names,
    why=texts,
    facts=st.dictionaries(names, st.builds(FactTold, value=texts | st.integers(-5, 5) | st.none(), by=names, at=names)),
    owner=st.just("") | names,
    queue=st.just("") | names,
    respond_by_ms=st.none() | times,
    reason=texts,
    outcome=outcomes,
    history=st.booleans(),
    trace=st.just("") | names,
)
contacts = st.dictionaries(names, texts, max_size=4)
