"""Two leads that were made one, taken apart: each as its own events make it, as if the merge had not been.

What was said to sales stays said. A handoff that stands open stays with the survivor, and nobody is handed off by the
split alone: who would be ripe by it is held until something new happens.
"""

from collections.abc import Sequence, Set

import msgspec
from msgspec import Struct

from schemas.lead_event import MergedFrom
from schemas.lead_state import Episode, Kin, LeadState
from schemas.units import Millis
from streams.handoff.episode import is_open
from streams.handoff.ripeness import OPEN, backfilled, rearm, ripe
from streams.judge import Judge
from streams.lead_codec import decode, encode
from streams.person.logs import Base, Logs, after_merge, event_of, innermost, latest, merged_from, moved, without
from streams.person.native import Models
from streams.person.refold import Line, Refolded, in_order, refold
from streams.standing import AND, holding, level_of, segment_of


class NotMerged(Exception):
    """The one lead is not part of the other; the sentence says so."""


class Apart(Struct):
    """What a split leaves."""

    survivor: Refolded
    retired: Refolded
    merged_ms: Millis
    """When they were found to be one person."""


def apart(survivor: str, retired: str, homes: Set[str], logs: Logs, live: LeadState, pointer: LeadState,
          models: Models) -> Apart:  # fmt: skip
    """Both leads without each other. `homes`: all that leave with the retired one; `live`, `pointer`: as they are."""
    said = merge_said(survivor, retired, logs)
    before = decode(said.state)
    stays = remaining(survivor, retired, homes, logs, models)
    leaves = leaving(survivor, retired, homes, logs, before, models)
    kept_open(stays.state, live, stays.judge)
    hold(stays.state, stays.judge)
    let_go(leaves.state, before, pointer, said.at_ms, leaves.judge)
    return Apart(stays, leaves, said.at_ms)


def merge_said(survivor: str, retired: str, logs: Logs) -> MergedFrom:
    """What the retired lead was when it was merged, as the log of some survivor of the group says it."""
    for lead, log in logs.items():
        if lead != retired and (said := merged_from(log).get(retired)) is not None:
            return said
    raise NotMerged(f"the log says of no merge of {retired} into {survivor}, or no longer holds it")


def remaining(lead: str, retired: str, homes: Set[str], logs: Logs, models: Models) -> Refolded:
    """A lead without those who leave, and without all that came to it by them."""
    log = logs[lead]
    base = Base(log, _offset_of_merge(log.lines, homes, logs))
    kept = [_mended(line, retired, homes, logs, models) for line in without(log, homes, base)]
    return refold(lead, kept, models.first, models.judge_of, models.earlier, base=base.state, until_ms=latest(logs))


def _offset_of_merge(lines: Sequence[Line], homes: Set[str], logs: Logs) -> int:
    """Of the first line that brings what is to leave; whatever restated the lead before it is settled."""
    for line in lines:
        event = innermost(event_of(line))
        if isinstance(event, MergedFrom) and (event.loser in homes or _brings(event.loser, homes, logs)):
            return line.offset
    return 1 << 62


def _brings(lead: str, homes: Set[str], logs: Logs) -> bool:
    """Were those who leave merged into this one, before it was merged itself?"""
    return any(loser in homes or _brings(loser, homes, logs) for loser in merged_from(logs.get(lead)))


def _mended(line: Line, retired: str, homes: Set[str], logs: Logs, models: Models) -> Line:
    """A merge with a lead that had taken over those who leave brings that lead without them."""
    event = event_of(line)
    if not isinstance(event, MergedFrom) or not _brings(event.loser, homes, logs):
        return line
    state = remaining(event.loser, retired, homes, logs, models).state
    mended = msgspec.structs.replace(event, state=encode(state, 0))
    return Line(line.logged_ms, line.key, msgspec.json.encode(mended), line.own, line.offset)


def leaving(survivor: str, retired: str, homes: Set[str], logs: Logs, before: LeadState, models: Models) -> Refolded:
    """Who leaves: as it was when it was merged, and all that came since, to its own log or straight to others'."""
    lines = of_those_who_leave(retired, homes, logs)
    return refold(retired, lines, models.first, models.judge_of, models.earlier, base=before, until_ms=latest(logs))


def of_those_who_leave(retired: str, homes: Set[str], logs: Logs) -> list[Line]:
    """What came for them since the merge, to the retired lead's own log or straight to others'."""
    elsewhere = [moved(log.lines, homes) for lead, log in sorted(logs.items()) if lead != retired]
    log = logs.get(retired)
    return list(in_order(after_merge(log) if log is not None else (), *elsewhere))


def kept_open(state: LeadState, live: LeadState, judge: Judge) -> None:
    """Who stays a lead keeps what it said to sales, and what sales said of it."""
    state.episode = None if live.episode is None else msgspec.structs.replace(live.episode)
    state.episodes, state.owner, state.nurture_ms = live.episodes, live.owner, live.nurture_ms
    state.inputs, state.seen, state.ids = live.inputs, live.seen, state.ids or live.ids
    kin, own = live.kin or Kin(), state.kin or Kin()
    # What was heard stays heard: a word that is still on its way is a repeat when it comes.
    heard = {lead: max(number, own.heard.get(lead, 0)) for lead, number in kin.heard.items()}
    state.kin = Kin(merged_into=kin.merged_into, sent=kin.sent, heard=own.heard | heard)
    state.armed, state.fast = live.armed, live.fast
    line = judge.line_of(state, state.as_of_ms)
    if line is not None and state.episode is not None and is_open(state) and state.engagement < line.rearm_under:
        state.episode.warm = False  # it does not cool by this alone: who has it goes on
    stand(state, judge)


def let_go(state: LeadState, before: LeadState, pointer: LeadState, merged_ms: Millis, judge: Judge) -> None:
    """The one that leaves was handed off as often as before the merge; a handoff open then went to the survivor."""
    state.episode = _closed(before.episode, merged_ms)
    state.episodes, state.owner, state.nurture_ms = before.episodes, before.owner, 0
    state.inputs = pointer.inputs or state.inputs
    sent = 0 if pointer.kin is None else pointer.kin.sent
    state.kin = Kin(sent=sent, heard={} if state.kin is None else state.kin.heard)
    state.armed, state.fast = before.armed or before.episode is None, before.fast
    stand(state, judge)
    hold(state, judge)


def _closed(episode: Episode | None, at_ms: Millis) -> Episode | None:
    if episode is None or episode.closed_ms:
        return episode
    return msgspec.structs.replace(episode, status="withdrawn", closed_ms=max(at_ms, episode.opened_ms, 1))


def stand(state: LeadState, judge: Judge) -> None:
    """Where it stands by its scores as they are now."""
    at_ms = state.as_of_ms
    line = judge.line_of(state, at_ms)
    if line is not None:
        rearm(state, line, state.engagement)
    state.held = OPEN if is_open(state) else ""
    told = state.fast.split(AND)
    state.fast = AND.join(one.words for one in holding(state, judge, at_ms) if one.words in told)
    state.segment = segment_of(state, judge, at_ms)
    state.level = level_of(state, judge, at_ms)[0]


def hold(state: LeadState, judge: Judge) -> None:
    """Ripe by this alone is held as ripe by what was backfilled is: until something new happens."""
    if ripe(state, judge):
        state.held = ""
        state.held = backfilled(state, judge)
