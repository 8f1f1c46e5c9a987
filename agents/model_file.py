"""Finds and reads the file of a scoring model: the one that was named, or the preset that ships with the product."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from agents.settings import Settings
from schemas.scoring_model import ScoringModel
from streams.model import Finding, render_findings, review_model

Meaning = TypeVar("Meaning")

PRESET = Path(__file__).parent.parent / "deploy" / "models" / "b2b-services.yaml"
"""Beside this package, in the repository and where the product is installed."""
OTHERWISE = f"for the preset {PRESET.name}"
"""What holds where no file is named."""


class BadModel(Exception):
    """A model, or a policy, cannot be used; the message tells its author what to mend."""


def read_text(path: Path, otherwise: str = OTHERWISE) -> str:
    """The characters of a file; BadModel says why there are none."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadModel(f"{path}: no such file. Name another one, or none {otherwise}.") from None
    except UnicodeDecodeError as fault:
        raise BadModel(f"{path}: not UTF-8 at byte {fault.start}. Save the file as UTF-8.") from None
    except OSError as fault:
        raise BadModel(f"{path}: {fault.strerror or fault}. Name a file that can be read.") from None


def understood(path: Path, text: str, meaning: Meaning | None, findings: Sequence[Finding]) -> Meaning:
    """What a file means; BadModel carries every finding, rendered, where some are errors."""
    if meaning is None:
        raise BadModel(render_findings(str(path), text, findings))
    return meaning


def load_model(path: Path | None, settings: Settings) -> tuple[str, ScoringModel]:
    """The text and the meaning; the preset when no path is named. BadModel carries every finding, rendered."""
    found = path or PRESET
    text = read_text(found)
    reading = review_model(text, settings.keep_props)
    return text, understood(found, text, reading.model, reading.findings)
