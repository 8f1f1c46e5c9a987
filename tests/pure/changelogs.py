"""Changelogs and partitions of the score table, made up for tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiokafka import ConsumerRecord
from prometheus_client import REGISTRY

from agents.settings import Settings, StoreKind
from agents.table.changelog import LogEnds
from agents.table.score_partition import ScorePartition
from agents.table.stores import stores_of
from agents.table.stores.store_folder import StoreFolder
from schemas.lead_state import Control

TABLE = "table-1"
"""The changelog's topic id."""


def record(offset: int, key: bytes, value: bytes | None) -> Any:
    """Of a changelog."""
    return ConsumerRecord("lead.state", 0, offset, 0, 0, key, value, None, 0, 0, ())


def control(applied: int) -> Control:
    """A control record."""
    return Control(generation="g", applied=applied, models=["m"], fold_revision=1, partitions=4)


def ends(end: int, first: int = 0, table: str = TABLE) -> LogEnds:
    """What the broker says of the changelog."""
    return LogEnds(
        generation=table, partitions=4, first=dict.fromkeys(range(4), first), end=dict.fromkeys(range(4), end)
    )


def settings_for(folder: Path, kind: StoreKind = StoreKind.ROCKSDB, **more: Any) -> Settings:
    """A worker with a small cache and this folder."""
    return Settings(data_dir=folder, store=kind, store_cache_mb=8, **more)


@contextmanager
def partition(kind: StoreKind, number: int = 0) -> Iterator[ScorePartition]:
    """An empty one, gone afterwards."""
    with TemporaryDirectory() as folder:
        stores = stores_of(settings_for(Path(folder), kind))
        held = ScorePartition(number, store=stores.open(number, ends(0)))
        try:
            yield held
        finally:
            held.close()
            stores.close()


@contextmanager
def opened(
    folder: Path, end: int, *, clock: Callable[[], int] = lambda: 0, **changelog: Any
) -> Iterator[ScorePartition]:
    """The partition as a worker finds it at its start."""
    stores = StoreFolder(settings_for(folder), clock)
    try:
        held = ScorePartition(0, store=stores.open(0, ends(end, **changelog)))
        try:
            yield held
        finally:
            held.close()
    finally:
        stores.close()


def take(held: ScorePartition, records: list[Any]) -> None:
    """As the table does with what the changelog holds."""
    held.take(records)
    held.settle()


def discarded() -> float:
    """Stores thrown away so far."""
    return REGISTRY.get_sample_value("touchline_stores_discarded_total") or 0.0
