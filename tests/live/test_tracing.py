"""A trace that began on a website is followed through every stage to the handoff."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from deploy.local.ports import HOST, free_port
from streams.topology import HANDOFFS, LEAD_EVENTS
from tests.conftest import StartWorker
from tests.live.calls import post
from tests.live.kafka import Kafka, until

pytestmark = [pytest.mark.live, pytest.mark.long]

M1 = Path(__file__).parents[1] / "models" / "m1.yaml"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
Collected = list[tuple[str, str, str, str]]
"""Service, span, trace, parent."""


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collected]:
    """What an OpenTelemetry collector would get from the stages; they find it by the usual variable."""
    collected: Collected = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        said = ExportTraceServiceRequest.FromString(
            gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body
        )
        for of_service in said.resource_spans:
            (service,) = [one.value.string_value for one in of_service.resource.attributes if one.key == "service.name"]
            for scope in of_service.scope_spans:
                collected.extend(
                    (service, span.name, span.trace_id.hex(), span.parent_span_id.hex()) for span in scope.spans
                )
        return web.Response(body=b"", content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, HOST, port).start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{HOST}:{port}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
    yield collected
    await runner.cleanup()


async def test_every_stage_adds_its_span_to_the_trace_of_the_touch_that_was_handed_off(
    kafka: Kafka, worker: StartWorker, http: aiohttp.ClientSession, collector: Collected
) -> None:
    await kafka.create()
    intake, *_ = await asyncio.gather(worker("intake"), worker("identify"), worker("score", model=M1), worker("route"))
    known = {"userId": "u-1", "traits": {"headcount": 40}}
    assert 200 == (await post(http, f"{intake.url}/v1/identify", known))[0]
    await kafka.hear(LEAD_EVENTS, 1)
    asked = {"userId": "u-1", "event": "Demo Request"}
    trace = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    for number in range(2):
        call = asked | {"messageId": f"m-{number}"}
        assert 200 == (await post(http, f"{intake.url}/v1/track", call, headers=trace))[0]

    (event, *_) = await kafka.values(HANDOFFS, 1)
    assert trace["traceparent"] == event.traceparent

    async def all_told() -> bool:
        return {service for service, *_ in collector} >= {
            "touchline-intake", "touchline-identify", "touchline-score", "touchline-route",
        }  # fmt: skip

    await until(all_told, "spans of all stages", within_s=20)
    assert {(TRACE, PARENT)} == {(trace_id, parent) for *_, trace_id, parent in collector}
    assert {
        ("touchline-intake", "send touches"), ("touchline-identify", "process touches"),
        ("touchline-score", "process lead.events"), ("touchline-route", "process ripe"),
    } == {(service, name) for service, name, *_ in collector}  # fmt: skip
