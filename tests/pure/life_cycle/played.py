"""Life cycles by a seed: what the state machine may do, done at random, and all of it carried to its end."""

from random import Random

from schemas.crm_update import CrmKind
from tests.pure.life_cycle.test_life_cycle import ANSWERS, PEOPLE, WAITS_MS, LifeCycle
from tests.pure.life_cycle.world import LEADS, World

STEPS = 60


def played(seed: int) -> World:
    """The same seed plays the same."""
    return lived(seed).world


def lived(seed: int) -> LifeCycle:
    """With what was found at fault."""
    draw, machine = Random(seed), LifeCycle()
    for _ in range(STEPS):
        lead, dice = draw.choice(LEADS), draw.random()
        if dice < 0.05:
            machine.ripen(lead)
        elif dice < 0.1:
            machine.take_up(lead, draw.random() < 0.7)
        elif dice < 0.2:
            machine.touch(lead, draw.choice(("demo_request", "visit", "email_reply")), 0, False)
        elif dice < 0.4:
            kind: CrmKind = draw.choice(ANSWERS)
            about, number = draw.choice(("", "latest", "older")), draw.choice((None, None, 1, 5))
            machine.report(lead, kind, draw.choice(PEOPLE), 0, about, number, draw.random() < 0.5, "call")
        elif dice < 0.45:
            machine.consent(lead, draw.choice(("contact", "call")), draw.random() < 0.5)
        elif dice < 0.6:
            machine.wait(draw.choice(WAITS_MS[:6]), draw.random() < 0.3)
        elif dice < 0.8:
            machine.route_takes_one(draw.random() < 0.3)
        elif dice < 0.95:
            machine.the_log_gets_an_answer()
        else:
            machine.the_queue_is_looked_at()
    machine.settle()
    return machine
