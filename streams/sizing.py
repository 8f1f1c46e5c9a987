"""What a load needs, from measured figures: partitions, workers, memory, disk, time to restore. Pure arithmetic."""

from collections.abc import Mapping
from datetime import date
from math import ceil

from msgspec import Struct

from schemas.units import DAY_MS, SECOND_MS
from streams.topology import (
    DEFAULT_PARTITIONS,
    IDENTIFY,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_STAGES,
    MIRROR,
    ROUTE,
    SCORE,
    TOPICS,
)

DAY_S = DAY_MS // SECOND_MS
MB = 1024 * 1024
RETAINED = (LEAD_EVENTS, LEAD_LEDGER, LEAD_STAGES)
"""What `--retention` is about: the log, and what explains it."""


class Figure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measured number."""

    value: float
    unit: str
    what: str
    bench: str
    """The command that measures it, or `assumed`, with the reason in `what`."""
    on: str = ""
    """The machine."""
    when: date


Figures = Mapping[str, Figure]


class Load(Struct, frozen=True, kw_only=True):
    """What is to be carried."""

    rate: float
    """Touches a second in the busiest hour."""
    leads: float
    touches_per_lead: float = 20.0
    """Behind a lead's state: it grows with them."""
    identities_per_lead: float = 2.0
    per_day: float = 0.0
    """Touches of a whole day; 0: the rate, all day long, which is more than anybody has."""
    retention_days: float = 0.0
    """Of the log and the ledger; 0: as the topology says."""
    replication: int = 3

    @property
    def day(self) -> float:
        """Touches of a day."""
        return self.per_day or self.rate * DAY_S


class StagePlan(Struct, frozen=True, kw_only=True):
    """One stage."""

    stage: str
    workers: int
    us_per_touch: float
    cores: float
    """All its workers together use so many at the rate."""
    memory_mb: int
    """Of each worker, one of them away."""


class Plan(Struct, frozen=True, kw_only=True):
    """What it comes to."""

    load: Load
    partitions: int
    stages: list[StagePlan]
    store: str
    """`memory`, or `rocksdb` where leads do not fit."""
    store_disk_mb: int
    """Of each score worker on the `rocksdb` store; 0: in memory."""
    state_bytes: int
    """A lead's state at so many touches."""
    redis_mb: int
    """Used; set `maxmemory` to `redis_maxmemory_mb`."""
    redis_maxmemory_mb: int
    redis_busy: float
    """Share of Redis' one core at the rate."""
    kafka_day_gb: float
    """Written to the brokers' disks in a day, replicas included; compacted topics are not in it: they do not grow."""
    kafka_kept_gb: float
    """On their disks once retention is reached, compacted topics included."""
    restart_s: float
    """A score worker, from its start to ready."""
    takeover_s: float
    """From the kill of a score worker until others have its leads: its session, and their restore."""
    headroom: float
    """Share of each worker's core that stays free."""


def plan(load: Load, figures: Figures) -> Plan:
    """Rounded up, with the headroom of the figures."""

    def figure(name: str) -> float:
        return figures[name].value

    state = figure("state_base_bytes") + figure("state_touch_bytes") * load.touches_per_lead
    held = state * figure("memory_per_state_byte")
    score_us, store = figure("score_us"), "memory"
    score = workers(load.rate, score_us, figures)
    memory = figure("score_base_mb") + load.leads * held / max(1, score - 1) / MB
    if memory > figure("score_memory_limit_mb"):
        score_us, store = score_us + figure("rocksdb_us"), "rocksdb"
        score, memory = workers(load.rate, score_us, figures), figure("rocksdb_mb")
    costs = {
        IDENTIFY.name: (figure("identify_us"), figure("identify_mb")),
        SCORE.name: (score_us, memory),
        ROUTE.name: (figure("route_us"), figure("route_mb")),
        MIRROR.name: (figure("mirror_us"), figure("mirror_mb")),
    }
    stages = [
        StagePlan(
            stage=name, workers=workers(load.rate, us, figures), us_per_touch=us, cores=load.rate * us / 1e6,
            memory_mb=ceil(mb * figure("memory_margin")),
        )
        for name, (us, mb) in costs.items()
    ]  # fmt: skip
    redis = load.leads * (load.identities_per_lead * figure("redis_identity_bytes") + figure("redis_lead_bytes"))
    records = load.leads * figure("changelog_tail")
    rate = figure("restore_bytes_per_s") / state
    if store == "rocksdb":
        rate = 1.0 / (1.0 / rate + figure("rocksdb_restore_us") / 1e6)
    return Plan(
        load=load,
        partitions=partitions(max(one.workers for one in stages), figure("partitions_per_worker")),
        stages=stages,
        store=store,
        store_disk_mb=0 if store == "memory" else ceil(
            load.leads * state * figure("rocksdb_disk_per_state_byte") / max(1, score - 1) / MB
        ),
        state_bytes=round(state),
        redis_mb=ceil(redis / MB),
        redis_maxmemory_mb=ceil(redis * figure("redis_margin") / MB),
        redis_busy=load.rate * figure("redis_question_us") / 1e6,
        kafka_day_gb=load.day * sum(appended(figures).values()) * load.replication / 1e9,
        kafka_kept_gb=kept(load, figures, state) * load.replication / 1e9,
        restart_s=figure("restore_start_s") + records / score / rate,
        takeover_s=figure("session_s") + records / score / max(1, score - 1) / rate,
        headroom=1.0 - figure("busy"),
    )  # fmt: skip


def workers(rate: float, us_per_touch: float, figures: Figures) -> int:
    """So many that each is busy for its share of the time; two at least, for one may die."""
    return max(int(figures["least_workers"].value), ceil(rate * us_per_touch / 1e6 / figures["busy"].value))


def partitions(most_workers: int, per_worker: float) -> int:
    """Fixed for a generation of the log, so with room for more workers: a multiple of the usual dozen."""
    return max(DEFAULT_PARTITIONS, ceil(most_workers * per_worker / 12) * 12)


def appended(figures: Figures) -> dict[str, float]:
    """Bytes on disk per touch of each topic that forgets by time, by its name."""
    alike = figures["less_alike"].value
    return {
        topic.name: figures[f"kafka {topic.name}"].value * alike
        for topic in TOPICS
        if not topic.compacted and f"kafka {topic.name}" in figures
    }


def kept(load: Load, figures: Figures, state_bytes: float) -> float:
    """Bytes of one replica once retention is reached."""
    days = {topic.name: (topic.keep_ms or 0) / DAY_MS for topic in TOPICS}
    if load.retention_days:
        days |= {topic.name: load.retention_days for topic in RETAINED}
    by_time = sum(load.day * size * days[name] for name, size in appended(figures).items())
    state = state_bytes / figures["compression"].value * figures["changelog_tail"].value
    other = sum(figure.value for name, figure in figures.items() if name.startswith("compacted "))
    return by_time + load.leads * (state + other * figures["less_alike"].value)
