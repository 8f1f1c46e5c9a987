"""What may be done to which topic or group: the rights of a stage, and of a command."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from streams.acls.errands import Errand
from streams.topology import Place, Step, Topic, member_name, name_of


class Resource(StrEnum):
    """On what a right is given. Never the cluster: idempotent writes need no right on it since Kafka 2.8."""

    TOPIC = "topic"
    GROUP = "group"


class Operation(StrEnum):
    """As Kafka names them. Read and Write imply Describe, AlterConfigs implies DescribeConfigs."""

    READ = "Read"
    WRITE = "Write"
    CREATE = "Create"
    DESCRIBE = "Describe"
    DESCRIBE_CONFIGS = "DescribeConfigs"
    ALTER_CONFIGS = "AlterConfigs"


ORDER = tuple(Operation)
IMPLIED = {
    Operation.DESCRIBE: (Operation.READ, Operation.WRITE),
    Operation.DESCRIBE_CONFIGS: (Operation.ALTER_CONFIGS,),
}


class Right(Struct, frozen=True):
    """What may be done with one topic or group."""

    resource: Resource
    name: str
    """As the broker knows it: prefix and generation included."""
    operations: tuple[Operation, ...]

    def __str__(self) -> str:
        return f"{' and '.join(self.operations)} on {self.resource} {self.name}"


class _Rights:
    """Gathers operations by resource, in the order in which resources are first named."""

    def __init__(self) -> None:
        self._held: dict[tuple[Resource, str], set[Operation]] = {}

    def may(self, operation: Operation, names: Iterable[str], resource: Resource = Resource.TOPIC) -> None:
        for name in names:
            self._held.setdefault((resource, name), set()).add(operation)

    def told(self) -> tuple[Right, ...]:
        """Without what follows from another operation."""
        return tuple(
            Right(resource, name, tuple(one for one in ORDER if one in held and not held & set(IMPLIED.get(one, ()))))
            for (resource, name), held in self._held.items()
        )


def of_step(step: Step, place: Place) -> tuple[Right, ...]:
    """What a stage needs for its whole job. Before it starts it compares its topics' settings: DescribeConfigs."""
    rights = _Rights()
    memory = () if step.remembers is None else (step.remembers,)
    rights.may(Operation.READ, _names((*step.reads, *memory, *step.looks_up), place))
    rights.may(Operation.WRITE, _names((*step.says, *memory), place))
    rights.may(Operation.DESCRIBE_CONFIGS, _names(step.topics, place))
    if step.reads:
        rights.may(Operation.READ, [member_name(step, place)], Resource.GROUP)
    return rights.told()


def of_errand(errand: Errand, place: Place, *others: Place) -> tuple[Right, ...]:
    """What a command needs; `others`: the other generations of the log, for one that deals with them."""
    rights = _Rights()
    for where in (place, *(others if errand.moves else ())):
        rights.may(Operation.READ, _names(errand.reads, where))
        rights.may(Operation.WRITE, _names(errand.says, where))
        if where is place:
            rights.may(Operation.CREATE, _names(errand.makes, where))
        rights.may(Operation.DESCRIBE, _names(errand.sees, where))
        rights.may(Operation.DESCRIBE_CONFIGS, _names(errand.compares, where))
        rights.may(Operation.DESCRIBE, _names(errand.compares, where))
        rights.may(Operation.ALTER_CONFIGS, _names(errand.changes, where))
        groups = [member_name(step, where) for step in errand.asks]
        rights.may(Operation.DESCRIBE, groups, Resource.GROUP)
    return rights.told()


def together(*held: tuple[Right, ...]) -> tuple[Right, ...]:
    """The rights of one who has all of these."""
    rights = _Rights()
    for right in (right for one in held for right in one):
        for operation in right.operations:
            rights.may(operation, [right.name], right.resource)
    return rights.told()


def _names(topics: Iterable[Topic], place: Place) -> list[str]:
    return [name_of(topic, place) for topic in topics]
