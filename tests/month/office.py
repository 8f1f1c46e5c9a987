"""The CRM and those who sit before it: what sellers do with a handoff, by a plan drawn from the seed and the lead."""

import heapq
import random
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct, field

from tests.month.hours import DAY_MS, HOUR_MS, MINUTE_MS, WorkingTime
from tests.month.people import CRM, Person, Said
from tests.month.team import EUROPE, MANAGER, OFFICE, PARTNER, SELLERS, SHARED, Plan

RETURNS = ("no_budget", "wrong_person", "duplicate", "not_now")
REFUSALS = (("client", "too_expensive"), ("client", "chose_competitor"), ("us", "off_profile"), ("us", "no_capacity"))
ENDS = ("withdrawn", "returned", "closed")
LONGEST_DEAL_SHARE = 6
"""Of the month: a deal takes at most so small a part of it."""


class Case(Struct, kw_only=True):
    """A handoff as the CRM has it."""

    handoff_id: str
    person: Person | None
    dice: random.Random
    owner: str = ""
    open: bool = True
    accepted: bool = False
    reached: bool = False
    owners: int = 0
    sequence: int = 0
    numbered: bool = False
    """Its reports bear sequence numbers."""
    answers_at: int = 9
    """Attempt that is answered."""
    attempts: int = 0
    seen: set[str] = field(default_factory=set)
    """Events and tasks already acted on."""


Act = Callable[[int], Iterable[Said]]


class Agenda:
    """What is to be done, by its moment."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Act]] = []
        self._count = 0

    def put(self, at_ms: int, act: Act) -> None:
        """Do this then."""
        self._count += 1
        heapq.heappush(self._heap, (at_ms, self._count, act))

    def due(self, now_ms: int) -> Iterable[Said]:
        """What is done by now."""
        while self._heap and self._heap[0][0] <= now_ms:
            yield from heapq.heappop(self._heap)[2](now_ms)


class Office:
    """Hears `handoffs` and `lead.tasks`, answers on `crm.updates`."""

    def __init__(self, seed: int, plan: Plan, people: Iterable[Person], agenda: Agenda) -> None:
        self._seed, self._plan, self._agenda = seed, plan, agenda
        self._people = {person.name: person for person in people}
        self._really = {name: seller.really for name, seller in SELLERS.items()}
        self._cases: dict[str, Case] = {}
        self._open_of: dict[str, str] = {}
        """Latest handoff by lead."""
        self._updates = 0
        for seller in SELLERS.values():
            if seller.sick is not None:
                self._report_sick(seller.name, *seller.sick)

    def hear_handoff(self, event: dict[str, Any], now_ms: int) -> None:
        """One event; a repeat is passed over."""
        data, kind = event["data"], event["type"].split(".")[3]
        case = self._cases.get(data["handoff_id"])
        if case is None:
            case = self._cases[data["handoff_id"]] = self._new(data)
            self._open_of[data["lead_id"]] = data["handoff_id"]
            if data["partner"]:
                self._later(now_ms + round(case.dice.random() * self._deal_ms), case, self._partner_tells)
            elif data["queue"] == "voicemail":
                self._later(OFFICE.next_open(now_ms) + 20 * MINUTE_MS, case, self._called_back)
            if not data["partner"] and case.person is not None and case.dice.random() < 0.08:
                reply_ms = now_ms + round(case.dice.random() * self._deal_ms)
                person = case.person
                self._agenda.put(reply_ms, lambda at_ms: [person.writes(at_ms)])
        if event["id"] in case.seen:
            return
        case.seen.add(event["id"])
        if kind in ENDS:
            case.open = False
            if case.dice.random() < 0.03:  # somebody did not look at the screen
                self._later(now_ms + HOUR_MS, case, lambda c, _: [self._said(c, "accepted", by="eve")], ended_too=True)
        elif kind in ("requested", "assigned") and data["owner"] and data["owner"] != case.owner and not case.accepted:
            case.owner = data["owner"]
            case.owners += 1
            self._taken(case, now_ms)

    def hear_task(self, task: dict[str, Any], now_ms: int) -> None:
        """An attempt is to be made, a reminder came, somebody's handoff was escalated."""
        case = self._cases.get(self._open_of.get(task["lead_id"], ""))
        if case is None or task["task_id"] in case.seen:
            return
        case.seen.add(task["task_id"])
        chance = case.dice.random()
        if task["kind"] == "attempt" and case.accepted and chance < 0.85:
            at_ms = self._work(case.owner).after(now_ms, round(case.dice.random() * HOUR_MS))
            channel = task["channel"]
            self._later(at_ms, case, lambda c, at_ms: self._attempt(c, channel, at_ms))
        elif task["kind"] == "remind" and chance < 0.3 and case.owner:
            self._later(
                self._work(case.owner).after(now_ms, 10 * MINUTE_MS), case, lambda c, at: self._attempt(c, "call", at)
            )
        elif task["kind"] == "escalate" and chance < 0.2:
            self._later(OFFICE.after(now_ms, 30 * MINUTE_MS), case, lambda c, at: self._attempt(c, "call", at, MANAGER))

    @property
    def _deal_ms(self) -> int:
        return round(self._plan.days * DAY_MS / LONGEST_DEAL_SHARE)

    def _new(self, data: dict[str, Any]) -> Case:
        dice = random.Random(f"{self._seed}/{data['lead_id']}/{data['episode']}")
        return Case(
            handoff_id=data["handoff_id"], person=self._people.get(data["crm_ids"].get("month", "")), dice=dice,
            numbered=dice.random() < 0.5, answers_at=next((k for k in range(1, 6) if dice.random() < 0.35), 9),
        )  # fmt: skip

    def _work(self, name: str) -> WorkingTime:
        return self._really.get(name, OFFICE)

    def _later(
        self, at_ms: int, case: Case, act: Callable[[Case, int], Iterable[Said]], *, ended_too: bool = False
    ) -> None:
        """Then, if the handoff is still open and still that person's."""
        owner = case.owner

        def done(now_ms: int) -> Iterable[Said]:
            return act(case, now_ms) if ended_too or (case.open and case.owner == owner) else ()

        self._agenda.put(at_ms, done)

    def _taken(self, case: Case, now_ms: int) -> None:
        chance = case.dice.random()
        if chance < (0.16 if case.owners == 1 else 0.3):
            return  # a lead that nobody calls
        at_ms = self._work(case.owner).after(now_ms, round(case.dice.random() ** 2 * 5 * HOUR_MS))
        if chance < 0.36:
            self._later(at_ms, case, self._turned_away)
        else:
            self._later(at_ms, case, self._accepts)

    def _turned_away(self, case: Case, now_ms: int) -> Iterable[Said]:
        if case.dice.random() < 0.5:
            return [self._said(case, "returned", by=case.owner, reason=case.dice.choice(RETURNS))]
        side, cause = case.dice.choice(REFUSALS)
        return [self._said(case, "refused", by=case.owner, side=side, cause=cause)]

    def _accepts(self, case: Case, now_ms: int) -> Iterable[Said]:
        case.accepted = True
        self._later(
            self._work(case.owner).after(now_ms, 20 * MINUTE_MS), case, lambda c, at: self._attempt(c, "call", at)
        )
        if case.dice.random() < 0.05:
            others = [name for name, s in SELLERS.items() if s.team == EUROPE and name != case.owner]
            other = case.dice.choice(others)
            self._later(now_ms + self._deal_ms // 4, case, lambda c, _: self._passed_on(c, other))
        return [self._said(case, "accepted", by=case.owner)]

    def _passed_on(self, case: Case, other: str) -> Iterable[Said]:
        said = self._said(case, "owner", by=MANAGER, owner=other)
        case.owner = other
        return [said]

    def _called_back(self, case: Case, now_ms: int) -> Iterable[Said]:
        case.owner = "eve"
        return [*self._accepts(case, now_ms)]

    def _partner_tells(self, case: Case, now_ms: int) -> Iterable[Said]:
        if case.dice.random() < 0.5:
            return [self._said(case, "won", by=PARTNER, amount=900, currency="EUR")]
        return []

    def _attempt(self, case: Case, channel: str, now_ms: int, by: str = "") -> Iterable[Said]:
        if case.reached:
            return
        case.attempts += 1
        case.reached = case.attempts >= case.answers_at
        yield self._said(case, "attempt", by=by or case.owner, channel=channel, answered=case.reached)
        if case.reached:
            quick = 8 if case.owner in SELLERS and SELLERS[case.owner].team == SHARED else 1
            self._later(now_ms + round(case.dice.random() * self._deal_ms / quick), case, self._ends)
        elif case.attempts >= 3 and case.dice.random() < 0.15:
            yield self._said(case, "lost", by=case.owner, cause="unreachable")

    def _ends(self, case: Case, _: int) -> Iterable[Said]:
        chance = case.dice.random()
        if chance < 0.35:
            return [self._said(case, "won", by=case.owner, amount=case.dice.randint(5, 90) * 100, currency="EUR")]
        if chance < 0.7:
            return [self._said(case, "lost", by=case.owner, cause="chose_competitor")]
        return [self._said(case, "refused", by=case.owner, side="client", cause="too_expensive")]

    def _said(self, case: Case, kind: str, **more: Any) -> Said:
        case.sequence += 1
        numbered = {"sequence": case.sequence} if case.numbered else {}
        body = {"update_id": self._id(), "handoff_id": case.handoff_id, "kind": kind, **numbered, **more}
        return Said(0, CRM, case.handoff_id, body)

    def _report_sick(self, name: str, first: int, last: int) -> None:
        from tests.month.team import day_ms

        body = {
            "update_id": f"sick-{name}",
            "kind": "absent",
            "person": name,
            "from": day_ms(first),
            "to": day_ms(last + 1),
        }
        self._agenda.put(max(day_ms(first), self._plan.begins_ms), lambda at_ms: [Said(at_ms, CRM, name, body)])

    def _id(self) -> str:
        self._updates += 1
        return f"crm-{self._updates}"
