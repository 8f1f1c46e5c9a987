"""The story of one handoff, gathered from all that was said of it."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from schemas.handoff import HandoffEvent, HandoffType, Outcome
from schemas.units import Millis
from streams.drift import contributing
from streams.moments import to_ms

TYPES = {f"io.touchline.handoff.{kind.value}.v1": kind for kind in HandoffType}

UNKNOWN = "unknown"
"""A source, cause or seller nobody told."""

_EVENT = msgspec.json.Decoder(HandoffEvent)


class Story(Struct, kw_only=True):
    """Mutable: whoever reads the topic owns it."""

    handoff_id: str
    lead_id: str
    model: str
    source: str
    campaign: str
    rules: frozenset[str]
    """Of the model, that gave points or opened it by themselves."""
    touched_ms: Millis
    """The lead's clock when it was opened."""
    said_ms: Millis
    """When Kafka got the request: the system's part ends here."""
    promised: bool
    """History has no promise."""
    respond_by_ms: Millis | None
    assigned_ms: Millis | None = None
    """When an owner was first named."""
    contacted_ms: Millis | None = None
    """The first attempt to reach the lead, as reported."""
    owner: str = ""
    """The latest."""
    partner: str = ""
    accepted: bool = False
    returned: bool = False
    reason: str = ""
    """Of the return."""
    ended: bool = False
    outcome: Outcome | None = None
    revision: int = 0

    @property
    def seller(self) -> str:
        """Who had it in the end."""
        return (self.outcome.owner if self.outcome is not None else "") or self.owner or self.partner or "nobody"

    @property
    def result(self) -> str:
        """`won`, `lost`, `refused`, `unreachable`...; empty: it stands open, or was returned or withdrawn."""
        return "" if self.outcome is None else self.outcome.result


class Stories:
    """All handoffs opened since a moment. Events of one handoff come in order; repeats change nothing."""

    def __init__(self, since_ms: Millis = 0) -> None:
        self._since_ms = since_ms
        self._by_id: dict[str, Story] = {}

    def hear(self, value: bytes | None, appended_ms: Millis) -> None:
        """One record of `handoffs`. What cannot be read is passed over."""
        try:
            event = _EVENT.decode(value or b"")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        kind = TYPES.get(event.type)
        if kind is None:
            return
        story = self._by_id.get(event.data.handoff_id)
        if story is None:
            if kind is not HandoffType.REQUESTED or appended_ms < self._since_ms:
                return
            story = self._by_id[event.data.handoff_id] = _opened(event, appended_ms)
        if event.data.revision > story.revision:
            _go_on(story, kind, event, appended_ms)

    def all(self) -> Iterable[Story]:
        """In the order in which they were opened."""
        return self._by_id.values()


def _opened(event: HandoffEvent, appended_ms: Millis) -> Story:
    data = event.data
    return Story(
        handoff_id=data.handoff_id, lead_id=data.lead_id, model=data.model, source=data.origin or UNKNOWN,
        campaign=data.campaign or data.override,
        rules=frozenset(contributing(data.breakdown, data.fit_breakdown, data.trigger)),
        touched_ms=_ms(data.trigger.fired_at), said_ms=appended_ms,
        promised=data.respond_by is not None, respond_by_ms=None if data.respond_by is None else _ms(data.respond_by),
    )  # fmt: skip


def _go_on(story: Story, kind: HandoffType, event: HandoffEvent, appended_ms: Millis) -> None:
    data, story.revision = event.data, event.data.revision
    if data.owner:
        story.owner = data.owner
        if story.assigned_ms is None:
            story.assigned_ms = appended_ms
    story.partner = data.partner or story.partner
    if data.contacted_at is not None and story.contacted_ms is None:
        story.contacted_ms = _ms(data.contacted_at)
    match kind:
        case HandoffType.ACCEPTED:
            story.accepted = True
        case HandoffType.RETURNED:
            story.returned = story.ended = True
            story.reason = data.reason
        case HandoffType.WITHDRAWN:
            story.ended = True
        case HandoffType.CLOSED:
            story.ended, story.outcome = True, data.outcome


def _ms(written: str) -> Millis:
    return to_ms(datetime.fromisoformat(written))
