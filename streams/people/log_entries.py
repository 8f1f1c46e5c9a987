"""What the log says of an admitted message: its person resolved elsewhere, its personal data removed here."""

from typing import Any

from msgspec import UNSET, Struct

from schemas.crm_update import CrmUpdate
from schemas.fact import Fact
from schemas.lead_event import CrmSaid, FactLearned, Origin, TouchSeen, Value
from schemas.profile import Detail
from schemas.scoring_model import ScoringModel
from schemas.touch import Touch
from schemas.units import Millis
from streams.moments import to_ms
from streams.people.admission import at_ms
from streams.people.contact_facts import CONTACT, CONTACT_NAMESPACES, DERIVED, derive
from streams.people.identity import Hider, Identity
from streams.people.redaction import Redactor
from streams.scoring.repeats import DERIVED_BY

CHANNELS = {f"touches.{name}": name for name in ("web", "email", "call", "messenger")}
MAX_DETAIL = 2_000
"""Characters of one text of a profile."""


class Head(Struct, frozen=True, gc=False):
    """What log entries have in common."""

    id: str
    at_ms: Millis
    origin: Origin
    trace: str = ""


class Scribe:
    """Writes log entries for one model and one deployment."""

    def __init__(self, hider: Hider, redactor: Redactor, model: ScoringModel) -> None:
        self._hider = hider
        self.redactor = redactor
        sensitive = {fact.name for fact in model.facts if fact.sensitive}
        declared = {fact.name for fact in model.facts} | DERIVED
        self._logged = frozenset(declared - sensitive - CONTACT)

    def touch(self, touch: Touch, origin: Origin, ids: dict[str, str], trace: str) -> TouchSeen:
        """A touch as the log says it."""
        text = self.redactor.text
        return TouchSeen(
            id=self.safe_id(touch.touch_id),
            at_ms=at_ms(touch),
            origin=origin,
            kind=text(touch.kind),
            channel=text(touch.channel) if touch.channel else CHANNELS[origin.topic],
            direction=touch.direction,
            source=text(touch.source) if touch.source else "unknown",
            medium=touch.medium and text(touch.medium),
            campaign=touch.campaign and text(touch.campaign),
            message=touch.message and text(touch.message),
            page=touch.page and self.redactor.page(touch.page),
            product=touch.product and text(touch.product),
            history=touch.history,
            cost=touch.cost,
            props=self.redactor.props(touch.props) if touch.props else {},
            ids=ids,
            trace=trace,
        )

    def fact(self, fact: Fact, origin: Origin, ids: dict[str, str], trace: str) -> FactLearned:
        """A fact as the log says it: what the model declares and nobody is known by. May be empty."""
        said: dict[str, Value] = {
            n: safe for n, v in _learned(fact).items() if n in self._logged and (safe := self._value(v)) is not None
        }
        return FactLearned(
            id=self.safe_id(fact.fact_id),
            at_ms=at_ms(fact),
            origin=origin,
            by=fact.by,
            facts=said,
            ids=ids,
            trace=trace,
        )

    def details(self, fact: Fact) -> dict[str, Detail]:
        """The rest of a fact: for the profile alone."""
        at, fact_id = at_ms(fact), fact.fact_id
        return {n: Detail(_cut(v), at, fact_id) for n, v in _learned(fact).items() if n not in self._logged}

    def crm(self, update: CrmUpdate, origin: Origin, ids: dict[str, str], trace: str) -> CrmSaid:
        """A report as the log says it. `by` and `owner` name our own people and stay."""
        text = self.redactor.text
        return CrmSaid(
            id=self.safe_id(update.update_id),
            at_ms=at_ms(update),
            origin=origin,
            kind=update.kind.value,
            handoff_id=update.handoff_id,
            by=update.by,
            sequence=update.sequence,
            reason=text(update.reason),
            channel=text(update.channel),
            answered=update.answered,
            stage=text(update.stage),
            side=update.side,
            cause=text(update.cause),
            amount=update.amount,
            currency=text(update.currency),
            purpose=text(update.purpose),
            given=update.given,
            owner=update.owner,
            level=text(update.level),
            until_ms=None if update.until is None else to_ms(update.until),
            ids=ids,
            trace=trace,
        )

    def derived(
        self, said: Head | TouchSeen | FactLearned | CrmSaid, identities: list[Identity]
    ) -> tuple[FactLearned | None, dict[str, Detail]]:
        """What identities new to a lead tell: facts for the log, and contact details for the profile."""
        facts: dict[str, Any] = {}
        details = {}
        for identity in identities:
            facts |= derive(identity)
            if identity.namespace in CONTACT_NAMESPACES:
                details[identity.namespace] = Detail(identity.value, said.at_ms, said.id)
        if not facts:
            return None, details
        learned = FactLearned(
            id=f"{said.id}/derived", at_ms=said.at_ms, origin=said.origin, by=DERIVED_BY, facts=facts, trace=said.trace
        )
        return learned, details

    def safe_id(self, given: str) -> str:
        """Ids must stay what they are, unless somebody is known by them."""
        return self._hider.hashed("id", given) if "@" in given or "+" in given else given

    def _value(self, value: Any) -> str | int | float | bool | None:
        """Numbers of facts are amounts, however long; texts are scrubbed."""
        if isinstance(value, str):
            return self.redactor.text(value)
        return value if isinstance(value, bool | int | float) else None


def at_home_with(line: bytes, lead: str) -> bytes:
    """The JSON of a log entry that is written to a survivor, with the lead its person is at home with."""
    return b'%b,"via":"%b"}' % (line[:-1], lead.encode())


def _learned(fact: Fact) -> dict[str, Any]:
    if fact.name and fact.value is not UNSET:
        return {**fact.facts, fact.name: fact.value}
    return fact.facts


def _cut(value: Any) -> Any:
    return value[:MAX_DETAIL] if isinstance(value, str) else value
