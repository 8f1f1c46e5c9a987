"""An explanation as a marketer and a seller read it: the sentence first, then every line and what is behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agents.cli.terminal.points import exact, points
from agents.cli.terminal.voice import say, table

if TYPE_CHECKING:
    from schemas.explained_lines import RuleTold, TouchBehind
    from schemas.explanation import CriterionTold, Explanation

MOST_CHANGES = 5
HELD = {
    "fit": "fit is under its line, or a primary criterion is not met",
    "consent": "the person does not allow contact, or scoring",
    "cooling": "it was handed off lately, and has not cooled down since",
    "model": "it is ripe only because the model changed",
}


def tell(told: Explanation, most: int) -> None:
    """Print it; `most`: touches shown of each line."""
    card = told.card
    clock = _Clock(told.time_zone)
    known = "".join(f"  {name}:{value}" for name, value in card.ids.items())
    named = f" ({card.grid})" if card.grid else ""
    say(f"Lead {told.lead_id}  {card.label}{named}{f'  {card.level}' if card.level else ''}{known}")
    say(f"as of {clock(told.at)} ({told.time_zone}), by model {told.model}")
    say(f"engagement {points(card.engagement)} · fit {points(card.fit)} · completeness {points(card.completeness)}")
    say(f"priority {points(card.priority)} = {told.priority.formula}: {told.priority.numbers}")
    _handoff(told, clock)
    _engagement(told, clock, most)
    _fit(told, clock)
    _velocity(told, clock)
    _outlook(told, clock)
    _source(told)


class _Clock:
    """RFC 3339 as people of one time zone write it."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def __call__(self, at: str | None) -> str:
        return "" if at is None else f"{datetime.fromisoformat(at).astimezone(self._zone):%Y-%m-%d %H:%M:%S}"


def _handoff(told: Explanation, clock: _Clock) -> None:
    standing = told.handoff
    if standing is None:
        kept = f": {HELD.get(told.held, told.held)}" if told.held else ""
        say(f"no open hand-off{kept}")
        return
    whom = standing.owner or standing.queue or "nobody yet"
    due = f", respond by {clock(standing.respond_by)}" if standing.respond_by else ""
    say(f"handed off {clock(standing.opened_at)}, {standing.status}, for {whom}{due} ({standing.handoff_id})")
    if standing.why:
        say(f"    {standing.why}")


def _engagement(told: Explanation, clock: _Clock, most: int) -> None:
    rows: list[tuple[str, ...]] = []
    for rule in told.rules:
        lost = [_lost(value) for value in (rule.decayed, rule.closed, rule.limited + rule.shut)]
        earned = f"{rule.times} × {exact(rule.each)} = {exact(rule.earned)}"
        note = rule.how + (f"; waits for {rule.waits}" if rule.waits else "")
        rows.append((rule.rule, earned, *lost, exact(rule.left, "+"), note))
        rows += _touches(rule.touches, clock, most)
        rows += _unnamed(rule, most)
    for burst in told.bursts:
        if burst.until is not None:
            note = f"{burst.needs} {' or '.join(burst.kinds)} within {burst.within}; until {clock(burst.until)}"
            rows.append((burst.burst, f"fired {clock(burst.fired_at)}", "", "", "", exact(burst.points, "+"), note))
            rows += _touches(burst.touches, clock, most)
    for limit in told.limits:
        where = "all engagement" if limit.name == "total" else f"group {limit.name}"
        rows.append((f"limit {limit.name}", "", "", "", "", exact(limit.cut, "+"),
                     f"{where} {exact(limit.before)}, at most {exact(limit.limit)}"))  # fmt: skip
    if rows:
        headings = ("why engagement", "earned", "by age", "window", "limit", "left", "")
        table(headings, [*rows, ("= engagement", "", "", "", "", exact(told.card.engagement), "")])


def _lost(value: float) -> str:
    return exact(value, "+") if value else ""


def _touches(behind: list[TouchBehind], clock: _Clock, most: int) -> Iterator[tuple[str, ...]]:
    for touch in behind[:most]:
        what = " ".join(part for part in (touch.kind, touch.page, touch.campaign) if part)
        now = f"now {exact(touch.left)}" if touch.standing == "counts" and touch.left != touch.points else ""
        stands = {"repeat": "a repeat", "closed": "window closed"}.get(touch.standing, now)
        place = f"{touch.topic}/{touch.partition}/{touch.offset}"
        yield f"    {clock(touch.at)}", what, "", "", "", stands, f"{touch.touch_id} at {place}"


def _unnamed(rule: RuleTold, most: int) -> Iterator[tuple[str, ...]]:
    if len(rule.touches) > most:
        yield f"    and {len(rule.touches) - most} more (--json)", "", "", "", "", "", ""
    if rule.unknown:
        yield f"    and {rule.unknown} older than the log", "", "", "", "", "", ""


def _fit(told: Explanation, clock: _Clock) -> None:
    rows = [row for criterion in told.criteria if criterion.met is not None for row in _criterion(criterion, clock)]
    if rows:
        table(("why fit", "points", "asked", "known"), [*rows, ("= fit", exact(told.card.fit), "", "")])
    known = ", ".join(f"{fact.fact} {exact(fact.weight)}" for fact in told.completeness if fact.known)
    missing = ", ".join(f"{fact.fact} {exact(fact.weight)}" for fact in told.completeness if not fact.known)
    lacking = f"; missing: {missing}" if missing else ""
    say(f"completeness {exact(told.card.completeness)}: {known or 'nothing known'}{lacking}")


def _criterion(told: CriterionTold, clock: _Clock) -> Iterator[tuple[str, ...]]:
    for fact in told.facts:
        believed = fact.believed
        unit = f" {fact.unit}" if fact.unit else ""
        said = "" if believed is None else f"{fact.fact} {believed.value}{unit}, by {believed.by} {clock(believed.at)}"
        others = "; ".join(f"not believed: {one.value}{unit}, by {one.by} {clock(one.at)}" for one in fact.others)
        name = told.criterion + (" (primary)" if told.primary else "")
        met = exact(told.points, "+") if told.points else "not met"
        yield name, met, told.asks, said + (f"; {others}" if others else "")


def _velocity(told: Explanation, clock: _Clock) -> None:
    say(f"velocity: {points(told.card.velocity.pace)} points gained, halved every 3 days")
    for burst in told.bursts:
        force = f"in force until {clock(burst.until)}" if burst.until else "not in force"
        say(f"    {burst.burst}: {burst.seen} of {burst.needs} within {burst.within}, {force}")
    for surge in told.surges:
        say(f"    {surge.surge}: {exact(surge.gained)} of {exact(surge.needs)} points within {surge.within}")


def _outlook(told: Explanation, clock: _Clock) -> None:
    for lack in told.level.lacks:
        say(f"lacks for {lack}")
    if told.changes:
        say("what would change it:")
    for change in told.changes[:MOST_CHANGES]:
        gains = [
            f"{exact(gain, '+')} {name} -> {exact(after)}"
            for gain, name, after in (
                (change.engagement, "engagement", change.engagement_after),
                (change.fit, "fit", change.fit_after),
                (change.completeness, "completeness", told.card.completeness + change.completeness),
            )
            if gain
        ]
        say(f"    {change.what}: {', '.join([*gains, *change.crosses])}")
    for fall in told.falls:
        when = f"{clock(fall.at)}" if fall.at else "not within a year"
        say(f"if nothing happens: under {fall.line} ({exact(fall.points)}): {when}")


def _source(told: Explanation) -> None:
    source = told.source
    later = f", {source.later} came later" if source.later else ""
    say(f"folded from {source.events} events of {source.topic}, partition {source.partition}{later}")
    if not source.complete:
        say("    the log begins later than the lead may have: what came before it is not in these numbers")
    if source.quarantined_offset is not None:
        say(f"    the event at offset {source.quarantined_offset} could not be applied and does not count")
