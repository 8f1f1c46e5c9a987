"""Where snapshots lie. A folder here; an object store is another class with these four methods."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

CHUNK_BYTES = 1024 * 1024


class Shelf(Protocol):
    """Named things, each put there whole or not at all."""

    def names(self) -> list[str]:
        """All that lie here, sorted."""
        ...

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """Lay one down; nobody sees it before it is whole. Returns its bytes."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """One of them, piece by piece."""
        ...

    def remove(self, name: str) -> None:
        """Take one away."""
        ...


class FolderShelf:
    """A folder on a disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """All that lie here, sorted; what a killed writer left half done is not among them."""
        if not self._folder.is_dir():
            return []
        return sorted(p.name for p in self._folder.iterdir() if p.is_file() and not p.name.startswith("."))

    def put(self, name: str, chunks: Iterable[bytes]) -> int:
        """Write beside, make it durable, and rename: a crash leaves the old one or the new one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / f".{name}.{os.getpid()}"
        try:
            with beside.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                size = file.tell()
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._folder / name)
        finally:
            beside.unlink(missing_ok=True)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return size

    def read(self, name: str) -> Iterator[bytes]:
        """One of them, piece by piece."""
        with (self._folder / name).open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def remove(self, name: str) -> None:
        """Take one away, if it is there."""
        (self._folder / name).unlink(missing_ok=True)
