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

    def __init__(self, touches: int, leads: int, seed: int = 1) -> None:
        self.touches = touches
        keys = [b"L%016X" % (n * GOLDEN & MASK) for n in range(1, leads + 1)]
        self._leads = [(key, partition_for(key, PARTITIONS)) for key in keys]
        self._seed = seed
        self._patterns = _patterns(Random(seed))

    def __iter__(self) -> Iterator[Sent]:
        draw = Random(self._seed).random
        leads, patterns = self._leads, self._patterns
        for n in range(self.touches):
            key, partition = leads[int(draw() * len(leads))]
            pattern = patterns[int(draw() * len(patterns))]
            yield Sent(partition, key, _value(pattern, n, partition))


def _value(pattern: TouchSeen, n: int, partition: int) -> bytes:
    at_ms = START_MS + n * STEP_MS
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
    missing = size - len(_value(pattern, 0, 0))
    return msgspec.structs.replace(pattern, message=("creative-" * 40)[: 1 + max(0, missing)])
