"""The log as a file: what was written is read, and what is damaged is said."""

from pathlib import Path
from typing import Any

import pytest

from agents.replay.log_file import BadLog, LogFile, LogHead, LogWriter, log_files
from agents.replay.replaying import from_files
from streams.replay.record import LogRecord

HEAD = LogHead(log="acme.lead.events", partitions=[0, 3], taken_ms=77, models={"sha256:a": "model: m"})


def of(partition: int, count: int) -> list[LogRecord]:
    """Records with all that may be missing or odd in them."""
    odd = [LogRecord(0, 5, None, b""), LogRecord(7, 6, b"\0model", None)]
    return [*odd, *(LogRecord(n, n * 10, b"L%d" % n, b'{"n":%d}' % (partition + n)) for n in range(8, 8 + count))]


def read_all(path: Path) -> None:
    """Every block of it."""
    for partition in LogFile(path).counts():
        list(LogFile(path).read(partition))


def write(path: Path, records: list[Any]) -> None:
    """An export of one partition."""
    with LogWriter(path, HEAD) as file:
        file.write(0, records)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    path = tmp_path / "log.touchlog"
    with LogWriter(path, HEAD) as file:
        file.write(0, of(0, 5_000))
        file.write(3, of(3, 10))
        file.write(0, of(0, 20)[2:])
    return path


def test_each_partition_is_read_as_it_was_written(exported: Path) -> None:
    file = LogFile(exported)

    assert HEAD == file.head
    assert {0: 5_022, 3: 12} == file.counts()
    assert of(3, 10) == [r for records in file.read(3) for r in records]
    assert [*of(0, 5_000), *of(0, 20)[2:]] == [r for records in file.read(0) for r in records]


def test_it_is_a_fraction_of_its_records(exported: Path) -> None:
    assert exported.stat().st_size < sum(len(r.value or b"") + len(r.key or b"") + 16 for r in of(0, 5_000)) / 4


@pytest.mark.parametrize("at", [3, 40, 200, 500, -60, -1])
def test_any_damaged_byte_is_told(exported: Path, at: int) -> None:
    whole = bytearray(exported.read_bytes())
    whole[at] ^= 0x41
    exported.write_bytes(whole)

    with pytest.raises(BadLog, match=r"damaged|no export"):
        read_all(exported)


@pytest.mark.parametrize("kept", [0, 10, 20, 100, -1, -30])
def test_a_file_cut_short_is_told(exported: Path, kept: int) -> None:
    exported.write_bytes(exported.read_bytes()[:kept])

    with pytest.raises(BadLog, match=r"damaged|no export"):
        list(LogFile(exported).read(0))


def test_an_export_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        write(tmp_path / "log.touchlog", [*of(0, 10), None])

    assert [] == list(tmp_path.iterdir())


def test_a_folder_is_all_of_its_files(tmp_path: Path) -> None:
    for number in (0, 1):
        head = LogHead(log="lead.events", partitions=[number], taken_ms=100 + number)
        with LogWriter(tmp_path / f"lead.events.{number:05d}.touchlog", head) as file:
            file.write(number, of(number, 5))

    found = from_files(tmp_path)

    assert [(0, 7), (1, 7)] == [(part.number, part.records) for part in found.parts]
    assert 101 == found.end_ms


def test_a_partition_in_two_files_of_a_folder_is_refused(tmp_path: Path) -> None:
    for name in ("monday", "tuesday"):
        with LogWriter(tmp_path / f"{name}.touchlog", HEAD) as file:
            file.write(0, of(0, 5))

    with pytest.raises(BadLog, match="partition 0 is in more than one file"):
        from_files(tmp_path)


def test_a_file_that_is_not_there_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadLog, match=r"No such file or directory. Name an export"):
        log_files(tmp_path / "nowhere.touchlog")
    with pytest.raises(BadLog, match=r"no \.touchlog file is in this folder"):
        log_files(tmp_path)
