"""The broker scheme `batchkafka://`: Faust's Kafka driver with batch delivery, reading committed records only."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import aiokafka
import faust
from aiokafka.errors import KafkaError
from faust.transport import drivers
from faust.transport.consumer import Consumer as AnyConsumer
from faust.transport.drivers import aiokafka as kafka
from faust.types import TP

from agents.delivery.batch_delivery import BatchDelivery
from agents.delivery.consumer_end import end_consumer
from agents.delivery.metadata_pace import pace_metadata
from agents.signals import CommitFailed

SCHEME = "batchkafka"
FETCH_WAIT_MS = 20
"""Longest wait of the broker for something to send. One fetch at a time is under way per broker."""
COMMIT_WITHIN_S = 2.0
"""A commit is advice: one that takes longer is offered again with the next."""
OVERRIDDEN: dict[type, tuple[str, ...]] = {
    AnyConsumer: (
        "_wait_next_records", "getmany", "_new_offset", "_add_gap", "perform_seek", "on_partitions_revoked",
        "_get_active_partitions", "_clean_unacked_messages", "commit", "stop_flow", "track_message", "_getmany",
        "seek_wait", "earliest_offsets", "_commit_offsets",
    ),
    kafka.Consumer: ("_new_consumer_thread", "_to_message"),
    kafka.AIOKafkaConsumerThread: ("_create_worker_consumer", "_commit", "_ensure_consumer", "on_thread_stop"),
}  # fmt: skip
"""Private names this file leans on, by the class that must have them."""


class WrongFaust(RuntimeError):
    """The installed Faust or aiokafka is not the one this transport was written for."""


def check_names(overridden: Mapping[type, Iterable[str]] = OVERRIDDEN) -> None:
    """Refuse to start on a Faust that has lost a name we override: the override would silently do nothing."""
    lost = [
        f"{owner.__name__}.{name}" for owner, names in overridden.items() for name in names if not hasattr(owner, name)
    ]
    if lost:
        raise WrongFaust(
            f"faust-streaming {faust.__version__} and aiokafka {aiokafka.__version__} lack {', '.join(lost)}, which "
            "agents/delivery/batch_delivery.py and batch_transport.py override: install those pinned in pyproject.toml"
        )


def register() -> None:
    """Make `batchkafka://host:port` a broker URL. Called when an app is built, not on import."""
    check_names()
    drivers.TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"


class ReadCommitted(kafka.AIOKafkaConsumerThread):
    """Faust's consumer thread; its consumer skips aborted transactions, and a refused commit ends nothing."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        if not hasattr(consumer, "_isolation_level") or not hasattr(consumer, "_fetch_max_wait_ms"):
            raise WrongFaust(
                f"aiokafka {aiokafka.__version__} keeps its isolation level and its fetch wait elsewhere: "
                "install the pinned one"
            )
        # Faust reads uncommitted unless it runs its own transactions, and offers no setting.
        consumer._isolation_level = "read_committed"
        # Faust's 1.5 s: a fetch that asks for idle partitions alone keeps the busy ones, emptied meanwhile, waiting.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        pace_metadata(consumer._client)
        return consumer

    async def on_thread_stop(self) -> None:
        """Also while the broker is away."""
        if self._consumer is None:
            await super().on_thread_stop()
        else:
            await end_consumer(self._consumer, super().on_thread_stop())

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Faust ends the worker on any refused commit (a leader moves); nothing of ours hangs on one."""
        consumer = self._ensure_consumer()
        if consumer._coordinator.coordinator_id is None:
            return False  # nobody to tell
        ours = consumer.assignment()
        try:
            # aiokafka would try until the broker is back, and a stop or a rebalance would wait for it.
            async with asyncio.timeout(COMMIT_WITHIN_S):
                await consumer.commit(
                    {
                        tp: aiokafka.structs.OffsetAndMetadata(offset, "")
                        for topic, partition, offset in ((tp.topic, tp.partition, o) for tp, o in offsets.items())
                        if (tp := aiokafka.TopicPartition(topic, partition)) in ours
                    }
                )
        except (KafkaError, TimeoutError) as fault:
            CommitFailed(problem=f"{type(fault).__name__}: {fault}".rstrip(": ")).emit()
            return False
        return True


class Consumer(BatchDelivery, kafka.Consumer):
    """Batch delivery from Kafka."""

    def fetched_to(self, tp: TP) -> int | None:
        """Offset the fetcher goes on from: past transaction markers, which no record stands for."""
        state = self._state(tp)
        return state.position if state is not None and state.has_valid_position else None

    def readable_to(self, tp: TP) -> int | None:
        """End of what may be read now: open transactions lie behind it. None: not known yet."""
        state = self._state(tp)
        return state.lso if state is not None else None

    def answered(self, tp: TP) -> tuple[int, int] | None:
        """(when the broker's last answer about it was read in ms, the end it told); None: there was none."""
        state = self._state(tp)
        # The time first: another thread writes them, and an end newer than its time is no harm.
        at_ms = state.timestamp if state is not None else None
        return (at_ms, state.highwater) if at_ms is not None else None

    def _state(self, tp: TP) -> Any:
        held = self._thread._ensure_consumer()._subscription.subscription
        return held.assignment.state_value(tp) if held is not None and held.assignment is not None else None

    @property
    def group_reachable(self) -> bool:
        """The broker that coordinates our group answered when last asked."""
        held = self._thread._consumer
        # Between its start and its subscription a consumer has no coordinator.
        coordinator = held._coordinator if held is not None else None
        return coordinator is not None and coordinator.coordinator_id is not None

    def _new_consumer_thread(self) -> Any:
        return ReadCommitted(self, loop=self.loop, beacon=self.beacon)


class Transport(kafka.Transport):
    """What `batchkafka://` stands for."""

    Consumer = Consumer
