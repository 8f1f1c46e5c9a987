"""How fast: the bursts and surges under `velocity`."""

from msgspec import Struct

from schemas.scoring_model import Burst, Surge
from schemas.units import DurationMs, Micro
from streams.model.findings.finding import Findings
from streams.model.touches import MOST_KEPT, read_kinds
from streams.model.words import later
from streams.model.words.names import Names
from streams.model.words.values import read_duration, read_limit, read_whole, read_yes_no
from streams.model.yaml.section import Section, inside, named_entries, open_section
from streams.model.yaml.tree import Block, Leaf, Node

_EXAMPLE = "a block of triggers: `visit-burst: {count: 6, of: visit, within: 2d, points: 10, lasts: 2d}`."
BURST = ("count", "of", "within", "points", "lasts", "hand_off")
SURGE = ("gain", "within", "hand_off")


class Velocity(Struct):
    """As read; where something was broken it is left out, and told."""

    bursts: list[Burst] = []
    surges: list[Surge] = []
    hands_off: list[tuple[str, Leaf]] = []
    """Path and place of every `hand_off: true`."""


def read_velocity(findings: Findings, names: Names, node: Node | None) -> Velocity:
    """All triggers; nothing when the part is absent."""
    read = Velocity()
    if node is None:
        return read
    for name, key, value in named_entries(findings, node, "velocity", _EXAMPLE):
        path = inside("velocity", name)
        named = names.give(findings, key, path)
        surges = isinstance(value, Block) and "gain" in value.entries
        section = open_section(findings, value, path, SURGE if surges else BURST, later.BURST)
        if section is None:
            continue
        hand_off = _hand_off(section, read)
        if surges:
            surge = _read_surge(section, name, hand_off)
            if named and surge is not None:
                read.surges.append(surge)
        else:
            burst = _read_burst(section, name, hand_off)
            if named and burst is not None:
                read.bursts.append(burst)
    return read


def _read_burst(section: Section, name: str, hand_off: bool) -> Burst | None:
    findings = section.findings
    count_node = section.need("count", "Say how many touches: `count: 6` (or `gain: 20` for a surge of points).")
    count = (
        None if count_node is None else read_whole(findings, count_node, section.at("count"), least=2, most=MOST_KEPT)
    )
    of = section.need("of", "Say which kind of touch: `of: visit`.")
    kinds = None if of is None else read_kinds(findings, of, section.at("of"))
    within_ms = _length(section, "within", "Say in how long: `within: 2d`.")
    points = _gain(section, "points", "Say what it is worth: `points: 10`.")
    lasts_ms = _length(section, "lasts", "Say how long it counts: `lasts: 2d`.")
    if count is None or kinds is None or within_ms is None or points is None or lasts_ms is None:
        return None
    return Burst(
        name=name, count=count, of=kinds, within_ms=within_ms, points=points, lasts_ms=lasts_ms, hand_off=hand_off
    )


def _read_surge(section: Section, name: str, hand_off: bool) -> Surge | None:
    gain = _gain(section, "gain", "Say how many points: `gain: 20`.")
    within_ms = _length(section, "within", "Say in how long: `within: 1h`.")
    if gain is None or within_ms is None:
        return None
    return Surge(name=name, gain=gain, within_ms=within_ms, hand_off=hand_off)


def _length(section: Section, word: str, remedy: str) -> DurationMs | None:
    node = section.need(word, remedy)
    return None if node is None else read_duration(section.findings, node, section.at(word))


def _gain(section: Section, word: str, remedy: str) -> Micro | None:
    node = section.need(word, remedy)
    return None if node is None else read_limit(section.findings, node, section.at(word))


def _hand_off(section: Section, read: Velocity) -> bool:
    node = section.get("hand_off")
    said = None if node is None else read_yes_no(section.findings, node, section.at("hand_off"))
    if said and isinstance(node, Leaf):
        read.hands_off.append((section.at("hand_off"), node))
    return bool(said)
