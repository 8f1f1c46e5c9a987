"""Questions to the identity graph, for tests."""

from agents.people.asking import Ask, Pointer
from agents.people.identity_graph import IdentityGraph

A, B, C, D = (f"L000000000000000{letter}" for letter in "ABCD")


def ask(*keys: str, lead: str = A, known: str = "", at_ms: int = 1, shared: tuple[int, ...] = ()) -> Ask:
    """The first identity would begin this lead; the others would begin leads of their own."""
    return Ask(known, at_ms, keys, (lead, *(_own(key) for key in keys[1:])), shared)


def _own(key: str) -> str:
    return "L" + key.upper().replace(":", "").rjust(16, "Z")[-16:]


async def home(graph: IdentityGraph, **leads: str) -> None:
    """Each identity, its namespace parted by `_`, at home with a lead."""
    await graph.resolve([ask(key.replace("_", ":", 1), lead=lead) for key, lead in leads.items()])


async def announce(graph: IdentityGraph, pointers: list[Pointer]) -> list[Pointer]:
    """The broker has these merges."""
    return (await graph.announced({}, {one.loser: one.survivor for one in pointers})).pointers
