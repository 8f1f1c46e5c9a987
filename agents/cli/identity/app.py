"""`touchline identity`: who is who: one identity's lead, the graph in Redis, the policy behind it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.identity.policy import app as policy_app
from agents.cli.identity.policy import hider_for
from agents.cli.terminal.options import AsJson, Bootstrap, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say, say_json
from agents.cli.terminal.who import split

if TYPE_CHECKING:
    from agents.people.refilling import Refilled
    from agents.settings import Settings
    from streams.people.identity import Hider, Identity

app = sub_app("Identities: which lead somebody is, and what makes two leads one.")
app.add_typer(policy_app, name="policy")


@app.command("show")
def show_identity(
    who: Annotated[
        str, typer.Argument(help="namespace:value: email:a@example.com, crm:hubspot:8812.", show_default=False)
    ],
    redis: Redis = None, prefix: Prefix = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Tell an identity's lead, and how many others that lead is known by. Shows no value but the one asked for."""
    settings = settings_from(redis=redis, prefix=prefix)
    hider = hider_for(settings)
    identity = _identity(hider, who)
    home, lead, keys = reach(settings, _look_up(settings, identity.key))
    if not lead:
        fail(
            f"nobody is known as {who}",
            "E-mails and phones are found only with the TOUCHLINE_IDENTITY_KEY that identify runs with.",
            PROBLEM,
        )
    others = Counter(namespace_of(key) for key in keys if key != identity.key)
    shared = identity.shared or hider.policy.of(identity.namespace).shared
    if as_json:
        say_json({"lead": lead, "home": home, "shared": shared, "others": dict(sorted(others.items()))})
        return
    merged = f", first seen as {home}, which was merged into it" if home != lead else ""
    say(f"{who} is lead {lead}{merged}")
    known = ", ".join(f"{count} {namespace}" for namespace, count in sorted(others.items()))
    say(f"also known by: {known}" if known else "known by nothing else")
    rule = hider.policy.of(identity.namespace)
    if shared:
        say("of several people, as the policy has it: it finds this lead, and merges nobody")
    else:
        say(f"{'strong' if rule.strong else 'weak'} evidence: a lead has at most {rule.most_per_lead} of this kind")


@app.command("rebuild")
def rebuild_graph(
    yes: Annotated[bool, typer.Option("--yes", help="Really rebuild.")] = False,
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Read who is who from the log into Redis again. Workers do so by themselves where Redis was emptied.

    For a Redis that was restored from an old snapshot, or that evicted keys. Meanwhile identify waits; nothing is lost.
    """
    settings = settings_from(bootstrap=bootstrap, redis=redis, prefix=prefix)
    if not yes:
        fail(
            "nothing was rebuilt: while it is, some minutes for ten million identities, nobody is identified",
            "Add --yes.", REFUSED,
        )  # fmt: skip
    done = reach(settings, _rebuild(settings))
    if as_json:
        say_json({"rebuilt_by": "a worker" if done is None else "this command", "read": done})
    elif done is None:
        say("The identity graph is whole: a worker was faster and rebuilt it.")
    else:
        say(
            f"The identity graph is whole: {done.links:,} links, {done.profiles:,} profiles and {done.handoffs:,} "
            "handoffs were read."
        )


def namespace_of(key: str) -> str:
    """Of an identity key: a CRM's has a colon of its own."""
    parts = key.split(":")
    return ":".join(parts[:2]) if parts[0] == "crm" else parts[0]


def _identity(hider: Hider, who: str) -> Identity:
    namespace, value = split(who)
    identity = hider.identity(namespace, value)
    if identity is not None and identity.namespace != "lead":
        return identity
    if hider.who({namespace: value}).blocked:
        fail(f"{who} is nobody's, as the identity policy has it", "See `blocked` in the policy.", PROBLEM)
    remedy = "Write namespace:value, such as email:a@example.com or phone:+77010000001."
    return fail(f"{who} is no identity", remedy, REFUSED)


async def _look_up(settings: Settings, key: str) -> tuple[str, str, list[str]]:
    """Home, lead in force, and all its identity keys."""
    from agents.people.identity_graph import IdentityGraph
    from agents.redis.client import connect
    from agents.redis.keys import RedisKeys

    redis = connect(settings, patient=False)
    try:
        graph = IdentityGraph(redis, RedisKeys(settings.prefix))
        home = await graph.home_of(key)
        if not home:
            return "", "", []
        lead = await graph.root(home)
        keys = [known for one in (lead, *await graph.losers_of(lead)) for known in await graph.identities_of(one)]
        return home, lead, keys
    finally:
        await redis.aclose()


async def _rebuild(settings: Settings) -> Refilled | None:
    from agents.people.rebuilding import rebuild
    from agents.redis.client import connect
    from agents.redis.keys import RedisKeys

    redis = connect(settings, patient=False)
    try:
        return await rebuild(settings, redis, RedisKeys(settings.prefix))
    finally:
        await redis.aclose()
