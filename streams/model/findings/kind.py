"""What a document is, in the words its findings use."""

from msgspec import Struct


class Kind(Struct, frozen=True):
    """One of the languages people write to us in."""

    noun: str
    plural: str
    begin: str
    """What to write into an empty file."""

    @property
    def one(self) -> str:
        """With its article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"


MODEL = Kind(
    "model", "models",
    "Begin with `model: my-model` and `version: 1`; a complete one is deploy/models/b2b-services.yaml.",
)  # fmt: skip
