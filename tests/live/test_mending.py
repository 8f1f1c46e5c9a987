"""Messages that could not be used are mended by hand and sent back: they score, and they score once."""

from pathlib import Path

import pytest

from agents.settings import Settings
from streams.topology import DEAD_LETTERS, LEAD_CARDS, LEAD_EVENTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka
from tests.live.touchline import touchline

pytestmark = pytest.mark.live

BAD = 10


@pytest.mark.long
async def test_ten_dead_letters_mended_and_sent_back_twice_score_once(
    settings: Settings, kafka: Kafka, worker: StartWorker, tmp_path: Path
) -> None:
    await kafka.create()
    await worker("identify")
    score = await worker("score")
    touch = '{"touch_id": "t%d", "kind": "demo_request", "at": "yesterday", "who": {"email": "lead%d@example.com"}}'
    await kafka.say(TOUCHES_WEB, [(touch % (n, n)).encode() for n in range(BAD)], key="k")
    (moment,) = {str(r.timestamp) for r in (await kafka.hear(DEAD_LETTERS, count=BAD))[:1]}
    file = tmp_path / "letters.jsonl"

    await touchline(settings, "dead-letters", "ls", "--export", file)
    file.write_text(file.read_text().replace('"yesterday"', moment))
    dry = await touchline(settings, "dead-letters", "replay", "--file", file, "--dry-run")
    for _ in range(2):
        await touchline(settings, "dead-letters", "replay", "--file", file, "--yes")
    await kafka.until_committed("touchline-identify", TOUCHES_WEB)
    await kafka.until_committed("touchline-score", LEAD_EVENTS)
    assert 0 == await score.terminate()  # what it still had to show, it shows now
    cards = {card.lead_id: card for card in await kafka.values(LEAD_CARDS)}

    assert f"Would send {BAD} letters: {BAD} to touches.web." in dry.out
    assert 3 * BAD == sum((await kafka.end_offsets(TOUCHES_WEB)).values())
    assert BAD == sum((await kafka.end_offsets(DEAD_LETTERS)).values())
    assert [30.0] * BAD == [round(card.engagement, 1) for card in cards.values()]
