"""One month: a team at its desks, leads that come, workers that are killed; then everything is read back."""

import asyncio
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis

from agents.demo.crew import environment_of
from agents.settings import Settings
from agents.topics.admin import alter, connected
from deploy.local.stack import Addresses
from streams.topology import (
    CRM_UPDATES,
    DEAD_LETTERS,
    HANDOFFS,
    LEAD_EVENTS,
    LEAD_TASKS,
    RIPE,
    TOPICS,
    TOPOLOGY,
)
from tests.chaos.fleet import Fleet
from tests.chaos.mortal import ROOT, MortalWorker
from tests.live.kafka import Kafka, until
from tests.month.office import Act, Agenda, Office
from tests.month.pace import VARIABLE, Pace, PaceFile, machine_now_ms
from tests.month.people import Person, Said
from tests.month.play import REDIS, Kill, Month, Played

PARTITIONS = 4
TICK_S = 0.01
OPEN_WITHIN_S = 90.0
SETTLE_WITHIN_S = 120.0
READ_WITHIN_S = 120.0
WATERMARK_EVERY_S = 0.1
SESSION_S = 6.0
HOLD_S = 30.0
"""Real; the setting is in the month's time."""
LAST_TIMERS_S = 1.5
"""Nothing due within the month fires for so long: all of it has."""
FOR_EVER = {"retention.ms": "-1"}
"""By the broker's clock the month is long past."""
READ_BACK = (LEAD_EVENTS, RIPE, HANDOFFS, LEAD_TASKS, DEAD_LETTERS)
REPORTS = {"cadence": ("report", "cadence", "--days", "60"), "sla": ("report", "sla", "--days", "60"),
           "queue": ("route", "queue")}  # fmt: skip

Say = Callable[[str], None]


class HurriedWorker(MortalWorker):
    """`touchline` by the month's clock, which lies beside the workers' folders."""

    def command(self) -> list[str]:
        """The same arguments."""
        return [sys.executable, "-m", "tests.month.hurried", *super().command()[3:]]

    def environment(self) -> Mapping[str, str]:
        """Its settings, and its clock."""
        return {**super().environment(), VARIABLE: str(self.folder.parent / "pace")}


class Run:
    """Over a stack that is there. Redis is emptied only where it is ours alone."""

    def __init__(self, month: Month, addresses: Addresses, folder: Path, say: Say) -> None:
        self._month, self._say, self._folder = month, say, folder
        folder.mkdir(parents=True, exist_ok=True)
        routing = folder / "month.yaml"
        routing.write_text(month.plan.policy)
        self._settings = Settings(
            bootstrap=addresses.bootstrap, redis=addresses.redis, prefix=f"month-{uuid.uuid4().hex[:8]}.",
            partitions=PARTITIONS, routing=routing, data_dir=folder / "data", watermark_every_s=WATERMARK_EVERY_S,
            timer_hold_s=HOLD_S * month.speed, session_timeout_s=SESSION_S,
        )  # fmt: skip
        self._pace_file = folder / "pace"
        Pace(month.plan.begins_ms, int(machine_now_ms()), 0.0).write(self._pace_file)
        self._pace = PaceFile(self._pace_file)
        self._kafka = Kafka(self._settings)
        self._fleet = Fleet(self._settings, folder, month.workers, session_s=SESSION_S, hired=HurriedWorker)
        self._sent = 0

    async def to_the_end(self) -> Played:
        """Open, play, settle, read back."""
        keeping: asyncio.Task[None] | None = None
        try:
            await self._kafka.create()
            async with connected(self._settings) as client:
                await alter(client, {self._kafka.name(t): FOR_EVER for t in TOPICS if t.keep_ms is not None})
            keeping = asyncio.create_task(self._fleet.keep())
            await self._fleet.ready(OPEN_WITHIN_S)
            running = await self._play()
            await self._settled()
            over_ms = self._pace.now_ms()
        finally:
            if keeping is not None:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
            self._fleet.end()
        Pace(over_ms, int(machine_now_ms()), 0.0).write(self._pace_file)
        told = await asyncio.gather(*(asyncio.to_thread(self._asked, words) for words in REPORTS.values()))
        records = {topic.name: await self._kafka.read_all(topic, READ_WITHIN_S) for topic in READ_BACK}
        await self._kafka.close()
        return Played(
            month=self._month, pace=running, over_ms=over_ms, sent=self._sent, restarts=self._fleet.restarts,
            ended=self._fleet.ended, records=records,
            reports=dict(zip(REPORTS, told, strict=True)),
        )  # fmt: skip

    async def _play(self) -> Pace:
        month, agenda = self._month, Agenda()
        people = [Person(month.seed, number, month.plan) for number in range(month.leads)]
        office = Office(month.seed, month.plan, people, agenda)
        for person in people:
            for said in person.messages():
                agenda.put(said.at_ms, _saying(said))
        producer = AIOKafkaProducer(bootstrap_servers=self._settings.bootstrap, acks="all", enable_idempotence=True)
        consumer = await self._listener()
        await producer.start()
        running = Pace(month.plan.begins_ms, int(machine_now_ms()), month.speed)
        running.write(self._pace_file)
        self._say(f"{month.leads} leads, {month.plan.days:g} days in {month.seconds:g} s")
        listening = asyncio.create_task(self._listen(consumer, office))
        killing = asyncio.create_task(self._kill_all(month.kills))
        try:
            while (now_ms := self._pace.now_ms()) < month.plan.ends_ms:
                for said in agenda.due(now_ms):
                    body = said.body | {"at": self._pace.now_ms()}
                    name = f"{self._settings.prefix}{said.topic}"
                    await producer.send(name, key=said.key.encode(), value=json.dumps(body).encode())
                    self._sent += body.get("kind") != "absent"  # concerns no lead, and comes onto no log
                for task in (listening, killing):
                    if task.done():
                        task.result()
                await asyncio.sleep(TICK_S)
            await producer.flush()
            await killing
        finally:
            for task in (listening, killing):
                task.cancel()
            await asyncio.gather(listening, killing, return_exceptions=True)
            await producer.stop()
            await consumer.stop()
        return running

    async def _listener(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False,
            fetch_max_wait_ms=20,
        )  # fmt: skip
        await consumer.start()
        places = []
        for topic in (HANDOFFS, LEAD_TASKS):
            name = self._kafka.name(topic)
            await consumer._client._wait_on_metadata(name)
            places += [TopicPartition(name, number) for number in consumer.partitions_for_topic(name)]
        consumer.assign(places)
        return consumer

    async def _listen(self, consumer: AIOKafkaConsumer, office: Office) -> None:
        handoffs = self._kafka.name(HANDOFFS)
        while True:
            for place, records in (await consumer.getmany(timeout_ms=100)).items():
                hear = office.hear_handoff if place.topic == handoffs else office.hear_task
                for record in records:
                    hear(json.loads(record.value), self._pace.now_ms())

    async def _kill_all(self, kills: Iterable[Kill]) -> None:
        for kill in kills:
            await asyncio.sleep(max(0.0, (kill.at_ms - self._pace.now_ms()) / 1000 / self._month.speed))
            self._say(f"day {(kill.at_ms - self._month.plan.begins_ms) / 86_400_000:5.2f}: {kill.target}")
            if kill.target == REDIS:
                async with Redis.from_url(self._settings.redis) as redis:
                    await redis.flushdb()
            else:
                self._fleet.kill(kill.target)

    async def _settled(self) -> None:
        """All that came in is processed by all, and all that was due within the month has fired."""
        await self._fleet.ready(OPEN_WITHIN_S)
        stages = {slot.stage for slot in self._fleet.slots.values()}

        async def processed() -> bool:
            for step in TOPOLOGY:
                if step.name in stages:
                    for topic in step.reads:
                        if topic in (LEAD_EVENTS, RIPE) or step.name == "identify" or topic is CRM_UPDATES:
                            await self._kafka.until_committed(f"touchline-{step.name}", topic, SETTLE_WITHIN_S)
            return True

        fired = -1
        while True:
            await until(processed, "all stages to be done", 2 * SETTLE_WITHIN_S)
            before, fired = fired, await self._fired()
            if fired == before:
                return
            await asyncio.sleep(LAST_TIMERS_S)

    async def _fired(self) -> int:
        """Timers of moments within the month: a lead's next one fires when the one before is folded."""
        timers = (json.loads(r.value) for r in await self._kafka.read_all(LEAD_EVENTS, READ_WITHIN_S))
        return sum(said["type"] == "timer" and said["at_ms"] <= self._month.plan.ends_ms for said in timers)

    def _asked(self, words: Iterable[str]) -> Any:
        """What the program says, by the clock that stands."""
        ran = subprocess.run(
            [sys.executable, "-m", "tests.month.hurried", *words, "--json"], capture_output=True, text=True,
            timeout=120, stdin=subprocess.DEVNULL, cwd=self._folder,
            env=environment_of(self._settings) | {VARIABLE: str(self._pace_file), "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return json.loads(ran.stdout)


def _saying(said: Said) -> Act:
    return lambda _: [said]
