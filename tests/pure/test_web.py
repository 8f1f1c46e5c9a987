"""A worker's own site: what an orchestrator and Prometheus ask."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from agents.signals import GroupFlushed
from agents.web import PortTaken, serve, site


async def test_readiness_tells_why_and_liveness_does_not_care() -> None:
    reasons = ["partitions are not assigned and restored yet"]
    async with TestClient(TestServer(site(lambda: reasons))) as client:
        waiting, alive = await client.get("/readyz"), await client.get("/livez")
        assert (503, {"ready": False, "reasons": reasons}) == (waiting.status, await waiting.json())
        assert 200 == alive.status

        reasons.clear()
        ready, verbose = await client.get("/readyz"), await client.get("/readyz?verbose")
        assert (200, {"ready": True}) == (ready.status, await ready.json())
        assert {"ready": True, "reasons": []} == await verbose.json()


async def test_metrics_come_in_the_format_that_was_asked_for() -> None:
    async with TestClient(TestServer(site(list))) as client:
        GroupFlushed(stage="score", records=1, took_s=0.1, fetched_s=0.0, emitted_s=0.1).emit()
        plain = await client.get("/metrics")
        modern = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

        assert "text/plain" == plain.content_type
        assert "application/openmetrics-text" == modern.content_type
        assert (await modern.text()).endswith("# EOF\n")
        assert "touchline_group_records" in await plain.text()


async def test_a_taken_usual_port_gives_the_next_and_a_taken_chosen_port_is_refused() -> None:
    first, url = await serve(site(list), "127.0.0.1", 0, 36161)
    port = int(url.rsplit(":", 1)[1])
    second, other = await serve(site(list), "127.0.0.1", 0, port)
    try:
        assert port < int(other.rsplit(":", 1)[1])
        with pytest.raises(PortTaken, match="choose another with --port"):
            await serve(site(list), "127.0.0.1", port, 36161)
    finally:
        await first.cleanup()
        await second.cleanup()
