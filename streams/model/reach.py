"""The most that a model's rules can give a lead: a line above it would never be met."""

from collections.abc import Iterable

from schemas.scoring_model import Burst, Criterion, Rule
from schemas.units import Micro


def most_engagement(
    limit: Micro | None, groups: dict[str, Micro], rules: Iterable[Rule], bursts: Iterable[Burst]
) -> Micro | None:
    """Micro-points; None: without bound."""
    loose: list[Micro | None] = [burst.points for burst in bursts]
    grouped: dict[str, list[Micro | None]] = {}
    for rule in rules:
        most = _most_of(rule)
        if rule.group:
            grouped.setdefault(rule.group, []).append(most)
        else:
            loose.append(most)
    for group, parts in grouped.items():
        loose.append(_least(_sum(parts), groups.get(group)))
    return _least(_sum(loose), limit)


def most_fit(criteria: Iterable[Criterion]) -> Micro:
    """Micro-points, if every criterion that gives any is met."""
    return sum(max(0, criterion.points, *criterion.by_value.values()) for criterion in criteria)


def _most_of(rule: Rule) -> Micro | None:
    if rule.points <= 0:
        return 0
    return rule.points if rule.repeat.once else rule.limit


def _sum(parts: list[Micro | None]) -> Micro | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _least(first: Micro | None, second: Micro | None) -> Micro | None:
    known = [bound for bound in (first, second) if bound is not None]
    return min(known, default=None)
