"""The names of everything we keep in Redis, in one place."""

from msgspec import Struct


class RedisKeys(Struct, frozen=True):
    """Names under one prefix: `touchline:<prefix>...`."""

    prefix: str = ""

    def _name(self, rest: str) -> str:
        return f"touchline:{self.prefix}{rest}"

    @property
    def everything(self) -> str:
        """What every name of ours begins with."""
        return self._name("")

    def identity(self, namespace: str, value: str) -> str:
        """Home of an identity (hashed, unless it is a CRM's): the lead it was first seen with, never another."""
        return self._name(f"id:{namespace}:{value}")

    @property
    def identities(self) -> str:
        """What every identity's name begins with; `<namespace>:<value>` follows."""
        return self._name("id:")

    @property
    def leads(self) -> str:
        """What the name of every `lead_identities` begins with; the lead id follows."""
        return self._name("lead:")

    def lead_identities(self, lead_id: str) -> str:
        """Hash: the identity keys whose home this lead is, and `>` with the id of each lead merged into it directly."""
        return self._name(f"lead:{lead_id}")

    @property
    def merged(self) -> str:
        """Hash: loser -> `<survivor> <switch_ms>`. From then on messages go to the survivor; 0: none yet."""
        return self._name("merged")

    @property
    def unannounced_merges(self) -> str:
        """Hash: loser -> append ms of what shows it, of merges the broker has not acknowledged yet."""
        return self._name("unannounced:merges")

    @property
    def blocked(self) -> str:
        """Set: `<smaller id> <greater id>` of leads that somebody split: never merged again."""
        return self._name("blocked")

    @property
    def erased(self) -> str:
        """Hash: identity key, or `lead:<id>` -> `<erasures> <erased_ms>`."""
        return self._name("erased")

    @property
    def erasing(self) -> str:
        """Hash: lead id -> an erasure that was begun, JSON, until its receipt is written: begun again, it goes on."""
        return self._name("erasing")

    @property
    def shared(self) -> str:
        """Hash: identity key -> append ms from which on it is nobody's, since too many leads have it."""
        return self._name("shared")

    @property
    def refusals(self) -> str:
        """What the names of sets of leads begin with, which a weak identity could not join; its key follows."""
        return self._name("refused:")

    @property
    def changes(self) -> str:
        """Counter of what caches must learn."""
        return self._name("changes")

    @property
    def change_list(self) -> str:
        """List, newest first: `<number> forget <key>`, `.. merged <loser> <survivor> <switch_ms>`, `.. parted <id>`."""
        return self._name("changes:list")

    @property
    def graph(self) -> str:
        """Says that the identity graph is whole; its value is another one after every rebuild."""
        return self._name("graph")

    @property
    def graph_lock(self) -> str:
        """Who rebuilds the identity graph: a token that runs out when its holder dies."""
        return self._name("graph:lock")

    @property
    def profiles(self) -> str:
        """What every profile's name begins with; the lead id follows."""
        return self._name("profile:")

    @property
    def unannounced_links(self) -> str:
        """Hash: `<namespace>:<value>` -> append ms, of links the broker has not acknowledged yet."""
        return self._name("unannounced:links")

    @property
    def unannounced_profiles(self) -> str:
        """Hash: lead id -> number of its latest change, of profiles the broker has not acknowledged yet."""
        return self._name("unannounced:profiles")

    @property
    def profile_changes(self) -> str:
        """Counter that numbers the changes of profiles."""
        return self._name("profile-changes")

    def profile(self, lead_id: str) -> str:
        """Hash: contact details of a lead, each JSON `[value, at_ms, id]`."""
        return self._name(f"profile:{lead_id}")

    def handoff_lead(self, handoff_id: str) -> str:
        """Lead id of a handoff, so that an answer finds its lead."""
        return self._name(f"handoff-lead:{handoff_id}")

    @property
    def handoff_leads(self) -> str:
        """What the name of every `handoff_lead` begins with; the handoff id follows."""
        return self._name("handoff-lead:")

    def card(self, lead_id: str) -> str:
        """Hash: the latest card (`json`) and its numbers."""
        return self._name(f"card:{lead_id}")

    def handoff(self, handoff_id: str) -> str:
        """Hash: the latest event of a handoff (`json`, `revision`)."""
        return self._name(f"handoff:{handoff_id}")

    @property
    def mirrored(self) -> str:
        """Hash: how far the mirror has copied, `<topic>/<partition>` -> offset."""
        return self._name("mirrored")

    @property
    def ranking(self) -> str:
        """Sorted set: lead ids by priority."""
        return self._name("ranking")

    @property
    def open_handoffs(self) -> str:
        """Sorted set: ids of open handoffs by the time they were requested, ms."""
        return self._name("handoffs:open")
