"""Moves the log to a new generation: copy, fold, compare, and only then cut over. Begun again, it goes on exactly."""

import asyncio
from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient

from agents.delivery.producer import Outbox
from agents.rebuild.activations import Activations, Passed, missing, score_first, torn
from agents.rebuild.base import Base, choose
from agents.rebuild.copying import Copying
from agents.rebuild.cutting import close, open_new, seal
from agents.rebuild.order import Order, Rebuilt, Refused, called, start_anew, stop_and_again
from agents.rebuild.refolding import Refolding
from agents.rebuild.source import Source, members, read_source, read_table
from agents.rebuild.verifying import compare_tables
from agents.topics.admin import create, look
from agents.topics.plan import FILLING
from agents.topics.scan import Scan, Span
from schemas.log_mark import LogMark, MarkKind
from streams.generations.epochs import Step
from streams.generations.log_marks import MARK_KEY, mark_bytes
from streams.lead_codec import moved
from streams.topology import IDENTIFY, LEAD_EVENTS, LEAD_STATE, RIPE, ROUTE, SCORE, name_of

LOOK_EVERY_S = 0.1
WATCH_S = 1.0
"""The old log must stand still for so long before it is closed."""
MOVING = (LEAD_EVENTS, LEAD_STATE, RIPE)


class Moving:
    """One run of a rebuild into another generation."""

    def __init__(self, order: Order, client: AIOKafkaAdminClient, old: Scan, new: Scan, out: Outbox) -> None:
        self._order, self._client, self._old, self._new, self._out = order, client, old, new, out
        self._tell = order.tell
        settings = order.settings
        self._models = Activations(old)
        self._steps: list[Step] = []
        """Activations on the old log, in order."""
        self._log = Copying(LEAD_EVENTS, old, new, out, order.tell)
        self._done = Rebuilt(
            came_from=called(order.came_from), generation=called(settings.generation),
            partitions_before=0, partitions=settings.partitions,
        )  # fmt: skip

    async def run(self) -> Rebuilt:
        """As far as it may go now."""
        order, done = self._order, self._done
        source = await read_source(self._client, self._old, order.old)
        done.partitions_before = len(source.spans)
        if await self._in_force(source):
            return done
        base = choose(order, source)
        done.base, done.missing = base.kind, base.missing
        self._steps = await self._models.look(source.spans)
        if base.leads and (why := self._uneven(source, lambda p, at: source.held_by(base.leads, p, None, at))):
            if base.kind == "snapshot":
                raise Refused(f"the snapshots were taken under different models: {why}. Take others once all is scored")
            done.held_up, done.next = why, score_first(order)
            return done
        why = self._uneven(source, source.said_for_sure)
        if why and not await members(self._client, order.old, (SCORE,)):
            done.held_up, done.next = why, score_first(order)  # nobody is at work who would change it
            return done
        if order.dry_run:
            return await self._foretold(source)
        await self._topics()
        folding = await self._begin(source, base)
        await self._part(source, folding, for_sure=True)
        at_work = await members(self._client, order.settings, (IDENTIFY, SCORE, ROUTE))
        if at_work and not source.sealed:
            told = ", ".join(f"{stage} ({count})" for stage, count in at_work.items())
            done.held_up, done.next = f"workers are at work: {told}", stop_and_again()
            return done
        grown = await self._grown(source)
        if grown:
            done.held_up = f"{name_of(LEAD_EVENTS, order.old)} grew by {grown} events while it was watched"
            done.next = stop_and_again()
            return done
        await self._cut_over(folding)
        return done

    async def _in_force(self, source: Source) -> bool:
        """Has it cut over already?"""
        settings, done = self._order.settings, self._done
        names = {topic: name_of(topic, settings) for topic in MOVING}
        found = await look(self._client, set(names.values()))
        for name, there in found.items():
            if there.partitions != settings.partitions:
                raise Refused(
                    f"{name} is there with {there.partitions} partitions: go on with `--partitions "
                    f"{there.partitions}`, or give the new generation another name"
                )
        log = found.get(names[LEAD_EVENTS])
        if log is None or log.filling:
            return False
        if not source.sealed:
            raise Refused(
                f"{names[LEAD_EVENTS]} is there and was not made by a rebuild of generation {done.came_from}: give the "
                "new generation another name"
            )
        done.cut_over, done.next = True, start_anew(self._order)
        return True

    async def _foretold(self, source: Source) -> Rebuilt:
        self._done.copied = sum(span.end - span.first for span in source.spans.values())
        self._done.leads = sum(len(held) for held in source.table.values())
        at_work = await members(self._client, self._order.settings, (IDENTIFY, SCORE, ROUTE))
        self._done.held_up = "a dry run changes nothing" + (f"; at work now: {', '.join(at_work)}" if at_work else "")
        return self._done

    async def _topics(self) -> None:
        settings = self._order.settings
        await create(self._client, settings, (LEAD_EVENTS,), FILLING)
        await create(self._client, settings, (LEAD_STATE, RIPE))
        names = {name_of(topic, settings) for topic in MOVING}
        there = await look(self._client, names)
        while there.keys() != names:
            await asyncio.sleep(LOOK_EVERY_S)
            there = await look(self._client, names)

    async def _begin(self, source: Source, base: Base) -> Refolding:
        """Know what is there; take over the base, if there is one, behind a mark."""

        def fits(partition: int, key: bytes | None, offset: int) -> str:
            kept = not base.leads or source.held_by(base.leads, partition, key, offset)
            return "" if kept else "it was begun from a later table or snapshot"

        await self._log.look(fits)
        taken, cut = self._log.marks[MarkKind.TAKEN_OVER], self._log.marks[MarkKind.CUT_OVER]
        folding = Refolding(
            self._order, self._new, self._out, await self._new.identity(LEAD_EVENTS), await read_table(self._new)
        )
        for control in (held.control for held in base.leads.values() if held.control is not None):
            for number in range(self._order.settings.partitions):
                folding.judged_by(number, control if number not in folding.table else None)
        begun = any(held.control is not None for held in folding.table.values())
        if base.kind == "log" or cut:
            if base.kind == "log" and taken:
                raise Refused(_begun_otherwise(self._order, "from a table"))
            return folding
        if begun and not taken:
            raise Refused(_begun_otherwise(self._order, "from the log alone"))
        if not taken:
            self._done.copied += await self._log.copy(
                lambda p, key, offset: source.held_by(base.leads, p, key, offset), source.spans, self._steps
            )
            stands = {q: span.end - 1 for q, span in (await self._new.spans(LEAD_EVENTS)).items()}
            for held in base.leads.values():
                places = {key: self._out.partition_of(key) for key in held.encoded}
                await folding.take_over({k: moved(v, stands[places[k]]) for k, v in held.encoded.items()})
            self._tell(f"{sum(len(held) for held in base.leads.values())} leads taken over from the {base.kind}")
        for number, offset in (await self._mark(MarkKind.TAKEN_OVER, taken)).items():
            held_now = folding.table.get(number)
            if held_now is None or held_now.control is None:
                await folding.settle(number, offset)
        return folding

    async def _mark(self, kind: MarkKind, there: Mapping[int, int]) -> dict[int, int]:
        """Put a mark on each partition of the new log that has none; where they are."""
        order = self._order
        value = mark_bytes(LogMark(mark=kind, generation=order.settings.generation, came_from=order.came_from))
        missing = [q for q in range(order.settings.partitions) if q not in there]
        landed = await self._out.write(LEAD_EVENTS, [(q, MARK_KEY, value, []) for q in missing])
        self._log.marks[kind] = dict(there) | {q: landed[q][0].base for q in missing}
        return self._log.marks[kind]

    async def _part(self, source: Source, folding: Refolding, *, for_sure: bool) -> None:
        """Copy and fold what was scored and said. While the stages work, only what no flush can still change."""
        if not self._log.marks[MarkKind.CUT_OVER]:
            self._done.copied += await self._log.copy(
                (lambda p, _key, offset: source.said_for_sure(p, offset)) if for_sure else source.said,
                source.spans, self._steps,
            )  # fmt: skip
        await self._fold(folding)

    async def _fold(self, folding: Refolding) -> None:
        cut = self._log.marks[MarkKind.CUT_OVER]
        spans = await self._new.spans(LEAD_EVENTS)
        await folding.go_on({q: cut[q] + 1 if q in cut else span.end for q, span in spans.items()})
        self._done.folded = folding.folded
        self._done.leads = sum(len(held) for held in folding.table.values())

    def _uneven(self, source: Source, passed: Passed) -> str:
        """Why leads of one new partition would stand under different models; empty: they would not."""
        steps, table = self._steps, source.table
        why = torn(steps, passed) or missing(steps, set(source.spans), passed)
        for step in [] if why else steps:
            for number, offset in step.at.items():
                held = table.get(number)
                if held is not None and not passed(number, offset) and held.reaches(offset):
                    return f"{SCORE.name} was killed as {step.mark.name} took effect on partition {number}"
        return why

    async def _grown(self, source: Source) -> int:
        before = source.spans
        await asyncio.sleep(WATCH_S)
        now = await self._old.spans(LEAD_EVENTS)
        return 0 if source.sealed else sum(now[p].end - before[p].end for p in now)

    async def _cut_over(self, folding: Refolding) -> None:
        """The stages are stopped. Until the last step the old generation can go on; after it only the new one can."""
        order, done = self._order, self._done
        source = await read_source(self._client, self._old, order.old)
        self._steps = await self._models.look(source.spans)
        if why := self._uneven(source, source.said_for_sure):
            done.held_up, done.next = why, score_first(order)
            return
        if not all(held.all_shown for held in source.table.values()):
            folding.cards_to = -1  # offsets of the old log say nothing on the new one
        await self._part(source, folding, for_sure=False)
        done.compared = compare_tables(source, folding.table, order)
        await seal(order, source, self._client)
        final: dict[int, Span] = await self._old.spans(LEAD_EVENTS)
        await self._mark(MarkKind.CUT_OVER, self._log.marks[MarkKind.CUT_OVER])
        await self._fold(folding)
        self._steps = await self._models.look(final)
        done.unsaid = await self._log.copy(lambda *_: True, final, self._steps, to_the_end=True)
        done.copied += done.unsaid
        done.ripe = await self._ripe(source)
        await close(order, source)
        await open_new(order, self._client)
        done.cut_over, done.next = True, start_anew(order)

    async def _ripe(self, source: Source) -> int:
        """What route has not read yet goes along."""
        words = Copying(RIPE, self._old, self._new, self._out, self._tell)
        await words.look(lambda *_: "")
        spans = await self._old.spans(RIPE)
        left = {p: Span(max(span.first, source.routed.get(p, 0)), span.end) for p, span in spans.items()}
        return await words.copy(lambda *_: True, left)


def _begun_otherwise(order: Order, how: str) -> str:
    return (
        f"generation {order.settings.generation} was begun {how}: go on as it was begun, or give another name and "
        "delete what is there of this one"
    )
