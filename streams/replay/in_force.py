"""Which model judges from a record of the log on."""

import msgspec

from schemas.log_mark import ModelActivated

_DECODER = msgspec.json.Decoder(ModelActivated)


def activated(value: bytes | None) -> str:
    """Digest of the model that a record under `MODEL_KEY` puts in force."""
    return _DECODER.decode(value or b"").digest
