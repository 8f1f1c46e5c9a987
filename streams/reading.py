"""The bytes of our own topics into records, or the reason why they are none. Never raises."""

from typing import TypeVar

import msgspec

from schemas.reject import Reason, Reject
from streams.people.faults import UNREADABLE

T = TypeVar("T")


def read(decoder: "msgspec.json.Decoder[T]", value: bytes | None, writer: str) -> T | Reject:
    """One record. `writer` is the stage that alone may write it: whoever mends a reject starts there."""
    if value is None:
        return Reject(reason=Reason.NO_VALUE, detail=f"no value, but {writer} always writes one: who else writes here?")
    try:
        return decoder.decode(value)
    except UNREADABLE as fault:
        return _reject(fault, writer)


def _reject(fault: Exception, writer: str) -> Reject:
    """The decoder's own words, save where they quote a value: a detail never holds personal data."""
    match fault:
        case msgspec.ValidationError():
            words = str(fault)
            if words.startswith("Invalid enum value"):
                words = f"Invalid enum value{words[words.rfind(' - at ') :]}"
            detail = f"not what {writer} of this release writes: {words}. Upgrade readers before {writer}"
            return Reject(reason=Reason.WRONG_SHAPE, detail=detail)
        case UnicodeDecodeError():
            return Reject(reason=Reason.NOT_UTF8, detail=f"byte {fault.start} is not UTF-8: only {writer} writes here")
        case RecursionError():
            return Reject(reason=Reason.TOO_DEEP, detail=f"nested too deeply: only {writer} may write here")
        case _:
            return Reject(reason=Reason.NOT_JSON, detail=f"not JSON ({fault}): only {writer} may write here")
