"""The table of rules, and the run of them; a new rule is a row here and in `builder.codes.LINT`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from builder.codes import LINT
from builder.diagnostics import Diagnostic, Severity
from builder.lint.files import unused_files
from builder.lint.look import Finding, Look, look_at
from builder.lint.mentions import unmentioned
from builder.lint.parts import (
    long_message,
    long_title,
    missing_metadata,
    no_header,
    unowned_recommendation,
    wide_table,
)
from builder.lint.pictures import file_name_alt, long_alt, needless_alt, repeated_alt
from builder.lint.reading import hard_to_read
from builder.lint.words import bare_address, empty_words, foreign_script, same_words, undefined_abbreviation
from builder.model import Document
from builder.project import Project, Publication
from builder.selection import Selection
from builder.world import World

RULES: dict[str, Callable[[Look], Iterator[Finding]]] = {
    "repeated-alt": repeated_alt,
    "needless-alt": needless_alt,
    "file-name-alt": file_name_alt,
    "long-alt": long_alt,
    "empty-words": empty_words,
    "bare-address": bare_address,
    "same-words": same_words,
    "foreign-script": foreign_script,
    "undefined-abbreviation": undefined_abbreviation,
    "no-header": no_header,
    "wide-table": wide_table,
    "unmentioned": unmentioned,
    "unowned-recommendation": unowned_recommendation,
    "long-title": long_title,
    "long-message": long_message,
    "missing-metadata": missing_metadata,
    "hard-to-read": hard_to_read,
}
"""By code, on one edition."""
FILE_RULES: dict[str, Callable[[Publication, World], Iterator[Finding]]] = {"unused-file": unused_files}
"""By code, on a whole publication."""


def lint_edition(project: Project, selection: Selection, document: Document) -> Iterator[Diagnostic]:
    """What the rules that are on find in one edition."""
    look = look_at(selection, document)
    publication = project.publication(selection.job.publication)
    for code, rule in RULES.items():
        if weight := weight_of(project, publication, code):
            yield from (_diagnostic(code, found, weight) for found in rule(look))


def lint_files(project: Project, publication: Publication, world: World) -> Iterator[Diagnostic]:
    """What the rules that are on find in the folder of a publication."""
    for code, rule in FILE_RULES.items():
        if weight := weight_of(project, publication, code):
            yield from (_diagnostic(code, found, weight) for found in rule(publication, world))


def weight_of(project: Project, publication: Publication, code: str) -> Severity | None:
    """The weight of a rule: the publication's word, else the project's, else its own; None is off."""
    word = publication.shape.lint.get(code) or project.lint.get(code) or LINT[code]
    return {"off": None, "warning": Severity.WARNING, "error": Severity.ERROR}[word]


def _diagnostic(code: str, found: Finding, weight: Severity) -> Diagnostic:
    return Diagnostic(code, found.message, found.span, found.hint, weight, found.editions)
