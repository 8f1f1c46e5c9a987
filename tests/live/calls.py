"""Calls to the intake as an SDK makes them."""

import json
from typing import Any

import aiohttp

KEY = {"Authorization": aiohttp.encode_basic_auth("touchline", "")}
TRACK = {"type": "track", "userId": "u-1", "event": "Demo Requested", "messageId": "m-1"}


async def post(http: aiohttp.ClientSession, url: str, body: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with http.post(url, data=data, **options) as answer:
        return answer.status, await answer.json()
