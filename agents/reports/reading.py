"""Reads `handoffs`, `lead.stages` and attempts on `crm.updates` for the reports."""

import asyncio

import msgspec

from agents.settings import Settings
from agents.topics.reader import counted, kept
from schemas.journal import StageChanged
from schemas.units import Millis
from streams.reports.contact import Contacts
from streams.reports.funnel import Funnel
from streams.reports.story import Stories, Story
from streams.topology import CRM_UPDATES, HANDOFFS, LEAD_STAGES

_STAGE = msgspec.json.Decoder(StageChanged)


async def stories(settings: Settings, since_ms: Millis) -> list[Story]:
    """Handoffs opened since then, as far as `handoffs` goes back: 30 days."""
    await counted(settings, {HANDOFFS.name})
    told = Stories(since_ms)
    async for records in kept(settings, HANDOFFS):
        for record in records:
            told.hear(record.value, record.timestamp)
        await asyncio.sleep(0)
    return list(told.all())


async def contacted(settings: Settings, since_ms: Millis) -> list[Story]:
    """The same, with first contacts that no event of their handoff has told yet."""
    found = await stories(settings, since_ms)
    await counted(settings, {CRM_UPDATES.name})
    contacts = Contacts(found)
    async for records in kept(settings, CRM_UPDATES):
        for record in records:
            contacts.hear(record.value, record.headers, record.timestamp)
        await asyncio.sleep(0)
    return found


async def funnels(settings: Settings, since_ms: Millis, dimensions: list[str]) -> list[Funnel]:
    """The ways of leads since then, one for each dimension."""
    await counted(settings, {LEAD_STAGES.name})
    found = [Funnel(dimension=dimension, since_ms=since_ms) for dimension in dimensions]
    async for records in kept(settings, LEAD_STAGES):
        for record in records:
            try:
                word = _STAGE.decode(record.value or b"")
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
            for funnel in found:
                funnel.hear(word)
        await asyncio.sleep(0)
    return found
