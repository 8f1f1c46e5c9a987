"""Which model judges each partition of this worker: what its control record says, until an activation on its log."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agents.app import CannotStart
from agents.dead_letters import DeadLetter
from agents.delivery.producer import Outbox
from agents.settings import Settings
from agents.signals import ModelPublished, ModelsRefused, ModelsTaken, ModelSwitched
from agents.table.model_shelf import ModelShelf
from agents.table.not_above import not_above
from schemas.lead_state import Control, LeadState
from schemas.reject import Reject
from schemas.scoring_model import ModelDocument
from streams.activation import UnknownModel, judge_before
from streams.batch import fold_batch
from streams.fold import Leads
from streams.folded import Folded
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.topology import SCORING_MODELS, name_of


def digest_in_force(control: Control) -> str:
    """Of the model that a control record names."""
    return control.models[0].rpartition(" ")[2]


class ModelsInForce:
    """Follows the shelf, and switches where the log says so."""

    def __init__(self, settings: Settings, given: ModelDocument, judge: Judge) -> None:
        """`given` is the settings' model: what a fresh table begins with, and nothing else."""
        self._settings, self._given, self._judge = settings, given, judge
        self.shelf = ModelShelf(settings)
        self._now: dict[int, Judge] = {}
        self._looked = (0, 0)
        """How many documents, and how many that cannot be used, were there when we last looked."""

    async def start(self) -> None:
        """Read the shelf. What it held before is nobody's news; `touchline model list` shows it."""
        await self.shelf.refresh()
        self._looked = len(self.shelf.arrived), len(self.shelf.refused)

    async def news(self) -> list[DeadLetter]:
        """Documents that came since and change nothing: broken ones, and versions not above the one in force.

        Each worker counts them; the one with the first partition sets them aside.
        """
        await self.shelf.refresh()
        arrived, refused = self._looked
        told = [*self.shelf.refused[refused:], *self._older(self.shelf.arrived[arrived:])]
        self._looked = len(self.shelf.arrived), len(self.shelf.refused)
        if told:
            ModelsRefused(what="document", why=[reject.detail for _, reject in told]).emit()
        return [DeadLetter(SCORING_MODELS.name, record, reject) for record, reject in told if 0 in self._now]

    def _older(self, arrived: Iterable[tuple[Any, ModelDocument]]) -> Iterator[tuple[Any, Reject]]:
        above = {judge.model.model: judge for judge in self._now.values()}
        for record, document in arrived:
            judge = above.get(document.model)
            if judge is not None and (reject := not_above(document, judge)) is not None:
                yield record, reject

    async def stop(self) -> None:
        """End the shelf's client."""
        await self.shelf.stop()

    async def assigned(self, controls: Mapping[int, Control | None], out: Outbox) -> None:
        """These partitions are ours, with what their control records say; None: nothing was ever flushed."""
        await self.shelf.refresh()
        if None in controls.values() and self.shelf.first is None:
            await self.shelf.begin(self._given, out)
            ModelPublished(model=self._judge.name, digest=self._judge.digest).emit()
        first = self.shelf.first
        self._now = {}
        for number, control in controls.items():
            if control is not None:
                self._now[number] = self._named(number, control)
            elif first is not None:
                self._now[number] = first
        passed_over = any(judge.digest != self._given.digest for judge in self._now.values())
        ModelsTaken(in_force=self._partitions(), given=self._judge.name, passed_over=passed_over).emit()

    def _named(self, number: int, control: Control) -> Judge:
        try:
            judge = self.shelf.judge_of(digest_in_force(control))
        except UnknownModel:
            if digest_in_force(control) != self._judge.digest:
                raise CannotStart(
                    f"partition {number}: in force is {control.models[0]}, which is not on "
                    f"{name_of(SCORING_MODELS, self._settings)} or cannot be read there: put it back, `touchline model "
                    "publish FILE` with the file it was read from"
                ) from None
            judge = self._judge
            self.shelf.add(self._given, judge)
        return Judge(judge.model, judge.digest, rescore=True) if control.rescore else judge

    def _partitions(self) -> dict[str, list[int]]:
        told: dict[str, list[int]] = {}
        for number, judge in sorted(self._now.items()):
            told.setdefault(judge.name, []).append(number)
        return told

    def key(self, number: int) -> str:
        """Of the model that judges a partition of ours, as states remember it."""
        return self._now.get(number, self._judge).key

    def names(self, number: int) -> tuple[list[str], bool]:
        """For the control record: the models in force, and whether they rescore."""
        judge = self._now.get(number, self._judge)
        return [f"{judge.name} {judge.digest}"], judge.rescore

    def judge_of_lead(self, number: int, state: LeadState) -> Judge:
        """Who explains a lead's score: the model its counters stand under."""
        try:
            return judge_before(state, self._now.get(number, self._judge), self.shelf)
        except UnknownModel as fault:
            raise self._lost(fault) from fault

    async def know(self, batches: Iterable[Sequence[Any]]) -> None:
        """Have every document these records may name: one is on the shelf before its activation is on the log."""
        if any(record.key == MODEL_KEY for records in batches for record in records):
            await self.shelf.refresh()

    async def fold(self, number: int, records: Sequence[Any], leads: Leads, *, ledger: bool) -> Folded:
        """A batch of a partition, its activations followed.

        A lead merged into one of ours may stand under a model that took effect on its own partition alone so far.
        """
        before = self._now.get(number, self._judge)
        try:
            folded, now = fold_batch(records, leads, before, self.shelf.judge_of, self.shelf, ledger=ledger)
        except UnknownModel:
            await self.shelf.refresh()
            try:
                folded, now = fold_batch(records, leads, before, self.shelf.judge_of, self.shelf, ledger=ledger)
            except UnknownModel as fault:
                raise self._lost(fault) from fault
        if refused := [reject.detail for at, reject in folded.refused if records[at].key == MODEL_KEY]:
            ModelsRefused(what="activation", why=refused).emit()
        if now is not before:
            self._now[number] = now
            ModelSwitched(
                partition=number, before=before.name, now=now.name, digest=now.digest, rescore=now.rescore,
                in_force=self._partitions(),
            ).emit()  # fmt: skip
        return folded

    def _lost(self, fault: UnknownModel) -> CannotStart:
        return CannotStart(
            f"{fault}: put it back on {name_of(SCORING_MODELS, self._settings)}, `touchline model publish FILE` with "
            "the file it was read from"
        )
