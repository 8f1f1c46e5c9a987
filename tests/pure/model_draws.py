"""Random models and lives for properties: each rule, condition and event is made from one number, so that a failing
example shrinks to few of them. Times stand on a coarse grid, a millisecond beside it or on it: edges are met often.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from schemas import condition as c
from schemas.lead_event import FactLearned, LeadEvent, Origin, TouchSeen
from schemas.scoring_model import Burst, Campaign, Criterion, FactDeclared, Repeat, Rule, ScoringModel, Surge
from schemas.units import DAY_MS, HOUR_MS, MICRO
from tests.pure.lives import T

KINDS, PAGES, CAMPAIGNS = ("visit", "view", "ask", "call"), ("/a", "/A/b", "/c"), ("", "spring", "Autumn", "other")
SPANS = (6 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 2 * DAY_MS, 10 * DAY_MS)
PROP_VALUES = ("x", "7", 7, True, False, "yes", 1, 1.0, None, "2026-11-20", "")
FACTS: dict[str, tuple[Any, ...]] = {
    "headcount": (5, 20, "40", 300.5, None, "many"),
    "city": ("Almaty", "moscow", 7, ""),
    "buys": ("2026-11-22", "2026-11-25", "2026-12-30", T + DAY_MS, T - DAY_MS + 1, "soon", None),
    "agreed": (True, "no", "yes", False, "perhaps"),
    "plan": ("none", "draft", "approved", None),
}
TYPES = {"headcount": "number", "city": "text", "buys": "date", "agreed": "yes-no", "plan": "scale"}
seeds = st.integers(0, 2**32)


def moment(random: Random) -> int:
    """Up to twelve days before T, most of them in the last three."""
    hours = random.randrange(1, 12) if random.random() < 0.7 else random.randrange(1, 48)
    return T - hours * 6 * HOUR_MS + random.choice((-1, 0, 0, 1))


def touch_condition(random: Random, depth: int = 2) -> c.Condition:
    return _condition(random, depth, _about_touch)


def fact_condition(random: Random, depth: int = 2) -> c.Condition:
    return _condition(random, depth, _about_fact)


def lead_condition(random: Random, depth: int = 2) -> c.Condition:
    return _condition(random, depth, _about_lead)


def _condition(random: Random, depth: int, atom: Callable[[Random], c.Condition]) -> c.Condition:
    shape = random.randrange(6) if depth else 5
    if shape > 2:
        return atom(random)
    if shape == 2:
        return c.NotOf(_condition(random, depth - 1, atom))
    parts = tuple(_condition(random, depth - 1, atom) for _ in range(random.randrange(1, 4)))
    return c.AllOf(parts) if shape else c.AnyOf(parts)


def _about_touch(random: Random) -> c.Condition:
    if random.random() < 0.4:
        globs = tuple(random.sample(("/a*", "*b", "web", "m1", "spring", "/c", ""), 2))
        fields: tuple[c.TouchIs, ...] = (
            c.TouchIs("page", globs), c.TouchIs("medium", globs), c.TouchIs("message", globs),
            c.TouchIs("product", globs), c.TouchIs("campaign", globs), c.TouchIs("channel", globs),
        )  # fmt: skip
        return random.choice(fields)
    return c.PropIs(random.choice("pq"), _test(random))


def _about_fact(random: Random) -> c.Condition:
    fact = random.choice(tuple(FACTS))
    match TYPES[fact]:
        case "number":
            return c.FactIs(fact, random.choice((c.AtLeast(20), c.Under(20), c.Between(5, 40), c.Is(5.0))))
        case "date":
            span = random.choice(SPANS)
            return c.FactIs(fact, random.choice((c.Soon(span), c.Aged(span, True), c.Aged(span, False))))
        case "yes-no":
            return c.FactIs(fact, c.Is(random.random() < 0.5))
        case _:
            return c.FactIs(fact, c.OneOf(tuple(random.sample(("almaty", "mos*", "draft", "approved", "7"), 2))))


def _about_lead(random: Random) -> c.Condition:
    if random.random() < 0.5:
        return _about_fact(random)
    return c.Did(tuple(random.sample(KINDS, random.randrange(1, 3))), random.choice((None, *SPANS)))


def _test(random: Random) -> c.Test:
    tests: tuple[c.Test, ...] = (
        c.AtLeast(7), c.Under(7.5), c.Between(1, 7), c.OneOf(("x*", "7")), c.OneOf(("yes",)), c.Is(True), c.Is(False),
        c.Is(7.0), c.Is(1.0), c.Soon(DAY_MS), c.Aged(2 * DAY_MS, True), c.Aged(DAY_MS, False),
    )  # fmt: skip
    return random.choice(tests)


def rule(seed: int, number: int) -> Rule:
    random = Random(seed)

    def maybe(share: float, value: Callable[[], Any], otherwise: Any = None) -> Any:
        return value() if random.random() < share else otherwise

    repeats = (Repeat(), Repeat(), Repeat(once=True), Repeat(per_prop="p"), Repeat(per_day=1), Repeat(per_day=2))
    return Rule(
        name=f"r{number}",
        when=tuple(random.sample(KINDS, random.randrange(1, 3))),
        points=random.choice((-5, -1, 1, 2, 4, 30)) * MICRO + maybe(0.2, lambda: 333_333, 0),
        page=maybe(0.3, lambda: (random.choice(("/a*", "/c", "*")),), ()),
        source=maybe(0.1, lambda: ("Google",), ()),
        campaign=maybe(0.1, lambda: ("spr*",), ()),
        group=maybe(0.4, lambda: random.choice(("reading", "buying")), ""),
        limit=maybe(0.3, lambda: random.choice((3, 10)) * MICRO),
        half_life_ms=maybe(0.5, lambda: random.choice(SPANS)),
        window_ms=maybe(0.4, lambda: random.choice(SPANS)),
        repeat=random.choice(repeats),
        where=maybe(0.3, lambda: touch_condition(random)),
        gate=maybe(0.3, lambda: fact_condition(random)),
    )


def model(rules: list[int], seed: int) -> ScoringModel:
    """A model of these rules, one for each number, and of other parts from the seed."""
    random = Random(seed)
    made = tuple(rule(one, number) for number, one in enumerate(rules))
    return ScoringModel(
        model="random", version=1, starts_ms=0, time_zone=random.choice(("UTC", "Asia/Almaty", "America/New_York")),
        facts=tuple(FactDeclared(name=n, type=t, values=FACTS[n] if t == "scale" else ()) for n, t in TYPES.items()),
        trust=("sales", "form"), limit=random.choice((None, 40 * MICRO)),
        groups={"reading": 8 * MICRO} if random.random() < 0.7 else {},
        rules=made,
        primary=(_criterion(random, 1), _criterion(random, 2)), secondary=(_criterion(random, 3), _by_value()),
        completeness={"headcount": 20 * MICRO, "buys": 5 * MICRO, "plan": MICRO},
        bursts=tuple(
            Burst(
                name=f"b{n}", count=random.randrange(1, 4), of=tuple(random.sample(KINDS, 2)), points=10 * MICRO,
                within_ms=random.choice(SPANS), lasts_ms=random.choice(SPANS),
            )
            for n in range(random.randrange(3))
        ),
        surges=(Surge(name="s", gain=6 * MICRO, within_ms=random.choice(SPANS)),),
        temperature=(), grade=(), handoff=None,
        campaigns=(
            Campaign(
                name="spring", until_ms=moment(random) if random.random() < 0.7 else None,
                points={r.name: random.choice((-2, 8)) * MICRO for r in made if random.random() < 0.4},
            ),
            Campaign(name="autumn", points={r.name: MICRO for r in made if random.random() < 0.2}),
        ),
    )  # fmt: skip


def _criterion(random: Random, number: int) -> Criterion:
    return Criterion(name=f"c{number}", fact="", where=fact_condition(random), points=random.choice((-3, 20)) * MICRO)


def _by_value() -> Criterion:
    return Criterion(name="plan", fact="plan", by_value={"draft": 5 * MICRO, "approved": 10 * MICRO})


def event(seed: int, number: int) -> LeadEvent:
    """A touch, or some facts."""
    random = Random(seed)
    nowhere = Origin("", 0, 0, 0)
    if random.random() < 0.3:
        names = random.sample(tuple(FACTS), random.randrange(1, 4))
        return FactLearned(
            id=f"f{number}", at_ms=moment(random), origin=nowhere, by=random.choice(("form", "sales", "book", "web")),
            facts={name: random.choice(FACTS[name]) for name in names},
        )  # fmt: skip
    return TouchSeen(
        id=f"t{number}", at_ms=moment(random), origin=nowhere, kind=random.choice(KINDS), channel="web",
        direction="out" if random.random() < 0.1 else "in", page=random.choice(PAGES),
        source=random.choice(("google", "direct")), medium=random.choice(("", "m1")),
        campaign=random.choice(CAMPAIGNS), product=random.choice(("", "/c")),
        props={name: random.choice(PROP_VALUES) for name in "pq" if random.random() < 0.8},
    )  # fmt: skip


def many(draw: st.DrawFn, least: int, most: int) -> list[int]:
    """Seeds: few are no likelier than many."""
    size = draw(st.integers(least, most))
    return draw(st.lists(seeds, min_size=size, max_size=size))


@st.composite
def models(draw: st.DrawFn, most: int = 8) -> ScoringModel:
    return model(many(draw, 0, most), draw(seeds))


@st.composite
def histories(draw: st.DrawFn, most: int = 30) -> list[LeadEvent]:
    """Events in an order in which none comes more than a week after a later one; some come twice."""
    events = [event(seed, number) for number, seed in enumerate(many(draw, 1, most))]
    random = Random(draw(seeds))
    arrived = sorted(events, key=lambda e: e.at_ms + random.randrange(7 * DAY_MS) * random.randrange(2))
    return [one for e in arrived for one in [e] * (2 if random.random() < 0.1 else 1)]
