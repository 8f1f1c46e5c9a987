"""A folder that takes no file for a while."""

import asyncio
import contextlib
from pathlib import Path


async def refuse_writes(folder: Path, lasts_s: float) -> None:
    """Put a plain file where the folder was, and the folder back: permissions would not stop a worker run by root."""
    aside = folder.with_name(f"{folder.name}-aside")
    if folder.is_dir():
        folder.rename(aside)
    with contextlib.suppress(IsADirectoryError):  # made anew by a worker in the instant between
        folder.write_bytes(b"")
    await asyncio.sleep(lasts_s)
    if folder.is_file():
        folder.unlink()
        if aside.is_dir():
            aside.rename(folder)
