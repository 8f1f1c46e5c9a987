"""Least privilege on the broker, from the topology: what each stage and each command may do, and no more."""

from streams.acls.errands import ERRANDS, Errand, errand_called
from streams.acls.forms import Holder, kafka_acls, strimzi
from streams.acls.rights import Operation, Resource, Right, of_errand, of_step

__all__ = [
    "ERRANDS", "Errand", "Holder", "Operation", "Resource", "Right", "errand_called", "kafka_acls", "of_errand",
    "of_step", "strimzi",
]  # fmt: skip
