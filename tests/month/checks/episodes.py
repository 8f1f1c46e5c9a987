"""Each handoff said whole, one at a time for a lead, and each somewhere in the end."""

from tests.chaos.complaints import Complaints
from tests.month.world import ENDS, World

FINE_LETTERS = ("impossible", "stale")
"""Somebody answered a handoff that had ended."""


def numbers_are_whole(world: World, complaints: Complaints) -> None:
    """Events count from 1 without a gap, what was asked for is said, and a repeat says the same."""
    for handoff in world.handoffs.values():
        numbers = [event.revision for event in handoff.events]
        complaints.add(
            numbers != list(range(1, len(numbers) + 1)), "events of a handoff with gaps or out of order",
            f"{handoff.id}: {numbers}",
        )  # fmt: skip
        ids = [f"{handoff.id}/{number}" for number in numbers]
        complaints.add(ids != [event.id for event in handoff.events], "an event with another's id", handoff.id)
        complaints.add(
            set(handoff.asked) != set(numbers), "a word of score that no handoff says, or the other way round",
            f"{handoff.id}: asked {sorted(handoff.asked)}, said {numbers}",
        )  # fmt: skip
        complaints.add(bool(handoff.doubled), "an event said again, otherwise", f"{handoff.doubled}")


def one_at_a_time(world: World, complaints: Complaints) -> None:
    """A lead's next handoff begins after the one before it has ended."""
    for lead, events in world.of_lead.items():
        standing: set[str] = set()
        for event in events:
            if event.kind == "requested":
                complaints.add(bool(standing), "a second open handoff for a lead", f"{lead}: {event.id}, {standing}")
                standing.add(event.data["handoff_id"])
            elif event.kind in ENDS:
                standing.discard(event.data["handoff_id"])


def every_ripe_lead_is_somewhere(world: World, complaints: Complaints, queue: set[str]) -> None:
    """With somebody, with a partner, in a queue of the policy, or waiting: and who waits is in the product's queue."""
    waiting = set()
    for handoff in world.handoffs.values():
        if not handoff.events:
            continue
        first = handoff.events[0].data
        placed = first["owner"] or first["partner"] or first["queue"]
        complaints.add(not placed, "a ripe lead that is nowhere", handoff.id)
        answered = any(answer.said["revision"] == 1 for answer in handoff.answers)
        complaints.add(not answered, "a request that was never answered on the log", handoff.id)
        if handoff.end is None and not any(event.data["owner"] for event in handoff.events[-1:]):
            last = handoff.answers[-1].said if handoff.answers else {}
            if last.get("waiting"):
                waiting.add(handoff.id)
    complaints.add_all("waits by the log, and is not in the queue", waiting - queue)
    complaints.add_all("is in the queue, and does not wait by the log", queue - waiting)


def partners_never_get_the_score(world: World, complaints: Complaints) -> None:
    """Contacts and need are what the policy lets them have, in whatever event."""
    for handoff in world.handoffs.values():
        if handoff.events and handoff.partner:
            told = [event.id for event in handoff.events if event.data["score"] is not None or event.data["breakdown"]]
            complaints.add(bool(told), "a partner is told the score", f"{told}")


def nothing_is_lost(world: World, complaints: Complaints, sent: int) -> None:
    """All that was sent is on the log; dead letters are only of answers that came too late."""
    complaints.add(len(world.heard) != sent, "inputs", f"{len(world.heard)} of {sent} are on the log or dead letters")
    wrong = [letter for letter in world.letters if letter[0] not in FINE_LETTERS]
    complaints.add_all("a dead letter", (f"{reason}: {detail}" for reason, detail in wrong))
