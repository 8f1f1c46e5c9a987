"""The Lua of the identity graph: each script is put together from the files it needs."""

from importlib.resources import files

import msgspec

from agents.redis.keys import RedisKeys
from streams.people.policy import OTHERS, IdentityPolicy

PARTS = {
    "resolve": ("pointers", "details", "evidence", "resolve"),
    "profile": ("pointers", "details", "profile"),
    "announced": ("pointers", "announced"),
    "changes": ("pointers", "changes"),
    "split": ("pointers", "split"),
    "erase": ("pointers", "erase"),
    "forget": ("pointers", "forget"),
}
"""Files of each script, in order."""

_pack = msgspec.msgpack.Encoder().encode


def script(name: str) -> str:
    """The text of a script."""
    folder = files("agents.people")
    return "\n".join(folder.joinpath(f"{part}.lua").read_text() for part in PARTS[name])


def names(keys: RedisKeys) -> bytes:
    """The names that scripts use, msgpack: their first argument."""
    return _pack({
        "ids": keys.identities, "leads": keys.leads, "merged": keys.merged, "blocked": keys.blocked,
        "erased": keys.erased, "shared": keys.shared, "refusals": keys.refusals, "profiles": keys.profiles,
        "links_due": keys.unannounced_links, "merges_due": keys.unannounced_merges,
        "profiles_due": keys.unannounced_profiles, "profile_changes": keys.profile_changes,
        "changes": keys.changes, "change_list": keys.change_list, "graph": keys.graph,
    })  # fmt: skip


def policy_words(policy: IdentityPolicy) -> bytes:
    """A policy as scripts read it, msgpack."""
    rules = {OTHERS: policy.of(OTHERS), **policy.rules}
    said = {name: (int(rule.strong), rule.most_per_lead, rule.shared_after) for name, rule in rules.items()}
    return _pack((said, policy.most_identities))
