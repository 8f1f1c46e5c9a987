"""Reads what a replay needs beside the log: models by their digest, names by their lead."""

from typing import Any

import msgspec
from msgspec import Struct

from agents.settings import Settings
from agents.table.changelog import changelog
from agents.table.model_shelf import FIRST
from agents.table.models_in_force import digest_in_force
from agents.topics.reader import MissingTopicError, counted, kept
from schemas.lead_state import Control
from schemas.profile import Profile
from schemas.scoring_model import ModelDocument, ScoringModel
from streams.lead_codec import CONTROL_KEY
from streams.model import read_model
from streams.topology import LEAD_PROFILES, LEAD_STATE, SCORING_MODELS

SHOWN = ("name", "email", "phone")
"""Of a profile, in this order."""


LATEST = 20_000
"""Records at the end of a partition of the table, among which its last control record is looked for."""


class Models(Struct, kw_only=True):
    """What is known of the models that judged a log."""

    texts: dict[str, str] = {}
    """Every document on `scoring.models`, by its digest."""
    first: str = ""
    """Digest of what the table began with; empty: not known."""
    in_force: str = ""
    """Digest of what judges now."""

    def began(self, whole: bool) -> str:
        """Who judges the first record. `whole`: the log holds all there ever was; else the later ones are likelier."""
        return self.first if whole and self.first else self.in_force


async def models_of(settings: Settings, whole: bool) -> Models:
    """Read all of it. Nothing is known where nothing was ever scored."""
    found = await _shelf(settings)
    found.in_force = await _in_force(settings)
    found.first = found.began(whole)
    return found


async def _in_force(settings: Settings) -> str:
    controls: list[Control] = []

    def take(_number: int, records: list[Any]) -> None:
        told = [r.value for r in records if r.key == CONTROL_KEY and r.value is not None]
        controls.extend(msgspec.json.decode(value, type=Control) for value in told[-1:])

    try:
        count = (await counted(settings, {LEAD_STATE.name}))[LEAD_STATE.name]
    except MissingTopicError:
        return ""
    async with changelog(settings) as reader:
        ends = await reader.ends(range(count), LEAD_STATE)
        await reader.read({p: max(ends.first[p], ends.end[p] - LATEST) for p in range(count)}, take)
    known = [control for control in controls if control.models]
    return digest_in_force(max(known, key=lambda control: control.applied)) if known else ""


async def _shelf(settings: Settings) -> Models:
    found = Models()
    try:
        async for records in kept(settings, SCORING_MODELS):
            for record in records:
                if record.value is not None:
                    document = msgspec.json.decode(record.value, type=ModelDocument)
                    found.texts[document.digest] = document.text
                    if not found.first and any(name == FIRST for name, _ in record.headers):
                        found.first = document.digest
    except MissingTopicError:
        return found
    return found


def read_shelf(documents: dict[str, str]) -> dict[str, ScoringModel]:
    """Those that this release reads."""
    read = {digest: read_model(text) for digest, text in documents.items()}
    return {digest: model for digest, model in read.items() if isinstance(model, ScoringModel)}


async def names(settings: Settings, leads: set[str]) -> dict[str, str]:
    """How these leads are called and reached, as `lead.profiles` has it."""
    profiles: dict[str, str] = {}
    async for records in kept(settings, LEAD_PROFILES):
        for record in records:
            lead = (record.key or b"").decode("utf-8", "replace")
            if lead not in leads:
                continue
            if record.value is None:
                profiles.pop(lead, None)
                continue
            details = msgspec.json.decode(record.value, type=Profile).details
            profiles[lead] = ", ".join(str(details[name].value) for name in SHOWN if name in details)
    return profiles
