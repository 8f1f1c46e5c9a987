"""The score table's record of one lead: all that the fold needs to go on, and nothing it can derive.

Written as msgpack arrays behind a fixed header (`HEADER`), so that a restore reads the applied offset without decoding.
"""

from typing import Any

from msgspec import Struct

from schemas.counted import Counted as Counted
from schemas.counted import Daily as Daily
from schemas.counted import Decayed as Decayed
from schemas.counted import Firsts as Firsts
from schemas.counted import Tally as Tally
from schemas.counted import Windowed as Windowed
from schemas.episode import Clock as Clock
from schemas.episode import Episode as Episode
from schemas.units import Millis

STATE_SCHEMA = 4
"""Number of this layout. A release reads its own and the earlier ones, and refuses newer ones in words."""


class TouchRef(Struct, frozen=True, array_like=True, gc=False):
    """A touch by id and coordinates: what a ledger line or a handoff points at."""

    at_ms: Millis
    touch_id: str
    topic: str
    partition: int
    offset: int


class BurstSeen(Struct, array_like=True, gc=False):
    """A burst rule: matching times within its horizon, and when it fired."""

    times: list[int]
    """Ascending, milliseconds."""
    refs: bytes
    """A roll of the latest n of them by time, each a `TouchRef`, so that a burst can name its touches."""
    fired: list[int]
    """Times at which it fired, ascending, within the horizon."""


class SurgeSeen(Struct, array_like=True, gc=False):
    """A surge rule: gross points gained, by their own time, within its horizon."""

    times: list[int]
    """Ascending, milliseconds."""
    gains: list[int]
    """Micro-points, beside `times`."""


class Known(Struct, frozen=True, array_like=True, gc=False):
    """What one source said about one attribute."""

    value: Any
    at_ms: Millis
    id: str
    by: str


class RecentTouch(Struct, frozen=True, array_like=True, gc=False):
    """One of the last few touches, as a seller wants to see it."""

    at_ms: Millis
    touch_id: str
    kind: str
    channel: str
    page: str
    points: int
    """Micro-points it earned when counted, before limits."""


class Override(Struct, frozen=True, array_like=True, gc=False):
    """A person's word on a level: on a par with the rules until it ends or is taken back."""

    level: str
    by: str
    at_ms: Millis
    until_ms: int = 0
    """0: no end."""


class Kin(Struct, array_like=True, gc=False):
    """A lead among others: merged away, heard of, erased. Only who was ever one of these has it."""

    merged_into: str = ""
    """The survivor: this lead is a pointer, and sends on what comes; empty: it is not."""
    sent: int = 0
    """How many events it sent on to its survivor: the number of the last one."""
    heard: dict[str, int] = {}
    """By lead merged into this one: the highest number heard from it."""
    erased_ms: int = 0
    """When its erasure was asked for: it is a grave, and takes nothing in; 0: it is not."""
    doubt: str = ""
    """Why its score may not be what one fold of all that is known gives: `overlap` (a touch counted on both sides),
    `consent` (a word that came after touches it judges); empty: no doubt."""


class LeadState(Struct, array_like=True, kw_only=True, gc=False):
    """A lead between two events. Mutable: the fold that holds it owns it."""

    as_of_ms: int = 0
    """The lead's clock: the latest time on its log."""
    seen: bytes = b""
    """Per event id its hash and the minute Kafka got it (`<QI`), in order of arrival; kept 24 hours, at most 1,000."""
    inputs: bytes = b""
    """Per input partition its number (topic number * 65536 + partition), the highest append_ms and the highest offset
    applied (`<Iqq`)."""
    ids: dict[str, str] = {}
    """External ids (`crm:*`)."""
    rules: dict[str, Counted] = {}
    """What each engagement rule has counted."""
    bursts: dict[str, BurstSeen] = {}
    surges: dict[str, SurgeSeen] = {}
    facts: dict[str, list[Known]] = {}
    """Per attribute, the latest word of each source."""
    consent: dict[str, list[int]] = {}
    """Per purpose: [at_ms, 1 given or 0 withdrawn]."""
    pace: float = 0.0
    """Gross points gained, as a forward sum with a half-life of 3 days at `pace_ms`."""
    pace_ms: int = 0
    engagement: int = 0
    """Micro-points when last told: the ledger continues from it."""
    fit: int = 0
    completeness: int = 0
    armed: bool = True
    """False after a handoff until the score has fallen under the re-arm line."""
    episode: Episode | None = None
    """The open or the last one."""
    episodes: int = 0
    held: str = ""
    """Why a trigger that holds makes no handoff now: `fit`, `consent`, `cooling`, `open`, `model`, `history`...;
    empty: none holds."""
    flooded: bool = False
    """The state reached its size limit: further touches are set aside."""
    recent: bytes = b""
    """A roll of the last few touches by time, each a `RecentTouch`: only a handoff reads them."""
    recent_ms: int = 0
    """Time of the last of them."""
    sources: list[str] = []
    """Distinct, in order of appearance, at most 20."""
    captured_by: str = ""
    """Source of the first touch, by time."""
    first_ms: int = 0
    touches: int = 0
    """Inbound touches counted."""
    attempts: int = 0
    """Our own calls and messages."""
    owner: str = ""
    quarantine: list[int] = []
    """[offset, fold revision] of the event that could not be folded; empty: healthy."""
    temperature_ms: int = 0
    """Since when the temperature is what it is, on the lead's clock; 0: not known."""
    grade_ms: int = 0
    did: dict[str, int] = {}
    """Kinds of touch that conditions of the model ask about: the latest time of each."""
    segment: str = ""
    level: str = ""
    level_ms: int = 0
    """Since when, on the lead's clock."""
    campaign: str = ""
    """The latest one a touch carried, by the touch's time."""
    campaign_ms: int = 0
    override: Override | None = None
    unqualified: str = ""
    """Why not for sales: one of `CAUSES`; empty: not said."""
    deals: int = 0
    """1: in a deal, by the CRM's word; 2: won, a client; 0: neither."""
    fast: str = ""
    """What was handed off already of fast paths and still holds, in words: each hands off once."""
    nurture_ms: int = 0
    """Since when marketing keeps the lead warm; 0: it does not."""
    deadline_ms: int = 0
    """When time alone may change something; 0: never. The record's header says it too."""
    model: str = ""
    """The key of the model its counters stand under (`Judge.key`); empty: none yet."""
    words: dict[str, int] = {}
    """The time of people's last word on its `level`, on whether it is `qualified`, on its `deal`; when its owner was
    last `seen`."""
    kin: Kin | None = None
    """None: it was never merged, never heard of another, and is not erased."""
    redirected: list[str] = []
    """Criteria for which marketing was asked to leave such people out of its campaigns: once each."""
    stage: str = ""
    """Of the model's graph; empty: none yet, its next event puts it at the start."""
    stage_ms: int = 0
    """Since when, on the lead's clock."""
    stage_due_ms: int = 0
    """When it has been in its stage too long, or idle; 0: never."""


class Control(Struct, kw_only=True):
    """The last record of each flush on a partition of `lead.state`: where a worker starts from."""

    generation: str
    """Of the log: its topic's id, so that a recreated topic is noticed."""
    applied: int
    """Offset of the last event of `lead.events` held by the table; -1: none."""
    models: list[str]
    """`id@version sha256:...` of each model in force."""
    rescore: bool = False
    """It was put in force to hand off leads that are ripe by the change alone, too."""
    fold_revision: int
    """Number of the judgement in force."""
    state_schema: int = STATE_SCHEMA
    partitions: int = 0
    """Partition count of the log when it was written."""
    suffix: str = ""
    """Of the log's topics: the generation's name; empty: the first."""
    moved_to: str = ""
    """The generation that took over, `first` for the first; empty: this one is in force."""
    under: str = ""
    """Key of the model under which every lead stands that may (not one handed off); empty: not all were looked at."""
    cards_to: int | None = None
    """Offset of `lead.events` up to which every card is written: that of a lead changed later may be due. None: all."""
