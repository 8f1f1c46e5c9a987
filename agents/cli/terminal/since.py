"""Moments on the command line: a date, a time, or a length of time before now."""

from __future__ import annotations

from agents.cli.terminal.voice import REFUSED, fail


def moment_ms(option: str, said: str | None, now_ms: int) -> int | None:
    """`2026-11-01`, `2026-11-01T09:00`, `14d` before now; without a zone it is UTC. What is none ends with 2."""
    if said is None:
        return None
    from datetime import UTC, datetime

    from streams.model.words.durations import NotADuration, parse_duration
    from streams.moments import to_ms

    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        length_ms = parse_duration(said)
        if isinstance(length_ms, NotADuration):
            fail(
                f"{option} is {said!r}: neither a date nor a length of time",
                "Write 2026-11-01, 2026-11-01T09:00, or 14d for fourteen days before now.",
                REFUSED,
            )
        return now_ms - length_ms
    return to_ms(at if at.tzinfo else at.replace(tzinfo=UTC))
