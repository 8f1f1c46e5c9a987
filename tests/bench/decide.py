"""How long does somebody who holds the line wait for an answer? Measured at a steady rate from outside, over HTTP.

`python -m tests.bench.decide [--rate 200] [--seconds 30] [--leads 1000] [--beside 0]`: half of the callers are known,
with an open handoff; so many touches a second go through all stages beside it. Goal: p99 under 20 ms at 200 questions
a second, beside 1,000 touches.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec

from agents.demo.crew import Worker
from agents.people.policy_file import hider_of
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.routing.keys import DeskKeys
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.stack import opened
from tests.bench.chain import working
from tests.bench.visitors import MODEL
from tests.live.calls import KEY
from tests.live.kafka import Kafka
from tests.pure.routing.test_asking import card, handoff

POLICY = Path("deploy/routing/b2b-sales.yaml")


def phone(number: int) -> str:
    """Of a caller."""
    return f"+7701{number:07d}"


async def fill(settings: Settings, leads: int) -> None:
    """Callers as identify and the mirror leave them."""
    redis, keys, hider = connect(settings), RedisKeys(settings.prefix), hider_of(settings)
    pipeline = redis.pipeline(transaction=False)
    pipeline.set(keys.graph, "whole")
    event = handoff("ann")
    for number in range(leads):
        identity = hider.identity("phone", phone(number))
        assert identity is not None
        lead = f"L{number}"
        pipeline.set(keys.identity("phone", identity.stored), lead)
        pipeline.hset(keys.card(lead), "json", msgspec.json.encode(card(lead_id=lead, handoff_id=lead)).decode())
        pipeline.hset(keys.handoff(lead), "json", msgspec.json.encode(event).decode())
        pipeline.hset(DeskKeys(settings.prefix).decisions + lead, "rule", "everyone else")
    await pipeline.execute()
    await redis.aclose()


async def asked(url: str, rate: int, seconds: float, leads: int) -> list[float]:
    """Milliseconds of each answer, counted from when the question was due: a queue of ours is the caller's wait."""
    took: list[float] = []
    async with aiohttp.ClientSession(headers=KEY, connector=aiohttp.TCPConnector(limit=0)) as http:
        began_s = time.monotonic()

        async def ask(number: int) -> None:
            due_s = began_s + number / rate
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            body = json.dumps({"phone": phone(number % (2 * leads)), "page": "/pricing", "channel": "call"})
            async with http.post(url, data=body) as answer:
                said = await answer.json()
                assert answer.status == 200, said
                assert said["degraded"] or said["known"] == (number % (2 * leads) < leads), said
            took.append((time.monotonic() - due_s) * 1000)

        async with asyncio.TaskGroup() as all_of_them:
            for number in range(int(rate * seconds)):
                all_of_them.create_task(ask(number))
    return sorted(took)


WARM_S, BESIDE_S = 2.0, 15.0


@contextlib.asynccontextmanager
async def touches(settings: Settings, folder: Path, rate: int, seconds: float) -> AsyncIterator[None]:
    """So many a second through identify, score and route meanwhile."""
    if not rate:
        yield
        return
    settings = settings.model_copy(update={"model": MODEL})
    async with working(settings, folder):
        arguments = ["tests.bench.sender", settings.bootstrap, settings.prefix, "beside", str(rate), "1", str(seconds)]
        sender = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *arguments, stdout=asyncio.subprocess.DEVNULL
        )  # fmt: skip
        try:
            yield
        finally:
            sender.kill()
            await sender.wait()


async def run(rate: int, seconds: float, leads: int, beside: int) -> bool:
    """Measure and say."""
    with opened() as stack, tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            bootstrap=stack.addresses.bootstrap, redis=stack.addresses.redis, partitions=4, routing=POLICY,
            prefix="decide.",
        )  # fmt: skip
        kafka = Kafka(settings)
        await kafka.create()
        await fill(settings, leads)
        intake = Worker("intake", settings, Path(folder), free_port())
        try:
            await intake.ready()
            async with touches(settings, Path(folder), beside, WARM_S + seconds + BESIDE_S):
                await asked(f"{intake.url}/v1/route/decide", rate, WARM_S, leads)
                took = await asked(f"{intake.url}/v1/route/decide", rate, seconds, leads)
        finally:
            intake.kill()
            await kafka.close()
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    told = {name: took[min(len(took) - 1, int(share * len(took)))] for name, share in shares.items()}
    print(
        f"{rate}/s beside {beside:,} touches/s, {len(took)} answers: "
        + ", ".join(f"{name} {ms:.1f} ms" for name, ms in told.items())
    )
    return told["p99"] < 20


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rate", type=int, default=200)
    words.add_argument("--seconds", type=float, default=30.0)
    words.add_argument("--leads", type=int, default=1000)
    words.add_argument("--beside", type=int, default=0)
    said = words.parse_args()
    sys.exit(0 if asyncio.run(run(said.rate, said.seconds, said.leads, said.beside)) else 1)
