"""A partition of the score table as a file: its control record, its states, and a checksum over everything.

Layout: `MAGIC`, then blocks of (length in 4 bytes, msgpack): first the head, then lists of (key, state); an empty block
ends it, and the XXH3 128-bit checksum of all before stands last.
"""

import struct
from collections.abc import Iterator
from itertools import chain, islice

import msgspec
from msgspec import Struct
from xxhash import xxh3_128

from agents.snapshots.shelf import Shelf
from agents.table.score_partition import ScorePartition
from agents.table.stores.store import Copy
from schemas.lead_state import Control
from schemas.units import Millis

MAGIC = b"touchline-snapshot-1\n"
SUFFIX = ".snapshot"
LEADS_PER_BLOCK = 1_000
KEPT = 2
"""Snapshots of one partition left on the shelf: the one before the newest is there if the newest is damaged."""
CHECKSUM_BYTES = 16
_LENGTH = struct.Struct(">I")


class BadSnapshot(Exception):
    """A snapshot that may not be used; the sentence says which, why, and what to do."""


class Head(Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself."""

    table: str
    """The topic it was taken from, prefix and generation included."""
    partition: int
    control: Control
    """Log generation, offset, model and schema: where it stands."""
    leads: int
    taken_ms: Millis
    """When, by the taker's clock: for people."""


class Taken(Struct, frozen=True, kw_only=True):
    """A snapshot that lies on the shelf."""

    name: str
    partition: int
    leads: int
    applied: int
    size: int
    """Bytes."""


def name_for(table: str, partition: int, applied: int) -> str:
    """Sorts by partition, then by offset."""
    return f"{table}.{partition:05d}.{max(applied, 0):020d}{SUFFIX}"


def put(shelf: Shelf, table: str, partition: int, control: Control, leads: Copy, now_ms: int) -> Taken:
    """Lay a partition's snapshot down and remove those before the last but one."""
    head = Head(table=table, partition=partition, control=control, leads=len(leads), taken_ms=now_ms)
    name = name_for(table, partition, control.applied)
    size = shelf.put(name, _chunks(head, leads))
    older = [n for n in shelf.names() if n.startswith(f"{table}.{partition:05d}.") and n.endswith(SUFFIX)]
    for gone in older[:-KEPT]:
        shelf.remove(gone)
    return Taken(name=name, partition=partition, leads=len(leads), applied=control.applied, size=size)


def _chunks(head: Head, leads: Copy) -> Iterator[bytes]:
    checksum = xxh3_128()
    for chunk in chain([MAGIC], map(_framed, chain([msgspec.msgpack.encode(head)], _lists(leads), [b""]))):
        checksum.update(chunk)
        yield chunk
    yield checksum.digest()


def _framed(block: bytes) -> bytes:
    return _LENGTH.pack(len(block)) + block


def _lists(leads: Copy) -> Iterator[bytes]:
    waiting = iter(leads.items())
    while some := list(islice(waiting, LEADS_PER_BLOCK)):
        yield msgspec.msgpack.encode(some)


def taken_back(shelf: Shelf, table: str) -> dict[int, ScorePartition]:
    """The newest usable snapshot of each partition. A damaged one is passed over for the one before it, if any."""
    found: dict[int, ScorePartition] = {}
    faults: dict[int, str] = {}
    for name in reversed([n for n in shelf.names() if n.startswith(f"{table}.") and n.endswith(SUFFIX)]):
        middle = name.removeprefix(f"{table}.").split(".")[0]
        if not middle.isdigit() or int(middle) in found:
            continue
        try:
            found[int(middle)] = _read(shelf, name)
        except BadSnapshot as fault:
            faults.setdefault(int(middle), str(fault))
    lost = [faults[p] for p in sorted(faults.keys() - found.keys())]
    if lost:
        raise BadSnapshot(lost[0])
    if not found:
        raise BadSnapshot(f"no snapshot of {table} is there: take one with `touchline snapshot --to FOLDER`")
    return found


def _read(shelf: Shelf, name: str) -> ScorePartition:
    whole = b"".join(shelf.read(name))
    body, checksum = whole[:-CHECKSUM_BYTES], whole[-CHECKSUM_BYTES:]
    if not body.startswith(MAGIC):
        raise BadSnapshot(f"{name} is no snapshot of this release: take a new one, or use the release that wrote it")
    if xxh3_128(body).digest() != checksum:
        raise BadSnapshot(f"{name} is damaged (its checksum differs): use another copy of it, or an older snapshot")
    blocks = _blocks(memoryview(body)[len(MAGIC) :])
    head = msgspec.msgpack.decode(next(blocks), type=Head)
    held = ScorePartition(head.partition)
    held.control = head.control
    for block in blocks:
        for key, value in msgspec.msgpack.decode(block, type=list[tuple[bytes, bytes]]):
            held.put(key, value)
    return held


def _blocks(body: memoryview) -> Iterator[memoryview]:
    at = 0
    while length := _LENGTH.unpack_from(body, at)[0]:
        yield body[at + _LENGTH.size : at + _LENGTH.size + length]
        at += _LENGTH.size + length
