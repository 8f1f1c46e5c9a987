"""What the intake answers to what it does not take: a status that SDKs understand, and words for who must act."""

from http import HTTPStatus

from aiohttp import web

from agents.signals import IntakeRefused
from streams.segment.api import Fault, Refusal

IN_FLIGHT = 256
"""Requests at a time: with 500 kB each, what memory must hold at worst."""
OF_ONE_ADDRESS = IN_FLIGHT // 2
"""Of these: however slowly one address sends, the others find a place."""
RETRY_AFTER_S = "2"

STATUS = {
    Fault.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Fault.BAD_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Fault.WRONG_KEY: HTTPStatus.UNAUTHORIZED,
    Fault.UNKNOWN_PATH: HTTPStatus.NOT_FOUND,
    Fault.BUSY: HTTPStatus.TOO_MANY_REQUESTS,
    Fault.TOO_FAST: HTTPStatus.TOO_MANY_REQUESTS,
    Fault.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Fault.NOT_ACKNOWLEDGED: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""All others: 400. SDKs send again on 429 and 5xx alone."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, X-Retry-Count, traceparent",
    "Access-Control-Max-Age": "86400",
}
"""Any website may send: the write key is public there, as it is with Segment."""

WRONG_KEY = Refusal(
    fault=Fault.WRONG_KEY, field="Authorization", found="not the write key of this intake",
    remedy="Send Basic authorization with the write key as user name and no password.",
)  # fmt: skip
BUSY = Refusal(
    fault=Fault.BUSY,
    field="intake",
    found=f"{IN_FLIGHT} requests are in flight, or {OF_ONE_ADDRESS} of this address",
    remedy="Send it again a little later.",
)
TOO_FAST = Refusal(
    fault=Fault.TOO_FAST, field="intake", found="more requests than one address may send",
    remedy="Send fewer requests with more events in each, to /v1/batch; behind a proxy of ours, set TOUCHLINE_PROXIES.",
)  # fmt: skip
GUESSING = Refusal(
    fault=Fault.TOO_FAST, field="Authorization", found="too many wrong keys from this address",
    remedy="Wait a second, and send the right one; behind a proxy of ours, set TOUCHLINE_PROXIES.",
)  # fmt: skip
UNACKNOWLEDGED = Refusal(
    fault=Fault.NOT_ACKNOWLEDGED, field="intake", found="the broker has not acknowledged it",
    remedy="Send it again: the ids make repeats free.",
)  # fmt: skip
"""Where our broker is, and what ails it, is for our own log and /readyz, not for the world."""


def refused(refusal: Refusal) -> web.Response:
    """The refusal as its sender reads it, counted."""
    IntakeRefused(reason=refusal.fault).emit()
    return answer(refusal)


def answer(refusal: Refusal) -> web.Response:
    """The same, of what is no touch, so not counted among those that were refused."""
    status = STATUS.get(refusal.fault, HTTPStatus.BAD_REQUEST)
    later = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    body = {
        "success": False, "code": refusal.fault, "message": refusal.message,
        "field": refusal.field, "found": refusal.found, "remedy": refusal.remedy,
    }  # fmt: skip
    return web.json_response(body, status=status, headers=CORS | ({"Retry-After": RETRY_AFTER_S} if later else {}))
