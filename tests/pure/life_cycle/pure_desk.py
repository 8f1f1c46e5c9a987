"""The desk without Redis, by the words of `decide.lua` and `settle.lua`: who has which lead, and who waits."""

from msgspec import Struct

from agents.routing.desk import Settled
from schemas.handoff import Ripe
from schemas.units import Millis
from streams.routing.assigning import Given
from streams.routing.choosing import Option
from streams.routing.sharing import Load, by_turn, take


class Held(Struct):
    """What is known of one handoff."""

    status: str
    given: Given
    revision: int
    earlier: tuple[str, ...] = ()
    settled: int = -1


class PureDesk:
    """One decision for every repeat."""

    def __init__(self) -> None:
        self.load = Load(open={}, today={}, shares={})
        self.held: dict[str, Held] = {}
        self.waiting: dict[str, Ripe] = {}

    def decide(self, ripe: Ripe, what: str, options: tuple[Option, ...], now_ms: Millis) -> Given:
        """`new`, `anew`, or `waiting`: if it still waits."""
        held = self.held.get(ripe.handoff_id)
        if held is not None and self._stands(held, what, ripe.revision):
            return held.given
        earlier, anew = (held.earlier, held.given.anew) if held is not None else ((), 0)
        if what == "anew" and held is not None and (owner := held.given.owner):
            everybody = {name for option in options for name in option.everybody}
            if options and not everybody - {*earlier, owner}:
                return self._keep(ripe, held, now_ms)
            self.load.open[owner] -= 1
            earlier, anew = (*earlier, owner), anew + 1
        waited = held.given.waited if what == "waiting" and held is not None else ""
        given = self._choose(options, earlier, now_ms, anew, waited)
        revision = held.revision if what == "waiting" and held is not None else ripe.revision
        settled = held.settled if held is not None else -1
        self.held[ripe.handoff_id] = Held("waiting" if given.waiting else "given", given, revision, earlier, settled)
        if given.waiting:
            self.waiting.setdefault(ripe.handoff_id, ripe)
        else:
            self.waiting.pop(ripe.handoff_id, None)
        return given

    def _stands(self, held: Held, what: str, revision: int) -> bool:
        if what == "waiting":
            return held.status != "waiting"
        return not (what == "anew" and held.status != "ended" and held.revision < revision)

    def _keep(self, ripe: Ripe, held: Held, now_ms: Millis) -> Given:
        before = held.given
        held.given = Given(
            rule=before.rule, kind=before.kind, target=before.target, owner=before.owner, at_ms=now_ms,
            anew=before.anew, kept=True,
        )  # fmt: skip
        held.revision = ripe.revision
        return held.given

    def _choose(
        self, options: tuple[Option, ...], earlier: tuple[str, ...], now_ms: Millis, anew: int, waited: str
    ) -> Given:
        rule, kind, target = "", "queue", "unrouted"
        for option in options:
            rule, kind, target = option.rule, option.kind, option.target
            if kind in ("queue", "partner"):
                return Given(rule=rule, kind=kind, target=target, at_ms=now_ms, anew=anew)
            turn = [member for member in by_turn(option, self.load) if member.name not in earlier]
            if turn:
                take(option, turn[0], self.load)
                return Given(
                    rule=rule, kind=kind, target=target, owner=turn[0].name, at_ms=now_ms, anew=anew, waited=waited
                )
        return Given(rule=rule, kind=kind, target=target, waiting=True, waited=target, at_ms=now_ms, anew=anew)

    def settle(self, said: Settled) -> None:
        """What became of it."""
        held = self.held.get(said.handoff_id)
        if held is None or held.status == "ended" or said.revision <= held.settled:
            return
        before = held.given.owner
        if said.ended:
            if before:
                self.load.open[before] -= 1
            self.waiting.pop(said.handoff_id, None)
            held.status = "ended"
        elif said.revision > held.revision and said.owner not in ("", before):
            if before:
                self.load.open[before] -= 1
            self.load.open[said.owner] = self.load.open.get(said.owner, 0) + 1
            self.waiting.pop(said.handoff_id, None)
            given = held.given
            held.given = Given(
                rule=given.rule, kind=given.kind, target=given.target, owner=said.owner, at_ms=given.at_ms,
                anew=given.anew,
            )  # fmt: skip
            held.status = "given"
        held.settled = said.revision
