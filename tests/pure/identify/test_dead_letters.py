"""Dead letters: the bytes as they came, and the last reason in headers."""

from dataclasses import dataclass

from agents.dead_letters import letter
from schemas.reject import Reason, Reject

REJECT = Reject(reason=Reason.BAD_TIME, detail="at is before 1970; write when it happened")


@dataclass
class Kept:
    """A record as the broker gave it."""

    topic: str = "acme.touches.web"
    partition: int = 3
    offset: int = 42
    timestamp: int = 1_763_816_400_000
    key: bytes | None = b"\xffkey"
    value: bytes | None = b"\x00value"
    headers: tuple[tuple[str, bytes], ...] = (("h", b"\xfe"), ("h", b"again"))


def test_a_letter_holds_the_bytes_the_original_headers_and_both_sets_of_ours() -> None:
    partition, key, value, headers = letter("touches.web", Kept(), REJECT)

    assert (None, b"\xffkey", b"\x00value") == (partition, key, value)
    assert [("h", b"\xfe"), ("h", b"again")] == headers[:2]
    detail, ours, streams = REJECT.detail.encode(), "__touchline.errors.", "__streams.errors."
    assert {
        f"{ours}reason": b"bad_time", f"{ours}detail": detail, f"{ours}topic": b"touches.web", f"{ours}partition": b"3",
        f"{ours}offset": b"42", f"{ours}timestamp": b"1763816400000", f"{streams}exception": b"BadTime",
        f"{streams}message": detail, f"{streams}stacktrace": b"", f"{streams}topic": b"touches.web",
        f"{streams}partition": b"3", f"{streams}offset": b"42",
    } == dict(headers[2:])  # fmt: skip


def test_a_letter_that_failed_again_tells_of_its_last_failure_only() -> None:
    *_, headers = letter("touches.web", Kept(), Reject(reason=Reason.NOT_JSON, detail="x"))

    *_, again = letter("touches.web", Kept(headers=tuple(headers), offset=99), REJECT)

    assert len(headers) == len(again)
    assert b"99" == dict(again)["__touchline.errors.offset"]
