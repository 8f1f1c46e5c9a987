"""Builds the Faust app of one stage: Faust holds the worker (group, assignment, threads), we hold the data path."""

import asyncio
import gc
import time
import uuid
from functools import partial
from typing import Any, Protocol

import faust
from faust.types import TP
from mode import CrashingSupervisor

from agents import batch_transport
from agents.delivery.abilities import HandsOver, KnowsWhyNot, Restores, StartsWhereItKnows
from agents.delivery.assignor import SteadyAssignor
from agents.delivery.batch_delivery import MOST_PER_CHUNK, BatchSchema
from agents.delivery.producer import Outbox
from agents.delivery.pulse import Progress, Pulse
from agents.delivery.tables import NoTables
from agents.group_commit import Group, GroupCommit
from agents.security.faust_credentials import credentials
from agents.settings import Settings
from agents.signals import PartitionsAssigned, PartitionsRevoked
from streams.topology import Step, bare_name, name_of

COMMIT_EVERY_S = 0.5
REBALANCE_TIMEOUT_S = 30.0
FETCH_BYTES = 4 * 1024 * 1024
"""Per partition and fetch."""
CHUNKS_WAITING = 8
WRITE_PATIENCE_S = 5.0
"""A write that takes longer means that the broker is away or drowning."""


class CannotStart(Exception):
    """Something must be put right first; the sentence says what, and how. The worker exits with 2."""


class RestoreBroken(RuntimeError):
    """The stage could not take its partitions over."""


class Stage(Protocol):
    """What a worker runs. Bytes come in groups; the order inside `flush` is in README, "How it stays exact"."""

    step: Step

    async def start(self, out: Outbox) -> None:
        """Open clients. Called once, before any delivery."""

    async def assigned(self, partitions: dict[str, set[int]]) -> None:
        """Partitions by topic (no prefix) are ours, all of them anew; awaited before delivery begins."""

    async def revoked(self) -> None:
        """All partitions are taken back; nothing of them is in flight any more."""

    async def flush(self, group: Group) -> None:
        """Decide, write, wait, acknowledge. An exception stops the process."""

    async def stop(self) -> None:
        """Close clients. Called once, after the last delivery."""


class StageApp(faust.App):
    """A Faust app of one agent, which hands chunks to the group commit."""

    stage: Stage
    out: Outbox
    group_commit: GroupCommit
    pulse: Pulse
    progress: Progress
    place: Settings
    """Names its topics."""
    batch_topics: frozenset[str]
    """On the broker, prefix included."""
    partition_counts: dict[str, int]
    """Of topics we read, prefix included, as far as they are known: for times when the broker does not name them."""
    pace_s: float
    most_per_chunk: int
    restored: bool = False
    """Partitions are assigned (perhaps none) and the stage has what it needs for them."""
    taken_s: float | None = None  # when partitions were taken back that records flowed from, monotonic

    async def on_first_start(self) -> None:
        """Faust would make directories for stores we do not have."""

    def starts(self) -> dict[TP, int]:
        """Where the stage wants its inputs to go on, if it has a say."""
        if not isinstance(self.stage, StartsWhereItKnows):
            return {}
        return {TP(name_of(topic, self.place), p): offset for (topic, p), offset in self.stage.starts().items()}

    def positioned(self, positions: dict[TP, int]) -> None:
        """The consumer stands at these offsets and will deliver from them."""
        self.group_commit.assigned(
            {(bare_name(tp.topic, self.place), tp.partition): offset for tp, offset in positions.items()}
        )

    def not_ready(self) -> list[str]:
        """Why records do not flow, a sentence each; none: ready."""
        restoring = [] if self.restored else ["partitions are not assigned and restored yet"]
        return restoring + self.hindered()

    def hindered(self) -> list[str]:
        """The same without what is our own: reasons that pass by themselves, and that no restart would mend."""
        if not self.out.usable:
            # The stage is not started yet either: it cannot be asked.
            return ["the out box is not connected"]
        reasons = []
        if not self.consumer.group_reachable:
            reasons.append("no broker answers for our consumer group")
        if self.out.waiting_s > WRITE_PATIENCE_S:
            reasons.append(f"a write waits for the broker since {self.out.waiting_s:.0f} s")
        return reasons + (self.stage.not_ready() if isinstance(self.stage, KnowsWhyNot) else [])

    def waiting(self) -> list[str]:
        """What could be done: partitions to restore, or with records to process. An open transaction's could not be."""
        if not self.restored:
            return ["partitions not restored yet"]
        found = []
        for (topic, partition), position in self.group_commit.positions.items():
            tp = TP(name_of(topic, self.place), partition)
            at, end = self.consumer.fetched_to(tp), self.consumer.readable_to(tp)
            if position.waiting or (at is not None and end is not None and at < end):
                found.append(f"{topic}/{partition}")
        return found

    def reached(self) -> tuple[int, ...]:
        """Where each partition is acknowledged to, and how far the stage has restored."""
        restored = self.stage.restored() if isinstance(self.stage, Restores) else 0
        return (restored, *(position.acknowledged for position in self.group_commit.positions.values()))

    async def _on_restore(self, *_: Any, **__: Any) -> None:
        began_s = time.monotonic()
        partitions: dict[str, set[int]] = {}
        for tp in self.consumer.assignment():
            partitions.setdefault(bare_name(tp.topic, self.place), set()).add(tp.partition)
        try:
            await self.stage.assigned(partitions)
        except asyncio.CancelledError as fault:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Nobody cancelled us: Faust would take it for the end of its task, and wait for the restore for ever.
            raise RestoreBroken("something within the restore was cancelled by itself") from fault
        # What was restored stays: the collector need not walk it again, nor so often.
        gc.collect()
        gc.freeze()
        self.restored = True
        PartitionsAssigned(
            stage=self.stage.step.name, partitions=partitions, began_s=began_s, taken_s=self.taken_s
        ).emit()

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        self.restored, self.taken_s = False, time.monotonic() if self.restored else self.taken_s
        await self.stage.revoked()
        PartitionsRevoked(stage=self.stage.step.name).emit()

    async def _on_leaving(self, *_: Any, **__: Any) -> None:
        if isinstance(self.stage, HandsOver):
            await self.stage.hand_over()


def build_app(stage: Stage, settings: Settings, scheme: str = batch_transport.SCHEME) -> StageApp:
    """The app of a stage. Opens nothing until it is started. Another scheme is another transport, for tests."""
    batch_transport.register()
    name = f"{settings.prefix}touchline-{stage.step.name}"
    member = settings.member
    app = StageApp(
        name,
        broker=";".join(f"{scheme}://{host.strip()}" for host in settings.bootstrap.split(",")),
        broker_credentials=credentials(settings),
        # Faust's assignor tells members apart by this URL, and a static member must keep its own.
        canonical_url=f"http://{member or uuid.uuid4().hex}.touchline",
        consumer_group_instance_id=member or None,
        autodiscover=False,
        web_enabled=False,
        web_tables_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        # Not that there are tables: with 0 Faust takes a round robin that ignores static members.
        table_standby_replicas=1,
        PartitionAssignor=SteadyAssignor,
        TableManager=NoTables,
        broker_commit_interval=COMMIT_EVERY_S,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=min(3.0, settings.session_timeout_s / 4),
        broker_rebalance_timeout=REBALANCE_TIMEOUT_S,
        broker_max_poll_records=settings.group_records,
        consumer_max_fetch_size=FETCH_BYTES,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=True,
        key_serializer="raw",
        value_serializer="raw",
    )
    app.stage, app.out, app.pulse, app.place = stage, Outbox(settings), Pulse(), settings
    app.progress = Progress(settings.stall_after_s, app.waiting, app.reached, app.hindered)
    app.batch_topics = frozenset(name_of(topic, settings) for topic in stage.step.reads)
    app.partition_counts = {name_of(t, settings): settings.partitions for t in stage.step.reads if t.copartitioned}
    app.pace_s = settings.pace_ms / 1000
    app.most_per_chunk = min(MOST_PER_CHUNK, settings.group_records)
    app.group_commit = GroupCommit(
        stage.flush,
        stage=stage.step.name,
        bare=partial(bare_name, place=settings),
        most_records=settings.group_records,
        generation=lambda: app.consumer_generation_id,
        unwanted=lambda: app.rebalancing or app.should_stop,
        forget=lambda message: app.consumer.forget(message),  # noqa: PLW0108 - there is no consumer yet
        check=app.pulse.check,
    )
    inputs = app.topic(*sorted(app.batch_topics), schema=BatchSchema(), maxsize=CHUNKS_WAITING)

    async def deliver(stream: Any) -> None:
        async for event in stream.noack().events():
            await app.group_commit.deliver(event)

    app.agent(inputs, name=f"{stage.step.name}.deliver", supervisor_strategy=CrashingSupervisor)(deliver)

    app.on_rebalance_complete.connect(app._on_restore, weak=False)
    app.on_partitions_revoked.connect(app._on_revoked, weak=False)
    app.on_before_shutdown.connect(app._on_leaving, weak=False)
    app.finalize()
    return app
