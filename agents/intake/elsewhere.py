"""What is answered where nothing is: in the words and the form of all other refusals."""

from aiohttp import web

from agents.intake.refusing import answer, refused
from streams.segment.api import CALLS, Fault, Refusal

DECIDE = "/v1/route/decide"


async def unknown(request: web.Request) -> web.Response:
    """Where calls are, and is none: some website sends wrongly."""
    return refused(_no_call(request))


async def elsewhere(request: web.Request) -> web.Response:
    """Scanners, and probes that look at `/`: told in the same words, and no sign that a website sends wrongly."""
    return answer(_no_call(request))


def _no_call(request: web.Request) -> Refusal:
    remedy = f"Send POST to /v1/batch, {DECIDE}, or to /v1/ and one of {', '.join(CALLS)}."
    found = f"{request.method} is not answered here" if request.method != "POST" else "no such call"
    return Refusal(fault=Fault.UNKNOWN_PATH, field="path", found=found, remedy=remedy)
