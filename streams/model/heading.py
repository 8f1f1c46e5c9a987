"""The top of a model: its name, version, time zone, the day it starts, who agreed and whom to trust."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from schemas.units import Millis
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.values import read_text, read_texts, read_whole
from streams.model.yaml.section import Section, inside, nearest, shape
from streams.model.yaml.tree import Block, Leaf, Node, Row

_MODEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MACHINE_OWN = frozenset({"localtime", "Factory"})
"""Names that mean something else on every machine."""


class Heading(Struct, frozen=True, kw_only=True):
    """As read; placeholders where something was broken, and told."""

    model: str
    version: int
    time_zone: str
    starts_ms: Millis
    trust: tuple[str, ...]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _MACHINE_OWN


def read_heading(top: Section) -> Heading:
    """Everything that is not a rule."""
    findings = top.findings
    zone = read_zone(findings, top.get("time_zone"))
    version = top.need("version", "Write `version: 1`, and a greater number for every change.")
    _read_agreed(findings, top.get("agreed"), zone)
    starts = top.get("starts")
    return Heading(
        model=_read_model_name(top),
        version=(version and read_whole(findings, version, "version", least=1, most=10**9)) or 0,
        time_zone=zone,
        starts_ms=0 if starts is None else read_moment(findings, starts, "starts", zone),
        trust=_read_trust(findings, top.get("trust")),
    )


def _read_model_name(top: Section) -> str:
    node = top.need("model", "Write `model: my-model`: its name on every score.")
    said = None if node is None else read_text(top.findings, node, "model")
    if said is None or node is None or _MODEL.fullmatch(said):
        return said or ""
    top.findings.error(
        Code.NAME, node, "model", problem="not a name for a model", why=f"this is {shape(node)}.",
        remedy="Write Latin letters, digits, dots, - and _, at most 100 of them: b2b-services.",
    )  # fmt: skip
    return ""


def read_zone(findings: Findings, node: Node | None) -> str:
    """A name of the IANA list; UTC where none is said, or told."""
    said = None if node is None else read_text(findings, node, "time_zone")
    if node is None or said is None or said in _zones():
        return said or "UTC"
    by_lower = {name.casefold(): name for name in sorted(_zones())}
    near = by_lower.get(nearest(said, list(by_lower), most=len(by_lower)), "")
    findings.error(
        Code.TIME_ZONE, node, "time_zone",
        problem="an unknown time zone",
        why="nobody could say whose day `3 per day` means.",
        remedy=f"Did you mean {near}?" if near else "Write a name of the IANA list, such as Asia/Almaty or UTC.",
    )  # fmt: skip
    return "UTC"


def read_moment(findings: Findings, node: Node, path: str, zone: str) -> Millis:
    """A bare date is midnight, and a time without an offset is local, in the model's time zone."""
    said = node.said if isinstance(node, Leaf) else ""
    moment: datetime | None = None
    if _DATE.fullmatch(said) or _MOMENT.fullmatch(said):
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            moment = None
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    if moment is not None and moment >= _EPOCH:
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    findings.error(
        Code.DATE, node, path,
        problem="not a date", why=f"this is {shape(node)}.",
        remedy="Write 2026-11-01, or with a time 2026-11-01 09:00 (local), 2026-11-01T09:00Z; not before 1970.",
    )  # fmt: skip
    return 0


def _read_agreed(findings: Findings, node: Node | None, zone: str) -> None:
    """Who agreed to the model and when to look again: for people, so any words will do; a review is a day."""
    if node is None:
        return
    if not isinstance(node, Block):
        findings.error(
            Code.SHAPE, node, "agreed", problem="names expected", why=f"this is {shape(node)}.",
            remedy="Write {marketing: Olga, sales: Ivan, review: 2027-03-01}.",
        )  # fmt: skip
    elif "review" in node.entries:
        read_moment(findings, node.entries["review"][1], inside("agreed", "review"), zone)


def _read_trust(findings: Findings, node: Node | None) -> tuple[str, ...]:
    trust = None if node is None else read_texts(findings, node, "trust")
    if isinstance(node, Row) and trust is not None and len(trust) < len(node.items):
        findings.error(
            Code.NAME_TWICE, node, "trust", problem="a source named twice", why="it could stand in one place only.",
            remedy="Write each source once, the most trusted first.",
        )  # fmt: skip
    return trust or ()
