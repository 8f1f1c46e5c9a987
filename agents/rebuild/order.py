"""What a rebuild is asked to do, what came of it, and how it refuses."""

from collections.abc import Callable

from msgspec import Struct

from agents.settings import Settings
from agents.table.model_shelf import ModelShelf
from agents.table.score_partition import ScorePartition
from agents.topics.plan import FIRST
from streams.judge import Judge
from streams.topology import IDENTIFY, ROUTE, SCORE


class Refused(Exception):
    """What may not be done, and the remedy, in sentences. Nothing that is in force was changed."""


class Order(Struct, frozen=True, kw_only=True):
    """A rebuild as asked for."""

    settings: Settings
    """Of the generation that is filled: its name and its partitions."""
    came_from: str
    """The generation in force; the same name: the table is filled in place."""
    judge: Judge
    """Of the log's beginning; what takes effect later is on the log. One that began the table goes before it."""
    shelf: ModelShelf | None = None
    """Every model that the log may name; None: not read yet."""
    snapshot: dict[int, ScorePartition] | None = None
    """Where to start from, by partition of the old log; None: the log, or the table itself."""
    accept_loss: bool = False
    """Go on although events are missing; the summary says which."""
    dry_run: bool = False
    tell: Callable[[str], None]
    """Hears of the progress."""

    @property
    def models(self) -> list[str]:
        """As control records name it."""
        return [f"{self.judge.name} {self.judge.digest}"]

    @property
    def old(self) -> Settings:
        """Settings of the generation in force."""
        return self.settings.model_copy(update={"generation": self.came_from})


class Rebuilt(Struct, kw_only=True):
    """What came of it."""

    came_from: str
    generation: str
    partitions_before: int
    partitions: int
    base: str = "log"
    """What the states start from: `log` (all of it is folded), `table` or `snapshot` (what follows it is folded)."""
    cut_over: bool = False
    """The generation asked for is in force; for a rebuild in place: the table is whole."""
    copied: int = 0
    """Events copied to the new log, this time."""
    folded: int = 0
    """Events folded, this time."""
    leads: int = 0
    compared: int = 0
    """Leads whose new state was compared with the old one and says the same."""
    unsaid: int = 0
    """Events that nobody scored yet: the stages go on with them."""
    ripe: int = 0
    """Words on `ripe` that route had not read: moved along."""
    missing: int = 0
    """Events that are gone and were accepted as lost."""
    held_up: str = ""
    """Why it did not cut over yet."""
    next: list[str] = []
    """What to do now, in order."""
    took_s: float = 0.0


def called(generation: str) -> str:
    """A generation by name."""
    return generation or FIRST


def stop_and_again() -> list[str]:
    """The steps to a cut-over."""
    return [
        f"stop all workers of {IDENTIFY.name}, {SCORE.name} and {ROUTE.name}; inputs wait in Kafka",
        "wait, if one was killed: it counts until its session times out",
        "run the same rebuild again: it copies what came since, compares, and cuts over",
    ]


def start_anew(order: Order) -> list[str]:
    """The steps after it."""
    settings = order.settings
    given = f"TOUCHLINE_GENERATION={settings.generation} TOUCHLINE_PARTITIONS={settings.partitions}"
    return [
        f"start {IDENTIFY.name}, {SCORE.name} and {ROUTE.name} with {given} (or --generation and --partitions)",
        "mirror and intake may go on as they are",
        "delete the old generation's topics when nobody needs them: Touchline deletes nothing",
    ]
