"""What the route stage keeps in Redis, by name."""

from msgspec import Struct


class DeskKeys(Struct, frozen=True):
    """Names under one prefix: `touchline:<prefix>desk:...`."""

    prefix: str = ""

    def _name(self, rest: str) -> str:
        return f"touchline:{self.prefix}desk:{rest}"

    @property
    def whole(self) -> str:
        """Marker: all of this is here. Missing: Redis has lost it, and it is rebuilt before anybody decides."""
        return self._name("whole")

    @property
    def building(self) -> str:
        """Lock of who rebuilds."""
        return self._name("building")

    @property
    def releasing(self) -> str:
        """Lock of who looks after the waiting leads."""
        return self._name("releasing")

    @property
    def decisions(self) -> str:
        """What the name of every decision begins with; the handoff id follows. Each a hash (`decide.lua`)."""
        return self._name("decision:")

    @property
    def open(self) -> str:
        """Hash: open leads of each person."""
        return self._name("open")

    @property
    def today(self) -> str:
        """Hash: leads given to each person on a day, `<ordinal>/<person>`."""
        return self._name("today")

    @property
    def shares(self) -> str:
        """Hash: how far each person of a target has got, `<kind>:<target>/<person>`, and the target itself."""
        return self._name("shares")

    @property
    def waiting(self) -> str:
        """Hash: handoff id -> what is known of a lead for whom nobody is free."""
        return self._name("waiting")

    @property
    def untold(self) -> str:
        """Hash: handoff id -> what is known of its lead, where an owner was found later and is not on the log yet."""
        return self._name("untold")

    @property
    def away(self) -> str:
        """Hash: person -> reported absences."""
        return self._name("away")
