"""The intake over a real broker: real SDKs feed it, a 200 means that Kafka has it, and garbage harms nobody."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from segment.analytics.client import Client

from agents.demo.crew import Worker
from streams.segment.api import MAX_BATCH_BYTES, MAX_EVENT_BYTES, MAX_EVENTS
from streams.topology import FACTS, TOUCHES_WEB
from tests.live.calls import TRACK, post
from tests.live.kafka import Kafka

pytestmark = pytest.mark.live


def use_the_sdk(host: str, *, compressed: bool) -> list[Exception]:
    """A website's backend, which knows nothing of us but the host."""
    errors: list[Exception] = []
    client = Client("touchline", host=host, gzip=compressed, on_error=lambda error, _: errors.append(error))
    campaign = {"campaign": {"name": "ebook-spring", "source": "google", "medium": "cpc"}}
    client.page(anonymous_id="a-1", name="Pricing", properties={"path": "/pricing"}, context=campaign)
    client.track(anonymous_id="a-1", event="Demo Requested", properties={"email": "aigerim@example.kz"})
    client.identify(user_id="u-1", anonymous_id="a-1", traits={"email": "aigerim@example.kz", "headcount": 120})
    client.group(user_id="u-1", group_id="g-1", traits={"name": "Steppe Foods"})
    client.alias(previous_id="a-1", user_id="u-1")
    client.screen(user_id="u-1", name="Offers")
    client.flush()
    client.shutdown()
    return errors


@pytest.mark.parametrize("compressed", [False, True])
async def test_segments_own_sdk_feeds_touches_and_facts_by_its_host_alone(
    compressed: bool, kafka: Kafka, intake: Worker
) -> None:
    assert [] == await asyncio.to_thread(use_the_sdk, intake.url, compressed=compressed)

    touches = {touch.kind: touch for touch in await kafka.values(TOUCHES_WEB)}
    facts = await kafka.values(FACTS)
    assert {"page_view", "demo_requested", "identified", "screen_view"} == set(touches)
    assert ("/pricing", "ebook-spring", "google", "cpc") == (
        touches["page_view"].page, touches["page_view"].campaign, touches["page_view"].source,
        touches["page_view"].medium,
    )  # fmt: skip
    assert {"anonymous": "a-1", "email": "aigerim@example.kz"} == touches["demo_requested"].who
    assert {"user": "u-1", "anonymous": "a-1"} == touches["identified"].who
    assert [
        {"email": "aigerim@example.kz", "headcount": 120},
        {"company_id": "g-1", "company_name": "Steppe Foods"},
    ] == [fact.facts for fact in sorted(facts, key=lambda fact: "company_id" in fact.facts)]
    assert 'touchline_intake_records_total{topic="touches.web"} 4.0' in await intake.page("/metrics")


async def test_one_persons_touches_keep_their_order(kafka: Kafka, intake: Worker, http: aiohttp.ClientSession) -> None:
    events = [{**TRACK, "userId": f"u-{n % 7}", "messageId": f"m-{n}"} for n in range(700)]
    for start in range(0, len(events), 100):
        assert (200, {"success": True}) == await post(
            http, f"{intake.url}/v1/batch", {"batch": events[start : start + 100]}
        )

    records = await kafka.read_all(TOUCHES_WEB)
    for person in range(7):
        own = [json.loads(r.value)["touch_id"] for r in records if r.key == f"u-{person}".encode()]
        assert own == [f"m-{n}" for n in range(person, 700, 7)]


async def test_a_requests_trace_travels_with_its_records(
    kafka: Kafka, intake: Worker, http: aiohttp.ClientSession
) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    await post(http, f"{intake.url}/v1/track", TRACK, headers={"traceparent": trace})
    await post(http, f"{intake.url}/v1/track", TRACK, headers={"traceparent": "any\u00e9thing"})

    records = await kafka.hear(TOUCHES_WEB, 2)
    assert [(("traceparent", trace.encode()),), ()] == [tuple(record.headers) for record in records]


async def test_a_wrong_key_is_refused_and_nothing_is_taken(
    kafka: Kafka, intake: Worker, http: aiohttp.ClientSession
) -> None:
    url = f"{intake.url}/v1/track"
    async with aiohttp.ClientSession() as nobody:
        answers = [
            await post(nobody, url, TRACK),
            await post(nobody, url, TRACK, headers={"Authorization": aiohttp.encode_basic_auth("touchlin", "")}),
            await post(nobody, url, TRACK, headers={"Authorization": "Bearer touchline"}),
            await post(nobody, url, TRACK, headers={"Authorization": "Basic \u00e9%%%"}),
            await post(nobody, url, {**TRACK, "writeKey": "touchlin"}),
            await post(nobody, url, {**TRACK, "writeKey": 3}),
        ]

    assert [(401, "wrong_key")] * 6 == [(status, body["code"]) for status, body in answers]
    assert [] == await kafka.read_all(TOUCHES_WEB)


async def test_a_browser_may_send_from_any_site_with_its_key_in_the_body(kafka: Kafka, intake: Worker) -> None:
    async with aiohttp.ClientSession() as browser:
        async with browser.options(f"{intake.url}/v1/batch", headers={"Origin": "https://shop.kz"}) as preflight:
            assert 204 == preflight.status
            assert "*" == preflight.headers["Access-Control-Allow-Origin"]
            assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
        page = {"anonymousId": "a-1", "messageId": "m-2", "writeKey": "touchline"}
        async with browser.post(
            f"{intake.url}/v1/p", data=json.dumps(page), headers={"Content-Type": "text/plain"}
        ) as answer:
            assert (200, "*") == (answer.status, answer.headers["Access-Control-Allow-Origin"])

    assert ["m-2"] == [touch.touch_id for touch in await kafka.values(TOUCHES_WEB, 1)]


async def test_what_passes_a_limit_is_refused_with_the_field_what_was_found_and_the_remedy(
    kafka: Kafka, intake: Worker, http: aiohttp.ClientSession
) -> None:
    long = {**TRACK, "properties": {"x": "y" * MAX_EVENT_BYTES}}
    bomb = gzip.compress(b'{"batch": [' + b" " * 200_000_000 + b"]}", 9)
    asked: list[tuple[str, Any, dict[str, str], int, str, str]] = [
        ("track", long, {}, 413, "too_large", "event"),
        ("batch", {"batch": [TRACK, long]}, {}, 413, "too_large", "batch[1]"),
        ("batch", {"batch": [TRACK], "x": "y" * MAX_BATCH_BYTES}, {}, 413, "too_large", "body"),
        ("batch", {"batch": [{}] * (MAX_EVENTS + 1)}, {}, 400, "too_many", "batch"),
        ("batch", bomb, {"Content-Encoding": "gzip"}, 413, "too_large", "body"),
        ("batch", b"not gzip", {"Content-Encoding": "gzip"}, 415, "bad_encoding", "body"),
        ("batch", gzip.compress(b'{"batch": []}')[:-9], {"Content-Encoding": "gzip"}, 415, "bad_encoding", "body"),
        ("batch", b"{}", {"Content-Encoding": "br"}, 415, "bad_encoding", "Content-Encoding"),
        ("batch", b"{", {}, 400, "not_json", "body"),
        ("track", {"event": "e"}, {}, 400, "no_identity", "userId"),
    ]
    for call, body, headers, status, code, field in asked:
        found, told = await post(http, f"{intake.url}/v1/{call}", body, headers=headers)
        assert (status, code, field) == (found, told["code"], told["field"])
        assert told["message"] == f"{told['field']}: {told['found']}. {told['remedy']}"

    assert [] == await kafka.read_all(TOUCHES_WEB)
    assert 'touchline_intake_refusals_total{reason="too_large"} 4.0' in await intake.page("/metrics")


async def test_a_body_without_a_length_is_cut_off_at_the_limit(intake: Worker, http: aiohttp.ClientSession) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    async with http.post(f"{intake.url}/v1/batch", data=endless()) as answer:
        assert (413, "too_large") == (answer.status, (await answer.json())["code"])
