"""A batch of one partition's log folded, whichever models take effect within it."""

from collections.abc import Callable, Mapping, Sequence

from streams.activation import runs
from streams.fold import Leads, Record, fold
from streams.folded import Folded, add
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge


class _After:
    """The table as the runs before left it."""

    def __init__(self, leads: Leads, folded: Folded) -> None:
        self._leads, self._states = leads, folded.states

    def get(self, key: bytes) -> bytes | None:
        return self._states.get(key) or self._leads.get(key)


def fold_batch(
    records: Sequence[Record],
    leads: Leads,
    judge: Judge,
    judge_of: Callable[[str], Judge],
    earlier: Mapping[str, Judge],
    *,
    ledger: bool = True,
) -> tuple[Folded, Judge]:
    """What the batch came to, and who judges what follows it.

    `judge_of`: by digest, raises `UnknownModel`; `earlier`: by `Judge.key`, all that leads may stand under.
    """
    if not any(record.key == MODEL_KEY for record in records):
        return fold(records, leads, judge, ledger=ledger, earlier=earlier), judge
    whole, done = Folded(), 0
    for run, judging in runs(records, judge, judge_of, whole.refused):
        folded = fold(run, _After(leads, whole), judging, ledger=ledger, earlier=earlier)
        folded.refused = [(index + done, reject) for index, reject in folded.refused]
        add(whole, folded)
        done, judge = done + len(run), judging
    whole.refused.sort(key=lambda refused: refused[0])
    return whole, judge
