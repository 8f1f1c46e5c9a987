"""What each command of an operator does on the broker, as data: its rights are derived from it."""

from msgspec import Struct

from streams.topology import (
    CRM_UPDATES,
    DEAD_LETTERS,
    HANDOFFS,
    IDENTIFY,
    IDENTITY_LINKS,
    INPUTS,
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_NEWS,
    LEAD_PROFILES,
    LEAD_STAGES,
    LEAD_STATE,
    LEAD_TASKS,
    RIPE,
    ROUTE,
    SCORE,
    SCORING_MODELS,
    TOPICS,
    TOPOLOGY,
    TOUCH_TOPICS,
    Step,
    Topic,
)


class Errand(Struct, frozen=True, kw_only=True):
    """A command that talks to the broker."""

    words: str
    reads: tuple[Topic, ...] = ()
    says: tuple[Topic, ...] = ()
    sees: tuple[Topic, ...] = ()
    """Whether it is there, its partitions and offsets."""
    compares: tuple[Topic, ...] = ()
    """And its settings."""
    makes: tuple[Topic, ...] = ()
    changes: tuple[Topic, ...] = ()
    """Its settings."""
    asks: tuple[Step, ...] = ()
    """Stages whose members and offsets it looks at."""
    moves: bool = False
    """It deals with the log's other generation, too."""


LOG = (LEAD_EVENTS, LEAD_STATE, SCORING_MODELS)
_ENDED = (HANDOFFS, LEAD_STAGES)

ERRANDS = (
    Errand(words="topics plan", compares=TOPICS),
    Errand(words="topics apply", compares=TOPICS, makes=TOPICS, changes=TOPICS),
    Errand(words="doctor", compares=TOPICS, reads=(*INPUTS, LEAD_EVENTS), asks=TOPOLOGY),
    Errand(words="touch send", says=TOUCH_TOPICS),
    Errand(words="lead explain", reads=LOG),
    Errand(
        words="lead export", compares=TOPICS,
        reads=(*LOG, *INPUTS, DEAD_LETTERS, LEAD_PROFILES, LEAD_CARDS, HANDOFFS, LEAD_TASKS, LEAD_STAGES, LEAD_LEDGER,
               LEAD_NEWS),
    ),
    Errand(
        words="lead erase", compares=TOPICS, reads=(LEAD_EVENTS, LEAD_STATE, HANDOFFS, LEAD_NEWS),
        says=(LEAD_PROFILES, IDENTITY_LINKS, LEAD_EVENTS, LEAD_CARDS, LEAD_NEWS),
    ),
    Errand(
        words="lead split", sees=TOPICS, reads=(*LOG, IDENTITY_LINKS, LEAD_PROFILES),
        says=(LEAD_EVENTS, IDENTITY_LINKS, LEAD_PROFILES, LEAD_NEWS),
    ),
    Errand(words="lead restate", sees=TOPICS, reads=LOG, says=(LEAD_EVENTS,)),
    Errand(words="identity rebuild", reads=(IDENTITY_LINKS, LEAD_PROFILES, HANDOFFS)),
    Errand(words="handoffs tail", reads=(HANDOFFS,)),
    Errand(words="dead-letters ls", reads=(DEAD_LETTERS,)),
    Errand(words="dead-letters replay", reads=(DEAD_LETTERS,), says=INPUTS),
    Errand(words="model list", reads=LOG),
    Errand(words="model show", reads=LOG),
    Errand(words="model diff", reads=(SCORING_MODELS,)),
    Errand(words="model publish", reads=(SCORING_MODELS,), says=(SCORING_MODELS,)),
    Errand(words="model apply", reads=LOG, says=(LEAD_EVENTS, SCORING_MODELS)),
    Errand(words="model drift", reads=(*LOG, *_ENDED)),
    Errand(words="model replay", reads=(*LOG, LEAD_PROFILES, *_ENDED)),
    Errand(words="log export", reads=LOG),
    Errand(words="route simulate", reads=(HANDOFFS,)),
    Errand(words="report funnel", reads=_ENDED),
    Errand(words="report sla", reads=(*_ENDED, CRM_UPDATES)),
    Errand(words="report cadence", reads=_ENDED),
    Errand(words="report rules", reads=_ENDED),
    Errand(words="report sources", reads=_ENDED),
    Errand(words="report refusals", reads=_ENDED),
    Errand(words="snapshot", reads=(LEAD_STATE,), compares=(LEAD_STATE,)),
    Errand(
        words="rebuild", moves=True, reads=(*LOG, RIPE), says=(LEAD_EVENTS, LEAD_STATE, SCORING_MODELS, RIPE),
        compares=(LEAD_EVENTS, LEAD_STATE, RIPE), makes=(LEAD_EVENTS, LEAD_STATE, RIPE),
        changes=(LEAD_EVENTS, LEAD_STATE), asks=(IDENTIFY, SCORE, ROUTE),
    ),
)  # fmt: skip
"""All others need no broker: they speak to Redis, to a worker, or to files."""


def errand_called(words: str) -> Errand | None:
    """The command of these words."""
    return next((errand for errand in ERRANDS if errand.words == words), None)
