"""What an author says is meant: a comment that names a rule silences its warning at one place.

`<!-- meant: wide-table -->` in Markdown, `# meant: long-alt` in YAML; behind the code may stand why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from builder.codes import LINT
from builder.diagnostics import Diagnostic, Severity, Span, did_you_mean
from builder.project import Publication
from builder.sources import decode
from builder.world import PathRefused, World

_MEANT = re.compile(r"(?<!`)(?:<!--|#)\s*meant:\s*(?P<codes>[\w-]+(?:\s*,\s*[\w-]+(?=\s*(?:,|;|-->|$)))*)")
_COMMENT = re.compile(r"\s*(?:<!--.*-->|#.*)?\s*")
_FENCE = re.compile(r"[ >]*(?P<signs>`{3,}|~{3,})\s*(?P<name>[\w-]*)")


class _Meant(Struct, frozen=True):
    """One code of one comment, and the lines that it speaks of: its own, and the one that it stands above."""

    code: str
    span: Span
    lines: frozenset[int]


def without_meant(
    problems: Iterable[Diagnostic], publication: Publication, world: World, is_whole: bool
) -> Iterator[Diagnostic]:
    """The problems without warnings of the linter that a comment calls meant; errors always stay.

    A comment that names no rule is a warning of its own, and so is one without a warning to silence;
    the latter only where the whole publication was looked at.
    """
    comments = [each for path in _texts(publication, world) for each in _comments(path, world)]
    used: set[_Meant] = set()
    for problem in problems:
        found = {each for each in comments if problem.code in LINT and _speaks_of(each, problem)}
        used |= found
        if not found or problem.severity is not Severity.WARNING:
            yield problem
    for each in comments:
        if each.code not in LINT:
            message = f"'{each.code}' is no rule of the linter, so that nothing can be meant by it"
            yield _unused(message, each, did_you_mean(each.code, LINT))
        elif is_whole and each not in used:
            yield _unused(f"nothing here is '{each.code}'", each, "delete the comment")


def _unused(message: str, meant: _Meant, hint: str) -> Diagnostic:
    return Diagnostic("unused-meant", message, meant.span, hint, Severity.WARNING)


def _speaks_of(meant: _Meant, problem: Diagnostic) -> bool:
    span = problem.span
    return (
        span is not None
        and problem.code == meant.code
        and span.path == meant.span.path
        and span.line in meant.lines
    )


def _texts(publication: Publication, world: World) -> list[str]:
    return [path for path in world.files(publication.folder) if path.endswith((".md", ".yaml"))]


def _comments(path: str, world: World) -> Iterator[_Meant]:
    """The comments of a file, those in its samples of code left out."""
    try:
        lines = (decode(world.read_bytes(path), path).value or "").split("\n")
    except PathRefused:
        return
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark["signs"].startswith(fence) and not mark["name"]:
                fence = ""
            continue
        if mark and path.endswith(".md") and mark["name"] != "chart":
            fence = mark["signs"]
            continue
        found = _MEANT.search(line)
        if found is None:
            continue
        about = {number}
        if _COMMENT.fullmatch(line):
            below = (n for n, each in enumerate(lines[number:], number + 1) if not _COMMENT.fullmatch(each))
            about |= {next(below, number)}
        for code in re.split(r"\s*,\s*", found["codes"]):
            yield _Meant(code, Span(path, number, found.start() + 1), frozenset(about))
