"""Whatever a file holds, reading it ends in a model or in findings that can be shown."""

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.scoring_model import ScoringModel
from streams.model import Finding, Severity, read_model, render_findings, review_model

M1 = (Path(__file__).parents[2] / "models" / "m1.yaml").read_text()

WORDS = st.sampled_from(
    ["model", "rules", "when", "points", "limit", "20 or more", "under", "14d", "once per video", "2y ago or earlier",
     "true", "null", "NO", "9:30", "-5", "1e9", "0x1F", ".inf", "*", "&a", "*a", "!!python/object:os.system", "<<",
     "%YAML 1.1", "---", "...", "? ", "- ", ": ", ", ", "{", "}", "[", "]", "\n  ", "\t", "'", '"', "|", ">", "\\", "#",
     "\ufeff", "\x85", "\u2028", "\ud800", "\x00", "😀", "points: {a: 1}", "all: [x]"]
)  # fmt: skip
FRAGMENTS = st.lists(st.one_of(WORDS, st.text(max_size=4)), max_size=12).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """M1 with pieces cut out, put in or written over."""
    text = M1
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(FRAGMENTS) + text[start + draw(st.integers(0, 40)) :]
    return text


@given(st.one_of(st.text(max_size=200), FRAGMENTS))
@settings(max_examples=200, deadline=None)
@example("[" * 50_000)
@example("{a: " * 50_000)
@example("- " * 50_000)
@example("a" * 200_000)
@example('model: "\\U00110000"')
@example('model: "\\ud800"')
@example("engagement: &a {rules: *a}")
@example("a: &a [b]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]")
@example("version: " + "9" * 6_000)
@example("version: 1e99")
@example("engagement: {limit: 1e99999999}")
def test_any_text_gives_a_model_or_findings(text: str) -> None:
    read = read_model(text)

    assert isinstance(read, ScoringModel) or read


@given(damaged())
@settings(max_examples=120, deadline=None)
def test_a_damaged_model_gives_a_model_or_findings_that_can_be_shown(text: str) -> None:
    reading = review_model(text, keep_props=("video",))

    errors = [finding for finding in reading.findings if finding.severity is Severity.ERROR]
    assert (reading.model is None) == bool(errors)
    shown = render_findings("model.yaml", text, reading.findings)
    assert all(f"model.yaml:{f.line}:{f.column}  {f.problem}  [{f.code}]" in shown for f in reading.findings)


@given(damaged())
@settings(max_examples=60, deadline=None)
def test_a_finding_stands_where_its_excerpt_is(text: str) -> None:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n")
    for mark in ("\r", "\x85", "\u2028", "\u2029"):
        lines = lines.replace(mark, "\n")
    source = lines.split("\n")
    for finding in review_model(text).findings:
        start = finding.column - 1

        assert finding.excerpt == source[finding.line - 1][start : start + len(finding.excerpt)] or _of_the_form(
            finding
        )


def _of_the_form(finding: Finding) -> bool:
    """A character that cannot be shown is shown as a question mark."""
    return finding.code == "Y110"


@given(damaged())
@settings(max_examples=60, deadline=None)
def test_findings_come_by_position_and_name_no_class(text: str) -> None:
    findings = review_model(text).findings

    assert list(findings) == sorted(findings, key=lambda f: (f.line, f.column, f.code))
    told = " ".join(f"{f.problem} {f.why} {f.remedy}" for f in findings)
    classes = ("Decimal", "Leaf", "Block", "Row", "Node", "ScalarEvent", "Error", "Exception", "None", "dict", "tuple")
    written = (word for word in classes if word not in text)
    assert [] == [word for word in written if word in told]
