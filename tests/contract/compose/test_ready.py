"""The health check of a container: it asks the worker beside it, and passes its reasons on."""

import asyncio

from agents.web import serve, site
from deploy.compose.ready import why_not
from deploy.local.ports import free_port


async def test_it_says_what_the_worker_says() -> None:
    reasons = ["the out box is not connected"]
    port = free_port()
    runner, _ = await serve(site(lambda: reasons), "127.0.0.1", port, port)
    try:
        assert reasons[0] in await asyncio.to_thread(why_not, port)
        reasons.clear()
        assert "" == await asyncio.to_thread(why_not, port)
    finally:
        await runner.cleanup()


async def test_a_worker_that_does_not_listen_is_not_ready() -> None:
    assert "refused" in await asyncio.to_thread(why_not, free_port())
