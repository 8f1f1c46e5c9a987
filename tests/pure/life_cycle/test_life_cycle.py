"""From ripe to contacted, in any order of touches, reports, timers, absences, repeats and crashes of route."""

from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from schemas.crm_update import CrmKind
from schemas.lead_event import Heard, Origin
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from tests.pure.life_cycle.verdict import of_batches, of_step, of_the_end, of_words
from tests.pure.life_cycle.world import LEADS, World
from tests.pure.lives import learned, said, touched

WAITS_MS = (1, MINUTE_MS, 16 * MINUTE_MS, 50 * MINUTE_MS, 5 * HOUR_MS, 2 * DAY_MS, 15 * DAY_MS, 40 * DAY_MS)
ANSWERS = (
    CrmKind.ACCEPTED, CrmKind.RETURNED, CrmKind.ATTEMPT, CrmKind.ATTEMPT, CrmKind.WON, CrmKind.LOST, CrmKind.REFUSED,
    CrmKind.OWNER, CrmKind.UNQUALIFIED, CrmKind.REVIEWED, CrmKind.STAGE, CrmKind.OVERRIDE, CrmKind.NOTE,
)  # fmt: skip
PEOPLE = ("ann", "bob", "dina", "crm:hubspot")

leads = st.sampled_from(LEADS)
ago = st.sampled_from((0, 0, 0, MINUTE_MS, 3 * DAY_MS))


class LifeCycle(RuleBasedStateMachine):
    """Each rule is something that may happen next; nothing waits for anything else."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.heard: list[tuple[str, Heard]] = []
        self.faults: list[str] = []

    def _hear(self, lead: str, event: Heard) -> None:
        placed = msgspec.structs.replace(
            event, origin=Origin(event.origin.topic, 0, len(self.world.records), self.world.now_ms)
        )
        self.heard.append((lead, placed))
        self._look(self.world.hear(lead, placed))

    def _look(self, *steps: Any) -> None:
        for step in steps:
            self.faults += of_step(step)

    @rule(lead=leads, kind=st.sampled_from(("demo_request", "demo_request", "visit", "email_reply", "unsubscribe")),
          late_ms=ago, history=st.sampled_from((False, False, False, True)))  # fmt: skip
    def touch(self, lead: str, kind: str, late_ms: int, history: bool) -> None:
        self._hear(lead, touched(kind, self.world.now_ms - late_ms, history=history))

    @rule(lead=leads, headcount=st.sampled_from((40, 40, 8)))
    def learn(self, lead: str, headcount: int) -> None:
        self._hear(lead, learned(self.world.now_ms, headcount=headcount))

    @rule(lead=leads)
    def ripen(self, lead: str) -> None:
        for event in (learned(self.world.now_ms, headcount=40), *(touched("demo_request", self.world.now_ms),) * 2):
            again = msgspec.structs.replace(event, id=f"{event.id}/{len(self.world.records)}")
            self._hear(lead, again)

    @rule(lead=leads, accepted=st.booleans())
    def take_up(self, lead: str, accepted: bool) -> None:
        """The usual beginning, at once: ripe, given to somebody, perhaps accepted."""
        self.ripen(lead)
        self.settle()
        if accepted:
            self._hear(lead, said(CrmKind.ACCEPTED, self.world.now_ms, by="ann"))

    @rule(lead=leads, kind=st.sampled_from(ANSWERS), by=st.sampled_from(PEOPLE), late_ms=ago,
          about=st.sampled_from(("", "latest", "latest", "older")), number=st.sampled_from((None, None, 1, 5)),
          answered=st.booleans(), channel=st.sampled_from(("call", "messenger", "email")))  # fmt: skip
    def report(
        self, lead: str, kind: CrmKind, by: str, late_ms: int, about: str, number: int | None, answered: bool,
        channel: str,
    ) -> None:  # fmt: skip
        mine = [handoff for handoff, words in self.world.said.items() if words[0].lead_id == lead]
        handoff = "" if not about or not mine else mine[-1] if about == "latest" else mine[0]
        told: dict[CrmKind, dict[str, Any]] = {
            CrmKind.ATTEMPT: {"answered": answered, "channel": channel}, CrmKind.OWNER: {"owner": by},
            CrmKind.REFUSED: {"side": "client", "cause": "no_need"}, CrmKind.UNQUALIFIED: {"cause": "no_need"},
            CrmKind.STAGE: {"stage": "negotiation"}, CrmKind.OVERRIDE: {"stage": "qualified"},
        }  # fmt: skip
        at_ms = self.world.now_ms - late_ms
        self._hear(lead, said(kind, at_ms, by=by, handoff_id=handoff, sequence=number, **told.get(kind, {})))

    @rule(lead=leads, purpose=st.sampled_from(("contact", "call", "scoring")), given=st.booleans())
    def consent(self, lead: str, purpose: str, given: bool) -> None:
        self._hear(lead, said("consent", self.world.now_ms, purpose=purpose, given=given))

    @rule(which=st.integers(0, 200))
    def repeat(self, which: int) -> None:
        if self.heard:
            lead, event = self.heard[which % len(self.heard)]
            self._look(self.world.hear(lead, event))

    @rule(length_ms=st.sampled_from(WAITS_MS), late=st.booleans())
    def wait(self, length_ms: int, late: bool) -> None:
        self.world.now_ms += length_ms
        before = len(self.world.steps)
        self.world.fire(late_ms=length_ms if late else 0)
        self._look(*self.world.steps[before:])

    @rule(crash=st.booleans())
    def route_takes_one(self, crash: bool) -> None:
        self.world.carry_ripe(repeat=crash)

    @rule()
    def the_log_gets_an_answer(self) -> None:
        before = len(self.world.steps)
        self.world.carry_answer()
        self._look(*self.world.steps[before:])

    @rule()
    def the_queue_is_looked_at(self) -> None:
        self.world.look_at_queue()

    @rule(who=st.sampled_from(("ann", "bob", "")))
    def somebody_is_away(self, who: str) -> None:
        self.world.away = frozenset({who} - {""})

    @invariant()
    def nothing_is_said_that_may_not_be(self) -> None:
        assert [] == self.faults + of_words(self.world)

    def settle(self) -> None:
        """Until nothing is under way."""
        before = len(self.world.steps)
        self.world.settle_down()
        self._look(*self.world.steps[before:])

    def teardown(self) -> None:
        self.settle()
        assert [] == self.faults + of_words(self.world) + of_the_end(self.world)
        for sizes in ([2], [7, 1, 3], [10_000]):
            assert [] == of_batches(self.world, sizes)


def test_whatever_happens_in_whatever_order_every_promise_of_the_life_cycle_holds() -> None:
    run_state_machine_as_test(
        LifeCycle,
        settings=settings(
            max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
