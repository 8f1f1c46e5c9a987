"""Whose are the contact details of a merged lead? Told by the identity a detail is, or by the message that told it."""

from collections.abc import Iterable, Mapping, Set

from schemas.profile import Detail
from streams.people.identity import Hider

Details = dict[str, Detail]


def divided(
    versions: Iterable[Mapping[str, Detail]], homes: Mapping[str, str], leaving: Set[str], told: Set[str], hider: Hider
) -> tuple[Details, Details]:
    """Of those who stay, and of those who leave: the latest word of each on every detail.

    `versions`: profiles as they were published, as far as they are still held: an address that the other's replaced is
    found in an earlier one. `homes`: the lead of each identity key; `told`: ids of events of those who leave.
    """
    stay: Details = {}
    leave: Details = {}
    for version in versions:
        for name, detail in version.items():
            theirs = _leaves(name, detail, homes, leaving, told, hider)
            side = leave if theirs else stay
            known = side.get(name)
            if known is None or (detail.at_ms, detail.id) > (known.at_ms, known.id):
                side[name] = detail
    return stay, leave


def _leaves(
    name: str, detail: Detail, homes: Mapping[str, str], leaving: Set[str], told: Set[str], hider: Hider
) -> bool:
    """An identity is at home with somebody; of a name only who told it is known."""
    identity = hider.identity(name, detail.value) if isinstance(detail.value, str) and detail.value else None
    home = homes.get(identity.key) if identity is not None else None
    return home in leaving if home is not None else detail.id in told
