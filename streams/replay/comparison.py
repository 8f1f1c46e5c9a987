"""Folds a partition of the log with two models side by side, and counts what differs."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from xxhash import xxh3_64_intdigest

from schemas.crm_update import CrmKind
from schemas.lead_event import CrmSaid
from schemas.units import DAY_MS, MICRO
from streams.activation import judge_before, runs
from streams.fold import NOBODY
from streams.judge import Judge
from streams.kin.gone import is_gone
from streams.lead_codec import decode
from streams.replay.record import sample_line
from streams.replay.report import Answered, Change, Example, Judged, Outcome, Report, Week, foremost
from streams.replay.rounds import Rounds, Timed, of_leads
from streams.replay.side import Opened, Side
from streams.scoring.engagement import engagement

WEEK_MS = 7 * DAY_MS
FIRST_MONDAY_MS = 4 * DAY_MS
"""1970-01-05."""
STEP = 10
LOWEST, HIGHEST = -50, 200
"""Engagement outside is counted in the outermost steps."""

WORDS: dict[str, int] = {CrmKind.ACCEPTED: 1, CrmKind.RETURNED: -1, CrmKind.WON: 1, CrmKind.LOST: -1}
TAKING = (CrmKind.ACCEPTED, CrmKind.RETURNED)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared, and how much of it."""

    end_ms: int
    """Timers fire up to here, and here engagement is measured."""
    since_ms: int = 0
    """Handoffs and new leads before are not counted; what was before is folded, so that scores are right."""
    sample: float = 1.0
    """Share of the leads, by the hash of their ids."""
    most: int = 20
    """Examples of each kind."""


class Comparison:
    """Two models on one partition. Memory: the encoded states of its leads, twice, and their handoffs."""

    def __init__(
        self,
        current: Judge,
        candidate: Judge,
        terms: Terms,
        judge_of: Callable[[str], Judge] | None = None,
        earlier: Mapping[str, Judge] = NOBODY,
    ) -> None:
        """`judge_of`: by digest, for a model that the log puts in force; None: the current one stays.

        `earlier`: by key, all that leads may stand under.
        """
        self.current = Side(current, terms.since_ms, earlier, None if judge_of is not None else earlier)
        self.candidate = Side(candidate, terms.since_ms, adopts=earlier)
        self._terms, self._judge_of = terms, judge_of
        self._below = sample_line(terms.sample) if terms.sample < 1 else 0
        self._report = Report()
        self._outcomes: dict[bytes, Outcome] = {}
        self._rounds = Rounds()

    def take(self, records: Sequence[Timed]) -> None:
        """The next records of the partition."""
        if not self._report.first_ms and records:
            self._report.first_ms = records[0].timestamp
        if self._judge_of is None:
            self._take(records)
            return
        for run, judge in runs(records, self.current.judge, self._judge_of):
            self.current.judge = judge
            self._take(run)

    def _take(self, records: Iterable[Timed]) -> None:
        leads = of_leads(records)
        if self._below:
            leads = [r for r in leads if xxh3_64_intdigest(r.key or b"") < self._below]
        self._report.events += len(leads)
        for told in self._rounds.of(leads):
            for at_ms in told.first_ms:
                self._new(at_ms)
            for key, said in told.reports.items():
                self._hear(key, said)
            self.current.fold(told.pieces, told.reports, told.fresh)
            self.candidate.fold(told.pieces, told.reports, told.fresh)

    def finish(self) -> Report:
        """Let time pass to the end, and count."""
        done, terms = self._report, self._terms
        self.current.finish(terms.end_ms)
        self.candidate.finish(terms.end_ms)
        for outcome in self._outcomes.values():
            done.answered.count(outcome)
        self._count(self.current, done.current)
        self._count(self.candidate, done.candidate)
        done.leads = sum(done.current.spread.values())
        for key in {**self.current.opened, **self.candidate.opened}:
            self._compare(key)
        for change, examples in done.examples.items():
            done.examples[change] = foremost(change, examples, terms.most)
        return done

    def _new(self, at_ms: int) -> None:
        if at_ms >= self._terms.since_ms:
            self._week(at_ms).new += 1

    def _week(self, at_ms: int) -> Week:
        return self._report.weeks.setdefault(monday(at_ms), Week())

    def _hear(self, key: bytes, said: CrmSaid) -> None:
        word = WORDS.get(said.kind)
        if word is None:
            return
        known = self._outcomes.setdefault(key, Outcome())
        if said.kind in TAKING:
            if said.at_ms >= known.taken_ms:
                known.taken, known.taken_ms = word, said.at_ms
        elif said.at_ms >= known.dealt_ms:
            known.dealt, known.dealt_ms = word, said.at_ms

    def _counted(self, side: Side, key: bytes) -> list[Opened]:
        return [one for one in side.opened.get(key, ()) if one.at_ms >= self._terms.since_ms]

    def _count(self, side: Side, done: Judged) -> None:
        done.withdrawn = side.withdrawn
        for key in side.opened:
            handoffs = self._counted(side, key)
            if not handoffs:
                continue
            done.leads += 1
            done.handoffs += len(handoffs)
            for start in {monday(one.at_ms) for one in handoffs}:
                week = self._week(start)
                week.current += side is self.current
                week.candidate += side is self.candidate
            outcome = self._outcomes.get(key) or Outcome()
            done.answered.count(outcome)
            for rule in handoffs[0].rules:
                done.rules.setdefault(rule, Answered()).count(outcome)
        for value in side.states.values():
            state = decode(value)
            if is_gone(state):
                continue
            now = engagement(state, judge_before(state, side.judge, side.earlier), self._terms.end_ms)
            step = step_of(now)
            done.spread[step] = done.spread.get(step, 0) + 1

    def _compare(self, key: bytes) -> None:
        by_current, by_candidate = self._counted(self.current, key), self._counted(self.candidate, key)
        change = change_of(by_current, by_candidate)
        if change is None:
            return
        report, outcome = self._report, self._outcomes.get(key)
        shown = by_candidate[0] if by_candidate else by_current[0]
        report.changes[change] += 1
        report.examples[change].append(
            Example(
                lead_id=key.decode(),
                current_ms=by_current[0].at_ms if by_current else None,
                candidate_ms=by_candidate[0].at_ms if by_candidate else None,
                engagement=shown.engagement,
                why=shown.why,
                outcome="" if outcome is None else str(outcome),
            )
        )
        if len(report.examples[change]) > 4 * self._terms.most:
            report.examples[change] = foremost(change, report.examples[change], self._terms.most)


def change_of(by_current: Sequence[Opened], by_candidate: Sequence[Opened]) -> Change | None:
    """What differs for a lead; None: nothing, or neither hands it off."""
    if not by_current:
        return Change.ADDITIONAL if by_candidate else None
    if not by_candidate:
        return Change.NO_LONGER
    before, now = by_current[0].at_ms, by_candidate[0].at_ms
    if before == now:
        return None
    return Change.EARLIER if now < before else Change.LATER


def monday(at_ms: int) -> int:
    """The beginning of a moment's week, UTC."""
    return at_ms - (at_ms - FIRST_MONDAY_MS) % WEEK_MS


def step_of(micro: int) -> int:
    """The lower line, in points, of the step that an engagement is counted in."""
    points = micro // MICRO
    return min(max(points - points % STEP, LOWEST), HIGHEST)
