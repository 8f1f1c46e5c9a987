"""What the fold makes of the same lives, as one digest: run by the plain Python and by the compiled copy.

`python -m tests.twin`: prints which of them it was, and SHA-256 over all states and all that was said.
"""

import hashlib
from pathlib import Path

import msgspec

import streams.fold
from schemas.units import HOUR_MS
from streams.folded import Folded
from streams.judge import Judge
from tests.bench.load import Load, bench_model
from tests.pure.lives import Logged, T, Table, fit20, fit50, judge, learned, log, said, touched, video, view

TOUCHES, LEADS, BATCH = 20_000, 600, 700


def digest() -> str:
    """Of a crowd under the rules of the measurements, and of one busy life under a model with everything in it."""
    said_so_far = hashlib.sha256()
    table, by = Table(), Judge.of(bench_model())
    crowd = [Logged(at, sent.key, sent.value) for at, sent in enumerate(Load(TOUCHES, LEADS))]
    for first in range(0, TOUCHES, BATCH):
        _take(said_so_far, table, streams.fold.fold(crowd[first : first + BATCH], table, by))
    table, by = Table(), judge()
    busy = [
        fit20(), view("/pricing/team", T), view("/blog/a", T - HOUR_MS), video("tour", T + 1), video("tour", T - 5),
        *(touched("visit", T + n * HOUR_MS) for n in range(7)), fit50(), learned(T + 3, "call", headcount="many"),
        touched("demo_request", T + 9 * HOUR_MS), touched("demo_request", T + 10 * HOUR_MS), said("accepted"),
        said("returned", T + 11 * HOUR_MS), touched("unsubscribe", T + 900 * HOUR_MS),
    ]  # fmt: skip
    for record in [*log(busy), Logged(len(busy), b"L1", b'{"type":"touch","id":3}')]:
        _take(said_so_far, table, streams.fold.fold([record], table, by))
    return said_so_far.hexdigest()


def _take(digest_so_far: "hashlib._Hash", table: Table, folded: Folded) -> None:
    table.keep(folded)
    told = (folded.ripe, folded.ledger, folded.stages, [(at, r.reason, r.detail) for at, r in folded.refused])
    digest_so_far.update(msgspec.json.encode((told, sorted(folded.touches.items()), sorted(folded.suppressed.items()))))
    for key, state in folded.states.items():
        digest_so_far.update(key + state)


if __name__ == "__main__":
    print(Path(streams.fold.__file__).suffix, digest())
