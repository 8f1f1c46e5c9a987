"""A lead of one scenario: known by an id that the checker owns, found again on its card."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from streams.topology import (
    CRM_UPDATES,
    FACTS,
    HANDOFFS,
    LEAD_CARDS,
    LEAD_LEDGER,
    LEAD_STAGES,
    LEAD_TASKS,
    RIPE,
    TOUCHES_WEB,
    Topic,
)
from tests.live.scenarios.crew import Crew

Said = dict[str, Any]


def moment() -> datetime:
    """Now, to the millisecond."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class Lead:
    """Does, is told of, and is read. All that is said of it bears its time `at`, unless another is given."""

    def __init__(self, crew: Crew, name: str, at: datetime) -> None:
        self.crew, self.name, self.at = crew, name, at
        self.who = {"crm:check": name}

    def touch(self, kind: str, at: datetime | None = None, **more: Any) -> Said:
        """A touch of it; `more` are fields."""
        when = (at or self.at).isoformat()
        return {"touch_id": str(uuid4()), "kind": kind, "at": when, "who": self.who, **more}

    async def does(self, *touches: Said | str, topic: Topic = TOUCHES_WEB) -> list[Said]:
        """Touches, in order, or just their kinds; judged when this returns."""
        said = [self.touch(one) if isinstance(one, str) else one for one in touches]
        await self.crew.say(topic, said)
        return said

    async def learns(self, by: str = "form", at: datetime | None = None, **facts: Any) -> None:
        """One fact by name and value, or several at once."""
        said: Said = {"fact_id": str(uuid4()), "at": (at or self.at).isoformat(), "who": self.who, "by": by}
        single = len(facts) == 1
        name, value = next(iter(facts.items()))
        await self.crew.say(FACTS, [said | ({"name": name, "value": value} if single else {"facts": facts})])

    async def reported(self, kind: str, at: datetime | None = None, **more: Any) -> None:
        """A report of the CRM; about the person unless `handoff_id` is given."""
        about = {} if "handoff_id" in more else {"who": self.who}
        said = {"update_id": str(uuid4()), "at": (at or self.at).isoformat(), "kind": kind, **about, **more}
        await self.crew.say(CRM_UPDATES, [said])

    async def read_at(self, at: datetime) -> Said:
        """The card at a later time, asked for by a touch that scores nothing."""
        await self.does(self.touch("note", at))
        return self.card

    @property
    def cards(self) -> list[Said]:
        """All that were published, oldest first."""
        return [card for card in self.crew.values(LEAD_CARDS) if card["ids"].get("crm:check") == self.name]

    @property
    def card(self) -> Said:
        """The latest."""
        assert self.cards, f"no card shows crm:check {self.name}"
        return self.cards[-1]

    @property
    def lines(self) -> dict[str, float]:
        """Points by line of the latest breakdown."""
        return {line["rule"]: line["points"] for line in self.card["breakdown"]}

    def ledger(self, keep: Callable[[Said], bool] = lambda _: True) -> list[Said]:
        """Its ledger."""
        return [entry for entry in self.crew.values(LEAD_LEDGER, self.card["lead_id"]) if keep(entry)]

    @property
    def transitions(self) -> list[tuple[str, str, str]]:
        """(dimension, from, to) on lead.stages."""
        return [(s["dimension"], s["from"], s["to"]) for s in self.crew.values(LEAD_STAGES, self.card["lead_id"])]

    @property
    def levels(self) -> list[tuple[str, str]]:
        """From which level to which, on lead.stages."""
        return [(was, to) for dimension, was, to in self.transitions if dimension == "level"]

    @property
    def tasks(self) -> list[Said]:
        """What is to be done about it: each task once."""
        return list({t["task_id"]: t for t in self.crew.values(LEAD_TASKS, self.card["lead_id"])}.values())

    @property
    def handoffs(self) -> list[Said]:
        """What is on handoffs about it: each event id once."""
        told = self.crew.values(HANDOFFS, self.card["lead_id"])
        assert len(self.crew.values(RIPE, self.card["lead_id"])) == len({event["id"] for event in told})
        return list({event["id"]: event for event in told}.values())

    @property
    def types(self) -> list[str]:
        """The words of its handoff events: requested, accepted..."""
        return [event["type"].split(".")[3] for event in self.handoffs]


def before(at: datetime, **span: float) -> datetime:
    """Earlier by a span."""
    return at - timedelta(**span)


def after(at: datetime, **span: float) -> datetime:
    """Later by a span."""
    return at + timedelta(**span)
