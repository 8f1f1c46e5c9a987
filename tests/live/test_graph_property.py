"""Whatever the order, whoever crashes: who is one person is the same in the end, and everybody is told of it.

Real identify workers over a real Redis, led from write to write by hypothesis, beside a union-find.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from agents.model_file import load_model
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from deploy.local.stack import Addresses
from tests.live.simulated import Broker, Clock, Message, Worker, apart

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]  # a failing example is made shorter for 300 s

T = TypeVar("T")
PARTITIONS = 3
PEOPLE = 3
OFFICE = "+77272990011"
MOST_AHEAD_S = 55
"""Brokers' clocks may be ahead of Redis' by less than a minute: see `SWITCH_MARGIN_MS`."""


def known_as(person: int) -> list[tuple[str, str]]:
    return [
        ("crm:hub", f"c{person}"), ("email", f"person.{person}@example.com"), ("phone", f"+770100000{person}1"),
        ("telegram", f"tg_{person}"), ("anonymous", f"laptop-{person}"), ("anonymous", f"phone-{person}"),
    ]  # fmt: skip


def written(person: int) -> st.SearchStrategy[dict[str, str]]:
    """How somebody is named in one message: one or two identities, or an address and the office's number."""
    some = st.lists(st.sampled_from(known_as(person)), min_size=1, max_size=2, unique=True).map(dict)
    at_work = st.just({"email": f"person.{person}@example.com", "phone": OFFICE})
    return st.one_of(some, some, some, at_work)


who = st.integers(0, PEOPLE - 1).flatmap(written)


class Crew(RuleBasedStateMachine):
    """Workers that share partitions of an input, one after another or (a zombie) two at a time."""

    where: ClassVar[Addresses]

    @initialize()
    def open(self) -> None:
        self._loop = asyncio.Runner()
        self._settings = apart(self.where)
        self._model = load_model(None, self._settings)[1]
        self._redis = self._run(self._connected())
        self._broker, self._said = Broker(), list[Message]()
        self._waiting: dict[int, list[Message]] = defaultdict(list)
        self._workers: dict[int, Worker] = {}
        self._group: dict[Worker, list[Message]] = {}
        self._zombies: list[Worker] = []
        self._clock = Clock(self._redis, RedisKeys(self._settings.prefix))
        self._stamped_ms: dict[int, int] = defaultdict(int)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run(work)

    async def _connected(self) -> Any:
        redis = connect(self._settings, patient=False)
        await redis.set(RedisKeys(self._settings.prefix).graph, "whole from the beginning")
        return redis

    @rule(
        partition=st.integers(0, PARTITIONS - 1), whos=st.lists(who, min_size=2, max_size=8),
        ahead_s=st.sampled_from((0, MOST_AHEAD_S)),
    )  # fmt: skip
    def say(self, partition: int, whos: list[dict[str, str]], ahead_s: int) -> None:
        """Some people act now, by a broker's clock. Each partition's append times ascend."""
        append_ms = max(self._stamped_ms[partition], self._clock.now_ms + ahead_s * 1_000)
        self._stamped_ms[partition] = append_ms
        for who in whos:
            message = Message(len(self._said), partition, append_ms, who)
            self._said.append(message)
            self._waiting[partition].append(message)

    @rule(minutes=st.integers(1, 3))
    def pass_minutes(self, minutes: int) -> None:
        """Merges that are told are switched: who acts from now on is written straight to the survivor."""
        self._run(self._clock.pass_minutes(minutes))

    @rule(partition=st.integers(0, PARTITIONS - 1), size=st.integers(1, 6))
    def begin(self, partition: int, size: int) -> None:
        """A worker reads, and asks the graph."""
        worker = self._worker(partition)
        if not worker.busy and self._waiting[partition]:
            self._group[worker] = self._waiting[partition][:size]
            self._after(partition, worker, self._run(worker.begin(self._group[worker])))

    @rule(partition=st.integers(0, PARTITIONS - 1), steps=st.integers(1, 3))
    def go_on(self, partition: int, steps: int) -> None:
        """To its next write, or beyond it."""
        worker = self._workers.get(partition)
        for _ in range(steps):
            if worker is not None and worker.busy:
                self._after(partition, worker, self._run(worker.step()))

    def _busy(self) -> list[int]:
        return sorted(partition for partition, worker in self._workers.items() if worker.busy)

    @precondition(lambda self: self._busy())
    @rule(which=st.integers(0, PARTITIONS - 1))
    def crash(self, which: int) -> None:
        """Wherever it stands; somebody new begins where the last commit was."""
        partition = self._busy()[which % len(self._busy())]
        self._run(self._workers.pop(partition).end())

    @rule(partition=st.integers(0, PARTITIONS - 1))
    def restart(self, partition: int) -> None:
        """With nothing to do, or something: what it remembered is gone."""
        if (worker := self._workers.pop(partition, None)) is not None:
            self._run(worker.end())

    @precondition(lambda self: self._busy())
    @rule(which=st.integers(0, PARTITIONS - 1))
    def take_over(self, which: int) -> None:
        """It only slept: another one does its work, and it goes on all the same when it wakes."""
        if len(self._zombies) < 2:
            self._zombies.append(self._workers.pop(self._busy()[which % len(self._busy())]))

    @precondition(lambda self: self._zombies)
    @rule(steps=st.integers(1, 3))
    def wake(self, steps: int) -> None:
        """A zombie writes what it had decided."""
        zombie = self._zombies[0]
        for _ in range(steps):
            if zombie.busy:
                self._run(zombie.step())
        if not zombie.busy:
            self._run(self._zombies.pop(0).end())

    def _worker(self, partition: int) -> Worker:
        if partition not in self._workers:
            worker = Worker(self._settings, self._broker, self._model)
            self._workers[partition] = self._run(worker.start())
        return self._workers[partition]

    def _after(self, partition: int, worker: Worker, through: bool) -> None:
        if through:
            done = self._group.pop(worker)
            del self._waiting[partition][: len(done)]

    def teardown(self) -> None:
        if not hasattr(self, "_loop"):
            return
        try:
            self._to_the_end()
            self._run(self._judge())
        finally:
            for worker in (*self._workers.values(), *self._zombies):
                self._run(worker.end())
            self._run(self._leave())
            self._loop.close()

    def _to_the_end(self) -> None:
        """Zombies write last of all: nothing is worse."""
        for partition in range(PARTITIONS):
            while (worker := self._workers.get(partition)) is not None and worker.busy:
                self.go_on(partition, 1)
            while self._waiting[partition]:
                self.begin(partition, 4)
                while self._workers[partition].busy:
                    self.go_on(partition, 1)
        while self._zombies:
            self.wake(1)

    async def _judge(self) -> None:
        broker, keys = self._broker, RedisKeys(self._settings.prefix)
        leads_of = broker.leads_of()
        assert {(m.partition, m.number) for m in self._said} == leads_of.keys(), "each message is on the log"
        assert [] == [place for place, leads in leads_of.items() if len(leads) > 1], "and always of the same lead"
        assert people_of(self._said) == self._on_the_log(), "who is one, by the log"
        assert {} == await self._redis.hgetall(keys.unannounced_merges)
        assert {} == await self._redis.hgetall(keys.unannounced_links)
        merged = {k.decode(): v.decode().split(" ")[0] for k, v in (await self._redis.hgetall(keys.merged)).items()}
        linked = {k[5:]: link["lead_id"] for k, link in broker.links.items() if k.startswith("lead:")}
        assert merged == broker.survivors == linked
        assert [] == [loser for loser, survivor in merged.items() if survivor >= loser]

    def _on_the_log(self) -> set[frozenset[int]]:
        """Messages that ended up with one lead."""
        found: dict[str, set[int]] = defaultdict(set)
        for (_, number), leads in self._broker.leads_of().items():
            found[self._broker.root(min(leads))].add(number)
        return {frozenset(numbers) for numbers in found.values()}

    async def _leave(self) -> None:
        async for key in self._redis.scan_iter(match=f"{RedisKeys(self._settings.prefix).everything}*", count=1_000):
            await self._redis.unlink(key)
        await self._redis.aclose()


def people_of(said: list[Message]) -> set[frozenset[int]]:
    """Messages of one person: any two that share an identity, and what follows. The office's number is nobody's."""
    above = list(range(len(said)))

    def top(n: int) -> int:
        while above[n] != n:
            n = above[n]
        return n

    first: dict[tuple[str, str], int] = {}
    for n, message in enumerate(said):
        for identity in message.who.items():
            if identity[1] != OFFICE:
                above[top(n)] = top(first.setdefault(identity, n))
    groups: dict[int, set[int]] = defaultdict(set)
    for n in range(len(said)):
        groups[top(n)].add(n)
    return {frozenset(group) for group in groups.values()}


def test_who_is_one_does_not_depend_on_order_crashes_or_zombies_and_every_merge_is_told(
    stack: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    Crew.where = stack
    Clock.rule(monkeypatch)
    run_state_machine_as_test(
        Crew,
        settings=settings(
            max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[phase for phase in Phase if phase is not Phase.explain],  # it traces every line: ten times as slow
        ),
    )  # fmt: skip
