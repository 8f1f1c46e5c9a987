"""The part of `touchline model drift` about levels: who reached them at once, and who only later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.cli.terminal.voice import say, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.qualified_later import Reached


def tell_levels(levels: Mapping[str, Reached]) -> None:
    """A row for each level that somebody reached."""
    if not levels:
        return
    say()
    heads = ("level", "leads", "within a day", "later", "days, median", "once unqualified", "by another model alone")
    table(heads, [
        (
            level, f"{reached.leads:,}", f"{reached.at_once:,}", f"{reached.later:,}",
            "-" if reached.median_days is None else f"{reached.median_days:.1f}", f"{reached.once_unqualified:,}",
            f"{reached.by_model:,}",
        )
        for level, reached in levels.items()
    ])  # fmt: skip


def levels_said(levels: Mapping[str, Reached]) -> list[dict[str, object]]:
    """The same for programs."""
    return [
        {
            "level": level, "leads": reached.leads, "at_once": reached.at_once, "later": reached.later,
            "median_days": reached.median_days, "once_unqualified": reached.once_unqualified,
            "by_model": reached.by_model,
        }
        for level, reached in levels.items()
    ]  # fmt: skip
