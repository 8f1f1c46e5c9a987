"""Servers that these tests stop and start, so nobody else's."""

import logging
from collections.abc import Iterator

import pytest

from deploy.local.stack import Addresses, LocalStack, opened


@pytest.fixture(scope="module")
def own_stack() -> Iterator[LocalStack]:
    """Its Redis keeps what it was told."""
    with opened(persistent_redis=True) as stack:
        yield stack


@pytest.fixture(scope="module")
def stack(own_stack: LocalStack) -> Addresses:
    """What the other fixtures reach."""
    return own_stack.addresses


@pytest.fixture(autouse=True)
def quiet_clients() -> None:
    """Our own clients complain, a thousand times, about outages we make."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
