"""A message that cannot be used: kept byte for byte on `dead.letters`, with its reason."""

from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why a message was set aside. A closed set: it is a metric label and a header."""

    NO_VALUE = "no_value"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    WRONG_SHAPE = "wrong_shape"
    """JSON, but a field is missing or of the wrong type."""
    BAD_NUMBER = "bad_number"
    NO_IDENTITY = "no_identity"
    BAD_IDENTITY = "bad_identity"
    BAD_TIME = "bad_time"
    """More than a day ahead of the broker's clock, or before 1970."""
    UNKNOWN_HANDOFF = "unknown_handoff"
    UNKNOWN_LEVEL = "unknown_level"
    """An override to a level that the model does not know."""
    UNKNOWN_CAUSE = "unknown_cause"
    """A refusal for a cause that its side does not know."""
    IMPOSSIBLE = "impossible"
    """An answer to a handoff that does not stand open, or a stage that cannot follow the present one."""
    STALE = "stale"
    """A CRM update whose `sequence` is not above one heard of its handoff already."""
    FLOOD = "flood"
    """The lead's state would pass its size limit."""
    POISON = "poison"
    """An event of our own log that the fold cannot apply."""
    BAD_MODEL = "bad_model"


class Reject(Struct, frozen=True, kw_only=True):
    """The verdict on one message. The bytes themselves stay where they are until the shell copies them."""

    reason: Reason
    detail: str
    """For the reader who must act: the field, what was found, what to write instead. Never personal data."""


HEADER_PREFIX = "__touchline.errors."
"""Our headers: `reason`, `detail`, `topic`, `partition`, `offset`, `timestamp`."""

STREAMS_PREFIX = "__streams.errors."
"""Kafka Streams' set beside ours: `exception`, `message`, `stacktrace`, `topic`, `partition`, `offset`."""
