"""The local stack: real servers that answer, come back with their data, and never outlive their owner."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio

from agents.settings import Settings
from deploy.local import Addresses, FolderBusy, LocalStack, ServerFailed
from deploy.local.kafka import Node, configuration
from deploy.local.ports import HOST, free_port, highest
from deploy.local.redis_server import Redis
from deploy.local.stack import sweep
from streams.topology import LEAD_EVENTS, LEAD_STATE
from tests.live.interrupts import hearing_interrupts
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live
COMMAND = [sys.executable, "-m", "deploy.local", "--json"]


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One that may be stopped and killed."""
    with LocalStack(tmp_path_factory.mktemp("own-stack")) as local:
        yield local


@pytest.fixture
async def own_kafka(own_stack: LocalStack, prefix: str) -> AsyncIterator[Kafka]:
    """Speaks to the stack that may be killed."""
    client = Kafka(Settings(bootstrap=own_stack.addresses.bootstrap, prefix=prefix, partitions=2))
    yield client
    await client.close()


@contextmanager
def in_the_foreground() -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`python -m deploy.local` in a process of its own, and the addresses it printed."""
    owner = subprocess.Popen(hearing_interrupts(COMMAND), stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert owner.stdout is not None
    try:
        yield owner, json.loads(owner.stdout.readline())
    finally:
        owner.kill()
        owner.wait()
        owner.stdout.close()


def is_alive(pid: int) -> bool:
    """Not gone, and not merely waiting to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until_gone(pids: list[int], within_s: float = 10.0) -> None:
    async def gone() -> bool:
        return not any(is_alive(pid) for pid in pids)

    await until(gone, f"the end of {pids}", within_s)


async def test_what_is_said_to_the_broker_is_heard(kafka: Kafka) -> None:
    await kafka.create([LEAD_EVENTS])
    await kafka.say(LEAD_EVENTS, [b"one", b"two", b"three"], key="lead-1")

    assert [b"one", b"two"] == [r.value for r in await kafka.hear(LEAD_EVENTS, count=2)]
    assert [b"one", b"two", b"three"] == [r.value for r in await kafka.read_all(LEAD_EVENTS)]
    assert [0, 0, 0, 3] == sorted((await kafka.end_offsets(LEAD_EVENTS)).values())


async def test_hearing_too_little_in_time_fails_with_what_was_heard(kafka: Kafka) -> None:
    await kafka.create([LEAD_EVENTS])
    await kafka.say(LEAD_EVENTS, b"only one")

    with pytest.raises(AssertionError, match=r"1 of 2 records on .*lead\.events(.|\n)*only one"):
        await kafka.hear(LEAD_EVENTS, count=2, within_s=0.5)


@pytest.mark.long
async def test_records_outlive_a_stop_and_a_kill_of_the_broker(own_stack: LocalStack, own_kafka: Kafka) -> None:
    address, first_pid = own_stack.kafka.address, own_stack.kafka.pid
    await own_kafka.create([LEAD_STATE])
    await own_kafka.say(LEAD_STATE, [b"1", b"2", b"3"], key=["a", "b", "c"])
    await own_kafka.close()
    said = sorted(r.value for r in await own_kafka.read_all(LEAD_STATE))

    own_stack.kafka.stop()
    own_stack.kafka.start()
    after_stop = sorted(r.value for r in await own_kafka.read_all(LEAD_STATE))
    own_stack.kafka.kill()
    assert 0 == own_stack.kafka.pid
    own_stack.kafka.start()
    after_kill = sorted(r.value for r in await own_kafka.read_all(LEAD_STATE))

    assert [b"1", b"2", b"3"] == said == after_stop == after_kill
    assert address == own_stack.kafka.address
    assert first_pid != own_stack.kafka.pid


async def test_redis_comes_back_on_its_port_and_empty(own_stack: LocalStack) -> None:
    url = own_stack.addresses.redis
    async with redis.asyncio.from_url(url) as client:
        await client.set("touched", "yes")
    own_stack.redis.stop()
    own_stack.redis.start()

    assert url == own_stack.addresses.redis
    async with redis.asyncio.from_url(url) as client:
        assert await client.get("touched") is None


def test_two_stacks_stand_side_by_side_but_not_in_one_folder(own_stack: LocalStack, stack: Addresses) -> None:
    with pytest.raises(FolderBusy, match=str(own_stack.folder)):
        LocalStack(own_stack.folder).start()

    assert own_stack.kafka.answers()
    assert 4 == len({stack.bootstrap, stack.redis, own_stack.addresses.bootstrap, own_stack.addresses.redis})


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
async def test_a_stopped_owner_leaves_no_process_and_no_folder(sign: signal.Signals) -> None:
    with in_the_foreground() as (owner, found):
        assert all(is_alive(pid) for pid in found["pids"])
        owner.send_signal(sign)

        assert 0 == owner.wait(60)
        assert not any(is_alive(pid) for pid in found["pids"])
        assert not Path(found["folder"]).exists()


async def test_a_killed_owner_leaves_no_broker_and_no_redis() -> None:
    with in_the_foreground() as (owner, found):
        assert [True, True] == [is_alive(pid) for pid in found["pids"]]
        owner.send_signal(signal.SIGKILL)

        await until_gone(found["pids"])

    folder = Path(found["folder"])
    assert folder.exists()
    sweep(folder.parent)
    assert not folder.exists(), "the next run sweeps what a killed one left"


async def test_a_killed_guard_takes_its_server_along(tmp_path: Path) -> None:
    server = Redis(tmp_path, free_port())
    server.start()
    pid = server.pid
    guard = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(guard, signal.SIGKILL)

    await until_gone([pid])
    server.stop()


def test_a_stack_that_meets_a_taken_port_opens_on_others(tmp_path: Path) -> None:
    fresh = LocalStack(tmp_path)
    taken = fresh.kafka.port
    with socket.create_server((HOST, taken)):
        fresh.start()
    answered = fresh.kafka.answers()
    fresh.discard()

    assert answered
    assert taken != fresh.kafka.port
    assert not tmp_path.exists()


def test_a_taken_port_is_named(own_stack: LocalStack, tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match=f"{own_stack.redis.address}: Address already in use"):
        Redis(tmp_path, own_stack.redis.port).start()


def test_a_server_that_does_not_start_names_its_log(tmp_path: Path) -> None:
    class Confused(Redis):
        def command(self) -> list[str]:
            return [*super().command(), "--no-such-option", "1"]

    with pytest.raises(ServerFailed, match=rf"(?s)ended while starting.*{tmp_path}/redis.log.*no-such-option"):
        Confused(tmp_path, free_port()).start()


def test_missing_programs_are_named_in_one_line(tmp_path: Path) -> None:
    nowhere = tmp_path / "bin"
    nowhere.mkdir()
    environment = {"PATH": str(nowhere), "TOUCHLINE_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=30)

    assert 2 == done.returncode
    assert "" == done.stdout
    assert [
        (
            "missing on this machine: java, redis-server, mvn. Install with: apt-get install openjdk-17-jre-headless "
            "redis-server maven (or put them on PATH)"
        )
    ] == done.stderr.splitlines()


def test_a_command_may_run_against_a_stack_and_its_exit_code_is_passed_on() -> None:
    said = "import os; print(os.environ['TOUCHLINE_BOOTSTRAP'], os.environ['TOUCHLINE_REDIS']); raise SystemExit(7)"
    done = subprocess.run([*COMMAND, "--run", sys.executable, "-c", said], capture_output=True, text=True, timeout=60)

    assert 7 == done.returncode
    assert re.fullmatch(r"127\.0\.0\.1:\d+ redis://127\.0\.0\.1:\d+/0\n", done.stdout)


def test_nodes_of_a_cluster_name_each_other_and_replicate_what_is_internal(tmp_path: Path) -> None:
    nodes = [Node(1, 15001, 15002), Node(2, 15003, 15004), Node(3, 15005, 15006)]
    lines = configuration(nodes[1], nodes, tmp_path).splitlines()

    assert "controller.quorum.voters=1@127.0.0.1:15002,2@127.0.0.1:15004,3@127.0.0.1:15006" in lines
    assert "listeners=PLAINTEXT://127.0.0.1:15003,CONTROLLER://127.0.0.1:15004" in lines
    assert "offsets.topic.replication.factor=3" in lines
    assert "message.max.bytes=2097152" in lines


def test_ports_lie_outside_of_what_clients_get() -> None:
    assert all(15000 <= free_port() <= highest() for _ in range(50))
