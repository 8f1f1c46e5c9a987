"""Files that settings name and that are not there."""

import os
from pathlib import Path

from agents.configuration.origins import Wrong
from agents.configuration.reading import Reading

MADE_BY_US = ("data_dir", "snapshot_to")
"""Folders that workers make."""


def missing_files(reading: Reading) -> list[Wrong]:
    """One for each file that cannot be read."""
    return [
        Wrong(where=f"{name} ({reading.origins[name].where})", what=f" names {value}, which {why}",
              remedy="Put it there, or name another.", field=name)
        for name, value in reading.settings
        if isinstance(value, Path) and name not in MADE_BY_US and (why := _unreadable(value))
    ]  # fmt: skip


def _unreadable(path: Path) -> str:
    if not path.is_file():
        return "is a folder" if path.is_dir() else "is not there"
    return "" if os.access(path, os.R_OK) else "may not be read by us"
