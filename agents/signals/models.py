"""What is said about scoring models: published, in force, changed, refused."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from agents.signals.catalogue import Bounded, counter, gauge
from agents.signals.drift import expect_leads
from agents.signals.log import LOG
from streams.topology import SCORE

_AT = (SCORE.name,)
_PARTITIONS = gauge(
    "touchline_model_partitions",
    "Partitions of this worker that a model judges.",
    _AT,
    {"model": Bounded("versions in force now")},
)
_REFUSED = counter(
    "touchline_models_refused_total",
    "Model documents and activations that changed nothing, by what they are.",
    _AT,
    {"what": ("document", "activation")},
)


class ModelPublished(Struct, frozen=True, kw_only=True):
    """A document is on `scoring.models`, so that anybody can explain a score."""

    model: str
    digest: str

    def emit(self) -> None:
        """Say which."""
        LOG.info("model published", model=self.model, digest=self.digest)


class ModelsTaken(Struct, frozen=True, kw_only=True):
    """After an assignment: who judges here."""

    in_force: Mapping[str, Sequence[int]]
    """Partitions by `id@version`."""
    given: str
    """`id@version` of the worker's settings."""
    passed_over: bool
    """The log says another one than the settings."""

    def emit(self) -> None:
        """Say it, with a hint where somebody may have meant otherwise."""
        _show(self.in_force)
        LOG.info("models in force", **{name: list(numbers) for name, numbers in self.in_force.items()})
        if self.passed_over:
            LOG.warning(
                "another model is in force than the one given", in_force=sorted(self.in_force), given=self.given,
                remedy="the log says what is in force; `touchline model apply FILE` changes it",
            )  # fmt: skip


class ModelSwitched(Struct, frozen=True, kw_only=True):
    """From this record of the log on a partition is judged by another model."""

    partition: int
    before: str
    now: str
    digest: str
    rescore: bool
    in_force: Mapping[str, Sequence[int]]

    def emit(self) -> None:
        """Say from which to which."""
        _show(self.in_force)
        LOG.info(
            "model changed", partition=self.partition, before=self.before, now=self.now, digest=self.digest,
            rescore=self.rescore,
        )  # fmt: skip


class ModelsRefused(Struct, frozen=True, kw_only=True):
    """Documents or activations that cannot be used: what was in force still is."""

    what: str
    """`document` or `activation`."""
    why: Sequence[str]

    def emit(self) -> None:
        """Count them, and say why."""
        _REFUSED.labels(self.what).inc(len(self.why))
        for reason in self.why:
            LOG.warning("model refused, the one in force stays", what=self.what, why=reason)


def _show(in_force: Mapping[str, Sequence[int]]) -> None:
    _PARTITIONS.clear()
    expect_leads(in_force)
    for name, numbers in in_force.items():
        _PARTITIONS.labels(name).set(len(numbers))
