"""Plays a policy over past handoffs: who would have had how many, who would have waited, and for how long.

Handoffs end when they really ended; whoever holds one by this policy is free then. Reassignment is not played.
"""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from schemas.units import MINUTE_MS, SECOND_MS, Millis
from streams.routing.assigning import UNROUTED
from streams.routing.choosing import NO_RULE, Chooser, Situation
from streams.routing.sharing import Load, by_turn, take

LOOK_EVERY_MS = 5 * MINUTE_MS
"""While somebody waits: does anybody come to work?"""
LAST_LOOKS_MS = 7 * 24 * 60 * MINUTE_MS
"""Who still waits so long after the last handoff, waits at the end."""


class Past(Struct, frozen=True, kw_only=True):
    """A handoff that was."""

    handoff_id: str
    situation: Situation
    ended_ms: Millis | None = None
    owner: str = ""
    """Who really had it."""


class Person(Struct, kw_only=True):
    """Somebody's part in it."""

    given: int = 0
    most_open: int = 0
    really: int = 0
    """Had, in truth."""


class Played(Struct, kw_only=True):
    """What it came to."""

    handoffs: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    queues: Counter[str] = field(default_factory=Counter)
    """Given to queues of nobody."""
    partners: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    waited: int = 0
    """For whom nobody was free at once."""
    longest_wait_s: float = 0.0
    most_waiting: int = 0
    still_waiting: int = 0


class _Day(Struct):
    number: int = -1


def simulate(chooser: Chooser, handoffs: Iterable[Past]) -> Played:
    """The same past and policy always give the same."""
    played, load, day = Played(), Load(), _Day()
    for name in chooser.policy.people:
        played.people[name] = Person()
    past = sorted(handoffs, key=lambda one: (one.situation.at_ms, one.handoff_id))
    ends = sorted((one.ended_ms, one.handoff_id) for one in past if one.ended_ms is not None)
    holders: dict[str, str] = {}
    gone: set[str] = set()
    waiting: list[Past] = []

    def free(until_ms: Millis) -> None:
        while ends and ends[0][0] <= until_ms:
            ended_ms, handoff = ends.pop(0)
            gone.add(handoff)
            waiting[:] = [one for one in waiting if one.handoff_id != handoff]
            if (owner := holders.pop(handoff, "")) != "":
                load.open[owner] -= 1
            serve(ended_ms)

    def serve(now_ms: Millis) -> None:
        waiting[:] = [one for one in waiting if not give(one, now_ms)]

    def give(one: Past, now_ms: Millis) -> bool:
        if (today := chooser.calendar.local(now_ms).toordinal()) != day.number:
            day.number, load.today = today, {}
        offered = chooser.choose(one.situation, now_ms).options
        if not offered:
            played.rules[NO_RULE] += 1
            played.queues[UNROUTED] += 1
            return True
        for option in offered:
            if option.kind in ("queue", "partner"):
                (played.queues if option.kind == "queue" else played.partners)[option.target] += 1
                played.rules[option.rule] += 1
                return True
            if turn := by_turn(option, load):
                take(option, turn[0], load)
                person = played.people[turn[0].name]
                person.given += 1
                person.most_open = max(person.most_open, load.open[turn[0].name])
                holders[one.handoff_id] = turn[0].name
                played.rules[option.rule] += 1
                waited_s = (now_ms - one.situation.at_ms) / SECOND_MS
                played.longest_wait_s = max(played.longest_wait_s, waited_s)
                return True
        return False

    looked_ms = past[0].situation.at_ms if past else 0

    def look(until_ms: Millis) -> None:
        nonlocal looked_ms
        while waiting and looked_ms + LOOK_EVERY_MS < until_ms:
            looked_ms += LOOK_EVERY_MS
            free(looked_ms)
            serve(looked_ms)
        free(until_ms)
        looked_ms = until_ms

    for one in past:
        look(one.situation.at_ms)
        played.handoffs += 1
        if one.owner:
            played.people.setdefault(one.owner, Person()).really += 1
        if not give(one, one.situation.at_ms):
            played.waited += 1
            waiting.append(one)
            played.most_waiting = max(played.most_waiting, len(waiting))
    if past:
        look(past[-1].situation.at_ms + LAST_LOOKS_MS)
    played.still_waiting = len(waiting)
    return played
