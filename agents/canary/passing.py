"""How each stage passes canaries on: beside what it says of leads, and never in place of it."""

from collections.abc import Iterable

from agents.delivery.producer import Item, partition_for
from schemas.canary import Canary
from streams.canary import Stamped, from_log, from_ripe, said
from streams.generations.log_marks import CANARY_KEY


def onto_log(canaries: Iterable[Canary], partitions: int) -> list[Item]:
    """By `identify`: each onto the partition that its name chooses, as a lead's would."""
    return [(partition_for(one.lead.encode(), partitions), CANARY_KEY, said(one), []) for one in canaries]


def onto_ripe(partition: int, records: Iterable[Stamped]) -> list[Item]:
    """By `score`: those among records of a partition of the log, onto the same partition."""
    return [(partition, CANARY_KEY, value, []) for value in from_log(records)]


def home(records: Iterable[Stamped]) -> list[Item]:
    """By `route`: those among records of `ripe`, to whoever sent them."""
    return [(None, CANARY_KEY, value, []) for value in from_ripe(records)]
