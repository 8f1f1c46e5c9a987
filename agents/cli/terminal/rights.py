"""Which rights the command that runs here lacks on the broker."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from agents.settings import Settings

T = TypeVar("T")
TELLS_ITSELF = "doctor"


class RightsMissing(Exception):
    """The command may not do what it is for; a line for each command that gives what is missing."""


async def with_rights(settings: Settings, errand: Coroutine[object, object, T]) -> T:
    """Do the errand, unless a right is missing for it.

    A broker hides what we may not see. Some commands would take that for a topic that is empty, and put nothing in the
    place of what they were to renew.
    """
    try:
        if lines := await lacking_here(settings):
            raise RightsMissing("\n".join(lines))
    except BaseException:
        errand.close()
        raise
    return await errand


async def lacking_here(settings: Settings) -> list[str]:
    """A sentence for each command that would give what is missing; none: nothing is."""
    from agents.security.rights_held import lacking, told
    from agents.topics.admin import connected
    from streams.acls import errand_called, of_errand

    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    errand = errand_called(" ".join(words[:2])) or errand_called(" ".join(words[:1]))
    if errand is None or errand.words == TELLS_ITSELF:
        return []
    async with connected(settings) as client:
        return told(await lacking(client, of_errand(errand, settings)), settings)
