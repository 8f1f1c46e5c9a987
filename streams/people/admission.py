"""May it come in? Reads the bytes of an input topic into a message, or says in words why not. Never raises."""

from collections.abc import Iterable
from typing import Any

import msgspec

from schemas.crm_update import CrmKind, CrmUpdate
from schemas.fact import Fact
from schemas.reject import Reason, Reject
from schemas.touch import Touch
from schemas.units import DAY_MS, LATEST_MS
from streams.moments import to_ms
from streams.people.faults import UNREADABLE, explain, named, too_big
from streams.topology import CRM_UPDATES, FACTS, TOUCH_TOPICS

Headers = Iterable[tuple[str, bytes | None]]
Message = Touch | Fact | CrmUpdate

MAX_BYTES = 256 * 1024
"""Largest message that may reach the log. Its dead letter may be as large as the broker allows."""
MAX_ID = 256
"""Characters of a producer's id."""
MAX_IDENTITIES = 32
MAX_FACTS = 200
MAX_DEPTH = 16
"""Levels of lists and objects inside the value of one fact."""

UNQUALIFIED_CAUSES = ("accidental", "no_need", "cannot_afford")


class Door(msgspec.Struct, frozen=True):
    """How messages of one input topic are read."""

    shape: Any
    decode: Any
    id_field: str
    filled: dict[str, str]
    """Field by the CloudEvents header that fills it."""


def _door(shape: Any, id_field: str, *, kind: bool) -> Door:
    filled = {"ce_id": id_field, "ce_time": "at"} | ({"ce_type": "kind"} if kind else {})
    return Door(shape, msgspec.json.Decoder(shape).decode, id_field, filled)


_TOUCH = _door(Touch, "touch_id", kind=True)
_DOORS = {topic.name: _TOUCH for topic in TOUCH_TOPICS} | {
    FACTS.name: _door(Fact, "fact_id", kind=False),
    CRM_UPDATES.name: _door(CrmUpdate, "update_id", kind=True),
}
_decode_any = msgspec.json.Decoder().decode


def admit(topic: str, value: bytes | None, headers: Headers, append_ms: int) -> Message | Reject:
    """Read one record of `topic` (without prefix), appended by the broker at `append_ms`."""
    if not value:
        return Reject(reason=Reason.NO_VALUE, detail="the message has no value; send one JSON object per message")
    if len(value) > MAX_BYTES:
        return Reject(
            reason=Reason.TOO_LARGE,
            detail=f"the message is {len(value)} bytes; at most {MAX_BYTES}: send a link instead of the content",
        )
    door = _DOORS[topic]
    try:
        message: Message = door.decode(value)
    except UNREADABLE as fault:
        mended = _mend(door, value, headers, fault)
        if type(mended) is Reject:
            return mended
        message = mended  # type narrowed by the line above
    if type(message) is Touch and _is_fine(message, append_ms):
        return message
    return _check(door, message, append_ms) or message


def unknown_handoff() -> Reject:
    """An answer to a handoff that we never sent, or that is forgotten."""
    detail = "handoff_id is none of ours; copy it from the handoff, or name the person as who"
    return Reject(reason=Reason.UNKNOWN_HANDOFF, detail=detail)


def unusable_identities(who: dict[str, str]) -> Reject:
    """Somebody is named, and nobody can be found by it."""
    spaces = ", ".join(sorted({named(namespace) for namespace in who}))
    remedy = "write email as name@domain, phone as +77010000000, and no placeholder such as null"
    return Reject(reason=Reason.BAD_IDENTITY, detail=f"who holds no identity in its form ({spaces}); {remedy}")


def at_ms(message: Message) -> int:
    """When it happened, in milliseconds of Unix time."""
    at = message.at
    return at if type(at) is int else to_ms(at)


def _mend(door: Door, value: bytes, headers: Headers, fault: Exception) -> Any:
    """Fill what the body lacks from CloudEvents headers, or explain what is wrong."""
    if not isinstance(fault, msgspec.ValidationError):
        return explain(fault, value, door.shape)
    try:
        body = _decode_any(value)
    except UNREADABLE as worse:
        return explain(fault if isinstance(worse, msgspec.ValidationError) else worse, value, door.shape)
    if not isinstance(body, dict):
        return explain(fault, value, door.shape)
    for name, raw in headers:
        field = door.filled.get(name)
        if field is not None and raw is not None and field not in body:
            body[field] = raw.decode("utf-8", "replace")
    try:
        return msgspec.convert(body, door.shape)
    except UNREADABLE as still:
        return explain(still, value, door.shape, body)


def _is_fine(touch: Touch, append_ms: int) -> bool:
    """What `_check` says of nearly every touch, said at once; of all others it says nothing."""
    at, who, props = touch.at, touch.who, touch.props
    if type(at) is not int or not 0 <= at <= append_ms + DAY_MS or not 0 < len(touch.touch_id) <= MAX_ID:
        return False
    if not who or len(who) > MAX_IDENTITIES or "" in who.values() or not touch.kind:
        return False
    for value in props.values():
        if type(value) is not str and too_big(value):
            return False
    return touch.cost is None


def _check(door: Door, message: Message, append_ms: int) -> Reject | None:
    """What a type cannot say: times, sizes, and what must come together."""
    given = getattr(message, door.id_field)
    if not given or len(given) > MAX_ID:
        found = f"{len(given)} characters long" if given else "empty"
        return _wrong(f"{door.id_field} is {found}; write an id of 1 to {MAX_ID} characters, the same for a repeat")
    when = _check_time("at", message.at, append_ms)
    if when is not None:
        return when
    if len(message.who) > MAX_IDENTITIES:
        return _wrong(f"who holds {len(message.who)} identities; at most {MAX_IDENTITIES}")
    if type(message) is Touch:
        return _check_touch(message)
    if type(message) is Fact:
        return _check_fact(message)
    return _check_crm(message) if type(message) is CrmUpdate else None


def _check_touch(touch: Touch) -> Reject | None:
    if not touch.kind:
        return _wrong("kind is empty; write what the person did, e.g. page_view")
    if not any(touch.who.values()):
        return _nobody("who")
    if touch.cost is not None and too_big(touch.cost):
        return _number("cost")
    for name, value in touch.props.items():
        if too_big(value):
            return _number(f"props.{named(name)}")
    return None


def _check_fact(fact: Fact) -> Reject | None:
    if not any(fact.who.values()):
        return _nobody("who")
    if not fact.by:
        return _wrong("by is empty; write who says so: sales, form, enrichment, crm:<system> or a person")
    single = bool(fact.name) and fact.value is not msgspec.UNSET
    if not single and not fact.facts:
        return _wrong("name and value are missing; write both, or several attributes as facts: {name: value}")
    if len(fact.facts) > MAX_FACTS:
        return _wrong(f"facts holds {len(fact.facts)} attributes; at most {MAX_FACTS} in one message")
    learned = {**fact.facts, fact.name: fact.value} if single else fact.facts
    for name, value in learned.items():
        if not name:
            return _wrong("facts holds a name that is empty; name every attribute")
        if too_big(value):
            return _number(f"the value of {named(name)}")
        if isinstance(value, list | dict) and _deeper(value, MAX_DEPTH):
            detail = (
                f"the value of {named(name)} is nested deeper than {MAX_DEPTH} levels; write a text, number or yes-no"
            )
            return Reject(reason=Reason.TOO_DEEP, detail=detail)
    return None


def _check_crm(update: CrmUpdate) -> Reject | None:
    kind = update.kind
    if kind is not CrmKind.ABSENT and not update.handoff_id and not any(update.who.values()):
        return _nobody("handoff_id and who")
    if len(update.handoff_id) > MAX_ID:
        found = f"handoff_id is {len(update.handoff_id)} characters long"
        return _wrong(f"{found}; at most {MAX_ID}: copy it from the handoff")
    for name, moment in (("until", update.until), ("from", update.begins), ("to", update.to)):
        if moment is not None and (wrong := _check_time(name, moment, None)) is not None:
            return wrong
    for field in ("amount", "sequence"):
        if (number := getattr(update, field)) is not None and too_big(number):
            return _number(field)
    for needed in _NEEDS.get(kind, ()):
        if all(getattr(update, field) in ("", None) for field in needed):
            return _wrong(f"{' or '.join(needed)} is missing; a {kind.value} update must give it")
    if kind in (CrmKind.UNQUALIFIED, CrmKind.REVIEWED) and update.cause not in ("", *UNQUALIFIED_CAUSES):
        return _wrong(f"cause is not one we know; write one of {', '.join(UNQUALIFIED_CAUSES)}")
    return None


_NEEDS: dict[CrmKind, tuple[tuple[str, ...], ...]] = {
    CrmKind.STAGE: (("stage",),),
    CrmKind.REFUSED: (("side",), ("cause",)),
    CrmKind.OVERRIDE: (("level", "stage"),),
    CrmKind.OWNER: (("owner",),),
    CrmKind.ABSENT: (("person",), ("to",)),
    CrmKind.CONSENT: (("purpose",), ("given",)),
    CrmKind.UNQUALIFIED: (("cause",),),
}
"""Without these an update means nothing: of each group at least one."""


def _check_time(field: str, at: Any, append_ms: int | None) -> Reject | None:
    ms = at if type(at) is int else to_ms(at)
    if ms < 0:
        return Reject(reason=Reason.BAD_TIME, detail=f"{field} is before 1970; write when it happened")
    if append_ms is None:
        return None if ms <= LATEST_MS else Reject(reason=Reason.BAD_TIME, detail=f"{field} is after the year 9999")
    if ms > append_ms + DAY_MS:
        found = f"{field} is more than a day ahead of the broker's clock"
        remedy = f"check the producer's clock, or that {field} is in milliseconds"
        return Reject(reason=Reason.BAD_TIME, detail=f"{found}; {remedy}")
    return None


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    if levels == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_deeper(one, levels - 1) for one in inner)


def _wrong(detail: str) -> Reject:
    return Reject(reason=Reason.WRONG_SHAPE, detail=detail)


def _nobody(field: str) -> Reject:
    return Reject(
        reason=Reason.NO_IDENTITY, detail=f'{field} is empty; name the person, e.g. "who": {{"email": "..."}}'
    )


def _number(field: str) -> Reject:
    return Reject(reason=Reason.BAD_NUMBER, detail=f"{field} is a number too large to count with; write it as a text")
