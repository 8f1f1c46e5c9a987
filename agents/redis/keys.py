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
        """Lead id of an identity (hashed, unless it is a CRM's)."""
        return self._name(f"id:{namespace}:{value}")

    @property
    def identities(self) -> str:
        """What every identity's name begins with; `<namespace>:<value>` follows."""
        return self._name("id:")

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
