"""Least privilege on the broker, from the topology: what each stage and each command may do, and no more."""

from streams.acls.errands import ERRANDS, Errand, errand_called
from streams.acls.forms import Holder, alike, given, kafka_acls, strimzi, yaml_of
from streams.acls.rights import Operation, Resource, Right, of_errand, of_step, together

__all__ = [
    "ERRANDS", "Errand", "Holder", "Operation", "Resource", "Right", "alike", "errand_called", "given", "kafka_acls",
    "of_errand", "of_step", "strimzi", "together", "yaml_of",
]  # fmt: skip
