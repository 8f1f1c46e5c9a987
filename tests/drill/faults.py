"""What is broken, which alert must tell, and what the runbook has one do about it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count

from msgspec import Struct

from agents.settings import Settings
from deploy.local.stack import LocalStack
from schemas.scoring_model import ModelDocument
from streams.topology import SCORING_MODELS, TOUCHES_WEB
from tests.chaos.driver import BACK_WITHIN_S, M0
from tests.chaos.fleet import Fleet
from tests.chaos.load import POISON, POISON_KEY, Said, Sender
from tests.drill.runbook import PATIENCE_S
from tests.live.kafka import Kafka
from tests.live.touchline import touchline

POISON_PER_S = 60.0
SECOND = "m0-2.yaml"
WORKER, REDIS, KAFKA, POISONED, MODEL = NAMES = ("worker", "redis", "kafka", "poison", "model")

Act = Callable[[], Awaitable[None]]


class Fault(Struct, frozen=True):
    """One thing that breaks."""

    name: str
    what: str
    alert: str
    breaks: Act
    remedy: str
    """In the runbook's words, or nearly."""
    mend: Act
    patience_s: float = PATIENCE_S
    """With the runbook's command: of what stands still there is no answer."""


class Hands:
    """They break and mend."""

    def __init__(self, stack: LocalStack, fleet: Fleet, kafka: Kafka, settings: Settings) -> None:
        self._stack, self._fleet, self._kafka, self._settings = stack, fleet, kafka, settings
        self.poison = 0
        """Messages that nobody can use, sent and acknowledged."""
        self._poisoning: asyncio.Task[None] | None = None
        self._cured = asyncio.Event()

    def faults(self) -> list[Fault]:
        """In the order in which they are tried."""
        apply = f"touchline model apply {SECOND}"
        return [
            Fault(WORKER, "score worker killed", "TouchlineStageDown", self._kill, "touchline run score", self._start),
            Fault(
                REDIS, "Redis stands still", "TouchlineRedisUnavailable", self._stall, "let it go on", self.wake, 8.0
            ),
            Fault(KAFKA, "Kafka stopped", "TouchlineKafkaUnreachable", self._stop, "the broker is back", self._back),
            Fault(POISONED, "input poisoned", "TouchlineDeadLetters", self._taint, "the producer stops", self._cure),
            Fault(MODEL, "model refused", "TouchlineModelRefused", self._refuse, apply, self._apply),
        ]

    async def roll_back_model(self) -> None:
        """To the version before."""
        await self._model(M0, "--rollback")

    async def _kill(self) -> None:
        self._fleet.slots["score-1"].wanted = False
        self._fleet.kill("score-1")

    async def _start(self) -> None:
        self._fleet.slots["score-1"].wanted = True

    async def _stall(self) -> None:
        self._stack.redis.send(signal.SIGSTOP)

    async def wake(self) -> None:
        """Redis goes on; harmless when it does."""
        self._stack.redis.send(signal.SIGCONT)

    async def _stop(self) -> None:
        await asyncio.to_thread(self._stack.kafka.stop)

    async def _back(self) -> None:
        await asyncio.to_thread(self._stack.kafka.start, BACK_WITHIN_S)

    async def _taint(self) -> None:
        async def taint() -> None:
            async with Sender(self._settings) as sender:
                await sender.say(self._rubbish(), POISON_PER_S)

        self._poisoning = asyncio.create_task(taint())

    def _rubbish(self) -> Iterator[Said]:
        for number in count():
            if self._cured.is_set():
                return
            self.poison += 1
            yield Said(TOUCHES_WEB.name, POISON_KEY + f"drill-{number}".encode(), POISON[number % len(POISON)])

    async def _cure(self) -> None:
        self._cured.set()
        if self._poisoning is not None:
            await self._poisoning

    async def _refuse(self) -> None:
        broken = ModelDocument(model="m0", version=9, digest="sha256:" + "0" * 64, text="model: m0\nversion: x")
        await self._kafka.say(SCORING_MODELS, broken, key=f"m0@{broken.digest}")

    async def _apply(self) -> None:
        second = self._settings.data_dir / SECOND
        second.parent.mkdir(parents=True, exist_ok=True)
        second.write_text(M0.read_text().replace("version: 1", "version: 2"))
        await self._model(second)

    async def _model(self, *arguments: object) -> None:
        words = [str(word) for word in arguments]
        ended = await touchline(self._settings, "model", "apply", *words, "--days", "0", "--by", "drill", within_s=60.0)
        assert ended.code == 0, f"touchline model apply: {ended.err or ended.out}"


@contextlib.asynccontextmanager
async def made_good(hands: Hands) -> AsyncIterator[None]:
    """However it ends, nothing stays stalled that would keep servers from ending."""
    try:
        yield
    finally:
        await hands.wake()
