"""What sales made of handoffs: rules, sources, refusals."""

from collections import Counter
from collections.abc import Callable, Iterable

from msgspec import Struct

from streams.replay.report import share
from streams.reports.story import UNKNOWN, Story


class Sold(Struct, kw_only=True):
    """Handoffs and what became of them."""

    handoffs: int = 0
    accepted: int = 0
    returned: int = 0
    won: int = 0
    lost: int = 0
    """Lost, refused or not reached."""
    amount: dict[str, float] = {}
    """Won, by currency."""

    @property
    def acceptance(self) -> float | None:
        """Of those answered: accepted or returned at once."""
        return share(self.accepted, self.answered)

    @property
    def return_rate(self) -> float | None:
        """Of those answered."""
        return share(self.returned, self.answered)

    @property
    def win_rate(self) -> float | None:
        """Of those that ended one way or the other."""
        return share(self.won, self.won + self.lost + self.returned)

    answered: int = 0

    def count(self, story: Story) -> None:
        """One more."""
        self.handoffs += 1
        self.accepted += story.accepted
        self.returned += story.returned
        self.answered += story.accepted or story.returned
        self.won += story.result == "won"
        self.lost += story.result not in ("", "won")
        if story.outcome is not None and story.outcome.amount is not None and story.result == "won":
            currency = story.outcome.currency
            self.amount[currency] = self.amount.get(currency, 0.0) + story.outcome.amount


def by(stories: Iterable[Story], keys: Callable[[Story], Iterable[tuple[str, ...]]]) -> dict[tuple[str, ...], Sold]:
    """Counted under each key of a story, sorted."""
    found: dict[tuple[str, ...], Sold] = {}
    for story in stories:
        for key in keys(story):
            found.setdefault(key, Sold()).count(story)
    return dict(sorted(found.items()))


def by_rule(stories: Iterable[Story]) -> dict[tuple[str, ...], Sold]:
    """(model, rule)."""
    return by(stories, lambda story: [(story.model, rule) for rule in sorted(story.rules)])


def by_source(stories: Iterable[Story]) -> dict[tuple[str, ...], Sold]:
    """(first source, campaign or empty)."""
    return by(stories, lambda story: [(story.source, story.campaign)])


def refusals(stories: Iterable[Story]) -> Counter[tuple[str, str]]:
    """(side, cause): how often, as they were reported."""
    return Counter(
        (story.outcome.side or UNKNOWN, story.outcome.cause or UNKNOWN)
        for story in stories
        if story.outcome is not None and story.result == "refused"
    )


def returns(stories: Iterable[Story]) -> Counter[str]:
    """Reasons for which handoffs came back."""
    return Counter(story.reason or UNKNOWN for story in stories if story.returned)
