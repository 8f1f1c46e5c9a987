"""A challenger beside the champion, live: it folds the log as the champion does, says nothing, and is compared by lead.

The champion is not folded again: what it handed off is what it said on `ripe`.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from schemas.handoff import HandoffType, Ripe
from streams.fold import NOBODY
from streams.judge import Judge
from streams.replay.comparison import change_of
from streams.replay.report import Change, Example, foremost, share
from streams.replay.rounds import Rounds, Timed, of_leads
from streams.replay.side import Opened, Side

EXAMPLES = 20
"""Leads named of each kind."""


class Shifts(msgspec.Struct, kw_only=True):
    """Of leads that both hand off: when."""

    same: int = 0
    earlier: int = 0
    """By the challenger."""
    later: int = 0
    earlier_by_s: float = 0.0
    """On the average."""
    later_by_s: float = 0.0


class Sides(msgspec.Struct, kw_only=True):
    """A figure of either."""

    champion: float | None
    challenger: float | None


class Compared(msgspec.Struct, kw_only=True):
    """The comparison as it stands: what `/report` answers."""

    challenger: str
    digest: str
    file: str
    """As the worker was told: what `model apply` takes."""
    champions: list[str]
    """Models whose handoffs were heard."""
    since: str
    """Handoffs and new leads are counted from then on, RFC 3339; what came before is folded too."""
    caught_up: bool
    events: int
    leads: int
    new: int
    """Seen for the first time since then."""
    champion_leads: int
    """Handed off."""
    challenger_leads: int
    both: int
    only_champion: int
    only_challenger: int
    pass_rate: Sides
    """Leads handed off, of the new ones."""
    handoffs: Sides
    """Later ones of a lead too."""
    shifts: Shifts
    examples: dict[Change, list[Example]]
    """Bounded: those who show the difference best."""


class Challenge:
    """The challenger on one partition of the log, and what the champion said there."""

    def __init__(self, judge: Judge, since_ms: int, known: Mapping[str, Judge] = NOBODY) -> None:
        """`known`: by key, models that merged leads may have stood under."""
        self._side = Side(judge, adopts=known)
        self._since_ms = since_ms
        self._rounds = Rounds()
        self.said: dict[bytes, list[Opened]] = {}
        """The champion's handoffs per lead, in order."""
        self._ids: set[str] = set()
        self.champions: set[str] = set()
        self.events = 0
        self.new = 0

    @property
    def leads(self) -> int:
        """Folded so far."""
        return len(self._side.states)

    @property
    def handoffs(self) -> int:
        """The challenger's since then."""
        return sum(len(self._since(opened)) for opened in self._side.opened.values())

    @property
    def champions_handoffs(self) -> int:
        """The champion's."""
        return sum(map(len, self.said.values()))

    def take(self, records: Iterable[Timed]) -> None:
        """The next records of the partition."""
        own = of_leads(records)
        self.events += len(own)
        for told in self._rounds.of(own):
            self.new += sum(at_ms >= self._since_ms for at_ms in told.first_ms)
            self._side.fold(told.pieces, told.reports, told.fresh)

    def pass_time(self, now_ms: int) -> None:
        """Nothing happens: the challenger's own timers fire up to that moment."""
        self._side.finish(now_ms)

    def hear(self, said: Ripe) -> None:
        """A word of the champion; a repeat carries the same id."""
        if said.type is not HandoffType.REQUESTED or said.handoff_id in self._ids or said.at_ms < self._since_ms:
            return
        self._ids.add(said.handoff_id)
        self.champions.add(said.model)
        opened = Opened(
            at_ms=said.at_ms, handoff_id=said.handoff_id, engagement=said.score.engagement, why=said.why, rules=()
        )
        self.said.setdefault(said.lead_id.encode(), []).append(opened)

    def compare(self, done: Compared) -> None:
        """Add this partition to the comparison."""
        shifts = done.shifts
        opened = {key: since for key, all_of in self._side.opened.items() if (since := self._since(all_of))}
        for key in {**self.said, **opened}:
            champion, challenger = self.said.get(key, []), opened.get(key, [])
            done.champion_leads += bool(champion)
            done.challenger_leads += bool(challenger)
            match change_of(champion, challenger):
                case None:
                    done.both += 1
                    shifts.same += 1
                    continue
                case Change.ADDITIONAL as change:
                    done.only_challenger += 1
                case Change.NO_LONGER as change:
                    done.only_champion += 1
                case Change.EARLIER as change:
                    done.both += 1
                    shifts.earlier += 1
                    shifts.earlier_by_s += (champion[0].at_ms - challenger[0].at_ms) / 1000
                case Change.LATER as change:
                    done.both += 1
                    shifts.later += 1
                    shifts.later_by_s += (challenger[0].at_ms - champion[0].at_ms) / 1000
            shown = done.examples[change]
            shown.append(_example(key, champion, challenger))
            if len(shown) > 4 * EXAMPLES:
                done.examples[change] = foremost(change, shown, EXAMPLES)

    def _since(self, opened: Sequence[Opened]) -> list[Opened]:
        return [one for one in opened if one.at_ms >= self._since_ms]


def compared(
    parts: Sequence[Challenge], judge: Judge, *, file: str, since: str, caught_up: bool, most: int = EXAMPLES
) -> Compared:
    """All partitions."""
    done = Compared(
        challenger=judge.name, digest=judge.digest, file=file, champions=[], since=since, caught_up=caught_up, events=0,
        leads=0, new=0, champion_leads=0, challenger_leads=0, both=0, only_champion=0, only_challenger=0,
        pass_rate=Sides(champion=None, challenger=None), handoffs=Sides(champion=0, challenger=0), shifts=Shifts(),
        examples={change: [] for change in Change},
    )  # fmt: skip
    for part in parts:
        done.events += part.events
        done.leads += part.leads
        done.new += part.new
        part.compare(done)
    done.champions = sorted(set[str]().union(*(part.champions for part in parts)))
    done.handoffs = Sides(
        champion=sum(part.champions_handoffs for part in parts), challenger=sum(part.handoffs for part in parts)
    )
    done.pass_rate = Sides(
        champion=share(done.champion_leads, done.new), challenger=share(done.challenger_leads, done.new)
    )
    shifts = done.shifts
    shifts.earlier_by_s /= max(1, shifts.earlier)
    shifts.later_by_s /= max(1, shifts.later)
    done.examples = {change: foremost(change, shown, most) for change, shown in done.examples.items()}
    return done


def _example(key: bytes, champion: Sequence[Opened], challenger: Sequence[Opened]) -> Example:
    shown = (challenger or champion)[0]
    return Example(
        lead_id=key.decode(),
        current_ms=champion[0].at_ms if champion else None,
        candidate_ms=challenger[0].at_ms if challenger else None,
        engagement=shown.engagement,
        why=shown.why,
    )
