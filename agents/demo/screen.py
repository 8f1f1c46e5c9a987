"""The demo on a terminal: numbers, the hottest leads, handoffs as they fire, and the story, all at once."""

from rich import box
from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agents.demo.display import Display, numbers, reason, short
from agents.demo.gauges import HOTTEST, Gauges

FRAMES_PER_S = 4
NUMBERS_LINES = 8


class Screen(Display):
    """A full-screen layout while the story runs; afterwards the story is printed, to be read at leisure."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._story: list[Text] = []
        self._layout = self._empty()
        self._live = Live(self._layout, console=self._console, screen=True, refresh_per_second=FRAMES_PER_S)
        self._open = False
        self._printed = 0
        """Lines of the story that the normal screen has."""

    def say(self, text: str, *, title: bool = False) -> None:
        """Into the story, or below it when the screen is closed."""
        lines = [Text(line, style="bold" if title else "") for line in text.splitlines()]
        if title and self._story:
            lines.insert(0, Text())
        self._story += lines
        if not self._open:
            self._print()
        else:
            self._layout["story"].update(_panel("story", self._last(self._story, self._height("story"))))

    def show(self, gauges: Gauges) -> None:
        """Draw what is measured."""
        if not self._open:
            self._live.start()
            self._open = True
        self._layout["numbers"].update(_panel("measured now", _pairs(numbers(gauges))))
        self._layout["top"].update(_panel("hottest leads", _hottest(gauges)))
        newest = [Text(short(heard), overflow="ellipsis", no_wrap=True) for heard in gauges.handoffs]
        title = f"handoffs: {len(newest)}"
        self._layout["handoffs"].update(_panel(title, self._last(newest, self._height("handoffs"))))

    def close(self) -> None:
        """Back to the normal screen, with the whole story on it."""
        if not self._open:
            return
        self._live.stop()
        self._open = False
        self._print()

    def _print(self) -> None:
        for line in self._story[self._printed :]:
            self._console.print(line)
        self._printed = len(self._story)

    def _height(self, name: str) -> int:
        """Lines inside a panel."""
        rows = self._console.height - NUMBERS_LINES - (HOTTEST + 4 if name != "top" else 0)
        return max(3, (rows * 3 // 5 if name == "story" else rows - rows * 3 // 5) - 2)

    def _last(self, lines: list[Text], count: int) -> RenderableType:
        """The newest lines that fit, as many as they take when wrapped."""
        width = max(20, self._console.width - 4)
        kept: list[Text] = []
        for line in reversed(lines):
            count -= 1 if line.no_wrap else max(1, -(-line.cell_len // width))
            if count < 0:
                break
            kept.append(line)
        return Group(*reversed(kept))

    @staticmethod
    def _empty() -> Layout:
        layout = Layout()
        layout.split_column(
            Layout(name="numbers", size=NUMBERS_LINES),
            Layout(name="top", size=HOTTEST + 4),
            Layout(name="handoffs", ratio=2),
            Layout(name="story", ratio=3),
        )
        return layout


def _panel(title: str, inside: RenderableType) -> Panel:
    return Panel(inside, title=title, title_align="left", box=box.ROUNDED, border_style="dim")


def _pairs(told: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for name, value in told.items():
        table.add_row(name, Text(value))
    return table


def _hottest(gauges: Gauges) -> Table:
    table = Table(box=None, pad_edge=False, expand=True)
    for name in ("lead", "priority", "score", "fit", "label", "why", ""):
        table.add_column(
            name, no_wrap=True, overflow="ellipsis", ratio=1 if name == "why" else None, header_style="dim"
        )
    for card in gauges.top:
        points = (f"{value:.0f}" for value in (card.priority, card.engagement, card.fit))
        table.add_row(card.lead_id, *points, card.label, Text(reason(card)), "handed off" if card.handoff_id else "")
    return table
