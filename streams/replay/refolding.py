"""Folds a partition of the log again, record by record as it stands: the same states and ids as the live table's."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from streams.activation import UnknownModel
from streams.batch import fold_batch
from streams.fold import NOBODY, Record
from streams.folded import Folded
from streams.judge import Judge


def refold(
    batches: Iterable[Sequence[Record]],
    table: dict[bytes, bytes],
    judge: Judge,
    judge_of: Callable[[str], Judge] | None = None,
    earlier: Mapping[str, Judge] = NOBODY,
    *,
    ledger: bool = False,
) -> Iterator[Folded]:
    """Fill the table with the leads of one partition; what was said comes batch by batch.

    `judge`: of the model that the log began with; the others are found by `judge_of` and `earlier`, as in a worker.
    """
    for records in batches:
        folded, judge = fold_batch(records, table, judge, judge_of or _nobody, earlier, ledger=ledger)
        table.update(folded.states)
        yield folded


def _nobody(digest: str) -> Judge:
    raise UnknownModel(f"{digest} was not given")
