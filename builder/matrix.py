"""The matrix of a publication: every unit against every edition, with rules, words and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from builder.conditions import TARGETS
from builder.diagnostics import Diagnostic, Severity, Span, unique
from builder.document import document_of
from builder.markdown.door import parse
from builder.markdown.places import BlockUnit, TextUnit
from builder.markdown.tree import text_of
from builder.model import Decision, Job
from builder.project import Project, Publication, Section
from builder.render import render
from builder.select import select
from builder.selection import Choice
from builder.standing import fingerprint_of
from builder.world import World


class Cell(Struct, frozen=True):
    """One unit in one edition."""

    targets: tuple[str, ...]
    """The kinds of file that have it."""
    is_everywhere: bool
    """Whether all files of the edition have it."""
    bar: str | None
    """The reason on the bar in its place, "" for none; None where there is no bar."""
    rule: str
    rule_span: Span | None
    words: int | None
    """None where they can't be told."""

    @property
    def state(self) -> str:
        """`in`, `out`, `redacted`, or the files that have it."""
        if self.targets:
            return "in" if self.is_everywhere else ", ".join(self.targets)
        return "out" if self.bar is None else f"redacted {self.bar}".rstrip()


class Row(Struct, frozen=True):
    """One unit in all editions."""

    unit: str
    kind: str
    title: str
    span: Span
    depth: int
    """How deep a section lies; a unit of its text one deeper."""
    cells: tuple[Cell, ...]

    @property
    def is_nowhere(self) -> bool:
        """Whether no edition has it or a bar for it."""
        return not any(cell.targets or cell.bar is not None for cell in self.cells)


class Column(Struct, frozen=True):
    """One edition."""

    name: str
    targets: tuple[str, ...]
    words: dict[str, int | None]
    """By target; None where the edition has errors."""
    pages: dict[str, int | None]
    """By target; None where the file was not built, or something changed since."""
    max_words: int | None
    max_pages: int | None


class Matrix(Struct, frozen=True):
    """The units and editions of a publication, and what there is to say about them."""

    publication: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    problems: tuple[Diagnostic, ...]


def make_matrix(project: Project, publication: Publication, world: World, built: Mapping[str, Any]) -> Matrix:
    """Works out the matrix; `built` holds the entries of `build.json` by the path of their file."""
    jobs = [job for job in project.jobs() if job.publication == publication.id]
    problems: list[Diagnostic] = []
    editions: dict[str, dict[str, _Made]] = {}
    for job in jobs:
        editions.setdefault(job.edition, {})[job.target] = _make(project, job, world, built, problems)
    rows = _rows(publication, editions)
    columns = tuple(_column(project, publication, name, made) for name, made in editions.items())
    for column, made in zip(columns, editions.values(), strict=True):
        problems.extend(_over_budget(project, publication, column, next(iter(made.values())).job))
    problems.extend(_nowhere(publication, rows))
    return Matrix(publication.id, publication.shape.title, columns, rows, unique(problems))


def unused_audiences(project: Project) -> tuple[Diagnostic, ...]:
    """A warning for each audience that nobody writes for."""
    used = {audience for publication in project.publications for audience in publication.shape.editions}
    return tuple(
        Diagnostic(
            "unused-audience",
            f"no publication has an edition for '{name}'",
            project.source.place("audiences", name, "~key") if project.source else None,
            "add it to the 'editions' of a publication, or delete the audience",
            Severity.WARNING,
        )
        for name in project.audiences
        if name not in used
    )


class _Made(Struct, frozen=True):
    """What one file of an edition holds."""

    job: Job
    decisions: dict[Span | str, Decision]
    """By id for sections and parts, which every language has; by place for all else."""
    words: int | None
    section_words: dict[str, int]
    pages: int | None


def _make(
    project: Project, job: Job, world: World, built: Mapping[str, Any], problems: list[Diagnostic]
) -> _Made:
    entry = built.get(job.path, {})
    choice = Choice(alternatives=tuple(sorted(entry.get("alternatives", {}).items())))
    made = document_of(project, job, world, choice)
    problems.extend(made.problems)
    if made.value is None:
        selection = select(project, job, world).value
        decisions = {_key(each): each for each in (selection.decisions if selection else ())}
        return _Made(job, decisions, None, {}, None)
    selection, theme, words, document = made.value
    decisions = {_key(each): each for each in selection.decisions}
    pages = None
    if entry.get("pages") is not None and not {"only", "without"} & set(entry):
        inputs = fingerprint_of(render(document, theme, words, world), theme, document)
        pages = entry["pages"] if entry.get("inputs") == inputs else None
    return _Made(job, decisions, document.words, dict(document.sections), pages)


def _key(decision: Decision) -> Span | str:
    return decision.unit if decision.kind in ("section", "part") else decision.span


def _rows(publication: Publication, editions: dict[str, dict[str, _Made]]) -> tuple[Row, ...]:
    found: dict[Span, Decision] = {}
    for made in editions.values():
        for each in made.values():
            found |= {
                key: d for key, d in each.decisions.items() if isinstance(key, Span) and key not in found
            }
    units = _units_of(publication)
    rows: list[Row] = []
    for section, depth in _sections(publication.sections, 0):
        cells = tuple(_section_cell(section, made) for made in editions.values())
        rows.append(Row(section.id, section.kind, section.title, section.span, depth, cells))
        paths = {each.path for each in (section, *section.translations.values()) if each.kind == "section"}
        for span in sorted(span for span in found if span.path in paths):
            rows.append(_row(found.pop(span), depth + 1, units, editions, section))
    return (*rows, *(_row(found[span], 0, units, editions, None) for span in sorted(found)))


def _sections(sections: tuple[Section, ...], depth: int) -> Iterator[tuple[Section, int]]:
    for section in sections:
        yield section, depth
        yield from _sections(section.children, depth + 1)


def _row(
    decision: Decision,
    depth: int,
    units: dict[Span, tuple[TextUnit, str]],
    editions: dict[str, dict[str, _Made]],
    section: Section | None,
) -> Row:
    unit = units.get(decision.span)
    words = None if unit is None else _words_of(*unit)
    cells = tuple(_unit_cell(decision.span, made, words, section) for made in editions.values())
    name = decision.unit if unit is None else f"line {decision.span.line}"
    return Row(name, decision.kind, "", decision.span, depth, cells)


def _section_cell(section: Section, made: dict[str, _Made]) -> Cell:
    counts = [each.section_words.get(section.id) for each in made.values()]
    return _unit_cell(section.id, made, next((count for count in counts if count is not None), None), None)


def _unit_cell(key: Span | str, made: dict[str, _Made], words: int | None, section: Section | None) -> Cell:
    decisions = {target: each.decisions.get(key) for target, each in made.items()}
    targets = tuple(target for target, each in decisions.items() if each is not None and each.is_in)
    # Where the files differ, the rule that keeps the unit out of some tells more than the one that lets it in.
    known = sorted((each for each in decisions.values() if each is not None), key=lambda each: each.is_in)
    bar = next((each.bar for each in known if each.bar is not None), None)
    if known:
        rule, at = known[0].rule, known[0].rule_span
    else:
        around = next((each.decisions.get(section.id) for each in made.values()), None) if section else None
        is_lost = around is not None and not around.is_in
        rule, at = "not used in this edition", None
        if is_lost and section is not None and around is not None:
            rule, at = f"lies in '{section.id}', which is out", around.rule_span
    return Cell(targets, len(targets) == len(made), bar, rule, at, words if targets else None)


def _column(project: Project, publication: Publication, name: str, made: dict[str, _Made]) -> Column:
    job = next(iter(made.values())).job
    edition, audience = publication.edition(job.audience), project.audiences[job.audience]
    return Column(
        name,
        tuple(made),
        {target: each.words for target, each in made.items()},
        {target: each.pages for target, each in made.items()},
        edition.max_words or audience.max_words,
        edition.max_pages or audience.max_pages,
    )


def _over_budget(
    project: Project, publication: Publication, column: Column, job: Job
) -> Iterator[Diagnostic]:
    for unit, limit, counts in (
        ("words", column.max_words, column.words),
        ("pages", column.max_pages, column.pages),
    ):
        # Large print and bound pages may be as many as they need.
        counted = {t: n for t, n in counts.items() if n and not (unit == "pages" and not TARGETS[t].has_page_budget)}
        found = max(counted.values(), default=0)
        if limit is None or found <= limit:
            continue
        key = f"max_{unit}"
        yield Diagnostic(
            "over-budget",
            f"{publication.id}/{column.name}: {found} {unit}, {limit} are allowed",
            project.budget_place(publication, job.audience, key),
            f"shorten it, choose shorter alternatives, or raise {key}",
            Severity.WARNING,
        )


def _nowhere(publication: Publication, rows: tuple[Row, ...]) -> Iterator[Diagnostic]:
    """A warning for each unit that is in no edition, the outermost alone."""
    below: int | None = None
    translated = {each.path for section in publication.walk() for each in section.translations.values()}
    for row in rows:
        if row.span.path in translated:
            continue  # The same unit of the source tells.
        if below is not None and row.depth > below:
            continue
        below = row.depth if row.is_nowhere else None
        if row.is_nowhere:
            kind = "span" if row.kind == "inline" else row.kind
            what = f"the {kind} '{row.unit}'" if row.title else f"this {kind}"
            hint = "open it to an audience, or delete it; builder explain says what keeps it out"
            message = f"{what} is in no edition of '{publication.id}'"
            yield Diagnostic("unit-in-no-edition", message, row.span, hint, Severity.WARNING)


def _units_of(publication: Publication) -> dict[Span, tuple[TextUnit, str]]:
    """Every unit of every text with the text, by the place where it begins."""
    sections = [s for each in publication.walk() for s in (each, *each.translations.values())]
    snippets = [s for each in publication.snippets.values() for s in (each, *each.translations.values())]
    bodies = [(section.path, body) for section in sections for body in section.bodies.values()]
    bodies += [(snippet.path, snippet.body) for snippet in snippets]
    return {
        Span(path, body.first_line + unit.line, unit.column): (unit, body.text)
        for path, body in bodies
        for unit in parse(body.text, path, body.first_line).units
    }


def _words_of(unit: TextUnit, text: str) -> int | None:
    """The words of a unit, with all that lies in it; None for a column of a table."""
    if unit.kind == "column":
        return None
    place = unit.place
    if isinstance(place, BlockUnit):
        lines = text.split("\n")[place.start : place.end]
        inner = "\n".join(line[keep:] for line, keep in zip(lines, place.keep, strict=False))
    else:
        inner = place.block.content[place.start : place.end]
    tokens = parse(inner.replace("|", " ") if unit.kind == "row" else inner, "").tokens
    texts = [text_of(t.children or []) if t.type == "inline" else t.content for t in tokens]
    if unit.kind == "row":
        texts = [re.sub(r"\{[^{}]*\}\s*$", "", each) for each in texts]
    return sum(len(each.split()) for each in texts)
