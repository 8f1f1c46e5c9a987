"""The whole flow on one screen, as data: topics, steps, and a picture. Everything else is derived from it.

touches.web ─┐                                              ┌─▶ handoffs ──▶ CRMs
touches.email├─▶ identify ─▶ lead.events ─▶ score ─▶ ripe ─▶ route
touches.call │   (who is it?)   (THE LOG)     │               └─▶ back to lead.events: "assigned, respond by"
touches.messenger                             ├─▶ lead.cards  ──┐
facts ───────┤                                ├─▶ lead.ledger   ├─▶ mirror ─▶ Redis
crm.updates ─┘                                └─▶ lead.state    │
    └─▶ dead.letters (bytes untouched)            handoffs ─────┘
"""

from typing import Protocol

from msgspec import Struct

from schemas.canary import Canary
from schemas.card import Card
from schemas.crm_update import CrmUpdate
from schemas.fact import Fact
from schemas.handoff import HandoffEvent, Ripe
from schemas.journal import LeadNews, StageChanged, Task
from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.ledger import LedgerEntry
from schemas.profile import IdentityLink, Profile
from schemas.scoring_model import ModelDocument
from schemas.touch import Touch
from schemas.units import DAY_MS, MINUTE_MS

MIB = 1024 * 1024


class Topic(Struct, frozen=True, kw_only=True):
    """A Kafka topic and what is said on it."""

    name: str
    says: object
    """The type of its values."""
    key: str
    what: str
    """One sentence for a newcomer."""
    keep_ms: int | None
    """Retention; None: compacted, kept for ever."""
    copartitioned: bool = False
    """Partitioned as the log is: a lead is on the same partition of each."""
    append_time: bool = False
    """Stamped by the broker, so that "when Kafka got it" is not the producer's own clock."""
    compaction_lag_ms: int = 0
    max_message_bytes: int = MIB
    private: bool = False
    personal: bool = False
    """Holds personal data: restrict who may read it."""

    @property
    def moves(self) -> bool:
        """It moves to a new generation with the log. What others read keeps its name and its partitions."""
        return self.copartitioned and self.private

    @property
    def compacted(self) -> bool:
        """The latest value of each key is kept."""
        return self.keep_ms is None


def _touches(channel: str) -> Topic:
    what = f"A touch ({channel}) as its producer saw it."
    return Topic(
        name=f"touches.{channel}", says=Touch, key="any", what=what, keep_ms=7 * DAY_MS, append_time=True, personal=True
    )


TOUCHES_WEB, TOUCHES_EMAIL = _touches("web"), _touches("email")
TOUCHES_CALL, TOUCHES_MESSENGER = _touches("call"), _touches("messenger")
FACTS = Topic(
    name="facts", says=Fact, key="any", what="Attributes learned, with provenance.", keep_ms=7 * DAY_MS,
    append_time=True, personal=True,
)  # fmt: skip
CRM_UPDATES = Topic(
    name="crm.updates", says=CrmUpdate, key="any", what="What CRMs and sellers report back.", keep_ms=30 * DAY_MS,
    append_time=True, personal=True,
)  # fmt: skip
LEAD_EVENTS = Topic(
    name="lead.events", says=LeadEvent, key="lead id", what="THE LOG: all that happens to a lead, in order.",
    keep_ms=180 * DAY_MS, copartitioned=True, append_time=True, private=True,
)  # fmt: skip
LEAD_STATE = Topic(
    name="lead.state", says=LeadState, key="lead id", what="The score table's changelog.", keep_ms=None,
    copartitioned=True, compaction_lag_ms=10 * MINUTE_MS, private=True,
)  # fmt: skip
LEAD_PROFILES = Topic(
    name="lead.profiles", says=Profile, key="lead id", what="Contact details.", keep_ms=None, private=True,
    personal=True,
)  # fmt: skip
IDENTITY_LINKS = Topic(
    name="identity.links", says=IdentityLink, key="identity (hashed)", what="Which identity belongs to which lead.",
    keep_ms=None, private=True,
)  # fmt: skip
LEAD_CARDS = Topic(
    name="lead.cards", says=Card, key="lead id", what="The latest score card of each lead.", keep_ms=None,
    copartitioned=True,
)  # fmt: skip
LEAD_LEDGER = Topic(
    name="lead.ledger", says=LedgerEntry, key="lead id", what="Every change of score, with its reason.",
    keep_ms=180 * DAY_MS, copartitioned=True,
)  # fmt: skip
LEAD_STAGES = Topic(
    name="lead.stages", says=StageChanged, key="lead id", what="Every transition, for funnels and audit.",
    keep_ms=180 * DAY_MS, copartitioned=True,
)  # fmt: skip
LEAD_TASKS = Topic(
    name="lead.tasks", says=Task, key="lead id", what="What a person or a mailer must do.", keep_ms=30 * DAY_MS,
    copartitioned=True,
)  # fmt: skip
LEAD_NEWS = Topic(
    name="lead.news", says=LeadNews, key="lead id", what="Merges, splits, erasures.", keep_ms=30 * DAY_MS,
    copartitioned=True,
)  # fmt: skip
RIPE = Topic(
    name="ripe", says=Ripe, key="lead id", what="A trigger fired: ready to be routed.", keep_ms=7 * DAY_MS,
    copartitioned=True, append_time=True, private=True,
)  # fmt: skip
HANDOFFS = Topic(
    name="handoffs", says=HandoffEvent, key="lead id", what="Asks sales to act.", keep_ms=30 * DAY_MS,
    copartitioned=True, append_time=True, personal=True,
)  # fmt: skip
SCORING_MODELS = Topic(
    name="scoring.models", says=ModelDocument, key="model id @ digest", what="Model documents, immutable.",
    keep_ms=None,
)  # fmt: skip
DEAD_LETTERS = Topic(
    name="dead.letters", says=bytes, key="the original", what="What could not be used, byte for byte, with its reason.",
    keep_ms=7 * DAY_MS, max_message_bytes=2 * MIB, personal=True,
)  # fmt: skip
CANARY = Topic(
    name="canary", says=Canary, key="always the same", what="Touches of nobody's that came the whole way.",
    keep_ms=DAY_MS, append_time=True, private=True,
)  # fmt: skip

TOUCH_TOPICS = (TOUCHES_WEB, TOUCHES_EMAIL, TOUCHES_CALL, TOUCHES_MESSENGER)
INPUTS = (*TOUCH_TOPICS, FACTS, CRM_UPDATES)
"""The doors. Their order numbers them in a lead's state (`inputs`): append only."""

TOPICS = (
    *INPUTS, LEAD_EVENTS, LEAD_STATE, LEAD_PROFILES, IDENTITY_LINKS, LEAD_CARDS, LEAD_LEDGER, LEAD_STAGES,
    LEAD_TASKS, LEAD_NEWS, RIPE, HANDOFFS, SCORING_MODELS, DEAD_LETTERS, CANARY,
)  # fmt: skip


BY_NAME = {topic.name: topic for topic in TOPICS}


class Place(Protocol):
    """Whose topics: what an operator says about their names."""

    @property
    def prefix(self) -> str:
        """Before every name."""

    @property
    def generation(self) -> str:
        """Of the log; empty: the first."""


def name_of(topic: Topic | str, place: Place) -> str:
    """As the broker knows it: prefix, name, and where the log moves, its generation: `acme.lead.events.g2`."""
    known = BY_NAME.get(topic) if isinstance(topic, str) else topic
    suffix = f".{place.generation}" if place.generation and known is not None and known.moves else ""
    return f"{place.prefix}{topic if isinstance(topic, str) else topic.name}{suffix}"


def bare_name(name: str, place: Place) -> str:
    """The topic's own name: what signals, dead letters and stages call it."""
    bare = name.removeprefix(place.prefix)
    without = bare.removesuffix(f".{place.generation}") if place.generation else bare
    return without if without in BY_NAME and BY_NAME[without].moves else bare


class Step(Struct, frozen=True, kw_only=True):
    """A stage: one Faust app, scaled on its own."""

    name: str
    what: str
    reads: tuple[Topic, ...]
    """Its inputs, in its consumer group; a step without any has no group and no lag."""
    says: tuple[Topic, ...]
    remembers: Topic | None = None
    """Its table's changelog: written by it, and read back when it takes partitions over."""
    looks_up: tuple[Topic, ...] = ()
    """Read in no group: to follow models, or to fill a Redis that was lost."""

    def __post_init__(self) -> None:
        if self.remembers is not None and not all(t.copartitioned for t in (*self.reads, self.remembers)):
            raise ValueError(f"{self.name}: memory and input must be partitioned alike")

    @property
    def topics(self) -> tuple[Topic, ...]:
        """All it needs, each once."""
        memory = () if self.remembers is None else (self.remembers,)
        return tuple(dict.fromkeys((*self.reads, *self.says, *memory, *self.looks_up)))


def member_name(step: Step, place: Place) -> str:
    """What a stage's consumer group is called, and as whom it speaks to a broker that asks."""
    return f"{place.prefix}touchline-{step.name}"


IDENTIFY = Step(
    name="identify", what="Who is it? Resolves identities, removes personal data, writes the log.",
    reads=INPUTS, says=(LEAD_EVENTS, LEAD_PROFILES, IDENTITY_LINKS, DEAD_LETTERS),
    looks_up=(LEAD_PROFILES, IDENTITY_LINKS, HANDOFFS),
)  # fmt: skip
SCORE = Step(
    name="score", what="Folds the log into the score table and says who is ripe.",
    reads=(LEAD_EVENTS,), remembers=LEAD_STATE, looks_up=(SCORING_MODELS,),
    says=(LEAD_EVENTS, LEAD_CARDS, LEAD_LEDGER, LEAD_STAGES, LEAD_TASKS, LEAD_NEWS, RIPE, SCORING_MODELS, DEAD_LETTERS),
)  # fmt: skip
ROUTE = Step(
    name="route", what="Chooses who gets the lead, joins contact details, speaks to CRMs.",
    reads=(RIPE, CRM_UPDATES), says=(HANDOFFS, LEAD_EVENTS, DEAD_LETTERS, CANARY),
    looks_up=(RIPE, CRM_UPDATES, HANDOFFS),
)  # fmt: skip
MIRROR = Step(
    name="mirror", what="Copies cards and handoffs into Redis for look-ups and the ranking.",
    reads=(LEAD_CARDS, HANDOFFS), says=(DEAD_LETTERS,),
)  # fmt: skip

INTAKE = Step(
    name="intake", what="Takes touches and facts over HTTP from Segment-compatible SDKs.",
    reads=(), says=(TOUCHES_WEB, FACTS),
)  # fmt: skip

CHALLENGER = Step(
    name="challenger", what="Folds the log with a candidate model beside the one in force, and says nothing.",
    reads=(), says=(), looks_up=(LEAD_EVENTS, RIPE, SCORING_MODELS),
)  # fmt: skip

CANARIES = Step(
    name="canary", what="Sends touches of nobody's the whole way, and sees them arrive.",
    reads=(), says=TOUCH_TOPICS, looks_up=(CANARY,),
)  # fmt: skip

TOPOLOGY = (IDENTIFY, SCORE, ROUTE, MIRROR)

DEFAULT_PARTITIONS = 24
"""Of the log in a default deployment; a demo uses 4. Fixed for a generation of the log."""
