"""What the words of the language compile to, worked by hand."""

import pytest

from schemas.condition import Aged, AtLeast, Between, Is, OneOf, Soon, Test, Under
from schemas.scoring_model import NO_LINE, Burst, Criterion, FactDeclared, HandoffLine, Label, Repeat, Rule, Surge
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.model import review_model
from tests.pure.model.documents import M0, M1, PRESET, read, small


def test_the_shipped_preset_has_nothing_to_mend() -> None:
    assert review_model(PRESET).findings == ()


def test_the_numbers_of_the_preset_are_those_of_the_practice_it_comes_from() -> None:
    preset = read(PRESET)
    points = {rule.name: rule.points / MICRO for rule in preset.rules}
    tests = {criterion.name: criterion.test for criterion in preset.primary}

    assert (points["watched-video"], points["presentation"], points["left-us"]) == (2, 5, -5)
    assert (points["read-blog"], points["asked-demo"]) == (1, 30)
    assert [(b.count, b.of, b.within_ms) for b in preset.bursts] == [(6, ("visit",), 2 * DAY_MS)]
    assert tests["big-enough"] == AtLeast(20)
    assert tests["rich-enough"] == AtLeast(300_000)
    assert tests["old-enough"] == Aged(63_115_200_000, True)
    assert preset.time_zone == "UTC"
    assert sum(preset.completeness.values()) == 100 * MICRO


def test_the_smallest_model_hands_off_by_engagement_alone() -> None:
    model = read(M0)

    assert model.rules == (Rule(name="tick", when=("tick",), points=MICRO),)
    assert (model.limit, model.groups, model.starts_ms, model.time_zone) == (None, {}, 0, "UTC")
    assert model.handoff == HandoffLine(
        engagement=50 * MICRO, fit=NO_LINE, rearm_under=37_500_000, not_within_ms=14 * DAY_MS
    )


def test_a_whole_model_compiles_to_what_it_says() -> None:
    model = read(M1)
    rules = {rule.name: rule for rule in model.rules}

    assert rules["saw-prices"] == Rule(
        name="saw-prices", when=("page_view",), points=4 * MICRO, page=("/pricing*",), group="buying",
        limit=20 * MICRO, half_life_ms=7 * DAY_MS, window_ms=30 * DAY_MS,
    )  # fmt: skip
    assert rules["watched-video"].repeat == Repeat(per_prop="video")
    assert model.groups == {"buying": 90 * MICRO, "reading": 25 * MICRO}
    assert model.secondary[2] == Criterion(
        name="has-spec", fact="specification", by_value={"draft": 5 * MICRO, "approved": 10 * MICRO}
    )
    assert model.bursts == (
        Burst(name="visit-burst", count=6, of=("visit",), within_ms=2 * DAY_MS, points=10 * MICRO, lasts_ms=2 * DAY_MS),
    )
    assert model.surges == (Surge(name="surge", gain=20 * MICRO, within_ms=HOUR_MS, hand_off=True),)
    assert model.temperature == (Label("hot", 40 * MICRO), Label("warm", 15 * MICRO), Label("cold", 0))
    assert model.handoff == HandoffLine(
        engagement=40 * MICRO, fit=20 * MICRO, rearm_under=30 * MICRO, not_within_ms=14 * DAY_MS, never=("no consent",)
    )


def test_rules_stand_by_worth_so_that_a_breakdown_has_one_order() -> None:
    assert [rule.name for rule in read(M1).rules] == [
        "asked-demo", "presentation", "saw-prices", "watched-video", "read-blog", "left-us",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "test"),
    [
        ("headcount: 20 or more", AtLeast(20)),
        ("headcount: -2.5 or more", AtLeast(-2.5)),
        ("headcount: under 20", Under(20)),
        ("headcount: 20 to 50", Between(20, 50)),
        ("headcount: 20", Is(20.0)),
        ("budget_ok: true", Is(True)),
        ("budget_ok: false", Is(False)),
        ("phone_valid: false", Is(False)),
        ("city: Almaty", OneOf(("almaty",))),
        ("city: [Moscow, 'ALMA*']", OneOf(("alma*", "moscow"))),
        ("country: KZ", OneOf(("kz",))),
        ("spec: [draft, approved]", OneOf(("approved", "draft"))),
        ("founded: 2y ago or earlier", Aged(63_115_200_000, True)),
        ("founded: 90d ago or later", Aged(90 * DAY_MS, False)),
        ("founded: within 14d", Soon(14 * DAY_MS)),
    ],
)
def test_a_fact_is_tested_as_it_is_said(said: str, test: Test) -> None:
    model = small(criterion=f"{{{said}, points: 1}}")

    assert model.secondary[0].test == test
    assert type(model.secondary[0].test) is type(test)


@pytest.mark.parametrize(
    ("said", "repeat"),
    [
        ("", Repeat()),
        (", repeat: every time", Repeat()),
        (", repeat: once", Repeat(once=True)),
        (", repeat: once per video", Repeat(per_prop="video")),
        (", repeat: 3 per day", Repeat(per_day=3)),
    ],
)
def test_a_rule_repeats_as_it_is_said(said: str, repeat: Repeat) -> None:
    assert small(rule=said).rules[0].repeat == repeat


@pytest.mark.parametrize(
    ("said", "starts_ms"),
    [
        ("starts: 2026-11-01", 1793491200000),
        ("time_zone: Asia/Almaty\nstarts: 2026-11-01", 1793491200000 - 5 * HOUR_MS),
        ("time_zone: Asia/Almaty\nstarts: 2026-11-01 09:00", 1793491200000 + 4 * HOUR_MS),
        ("time_zone: Asia/Almaty\nstarts: 2026-11-01T09:00Z", 1793491200000 + 9 * HOUR_MS),
        ("starts: 2026-11-01T09:00:30+05:00", 1793491200000 + 4 * HOUR_MS + 30_000),
    ],
)
def test_a_bare_date_is_midnight_and_a_bare_time_is_local_in_the_zone_of_the_model(said: str, starts_ms: int) -> None:
    assert small(top=said).starts_ms == starts_ms


def test_a_fact_says_what_it_is_counted_in() -> None:
    model = read(M0 + "facts: {headcount: {type: number, unit: people}, spec: {type: [none, draft], unit: of a draft}}")

    assert (
        FactDeclared(name="headcount", type="number", unit="people"),
        FactDeclared(name="spec", type="scale", values=("none", "draft"), unit="of a draft"),
    ) == model.facts


def test_pairs_of_grade_and_temperature_have_names_in_one_order() -> None:
    grid = small(top="labels: {grid: {C/hot: check first, A/warm: write, A/hot: call now}}").grid

    assert [("A/hot", "call now"), ("A/warm", "write"), ("C/hot", "check first")] == list(grid.items())
    assert {} == small().grid


def test_the_traps_of_older_yaml_are_texts() -> None:
    model = small(criterion="{city: [NO, on, 9:30, 0x1F, 1_000, .inf], points: 1}")

    assert model.secondary[0].test == OneOf((".inf", "0x1f", "1_000", "9:30", "no", "on"))


@pytest.mark.parametrize(
    ("said", "micro"), [("0.000001", 1), ("-2.5", -2_500_000), ("1e3", 1_000_000_000), ("+8", 8_000_000)]
)
def test_points_are_exact_to_a_millionth(said: str, micro: int) -> None:
    assert small(criterion=f"{{headcount: 20 or more, points: {said}}}").secondary[0].points == micro


def test_properties_are_compared_with_those_that_are_kept() -> None:
    assert review_model(M1, keep_props=("video",)).model is not None
    assert review_model(M1, keep_props=("article",)).model is None
    assert review_model(M1).model is not None
