"""Reads what a replay needs beside the log: models by their digest, names by their lead."""

import msgspec

from agents.cli.topic_reader import MissingTopicError, kept
from agents.settings import Settings
from schemas.profile import Profile
from schemas.scoring_model import ModelDocument, ScoringModel
from streams.model import read_model
from streams.topology import LEAD_PROFILES, SCORING_MODELS

SHOWN = ("name", "email", "phone")
"""Of a profile, in this order."""


async def texts(settings: Settings) -> dict[str, str]:
    """Every document on `scoring.models` by its digest; none where the topic is not there."""
    found: dict[str, str] = {}
    try:
        async for records in kept(settings, SCORING_MODELS):
            for record in records:
                if record.value is not None:
                    document = msgspec.json.decode(record.value, type=ModelDocument)
                    found[document.digest] = document.text
    except MissingTopicError:
        return {}
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
