"""A problem is a value: where it is, what it is, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

T = TypeVar("T")


class Severity(IntEnum):
    """How much a problem weighs: only an error stops the pipeline."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The lower-case word printed in messages."""
        return self.name.lower()


class Span(Struct, frozen=True, order=True):
    """A place in a source file; line and column count from 1, 0 means unknown."""

    path: str
    """Path relative to the project root, with forward slashes."""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = self.path
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return place


class Diagnostic(Struct, frozen=True):
    """One problem, with a stable code from the table `builder.codes.CODES`."""

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    severity: Severity = Severity.ERROR
    editions: tuple[str, ...] = ()
    """The editions that have it, where it is told once for all of them."""

    @property
    def text(self) -> str:
        """The message, and the editions that it is about."""
        if not self.editions:
            return self.message
        return f"{self.message}, in the edition{'s' if self.editions[1:] else ''} {', '.join(self.editions)}"

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{place}{self.severity.word}[{self.code}]: {self.text}{hint}"

    def as_error(self) -> Diagnostic:
        """The same problem at the weight of an error (`--strict`)."""
        return replace(self, severity=Severity.ERROR)

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order of printing: by file, line and column, then by code."""
        span = self.span or Span("")
        return (span.path, span.line, span.column, self.code, self.message)


class Checked(Struct, Generic[T], frozen=True):
    """The value that a step made, beside the problems that it met."""

    value: T
    problems: tuple[Diagnostic, ...] = ()


class BuildProblem(Exception):
    """Stops the pipeline between two steps; carries every problem found so far."""

    def __init__(self, problems: Iterable[Diagnostic]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self):
        return (BuildProblem, (self.problems,))


def has_errors(problems: Iterable[Diagnostic]) -> bool:
    """Says whether any of the problems is an error."""
    return any(problem.severity is Severity.ERROR for problem in problems)


def unique(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each problem once, with all editions that have it, in the order in which they are printed."""
    found: dict[Diagnostic, dict[str, None]] = {}
    for problem in problems:
        found.setdefault(replace(problem, editions=()), {}).update(dict.fromkeys(problem.editions))
    merged = (replace(problem, editions=tuple(editions)) for problem, editions in found.items())
    return tuple(sorted(merged, key=lambda problem: problem.sort_key))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, for a "did you mean"; None where nothing is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that offers the nearest known word, or lists the known ones."""
    names = list(known)
    close = nearest(word, names)
    if close:
        return f"did you mean '{close}'?"
    if not names:
        return "none is declared"
    return "known: " + ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
