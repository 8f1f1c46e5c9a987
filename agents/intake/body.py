"""Reads the body of a request within limits: no more bytes than a batch may have, on the wire or unpacked."""

import asyncio
import zlib

from aiohttp import web

from streams.segment.api import MAX_BATCH_BYTES, Fault, Refusal

GZIP_WINDOW = 16 + zlib.MAX_WBITS
"""zlib's code for the gzip format."""
TOO_LARGE = Refusal(
    fault=Fault.TOO_LARGE, field="body", found=f"more than {MAX_BATCH_BYTES} bytes, unpacked",
    remedy="Send smaller batches.",
)  # fmt: skip
BROKEN_GZIP = Refusal(
    fault=Fault.BAD_ENCODING, field="body", found="not whole gzip, which Content-Encoding says it is",
    remedy="Send gzip, or leave the header out.",
)  # fmt: skip
CUT_OFF = Refusal(fault=Fault.NOT_JSON, field="body", found="ends before its length", remedy="Send it again, whole.")
BODY_WITHIN_S = 10.0
"""A body arrives within so long or not at all: a few thousand slow senders would keep out everybody else."""
TOO_SLOW = Refusal(
    fault=Fault.TOO_SLOW, field="body", found=f"not whole after {BODY_WITHIN_S:g} s",
    remedy="Send it again, in smaller batches over a slow line.",
)  # fmt: skip
UNKNOWN_ENCODING = Refusal(
    fault=Fault.BAD_ENCODING, field="Content-Encoding", found="not one we know", remedy="Send gzip or identity."
)


async def read_body(request: web.Request, within_s: float = BODY_WITHIN_S) -> bytes | Refusal:
    """The body as JSON bytes. Reading ends at the limit, of size or of time: a flood or a trickle costs little."""
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        return UNKNOWN_ENCODING
    if (request.content_length or 0) > MAX_BATCH_BYTES:
        return TOO_LARGE
    packed = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for part in request.content.iter_any():
                packed += part
                if len(packed) > MAX_BATCH_BYTES:
                    return TOO_LARGE
    except TimeoutError:
        return TOO_SLOW
    except (ConnectionError, web.RequestPayloadError):
        return CUT_OFF
    return unpacked(bytes(packed)) if encoding == "gzip" else bytes(packed)


def unpacked(packed: bytes) -> bytes | Refusal:
    """A kilobyte can unpack to a megabyte: unpacking stops one byte past the limit."""
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    try:
        body = unpacker.decompress(packed, MAX_BATCH_BYTES + 1)
    except zlib.error:
        return BROKEN_GZIP
    if len(body) > MAX_BATCH_BYTES:
        return TOO_LARGE
    return body if unpacker.eof else BROKEN_GZIP
