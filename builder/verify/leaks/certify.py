"""`certify` searches a finished file for what its edition withholds, and says what it searched and how well it can read."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from builder.diagnostics import Checked, Diagnostic, Span
from builder.futures import LONG, Submit, at_once
from builder.language import load_words
from builder.model import Certificate, Job
from builder.project import Project
from builder.verify.leaks.control import (
    PAGE_WAYS,
    SHARE,
    control_epub,
    control_pdf,
    probes_of,
    reread,
    sha256,
)
from builder.verify.leaks.engines import read_pages
from builder.verify.leaks.epub_places import folios_of, read_epub
from builder.verify.leaks.machine import machine_texts
from builder.verify.leaks.match import Hit, Needles, needles_of, scan
from builder.verify.leaks.opened import Opened
from builder.verify.leaks.pdf_pages import page_places
from builder.verify.leaks.pdf_places import read_pdf
from builder.verify.leaks.pixels import pixel_digest
from builder.verify.leaks.sight import Sight, Withheld
from builder.verify.leaks.units import Source, source_of
from builder.world import World

SHOWN = 3
"""Places in one message."""
MOST = 40
"""Messages of one file: who broke a template need not read thousands."""


class Sought(Struct, frozen=True):
    """What is looked for in the file of an edition, worked out from the source alone."""

    source: Source
    needles: Needles
    probes: tuple[str, ...]
    """Of what must be found again."""


def seek(
    project: Project, job: Job, world: World, words: dict[str, Any], alternatives: Iterable[tuple[str, str]] = ()
) -> Sought:
    """Judges the project's source afresh: what `certify` looks for, and what it knows to be visible."""
    sight = Sight(project, job, words, alternatives)
    source = source_of(project, sight, world)
    # The file says which edition it is, and its own name does.
    visible = (*source.visible, job.folder)
    sections = sight.publication.walk()
    most = max((len(section.children) for section in sections), default=0)
    machine = tuple(machine_texts(words, sight.publication.shape.language))
    kept = _left(tuple(source.withheld), visible, machine, len(sections), most)
    # Those of numbers depend on the pages of a file.
    return Sought(source, replace(kept, numbers=dict(kept.numbers)), probes_of(source.prose))


@lru_cache(maxsize=4)
def _left(
    withheld: tuple[Withheld, ...], visible: tuple[str, ...], machine: tuple[str, ...], sections: int, most: int
) -> Needles:
    """What is looked for, the same in the PDF and the ebook of most editions; nobody may change it."""
    needles = needles_of(withheld)
    needles.forget(visible, machine, sections, most)
    return needles


def certify(
    project: Project,
    job: Job,
    world: World,
    data: bytes,
    words: dict[str, Any] | None = None,
    alternatives: Iterable[tuple[str, str]] = (),
    submit: Submit = at_once,
    sought: Sought | None = None,
) -> Checked[Certificate | None]:
    """Searches a finished file for everything that its edition withholds.

    `words` are the interface's, if known; `alternatives` the bodies that were chosen to fit a budget; `submit` has
    the pages of a long file read by others meanwhile; `sought` is what `seek` found, where that was done before.

    Works from the project's source and judges it afresh. Each find is an error `leak`; a search that
    can't read the file, or misses what was planted, is an error `leak-control`. The value is None
    after any of them. Raises BrokenExecutor where the other process dies.
    """
    sought = sought or seek(project, job, world, words or load_words(world, job.language).value, alternatives)
    source, needles = sought.source, sought.needles
    is_epub = job.target == "epub"
    digests = _digest if needles.digests else None
    ways = ("XHTML, text",) if is_epub else ("page text",)
    columns = 2 if job.kind.is_booklet else 1
    # Where nothing is withheld, one reader shows that these are the words of the edition.
    aside = submit if len(data) > LONG else at_once
    pages = engines = None
    if source.withheld and not is_epub:
        engines = aside(read_pages, data, columns)
        ways = PAGE_WAYS
    elif not is_epub and aside is not at_once:
        pages = aside(page_places, data)
    try:
        controls = (control_epub if is_epub else control_pdf)(data, needles)
        if is_epub:
            opened = read_epub(data, digests=digests)
            needles.forget_folios(folios_of(data))
        else:
            opened = read_pdf(data, digests=digests, pages=pages)
            needles.forget_folios(opened.pages * columns)
        if engines is not None:
            opened.places += engines.result()
    except BrokenExecutor:
        raise
    except (*_unreadable(is_epub), RuntimeError) as problem:
        return Checked(None, (_control(job, f"the file can't be opened: {problem}"),))
    hits = list(scan(needles, opened.places))
    readers = reread(sought.probes, opened.places, ways)
    problems = [*_leaks(job, source, hits, opened), *_controls(job, opened, controls, readers)]
    if problems:
        return Checked(None, tuple(problems))
    return Checked(_certificate(job, data, source, needles, opened, controls, readers))


def _unreadable(is_epub: bool) -> tuple[type[Exception], ...]:
    """What readers raise where a file can't be opened."""
    if is_epub:
        return (zipfile.BadZipFile,)
    import pikepdf

    return (pikepdf.PdfError, zipfile.BadZipFile)


def _digest(picture) -> str:
    """The hash of the pixels of a picture of the file, given as a function; empty where it can't be read."""
    import pikepdf

    try:
        return pixel_digest(picture())
    except (pikepdf.PdfError, NotImplementedError, OSError, ValueError):
        return ""


def _leaks(job: Job, source: Source, hits: list[Hit], opened: Opened) -> list[Diagnostic]:
    """One message for each stretch of the source that was found, with the places where it was."""
    problems = [
        Diagnostic(
            "leak", f"{job}: {fault}", None, "build the file again, and change nothing in it afterwards"
        )
        for fault in opened.faults
    ]
    where: dict[int, list[str]] = {}
    for hit in hits:
        where.setdefault(hit.unit, []).append(hit.place.where)
    told: dict[tuple[str, str], int] = {}
    for index in sorted(where, key=lambda index: _order(source.withheld[index])):
        unit, places = source.withheld[index], list(dict.fromkeys(where[index]))
        key = (f"{unit.path}:{unit.line}", places[0])
        if key in told:
            continue
        told[key] = index
        rest = f" and in {len(places) - SHOWN} more places" if len(places) > SHOWN else ""
        found = f"{unit.kind} '{_short(unit.text)}' in {'; '.join(places[:SHOWN])}{rest}"
        message = f"{job}: withheld by {unit.owner}, but in the file: {found}"
        hint = "take it out of the template, attribute or other text that repeats it, or show its source too"
        problems.append(Diagnostic("leak", message, Span(unit.path, unit.line, unit.column), hint))
    return problems[:MOST]


def _order(unit: Withheld) -> tuple[str, int, bool, int]:
    return (unit.path, unit.line, unit.is_context, unit.column)


def _short(text: str) -> str:
    words = " ".join(text.replace("\0", " ").split())
    return words if len(words) <= 60 else words[:59] + "…"


def _control(job: Job, message: str) -> Diagnostic:
    hint = "nothing is known about leaks in this file: run again with --debug, and report it"
    return Diagnostic("leak-control", f"{job}: {message}", None, hint)


def _controls(
    job: Job, opened: Opened, controls: dict[str, bool], readers: dict[str, tuple[int, int]]
) -> list[Diagnostic]:
    problems = [_control(job, f"the search can't read {part}") for part in sorted(opened.unread)]
    problems += [
        _control(job, f"what was planted was not found again: {kind}")
        for kind, is_found in controls.items()
        if not is_found
    ]
    for way, (asked, found) in readers.items():
        if asked and found < max(SHARE * asked - 1, 1):
            problems.append(
                _control(job, f"{way}: only {found} of {asked} printed sentences were read again")
            )
    return problems


def _certificate(
    job: Job,
    data: bytes,
    source: Source,
    needles: Needles,
    opened: Opened,
    controls: dict[str, bool],
    readers: dict[str, tuple[int, int]],
) -> Certificate:
    sought = needles.units()
    units = Counter(unit.kind for unit in source.withheld if not unit.is_context)
    names = tuple(
        sorted(
            {
                (unit.path, unit.line, unit.column, unit.kind, unit.owner, index in sought)
                for index, unit in enumerate(source.withheld)
                if not unit.is_context
            }
        )
    )
    return Certificate(
        file=job.file_name,
        sha256=sha256(data),
        units=tuple(sorted(units.items())),
        sought=len(needles),
        places=tuple(sorted(Counter(place.kind for place in opened.places).items())),
        controls=tuple(sorted(controls)),
        readers=tuple((way, asked, found) for way, (asked, found) in sorted(readers.items())),
        names=names,
    )
