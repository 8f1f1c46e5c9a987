"""What a worker says of its settings, at its start."""

from collections.abc import Mapping

from msgspec import Struct

from agents.signals.log import LOG


class SettingsInForce(Struct, frozen=True, kw_only=True):
    """What differs from the defaults, and where each value comes from; no secret among them."""

    file: str
    """Empty: there is none."""
    said: Mapping[str, object]
    origins: Mapping[str, str]

    def emit(self) -> None:
        """One line."""
        LOG.info("settings in force", file=self.file, set=self.said, origins=self.origins)


class SettingPassedOver(Struct, frozen=True, kw_only=True):
    """Somebody set what is no setting: most likely it was meant otherwise."""

    what: str
    remedy: str

    def emit(self) -> None:
        """One line."""
        LOG.warning("setting passed over", what=self.what, remedy=self.remedy)


class DevelopmentKeyUsed(Struct, frozen=True, kw_only=True):
    """Identities are hashed with a key that is in the source."""

    def emit(self) -> None:
        """One line."""
        LOG.warning("the development key hashes identities: set TOUCHLINE_IDENTITY_KEY before the first real touch")
