"""Reads the measured figures that `touchline plan` goes by: deploy/sizing.yaml, beside this package."""

from pathlib import Path

import msgspec
from ruamel.yaml import YAML

from streams.sizing import Figure

FILE = Path(__file__).parent.parent / "deploy" / "sizing.yaml"


def load_figures(path: Path = FILE) -> dict[str, Figure]:
    """By name; a mistake in the file is a mistake of this release."""
    return msgspec.convert(YAML(typ="safe").load(path.read_text(encoding="utf-8")), dict[str, Figure], strict=False)
