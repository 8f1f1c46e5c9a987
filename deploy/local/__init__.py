"""A real Kafka broker and a real Redis on free loopback ports, for demos, tests and curiosity."""

from deploy.local.programs import ProgramMissing
from deploy.local.server import ServerFailed
from deploy.local.stack import Addresses, FolderBusy, LocalStack, opened

__all__ = ["Addresses", "FolderBusy", "LocalStack", "ProgramMissing", "ServerFailed", "opened"]
