"""One lead's log folded just as the worker folded it: is it all there, and which restatements took effect?"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from schemas.lead_event import Restated
from streams.activation import activated
from streams.fold import fold
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.lead_codec import body_of, decode, encode
from streams.person.refold import Folding, Line, Table, read


class Models(Struct, frozen=True):
    """By what a log was judged."""

    first: Judge
    """Until it names another one."""
    judge_of: Callable[[str], Judge]
    """By digest."""
    earlier: Mapping[str, Judge]
    """By the key that states remember."""


class AsFolded(Struct, frozen=True):
    """What the log alone comes to."""

    value: bytes | None
    """The lead's record of `lead.state`; None: the log holds nothing of it."""
    counted: frozenset[int]
    """Offsets of the restatements that took effect."""

    def explains(self, held: bytes | None) -> bool:
        """Is that what the table holds? Then nothing that counts is missing from the log."""
        if self.value is None or held is None:
            return self.value is held
        return body_of(self.value) == body_of(held) or _plain(self.value) == _plain(held)


def as_folded(lead_id: str, lines: Sequence[Line], models: Models, *, whole: bool) -> AsFolded:
    """Fold a lead's own log. `whole`: it goes back to its beginning, so that states on it can be compared."""
    table, judge, known = Table(None), models.first, dict(models.earlier)
    key, last, counted = lead_id.encode(), -1, set[int]()
    known[judge.key] = judge
    for line in lines:
        if line.key == MODEL_KEY:
            now = activated(line.value, judge, models.judge_of)
            if isinstance(now, Judge):
                judge = known[now.key] = now
            continue
        event = read(line.value)
        folded = fold([Folding(line.offset, line.key, line.value)], table, judge, ledger=False, earlier=known)
        # Where the log does not go back to the beginning, what it comes to was never what the worker had.
        if isinstance(event, Restated) and (folded.kin["restated"] if whole else last <= event.through):
            counted.add(line.offset)
        table.value = folded.states.get(key, table.value)
        last = line.offset
    return AsFolded(table.value, frozenset(counted))


def _plain(value: bytes) -> bytes:
    """A state without its offsets."""
    state = decode(value)
    state.quarantine = state.quarantine[1:]
    return body_of(encode(state, 0))
