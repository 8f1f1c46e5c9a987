"""Folds a log into its score table with nothing said: states and control records are all that is written."""

from collections.abc import Mapping

import msgspec

from agents.delivery.producer import Item, Outbox
from agents.rebuild.order import Order, Refused
from agents.rebuild.source import Leads
from agents.table.model_shelf import ModelShelf
from agents.table.models_in_force import digest_in_force
from agents.table.score_partition import ScorePartition
from agents.topics.scan import Scan
from schemas.lead_state import Control
from schemas.log_mark import MarkKind
from streams.activation import UnknownModel
from streams.batch import fold_batch
from streams.fold import FOLD_REVISION
from streams.generations.log_marks import kind_of
from streams.judge import Judge
from streams.lead_codec import CONTROL_KEY
from streams.topology import LEAD_EVENTS, LEAD_STATE, name_of

ITEMS_AT_ONCE = 5_000


class Refolding:
    """The table of one generation, growing with its log."""

    def __init__(self, order: Order, scan: Scan, out: Outbox, log_id: str, table: Leads) -> None:
        self._order, self._scan, self._out, self._log_id = order, scan, out, log_id
        self.table = table
        self.folded = 0
        self._shelf = order.shelf or ModelShelf(order.settings)
        self._judges: dict[int, Judge] = {}
        self.cards_to: int | None = None
        """For the control records: -1 where cards may be missing, so that the stage writes all of them again."""

    def judged_by(self, number: int, control: Control | None = None) -> Judge:
        """Who judges what follows on a partition: by a control record, by what was folded, or from the beginning."""
        held = self.table.get(number)
        control = control or (held.control if held is not None else None)
        if number not in self._judges or control is not None:
            self._judges[number] = self._order.judge if control is None else self._named(control)
        return self._judges[number]

    def _named(self, control: Control) -> Judge:
        digest = digest_in_force(control)
        if digest == self._order.judge.digest:
            judge = self._order.judge
        else:
            try:
                judge = self._shelf.judge_of(digest)
            except UnknownModel as lost:
                raise Refused(f"{lost}: put it back, `touchline model publish FILE`") from lost
        return Judge(judge.model, judge.digest, rescore=True) if control.rescore else judge

    def control(self, number: int, applied: int) -> Control:
        """The record of how far it is."""
        settings = self._order.settings
        judge = self._judges.get(number) or self.judged_by(number)
        return Control(
            generation=self._log_id,
            applied=applied,
            models=[f"{judge.name} {judge.digest}"],
            rescore=judge.rescore,
            fold_revision=FOLD_REVISION,
            partitions=settings.partitions,
            suffix=settings.generation,
            cards_to=self.cards_to,
        )

    async def go_on(self, ends: Mapping[int, int], *, stepwise: bool = True) -> None:
        """Fold each partition up to before these offsets.

        Not `stepwise`: the control record is written once, at the end, so that nobody goes on from half a table.
        """
        for number, end in sorted(ends.items()):
            held = self.table.setdefault(number, ScorePartition(number))
            at = held.next_offset
            from_nothing = at == 0 and not self._order.accept_loss
            async for records in self._scan.read(LEAD_EVENTS, number, at, end):
                folded, self._judges[number] = fold_batch(
                    records, held, self.judged_by(number), self._shelf.judge_of, self._shelf,
                    ledger=self._order.settings.ledger,
                )  # fmt: skip
                if from_nothing and any(kind_of(r.key, r.value) is MarkKind.TAKEN_OVER for r in records):
                    raise Refused(
                        f"{name_of(LEAD_EVENTS, self._order.settings)}: its states were taken over from an earlier "
                        "table, so the log alone does not tell everything: give a snapshot, `--from-snapshot FOLDER`"
                    )
                control = self.control(number, records[-1].offset)
                items = list(held.records(folded, control))
                await self._write(items if stepwise else items[:-1])
                held.persisted(control, held.read_to)
                self.folded += len(records)
                self._order.tell(f"partition {number}: {self.folded} events folded, {len(held)} leads")

    async def settle(self, number: int, applied: int) -> None:
        """Say that this partition holds everything up to here."""
        held = self.table.setdefault(number, ScorePartition(number))
        held.control = self.control(number, applied)
        await self._out.write(LEAD_STATE, [(number, CONTROL_KEY, msgspec.json.encode(held.control), [])])

    async def take_over(self, leads: Mapping[bytes, bytes]) -> None:
        """Write states that come from elsewhere, each to the partition of its lead."""
        items: list[Item] = [(None, key, value, []) for key, value in leads.items()]
        await self._write(items)
        for key, value in leads.items():
            number = self._out.partition_of(key)
            self.table.setdefault(number, ScorePartition(number)).put(key, value)

    async def _write(self, items: list[Item]) -> None:
        for at in range(0, len(items), ITEMS_AT_ONCE):
            await self._out.write(LEAD_STATE, items[at : at + ITEMS_AT_ONCE])
