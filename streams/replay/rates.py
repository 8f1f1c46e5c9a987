"""How right a model was, by what came of the leads: precision, recall, and the lift of each rule. Lead by lead."""

from msgspec import Struct

from streams.replay.report import Answered, Judged, share


class Verdict(Struct, frozen=True, kw_only=True):
    """A model against the outcomes on the log. Null: nothing is known to measure it by."""

    leads: int
    """Handed off."""
    unknown: int
    """Of them without a word of the CRM."""
    accepted: int
    returned: int
    won: int
    lost: int
    precision: float | None
    """Accepted, of those handed off and accepted or returned."""
    recall: float | None
    """Handed off, of all that were ever accepted."""
    won_precision: float | None
    """Won, of those handed off and won or lost."""
    won_recall: float | None
    """Handed off, of all that were ever won."""


class Lift(Struct, frozen=True, kw_only=True):
    """A rule: what came of handoffs to which it added points, and of the others."""

    rule: str
    leads: int
    """To whose handoff it contributed."""
    accepted: int
    returned: int
    acceptance: float | None
    """With the rule."""
    without: float | None
    """Of the others."""
    lift: float | None
    """The one divided by the other: over 1, the rule tells good leads from bad ones."""


def verdict(side: Answered, everybody: Answered) -> Verdict:
    """One model."""
    return Verdict(
        leads=side.leads,
        unknown=side.leads - side.heard,
        accepted=side.accepted,
        returned=side.returned,
        won=side.won,
        lost=side.lost,
        precision=side.acceptance,
        recall=share(side.accepted, everybody.accepted),
        won_precision=side.win_rate,
        won_recall=share(side.won, everybody.won),
    )


def rules_of(side: Judged) -> list[Lift]:
    """All rules that ever contributed, the most telling first."""
    made = [_lift(rule, with_it, side.answered) for rule, with_it in side.rules.items()]
    return sorted(made, key=lambda one: (-(one.lift or 0.0), -one.leads, one.rule))


def _lift(rule: str, with_it: Answered, everybody: Answered) -> Lift:
    accepted, returned = everybody.accepted - with_it.accepted, everybody.returned - with_it.returned
    acceptance, without = with_it.acceptance, share(accepted, accepted + returned)
    return Lift(
        rule=rule,
        leads=with_it.leads,
        accepted=with_it.accepted,
        returned=with_it.returned,
        acceptance=acceptance,
        without=without,
        lift=acceptance / without if acceptance is not None and without else None,
    )
