"""Findings as a person reads them: the line, the place under it, why it matters and what to write instead."""

import re
from collections.abc import Sequence

from streams.model.findings.codes import Code
from streams.model.findings.finding import Finding, Severity

LINE_BREAKS = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""Where YAML breaks lines."""

WIDEST = 110
"""Characters of a source line shown whole; of a longer one, the part around the fault."""

_NOTES = {Code.UNKNOWN_KIND: ": kinds are open"}


def render_findings(name: str, text: str, findings: Sequence[Finding]) -> str:
    """All findings under the name of their file, and how many there are. Empty for none."""
    if not findings:
        return ""
    lines = LINE_BREAKS.split(text.removeprefix("\ufeff"))
    told = [_render(name, lines, finding) for finding in findings]
    return "\n\n".join([*told, _count(findings)]) + "\n"


def _render(name: str, lines: list[str], finding: Finding) -> str:
    source = lines[finding.line - 1] if finding.line <= len(lines) else ""
    shown, column, width = _around(source, finding.column - 1, len(finding.excerpt))
    kind = f" (warning{_NOTES.get(finding.code, '')})" if finding.severity is Severity.WARNING else ""
    told = [
        f"{name}:{finding.line}:{finding.column}  {finding.problem}  [{finding.code}]{kind}",
        f"{finding.line:>5} | {shown}".rstrip(),
        f"      | {' ' * column}{'^' * width} {finding.why}",
    ]
    if finding.remedy:
        told.append(f"      {finding.remedy}")
    return "\n".join(told)


def _around(source: str, column: int, width: int) -> tuple[str, int, int]:
    """The part of a line to show, the fault's column in it, and how many characters to mark."""
    source = "".join(c if c.isprintable() else " " for c in source)
    if len(source) <= WIDEST:
        return source, column, max(1, min(width, len(source) - column))
    start = max(0, min(column - WIDEST // 2, len(source) - WIDEST))
    part = source[start : start + WIDEST]
    left, right = "..." if start else "", "..." if start + WIDEST < len(source) else ""
    return left + part + right, column - start + len(left), max(1, min(width, start + WIDEST - column))


def _count(findings: Sequence[Finding]) -> str:
    warnings = sum(f.severity is Severity.WARNING for f in findings)
    errors = len(findings) - warnings
    private = sum(f.code is Code.SENSITIVE for f in findings)
    parts = []
    if errors:
        parts.append(_plural(errors, "error") + (f" ({private} of them privacy)" if private else ""))
    if warnings:
        parts.append(_plural(warnings, "warning"))
    return ", ".join(parts) + "."


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
