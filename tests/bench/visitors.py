"""People who look around and then ask: nine page views and a demo request each, some always at every step."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

MODEL = Path(__file__).with_name("latency.yaml")
LIFE = 10
"""Touches of a visitor; the last is the ripe one."""
PAGES = ("/", "/pricing", "/blog/lead-scoring", "/product", "/docs/start")


class Step(msgspec.Struct, frozen=True):
    """One touch to come."""

    key: bytes
    """Of the visitor: its touches stay in order."""
    who: dict[str, str]
    kind: str
    page: str
    ripe: bool
    """A handoff follows."""


def steps(run: str, rate: int) -> Iterator[Step]:
    """Touches without end. As many visitors as a quarter of a second brings take turns: each acts four times a second.

    They begin at different steps: after the first three seconds every tenth touch is ripe, at any moment.
    """
    slots = max(LIFE, rate // 4)
    turn = 0
    while True:
        for slot in range(slots):
            generation, step = divmod(turn + slot % LIFE, LIFE)
            name = f"{run}-{slot}-{generation}"
            whole = generation > 0 or slot % LIFE == 0
            ripe = whole and step == LIFE - 1
            who = {"anonymous": name} | ({"email": f"{name}@example.com"} if ripe else {})
            kind, page = ("demo_request", "/demo") if ripe else ("page_view", PAGES[step % len(PAGES)])
            yield Step(name.encode(), who, kind, page, ripe)
        turn += 1


def touch_id(run: str, number: int, sent_ns: int, counted: bool) -> str:
    """Carries the moment of sending to whoever reads the handoff."""
    return f"{run}.{number}.{sent_ns}.{int(counted)}"


def sent_of(touch: str) -> tuple[str, int, bool]:
    """Run, moment of sending in ns (Unix time), and whether it counts: those of the warm-up do not."""
    run, _, sent_ns, counted = touch.split(".")
    return run, int(sent_ns), counted == "1"


def value(step: Step, id: str, at_ns: int) -> bytes:
    """As a producer writes it."""
    touch = {"touch_id": id, "kind": step.kind, "at": at_ns // 1_000_000, "who": step.who, "page": step.page,
             "source": "google", "campaign": "autumn", "props": {"plan": "team"}}  # fmt: skip
    return msgspec.json.encode(touch)


def now_ns() -> int:
    """Wall time: the one clock that the sender, the reader and the product have in common."""
    return time.time_ns()
