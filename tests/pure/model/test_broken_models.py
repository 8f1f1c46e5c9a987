"""Every broken model in `broken/` is told exactly as the text beside it says: these words are agreed.

A case is two files: `<what is wrong>.yaml` and, of the same name, `.txt` with all that is shown.
"""

from pathlib import Path

import pytest

from streams.model import Code, render_findings, review_model

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))
KEEP_PROPS = ("video", "document")


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_model_is_told_in_these_words(path: Path) -> None:
    text = path.read_bytes().decode()

    told = render_findings("model.yaml", text, review_model(text, KEEP_PROPS).findings)

    assert told == path.with_suffix(".txt").read_text()


def test_every_fault_the_language_knows_is_shown_by_a_broken_model() -> None:
    shown = "".join(path.with_suffix(".txt").read_text() for path in BROKEN)

    # A document too large for a model would be a large file here; it has a test of its own.
    assert [Code.TOO_LARGE] == [code for code in Code if code[0] not in "IW" and f"[{code}]" not in shown]


def test_a_document_too_large_for_a_model_is_told_and_not_read() -> None:
    text = "model: b2b\n" + "# nothing\n" * 20_000

    told = render_findings("model.yaml", text, review_model(text).findings)

    assert told == (
        "model.yaml:1:1  too large for a model  [Y108]\n"
        "    1 | model: b2b\n"
        "      | ^ 200,011 characters; at most 100,000 are read.\n"
        "      Split it: one model per file.\n"
        "\n"
        "1 error.\n"
    )


def test_no_finding_is_shown_as_nothing() -> None:
    assert render_findings("model.yaml", "model: b2b", []) == ""


def test_codes_keep_their_meaning() -> None:
    """Documents, tickets and searches name them: a code is never given to another fault."""
    assert len(set(Code)) == len(list(Code))
    assert (Code.DURATION_UNIT, Code.UNKNOWN_KIND, Code.REARM, Code.SENSITIVE, Code.UNREACHABLE) == (
        "T103", "K101", "H204", "P301", "R205",
    )  # fmt: skip
