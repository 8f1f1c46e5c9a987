"""Folds a partition of the log again, record by record as it stands: the same states and ids as the live table's."""

from collections.abc import Iterable, Iterator, Sequence

from streams.fold import Record, fold
from streams.folded import Folded
from streams.judge import Judge


def refold(
    batches: Iterable[Sequence[Record]], table: dict[bytes, bytes], judge: Judge, *, ledger: bool = False
) -> Iterator[Folded]:
    """Fill the table with the leads of one partition; what was said comes batch by batch."""
    for records in batches:
        folded = fold(records, table, judge, ledger=ledger)
        table.update(folded.states)
        yield folded
