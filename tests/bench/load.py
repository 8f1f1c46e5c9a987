"""What every subject reads: the same touches of the same leads, as `identify` writes them, made from numbers alone."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec

from agents.delivery.producer import partition_for
from schemas.lead_event import Origin, TouchSeen
from schemas.scoring_model import ScoringModel
from streams.model import read_model

MODEL = Path(__file__).with_name("bench.yaml")
VALUE_BYTES = 263
"""Mean size of a value."""
PARTITIONS = 4
START_MS = 1_795_000_000_000
STEP_MS = 400
"""Between two touches of anybody: 2,000,000 touches are nine days."""
GOLDEN, MASK = 0x9E3779B97F4A7C15, 0xFFFFFFFFFFFFFFFF
"""An odd factor makes each number one other of 64 bits that looks like chance."""
FIRST_OFFSET = 1_000_000
"""Of the touches on their input topics: all offsets have as many digits."""

# (share, kind, channel, pages)
MIX = (
    (16, "page_view", "web", ("/pricing", "/pricing/team", "/pricing/enterprise")),
    (24, "page_view", "web", ("/blog/lead-scoring", "/blog/why-speed", "/blog/first-call", "/blog/decay")),
    (24, "page_view", "web", ("/", "/about", "/product", "/docs/start")),
    (16, "visit", "web", ("/",)),
    (9, "video_view", "web", ("/videos/tour", "/videos/setup", "/videos/talk")),
    (6, "email_click", "email", ("/from-mail",)),
    (4, "presentation_request", "web", ("/presentation",)),
    (1, "demo_request", "web", ("/demo",)),
)
SOURCES = ("google", "newsletter", "partner-site", "direct")
CAMPAIGNS = ("", "autumn", "ebook-spring")


class Sent(msgspec.Struct, frozen=True, gc=False):
    """A touch on the log, ready to be written."""

    partition: int
    key: bytes
    value: bytes


def bench_model() -> ScoringModel:
    """The rules all subjects apply."""
    model = read_model(MODEL.read_text())
    assert isinstance(model, ScoringModel), model
    return model


class Load:
    """So many touches of so many leads, each lead as likely as any other: a flush rarely sees one twice."""

    def __init__(
        self, touches: int, leads: int, seed: int = 1, *, hot: float = 0.0, first: int = 0, start_ms: int = START_MS,
        step_ms: int = STEP_MS, partitions: int = PARTITIONS, in_turn: bool = False,
    ) -> None:  # fmt: skip
        self.touches = touches
        self.end_ms = start_ms + touches * step_ms
        """When a load that follows this one starts."""
        self._keys = lead_keys(leads)
        self._seed, self._hot, self._in_turn = seed, hot, in_turn
        """The share of all touches that one lead makes; whether the leads act one after the other."""
        self._first, self._start_ms, self._step_ms = first, start_ms, step_ms
        """Number of the first touch: those of a load that follows must be others."""
        self._partitions = partitions
        self._patterns = _patterns(Random(seed))

    def __iter__(self) -> Iterator[Sent]:
        draw = Random(self._seed).random
        leads = [(key, partition_for(key, self._partitions)) for key in self._keys]
        patterns, hot, many = self._patterns, self._hot, len(leads)
        for n in range(self.touches):
            if hot and draw() < hot:
                key, partition = leads[0]
            else:
                key, partition = leads[n % many if self._in_turn else int(draw() * many)]
            pattern = patterns[int(draw() * len(patterns))]
            at_ms = self._start_ms + n * self._step_ms
            yield Sent(partition, key, _value(pattern, self._first + n, partition, at_ms))


def lead_keys(leads: int) -> list[bytes]:
    """Ids as a log has them: the same so many are always the same ones."""
    return [b"L%016X" % (n * GOLDEN & MASK) for n in range(1, leads + 1)]


def _value(pattern: TouchSeen, n: int, partition: int, at_ms: int) -> bytes:
    origin = Origin(f"touches.{pattern.channel}", partition, FIRST_OFFSET + n, at_ms + 12)
    touch = TouchSeen(
        id=f"{n * GOLDEN & MASK:016x}", at_ms=at_ms, origin=origin,
        kind=pattern.kind, channel=pattern.channel, source=pattern.source,
        campaign=pattern.campaign, message=pattern.message, page=pattern.page, props=pattern.props,
    )  # fmt: skip
    return msgspec.json.encode(touch)


def _patterns(random: Random) -> list[TouchSeen]:
    """A thousand kinds of touch in the proportions of the mix, each padded to about the mean size."""
    drawn = []
    for share, kind, channel, pages in MIX:
        for _ in range(share * 10):
            page = random.choice(pages)
            drawn.append(
                TouchSeen(
                    id="", at_ms=0, origin=Origin("", 0, 0, 0), kind=kind, channel=channel,
                    source=random.choice(SOURCES), campaign=random.choice(CAMPAIGNS), page=page,
                    props={"video": page} if kind == "video_view" else {"plan": "team"},
                    message="m",
                )
            )  # fmt: skip
    return [_padded(pattern, VALUE_BYTES + random.randint(-20, 20)) for pattern in drawn]


def _padded(pattern: TouchSeen, size: int) -> TouchSeen:
    """The name of a creative takes up what is missing."""
    missing = size - len(_value(pattern, 0, 0, START_MS))
    return msgspec.structs.replace(pattern, message=("creative-" * 40)[: 1 + max(0, missing)])
