"""`respond`, `when nobody is free`, `follow up`: the promise, the wait when nobody is free, the planned attempts."""

import re
from itertools import accumulate, pairwise
from typing import Literal

import msgspec

from schemas.routing_policy import FollowUp, Hold, Promise, Stop
from schemas.units import MINUTE_MS, DurationMs
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.durations import parse_duration
from streams.model.words.values import read_duration, read_text, read_texts, read_whole, tell_duration
from streams.model.yaml.section import Section, did_you_mean, inside, open_section, shape
from streams.model.yaml.tree import Leaf, Node, each
from streams.routing.document.people import Department, known_person

RESPOND = ("within", "remind", "escalate", "reassign")
HOLD = ("hold", "order", "tell")
FOLLOW_UP = ("touches", "gaps", "count", "channels", "stop on", "then")
THEN = ("stage", "task", "try again in")
DEFAULT = Promise(within_ms=30 * MINUTE_MS)

ORDER: dict[str, Literal["sql", "priority", "time_left"]] = {
    "SQL first": "sql", "priority": "priority", "time left": "time_left",
}  # fmt: skip
STOPS: dict[str, Stop] = {s: s for s in ("reply", "meeting", "refusal", "unsubscribe")}
FROM_START, GAPS = "from start", "gaps"

_WITHIN = re.compile(r"([^,]+?)(, in business hours)?")
_AT = re.compile(r"([^,]+), at ([^,]+?)(?:, at most ([0-9]{1,3}) times?)?")
_TELL = re.compile(r"([^,]+), when oldest waits over (\S.*)")


def read_promise(findings: Findings, node: Node | None, department: Department) -> Promise:
    """By when, and what happens then."""
    section = None if node is None else open_section(findings, node, "respond", RESPOND)
    if section is None:
        return DEFAULT
    within = section.need("within", "Write `within: 30m, in business hours`.")
    promise = DEFAULT if within is None else _within(findings, within, section.at("within"))
    remind = _at(section, "remind", "owner, at 20m")
    escalate = _at(section, "escalate", "dina, at 30m")
    reassign = _at(section, "reassign", "sdr-desk, at 45m, at most 2 times")
    if remind is not None and remind[0] != "owner":
        _tell(findings, section, "remind", "only the owner of a lead is reminded.", "Write `remind: owner, at 20m`.")
    if escalate is not None and escalate[0] != "lead":
        known_person(findings, section.get("escalate"), section.at("escalate"), escalate[0], department.people)
    if reassign is not None and reassign[0] not in department.teams:
        _tell(
            findings, section, "reassign", f"there is no team `{reassign[0]}` in this policy.",
            did_you_mean(reassign[0], list(department.teams)),
        )  # fmt: skip
    moments = [
        (word, told[1]) for word, told in (("remind", remind), ("escalate", escalate), ("reassign", reassign)) if told
    ]
    for (first, early_ms), (second, late_ms) in pairwise(moments):
        if late_ms < early_ms:
            _tell(
                findings,
                section,
                second,
                f"it comes before `{first}`.",
                "Write remind, escalate, reassign in this order.",
            )
    return msgspec.structs.replace(
        promise,
        remind_ms=remind and remind[1],
        escalate_ms=escalate and escalate[1],
        escalate_to="" if escalate is None or escalate[0] == "lead" else escalate[0],
        reassign_ms=reassign and reassign[1],
        reassign_to="" if reassign is None else reassign[0],
        reassign_most=1 if reassign is None else reassign[2],
    )


def _within(findings: Findings, node: Node, path: str) -> Promise:
    found = _WITHIN.fullmatch(node.said) if isinstance(node, Leaf) else None
    length = parse_duration(found[1]) if found else None
    if found is not None and isinstance(length, int):
        return Promise(within_ms=length, working=found[2] is not None)
    if found is None or length is None or isinstance(length, int):
        findings.error(
            Code.PROMISE, node, path, problem="a promise that cannot be read", why=f"this is {shape(node)}.",
            remedy="Write `30m`, or `30m, in business hours`.",
        )  # fmt: skip
    else:
        tell_duration(findings, node, path, length)
    return DEFAULT


def _at(section: Section, word: str, example: str) -> tuple[str, DurationMs, int] | None:
    """`dina, at 30m`: whom, when, how many times."""
    node = section.get(word)
    if node is None:
        return None
    found = _AT.fullmatch(node.said) if isinstance(node, Leaf) else None
    if found is None:
        _tell(section.findings, section, word, f"this is {shape(node)}.", f"Write `{word}: {example}`.")
        return None
    length = parse_duration(found[2])
    if not isinstance(length, int):
        tell_duration(section.findings, node, section.at(word), length, part=found[2])
        return None
    return found[1], length, int(found[3] or 1)


def read_hold(findings: Findings, node: Node | None, department: Department) -> Hold:
    """The queue of those for whom nobody is free."""
    section = None if node is None else open_section(findings, node, "when nobody is free", HOLD)
    if section is None:
        return Hold()
    hold, order, tell = section.get("hold"), section.get("order"), section.get("tell")
    if hold is not None and not (isinstance(hold, Leaf) and hold.said == "until someone is"):
        _tell(
            findings, section, "hold", f"this is {shape(hold)}.", "Write `hold: until someone is`: no lead is dropped."
        )
    said = (order and read_texts(findings, order, section.at("order"))) or ()
    unknown = [word for word in said if word not in ORDER]
    for word in unknown:
        _tell(findings, section, "order", f"`{word}` orders nothing.", did_you_mean(word, list(ORDER)))
    name, after_ms = "", None
    if tell is not None:
        found = _TELL.fullmatch(tell.said) if isinstance(tell, Leaf) else None
        length = parse_duration(found[2]) if found else None
        if found is None or length is None:
            _tell(findings, section, "tell", f"this is {shape(tell)}.", "Write `dina, when oldest waits over 15m`.")
        elif not isinstance(length, int):
            tell_duration(findings, tell, section.at("tell"), length, part=found[2])
        elif known_person(findings, tell, section.at("tell"), found[1], department.people):
            name, after_ms = found[1], length
    orders = tuple(ORDER[word] for word in said if word in ORDER)
    return Hold(order=orders or Hold().order, tell=name, tell_after_ms=after_ms)


def read_follow_up(findings: Findings, node: Node | None) -> FollowUp:
    """The planned attempts; gaps are between one and the next, `count: from start` reads them as from the first."""
    section = None if node is None else open_section(findings, node, "follow up", FOLLOW_UP)
    if section is None:
        return FollowUp()
    channels_said, gaps_said = (
        section.need("channels", "Write one channel per touch: [call, messenger]."),
        section.get("gaps"),
    )
    channels = _channels(findings, channels_said, section.at("channels"))
    gaps = _gaps(findings, gaps_said, section.at("gaps"))
    touches = section.get("touches")
    count = len(channels) if touches is None else read_whole(findings, touches, section.at("touches"), least=1, most=50)
    if count is not None and channels and count != len(channels):
        _tell(
            findings, section, "channels", f"{len(channels)} channels for {count} touches.",
            "Name one channel for each touch, in their order.",
        )  # fmt: skip
    if count is not None and channels and len(gaps) != count - 1:
        _tell(
            findings, section, "gaps" if gaps_said is not None else "channels",
            f"{count} touches have {count - 1} gaps between them, here are {len(gaps)}.",
            "Write a gap for each touch but the first.",
        )  # fmt: skip
    counted = section.get("count")
    said = None if counted is None else read_text(findings, counted, section.at("count"))
    if said not in (None, FROM_START, GAPS):
        _tell(findings, section, "count", f"`{said}` is no way to count.", f"Write `{FROM_START}`, or `{GAPS}`.")
    offsets = (0, *gaps) if said == FROM_START else tuple(accumulate((0, *gaps)))
    then = section.get("then")
    after = None if then is None else open_section(findings, then, section.at("then"), THEN)
    stop = section.get("stop on")
    stops = (stop and read_texts(findings, stop, section.at("stop on"))) or tuple(STOPS)
    for word in stops:
        if word not in STOPS:
            _tell(findings, section, "stop on", f"`{word}` stops nothing.", did_you_mean(word, list(STOPS)))
    follow_up = FollowUp(
        offsets_ms=offsets, channels=channels, stop_on=tuple(STOPS[word] for word in stops if word in STOPS)
    )
    return follow_up if after is None else _then(findings, after, follow_up)


def _then(findings: Findings, section: Section, follow_up: FollowUp) -> FollowUp:
    stage, task, again = section.get("stage"), section.get("task"), section.get("try again in")
    return msgspec.structs.replace(
        follow_up,
        then_stage=(stage and read_text(findings, stage, section.at("stage"))) or "",
        then_task=(task and read_text(findings, task, section.at("task"))) or "",
        again_ms=None if again is None else read_duration(findings, again, section.at("try again in")),
    )


def _channels(findings: Findings, node: Node | None, path: str) -> tuple[str, ...]:
    """One per attempt: the same may stand there twice."""
    items = each(node)
    read = [read_text(findings, item, inside(path, str(number))) for number, item in enumerate(items, 1)]
    return tuple(text for text in read if text is not None)


def _gaps(findings: Findings, node: Node | None, path: str) -> tuple[DurationMs, ...]:
    items = each(node)
    read = [read_duration(findings, item, inside(path, str(number))) for number, item in enumerate(items, 1)]
    return tuple(length for length in read if length is not None)


def _tell(findings: Findings, section: Section, word: str, why: str, remedy: str) -> None:
    where = section.block.entries[word][1]
    findings.error(
        Code.PROMISE, where, section.at(word), problem="a promise that cannot be kept", why=why, remedy=remedy
    )
