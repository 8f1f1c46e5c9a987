"""A touch of nobody's that travels the whole way: that it arrives, and how soon, is known of all others then."""

from msgspec import Struct

from schemas.units import Millis


class Canary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of them, as each stage passes it on. No person, no lead, and nothing is remembered of it."""

    id: str
    """`<run>-<number>`: who sent it knows it again."""
    lead: str
    """`canary-<number>`: no lead, but its partition of the log is worked out alike."""
    touch_ms: Millis
    """When Kafka got the touch."""
    log_ms: Millis = 0
    """When Kafka got it on the log; 0: not there yet."""
    ripe_ms: Millis = 0
    """When Kafka got it on `ripe`; 0: not there yet."""
