"""Which units of a publication are conditional, where each stands, and who sees it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from string import ascii_uppercase
from typing import Any

from msgspec import Struct

from builder.conditions import CONDITION_KEYS, TARGETS, holds, parse_expression
from builder.markdown.places import BlockUnit
from builder.model import Document, Job
from builder.passes.number import letter
from builder.project import Project, Publication, Section
from builder.proof.everything import ALTERNATIVE, REVIEWERS
from builder.select import viewer_of
from builder.selection import Selected, Selection
from builder.sources import decode
from builder.tables import conditions_of_row, read_csv
from builder.withhold import Pruned, conditions_of
from builder.world import World

LEFT_OUT = "left out by"
"""What stands before the editions whose own lists of sections or tags leave a section out."""
WHOLE_FILE = 10**9
STYLES = 35
"""Pairs of one of 7 colours and one of 5 patterns, each told from the others in grey too by its letter."""
_IN_HTML = re.compile(r'data-(?:mark|column|chart)="([^"]*)"')


class Range(Struct, frozen=True):
    """Lines of a file, `last` excluded, that one condition governs."""

    path: str
    first: int
    last: int
    label: str


class Key(Struct, frozen=True):
    """One condition as the legend prints it."""

    letter: str
    style: int
    label: str
    editions: tuple[str, ...]
    """Names of the editions that have the units under this condition, as far as it decides."""
    units: int


class Marked(Struct, frozen=True):
    """Everything conditional in a proof copy."""

    ranges: dict[str, tuple[Range, ...]]
    """By the path of the file."""
    sections: dict[str, tuple[str, ...]]
    """Labels by the anchor of the section."""
    places: dict[str, tuple[str, int]]
    """File and line of each section by its anchor."""
    authors: tuple[str, ...]
    """The label of each author, or nothing."""
    keys: dict[str, Key]
    """By label, from the most open to the most closed."""


def label_of(conditions: Mapping[str, str]) -> str:
    """A condition in words, as `audience: press or public · clearance: restricted`; empty without one."""
    return " · ".join(f"{key}: {' '.join(value.split())}" for key, value in conditions.items())


def conditions_in(label: str) -> dict[str, str]:
    """The condition that a label was made from."""
    return dict(part.split(": ", 1) for part in label.split(" · "))


def data_labels(publication: Publication, path: str, world: World) -> list[tuple[int, str]]:
    """The conditions in a CSV file with their lines; line 0 for those on columns."""
    text = decode(world.read_bytes(path), path).value
    table = read_csv(text, path).value if text is not None else None
    if table is None:
        return []
    found = [
        (line, label_of(conditions))
        for row, line in zip(table.rows, table.lines, strict=True)
        if (conditions := conditions_of_row(table, row))
    ]
    return [(0, column_label(publication, path, name)) for name in table.columns
            if column_label(publication, path, name)] + found  # fmt: skip


def column_label(publication: Publication, path: str, column: str) -> str:
    """The condition on a column of a CSV file, or nothing."""
    if path not in publication.data:
        return ""
    shape = publication.data[path][1].columns.get(column)
    return "" if shape is None else shape_label(shape)


def shape_label(shape: Any) -> str:
    """The conditions of an authored shape in words."""
    return label_of(
        {key: value for key in CONDITION_KEYS if (value := getattr(shape, key, None)) is not None}
    )


def find_marks(project: Project, selection: Selection, document: Document, world: World) -> Marked:
    """Gathers every condition of a selection that holds everything."""
    publication = project.publication(selection.publication.id)
    names = [name for name in publication.shape.editions if name != REVIEWERS]
    ranges: list[Range] = []
    sections: dict[str, tuple[str, ...]] = {}
    places: dict[str, tuple[str, int]] = {}
    parts = iter(chapter.anchor for chapter in document.chapters if chapter.kind == "part")
    for selected in _walk(selection.sections):
        section = selected.section
        anchor = next(parts) if section.kind == "part" else section.anchor
        places[anchor] = (section.path, section.span.line)
        sections[anchor] = tuple(_section_labels(publication, names, project.vocabulary.tags, section))
        for text in (selected.title, selected.standfirst, selected.body):
            ranges.extend(_ranges(text))
    for (name, language), pruned in selection.snippets.items():
        snippet = publication.snippets[name].in_language(language)
        if label := label_of({key: value for key, value, _ in snippet.conditions}):
            ranges.append(Range(pruned.path, 0, WHOLE_FILE, label))
        ranges.extend(_ranges(pruned))
    for path in dict.fromkeys(selection.data_paths.values()):
        ranges.extend(
            Range(path, line, line + 1, label)
            for line, label in data_labels(publication, path, world)
            if line
        )
    authors = tuple(shape_label(author) for author in publication.shape.authors)
    html = "".join(chapter.title + chapter.standfirst + chapter.html for chapter in document.chapters)
    inline = [unescape(label) for found in _IN_HTML.findall(html) for label in found.split("|")]
    own = [label for labels in sections.values() for label in labels]
    counted = Counter([*own, *(each.label for each in ranges), *filter(None, authors), *inline])
    by_path: dict[str, list[Range]] = {}
    for each in dict.fromkeys(ranges):
        by_path.setdefault(each.path, []).append(each)
    return Marked(
        {path: tuple(found) for path, found in by_path.items()}, sections, places, authors,
        _keys(project, publication, counted),
    )  # fmt: skip


def _walk(sections: Iterable[Selected]) -> Iterator[Selected]:
    for section in sections:
        yield section
        yield from _walk(section.children)


def _ranges(pruned: Pruned | None) -> Iterator[Range]:
    """The blocks, tables and rows of a text that have conditions; spans and columns mark themselves."""
    for unit in pruned.parsed.units if pruned is not None else ():
        label = label_of(conditions_of(unit.attributes))
        if label and isinstance(unit.place, BlockUnit) and unit.kind != "column":
            first = pruned.first_line + unit.place.start
            yield Range(pruned.path, first, pruned.first_line + unit.place.end, label)


def _section_labels(
    publication: Publication, names: list[str], tags: tuple[str, ...], section: Section
) -> Iterator[str]:
    if ALTERNATIVE in section.id:
        yield f"alternative: {section.id.rsplit(ALTERNATIVE, 1)[1].replace('_', ' ')}"
        return
    if label := label_of({key: value for key, value, _ in section.conditions}):
        yield label
    left_out = [name for name in names if not _chooses(publication, name, tags, section)]
    if left_out:
        yield f"{LEFT_OUT}: {', '.join(left_out)}"


def _chooses(publication: Publication, name: str, tags: tuple[str, ...], section: Section) -> bool:
    """Whether an edition's own lists of sections and tags let a section in."""
    edition = publication.edition(name)
    is_top = section.id in [each.id for each in publication.sections]
    if is_top and edition.sections is not None and section.id not in edition.sections:
        return False
    if edition.tags is None or not section.tags:
        return True
    return holds(parse_expression(edition.tags, tags, "tag"), section.tags)


def _keys(project: Project, publication: Publication, counted: Counter[str]) -> dict[str, Key]:
    ladder = project.vocabulary.clearances

    def closed(label: str) -> tuple[int, str]:
        clearance = conditions_in(label).get("clearance")
        return (ladder.index(clearance) if clearance in ladder else -1, label)

    return {
        label: Key(
            letter(index + 1, ascii_uppercase),
            index % STYLES,
            label,
            _editions(project, publication, label),
            counted[label],
        )
        for index, label in enumerate(sorted(counted, key=closed))
    }


def _editions(project: Project, publication: Publication, label: str) -> tuple[str, ...]:
    conditions = conditions_in(label)
    left_out = conditions.pop(LEFT_OUT, "").split(", ")
    alternative = conditions.pop("alternative", None)
    found = []
    for name in publication.shape.editions:
        if name == REVIEWERS or name in left_out:
            continue
        edition, audience = publication.edition(name), project.audiences[name]
        if alternative is not None:
            if (edition.alternative or audience.alternative).replace("_", " ") == alternative:
                found.append(name)
            continue
        for target in edition.targets or audience.targets:
            job = Job(publication.id, name, publication.shape.language, target)
            if target in TARGETS and viewer_of(project, job).judge(conditions).is_in:
                found.append(name)
                break
    return tuple(found)
