"""Every metric there is, declared once: its name, the stages that show it, its labels and what bounds each of them."""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from itertools import product

from msgspec import Struct
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics import MetricWrapperBase

from streams.topology import CANARIES, CHALLENGER, IDENTIFY, INTAKE, MIRROR, ROUTE, TOPOLOGY

STAGES = tuple(step.name for step in TOPOLOGY)
"""Those with a consumer group: partitions, lag, flushes."""
EVERYWHERE = (INTAKE.name, *STAGES, CHALLENGER.name, CANARIES.name)
WITH_REDIS = (IDENTIFY.name, ROUTE.name, MIRROR.name)

SPEED_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Edges of whatever is part of the way from a touch to its handoff. What is promised of it, 1 s and 5 s, are edges, so
that its shares are exact."""


class Bounded(Struct, frozen=True):
    """A label whose values are known at run time only, and why there are few."""

    by: str


class PerStage(Struct, frozen=True):
    """A label whose values depend on the stage."""

    of: Callable[[str], Iterable[str]]


Values = Iterable[str] | PerStage | Bounded
"""Of a label: all there are, all of a stage, or what bounds them."""
Labels = Mapping[str, Values]


STAGE = PerStage(lambda stage: (stage,))
"""A label `stage`."""
READS = PerStage(lambda stage: [topic.name for step in TOPOLOGY if step.name == stage for topic in step.reads])
"""Topics a stage reads."""
WRITES = PerStage(
    lambda stage: [
        topic.name
        for step in TOPOLOGY
        if step.name == stage
        for topic in (*step.says, *((step.remembers,) if step.remembers is not None else ()))
    ]
)
"""Topics it writes, its memory's too."""


class Family(Struct, frozen=True, kw_only=True):
    """A metric as it is exposed."""

    name: str
    """With its suffix: what a query asks for, but for `_bucket`, `_sum` and `_count`."""
    kind: str
    """`counter`, `gauge`, `histogram`."""
    what: str
    stages: tuple[str, ...]
    labels: Labels
    held: MetricWrapperBase | None = None
    """None: worked out at each scrape."""

    @property
    def unit(self) -> str:
        """As the name says it; empty: a count of what the name says."""
        words = self.name.removesuffix("_total").split("_")
        return words[-1] if words[-1] in ("seconds", "bytes", "ratio") else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Of its samples."""
        if self.kind != "histogram":
            return (self.name,)
        return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))

    def values(self, label: str, stage: str) -> tuple[str, ...] | None:
        """All there are at a stage; None: known at run time only."""
        known = self.labels[label]
        if isinstance(known, Bounded):
            return None
        return tuple(known.of(stage) if isinstance(known, PerStage) else known)

    def show(self, stage: str) -> None:
        """Begin each series at 0 where all are known: a rate needs a zero to rise from."""
        values = [self.values(label, stage) for label in self.labels]
        closed = [told for told in values if told is not None]
        if self.held is None or not self.labels or len(closed) < len(values):
            return
        for each in product(*closed):
            self.held.labels(*each)

    def empty(self) -> GaugeMetricFamily:
        """For a scrape to fill."""
        return GaugeMetricFamily(self.name, self.what, labels=list(self.labels))


FAMILIES: dict[str, Family] = {}
"""By name, in the order in which they were declared."""


def _list(
    name: str, kind: str, what: str, stages: Sequence[str], labels: Labels | None, held: MetricWrapperBase | None = None
) -> Family:
    family = Family(name=name, kind=kind, what=what, stages=tuple(stages), labels=labels or {}, held=held)
    FAMILIES[name] = family
    return family


def counter(name: str, what: str, stages: Sequence[str], labels: Labels | None = None) -> Counter:
    """A count that only grows, of what the name says."""
    held = Counter(name, what, list(labels or ()))
    _list(name, "counter", what, stages, labels, held)
    return held


def gauge(name: str, what: str, stages: Sequence[str], labels: Labels | None = None) -> Gauge:
    """A value that rises and falls."""
    held = Gauge(name, what, list(labels or ()))
    _list(name, "gauge", what, stages, labels, held)
    return held


def histogram(
    name: str, what: str, stages: Sequence[str], buckets: Sequence[float], labels: Labels | None = None
) -> Histogram:
    """How many were how large."""
    held = Histogram(name, what, list(labels or ()), buckets=buckets)
    _list(name, "histogram", what, stages, labels, held)
    return held


def scraped(name: str, what: str, stages: Sequence[str], labels: Labels | None = None) -> Family:
    """A gauge worked out at each scrape, so that no series outlives what it speaks of."""
    return _list(name, "gauge", what, stages, labels)


_VERSION = Bounded("one series per worker")
_BUILD = gauge(
    "touchline_build_info",
    "Versions of this worker; always 1.",
    EVERYWHERE,
    {"stage": STAGE, "version": _VERSION, "python": _VERSION, "faust": _VERSION, "aiokafka": _VERSION},
)


def _versions() -> tuple[str, ...]:
    return version("touchline"), platform.python_version(), version("faust-streaming"), version("aiokafka")


def exposed(stage: str) -> CollectorRegistry:
    """What a worker of this stage shows: its own metrics, each from the start, and those of its process."""
    disable: Callable[[], None] = disable_created_metrics
    disable()  # no `_created` beside each counter: nobody asked for it
    registry = CollectorRegistry()
    _BUILD.labels(stage, *_versions()).set(1)
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    for family in FAMILIES.values():
        if stage in family.stages and family.held is not None:
            family.show(stage)
            registry.register(family.held)
    return registry
