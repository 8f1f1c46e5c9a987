"""Panels side by side, as `rows/*.yaml` tell them."""

from enum import StrEnum
from pathlib import Path

import msgspec
from grafana_foundation_sdk.builders import dashboard
from msgspec import Struct
from ruamel.yaml import YAML

from deploy.grafana.panel import Asked, course, number

ROWS = Path(__file__).parent / "rows"


class Shown(StrEnum):
    """As what."""

    NUMBER = "number"
    COURSE = "course"


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """Panels that are shown alike."""

    panels: list[Asked]
    row: str = ""
    """Title of the row that begins here; empty: the one before goes on."""
    shown: Shown = Shown.COURSE
    width: int = 6
    """Of each, in twenty-fourths of the board."""

    def add_to(self, board: dashboard.Dashboard) -> None:
        """At its end."""
        if self.row:
            board.with_row(dashboard.Row(self.row))
        for asked in self.panels:
            board.with_panel(number(asked, self.width) if self.shown is Shown.NUMBER else course(asked, self.width))


def sections(name: str) -> list[Section]:
    """What a file of rows tells. Raises msgspec.ValidationError where it tells something else."""
    told = YAML(typ="safe").load(ROWS / f"{name}.yaml")
    return msgspec.convert(told, list[Section])
