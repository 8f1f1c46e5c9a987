"""What is wrong with a model document, where, why it matters and what to write instead."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from streams.model.findings.codes import Code
from streams.model.findings.kind import MODEL, Kind


class Severity(StrEnum):
    """An error refuses the document; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True, kw_only=True):
    """One fault. `render_findings` shows it to a person, JSON to a program."""

    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    path: str
    """Words from the top of the document: `engagement.rules.watched-video.when`."""
    code: Code
    severity: Severity
    problem: str
    """In a few words."""
    why: str
    """What was found, and what it would do to leads."""
    remedy: str
    """What to write instead."""
    excerpt: str
    """The characters at fault, as written on that line."""


class Place(Struct, frozen=True, order=True):
    """Where something stands in the text, both from 1."""

    line: int
    column: int


class Placed(Protocol):
    """A piece of the document with its place."""

    @property
    def at(self) -> Place:
        """Where it begins."""

    @property
    def excerpt(self) -> str:
        """Its characters on the line where it begins."""


class Findings:
    """Gathers every fault of one document, so that a person mends them all at once."""

    def __init__(self, kind: Kind = MODEL) -> None:
        self.kind = kind
        self._found: list[Finding] = []

    def error(
        self, code: Code, where: Placed, path: str, *, problem: str, why: str, remedy: str = "", part: str = ""
    ) -> None:
        """A fault that refuses the document; `part` narrows it to some characters of the piece."""
        self._add(Severity.ERROR, code, where, path, problem, why, remedy, part)

    def warning(self, code: Code, where: Placed, path: str, *, problem: str, why: str, remedy: str = "") -> None:
        """Something a person should look at; the document stands."""
        self._add(Severity.WARNING, code, where, path, problem, why, remedy, "")

    def _add(
        self, severity: Severity, code: Code, where: Placed, path: str, problem: str, why: str, remedy: str, part: str
    ) -> None:
        shift = max(0, where.excerpt.find(part)) if part else 0
        self._found.append(
            Finding(
                line=where.at.line,
                column=where.at.column + shift,
                path=path,
                code=code,
                severity=severity,
                problem=problem,
                why=why,
                remedy=remedy,
                excerpt=part if part and part in where.excerpt else where.excerpt,
            )
        )

    @property
    def refused(self) -> bool:
        """Is there any error?"""
        return any(f.severity is Severity.ERROR for f in self._found)

    def in_order(self) -> tuple[Finding, ...]:
        """By position."""
        return tuple(sorted(self._found, key=lambda f: (f.line, f.column, f.code)))
