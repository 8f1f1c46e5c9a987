"""Record headers that carry meaning: CloudEvents' binary mode on the way in, and the reasons on `dead.letters`."""

from typing import Literal

from msgspec import Struct, field

from schemas.reject import Reason


class CloudEventHeaders(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """CloudEvents 1.0 binary mode, understood on every input topic: fills what the body lacks. All optional."""

    specversion: Literal["1.0"] = field(default="1.0", name="ce_specversion")
    id: str = field(default="", name="ce_id")
    """Stands in for `touch_id`, `fact_id` or `update_id`."""
    type: str = field(default="", name="ce_type")
    """Stands in for `kind`."""
    source: str = field(default="", name="ce_source")
    time: str = field(default="", name="ce_time")
    """Stands in for `at`; RFC 3339 with an offset."""
    traceparent: str = field(default="", name="ce_traceparent")
    """W3C trace context: travels on to the handoff."""
    content_type: str = field(default="application/json", name="content-type")


class DeadLetterHeaders(Struct, frozen=True, kw_only=True):
    """What a dead letter says about itself, beside the original headers. Key and value are the original bytes."""

    reason: Reason = field(name="__touchline.errors.reason")
    detail: str = field(name="__touchline.errors.detail")
    """For the reader who must act: the field, what was found, what to write instead. Never personal data."""
    topic: str = field(name="__touchline.errors.topic")
    """Where the message was read."""
    partition: str = field(name="__touchline.errors.partition")
    """A whole number, in decimal digits."""
    offset: str = field(name="__touchline.errors.offset")
    """A whole number, in decimal digits."""
    timestamp: str = field(name="__touchline.errors.timestamp")
    """Of the original record: Unix time in milliseconds, in decimal digits."""
    exception: str = field(default="", name="__streams.errors.exception")
    """Kafka Streams' own set from here on, for tools that read it. The reason again, as a class name."""
    message: str = field(default="", name="__streams.errors.message")
    """The detail again."""
    stacktrace: str = field(default="", name="__streams.errors.stacktrace")
    """Empty: nothing was raised."""
    streams_topic: str = field(default="", name="__streams.errors.topic")
    streams_partition: str = field(default="", name="__streams.errors.partition")
    streams_offset: str = field(default="", name="__streams.errors.offset")
