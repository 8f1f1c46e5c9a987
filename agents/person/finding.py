"""Whom is a command about? A lead with all the ids it ever had, and all it is known by."""

from msgspec import Struct

from agents.people.identity_graph import IdentityGraph
from agents.people.policy_file import hider_of
from agents.redis.keys import RedisKeys
from agents.settings import Settings


class NobodyFound(Exception):
    """Nobody is known as that; the sentence says what to try."""


class Person(Struct, frozen=True, kw_only=True):
    """A lead, whole."""

    asked: str
    lead_id: str
    """The one that is in force."""
    retired: list[str]
    """Those merged into it, by id."""
    keys: list[str]
    """Identity keys, those of the retired ones too."""
    homes: dict[str, str]
    """The lead each was first seen with, by key."""

    @property
    def leads(self) -> list[str]:
        """All ids, the one in force first."""
        return [self.lead_id, *self.retired]


def key_of(settings: Settings, namespace: str, value: str) -> str:
    """What we keep of an identity as a person writes it."""
    identity = hider_of(settings).identity(namespace, value)
    if identity is None:
        raise NobodyFound(
            f"{namespace}:{value} is nobody's: not in its form (name@domain, +77010000000), or the policy drops it"
        )
    return identity.key


async def person_of(graph: IdentityGraph, settings: Settings, namespace: str, value: str) -> Person:
    """By lead id (a retired one too) or by an identity."""
    asked = value if namespace == "lead" else f"{namespace}:{value}"
    lead = value if namespace == "lead" else await graph.home_of(key_of(settings, namespace, value))
    if not lead:
        raise NobodyFound(f"nobody is known as {asked}")
    root = await graph.root(lead)
    retired = sorted(await graph.losers_of(root))
    homes = {key: home for home in (root, *retired) for key in await graph.identities_of(home)}
    return Person(asked=asked, lead_id=root, retired=retired, keys=sorted(homes), homes=homes)


def keys_in(settings: Settings) -> RedisKeys:
    """Names in Redis."""
    return RedisKeys(settings.prefix)
