"""The spine and nothing else: a job in, a deliverable out; many jobs through one executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from builder.diagnostics import BuildProblem, Checked, Diagnostic, Severity, has_errors, unique
from builder.document import document_of, resolved
from builder.fit import Alternatives, shorten
from builder.futures import Submit, at_once, beside, load, take_apart
from builder.model import Deliverable, Document, Job, Theme
from builder.orders import Order, document_for, keep, load_for, made_for, take, twin_of
from builder.project import Project
from builder.render import Rendition, render
from builder.standing import fingerprint_of, setting_of, standing
from builder.verify import CHECKS
from builder.verify.budget import within_budget
from builder.world import PUBLICATIONS, World
from builder.writers.targets import WRITERS

if TYPE_CHECKING:
    from builder.page_list import Paged

ALONE = 100_000
"""Characters of a document, some 40 pages, that one process has set before another has loaded its libraries."""


def build(
    order: Order, run: str = "", submit: Submit = at_once, pdf: Deliverable | None = None
) -> Checked[Deliverable | None]:
    """Makes one deliverable, with what `pieces_of` and `prepare` found in the same run; the value is None after any error.

    `submit` has a function done by a process that has nothing else to do. `pdf` is that of the edition, as this run
    made it for an ebook to follow; without it, the ebook finds out itself what it would be.
    """
    started = time.perf_counter()
    take_apart()
    world, loaded, made, rendition = take(order, run) or (*document_for(order, run, submit), None)
    if loaded.value is None or made.value is None:
        return Checked(None, (*loaded.problems, *made.problems))
    problems = list(loaded.problems)
    try:
        is_known = pdf is not None and pdf.paged is not None
        # A world of its own: what the witness reads must not join the inputs that `build.json` names.
        asked = (loaded.value, order.job, World(order.root, order.templates))
        sought = None
        if submit is not at_once:
            selection, _, words, _ = made.value
            sought = beside(_seek, *asked, words, selection.alternatives)
        paged = Checked(pdf.paged) if is_known else _paged(loaded.value, order, world, run, submit)
        problems.extend(paged.problems)

        def write(each: Checked[Any]) -> Checked[Any]:
            return _write(order, each, world, paged.value, rendition if each is made else None, submit)

        written = _fitted(loaded.value, order, made, world, write)
        problems.extend(written.problems)
        if written.value is None:
            return Checked(None, unique(problems))
        (selection, _, words, document), (rendition, setting), (data, pages, layout) = written.value
        from builder.verify.leaks.certify import certify

        known = sought.result() if sought is not None and written.value[0] is made.value else None
        # First, since others can read the pages meanwhile.
        certified = certify(*asked, data, words, selection.alternatives, submit, known)
        for check in CHECKS:
            problems.extend(check(document, data, pages))
        problems.extend(certified.problems)
    except BuildProblem as problem:
        problems.extend((*made.problems, *problem.problems))
        return Checked(None, unique(problems))
    except OSError as problem:
        what = (problem.strerror or str(problem)).lower()
        hint = "free space, or raise the limit on the size of files"
        problems.extend((*made.problems, Diagnostic("bad-output", f"{order.job}: {what}", None, hint)))
        return Checked(None, unique(problems))
    found = weighed(problems, order.is_strict)
    if has_errors(found):
        return Checked(None, found)
    fingerprint = rendition.document.metadata.inputs
    seconds = time.perf_counter() - started
    own = f"{PUBLICATIONS}/{order.job.publication}/"
    # Hidden files do not count as the publication's own.
    others = [path for path in world.log if "/." in path or not path.startswith(own)]
    elsewhere = {**(pdf.elsewhere if is_known else {}), **{path: world.log[path] for path in others}}
    deliverable = Deliverable(
        order.job, data, pages, document.words, seconds, found, fingerprint, elsewhere, certified.value,
        alternatives=selection.alternatives, setting=setting,
        # A file whose parts others make comes alone: no ebook follows it.
        paged=_followed(loaded.value, order.job, document, layout) if submit is at_once else None,
    )  # fmt: skip
    return Checked(deliverable, found)


def _seek(project: Project, job: Job, world: World, words: dict[str, str], alternatives: Alternatives) -> Any:
    """What the certificate is going to look for, with all that finished files are made and read with loaded."""
    if job.kind.base == "pdf":
        from builder.verify.leaks.engines import load_engines

        load_engines()
        load("builder.writers.bind")
    from builder.verify.leaks.certify import seek

    return seek(project, job, world, words, alternatives)


def begin(
    order: Order, run: str, submit: Submit = at_once
) -> dict[str, Any] | Checked[Deliverable | None]:
    """The pieces that are to be set before a PDF; where there are none, the PDF itself, by the process that knows it."""
    return pieces_of(order, run, submit) or build(order, run, submit)


def pieces_of(order: Order, run: str, submit: Submit = at_once) -> dict[str, Any]:
    """The pieces that can be set before the PDF of an order is written, and are not kept yet, by key.

    None where the edition has no such PDF, it is one piece, must fit a budget, or has an error: `build`
    says what is wrong. `submit` has the first one set at once, by somebody who waits for it; it is not among these.
    """
    from builder.store import Store
    from builder.writers.pdf import independent
    from builder.writers.typeset import begin_piece, is_under_way, keys_of

    world, loaded = load_for(order, run)
    if loaded.value is None or order.job not in loaded.value.jobs():
        return {}
    made = made_for(order, world, loaded.value, submit)
    if made.value is None or made.value[0].edition.fit:
        return {}
    _, theme, words, document = made.value
    try:
        rendition = render(document, theme, words, world)
        pieces = independent(rendition, theme, world, order.cache)
        found = dict(zip(keys_of(pieces, world), pieces, strict=True)) if len(pieces) > 1 else {}
    except (BuildProblem, OSError):
        return {}
    keep(order, run, world, loaded, made, rendition)
    store = Store(order.cache / "units")
    missing = {key: piece for key, piece in found.items() if not store.has(key)}
    if submit is not at_once and missing and not any(map(is_under_way, missing)):
        begin_piece(str(order.job), next(iter(missing.values())), world, order.cache, submit)
    return {key: piece for key, piece in missing.items() if not is_under_way(key)}


def _paged(project: Project, order: Order, world: World, run: str, submit: Submit) -> Checked[Paged | None]:
    """What an ebook follows of the PDF of its edition, asked for or not; None where the edition has none.

    Where `pieces_of` made the document of that PDF, it is at hand. What is wrong with the PDF is told where it is
    built: here, that there is none to follow.
    """
    twin = twin_of(order)
    if twin == order or twin.job not in project.jobs():
        return Checked(None)
    paged, problems = None, ()
    try:
        if (kept := take(twin, run)) is not None:
            read, _, made, rendition = kept
            world.log.update(read.log)
        else:
            made, rendition = document_of(project, twin.job, world, order.choice), None

        def lay_out(each: Checked[Any]) -> Checked[Any]:
            return _lay_out(twin, each, world, rendition if each is made else None, submit)

        written = made
        if made.value is not None:
            written = _fitted(project, twin, made, world, lay_out)
        problems = written.problems
        if written.value is not None:
            (_, _, _, document), _, (data, pages, layout) = written.value
            problems += tuple(problem for check in CHECKS for problem in check(document, data, pages))
            paged = _followed(project, twin.job, document, layout)
    except BuildProblem as problem:
        problems = tuple(problem.problems)
    for problem in problems:
        if problem.severity is Severity.ERROR:
            message = f"{order.job}: no page list, since the PDF of the edition can't be made: {problem.message}"
            hint = "mend it, or take 'pdf' out of the targets of the edition"
            found = Diagnostic("no-page-list", message, problem.span, hint, Severity.WARNING)
            return Checked(None, (found,))
    return Checked(paged)


def _followed(project: Project, job: Job, document: Document, layout: Sequence[Any]) -> Paged | None:
    """What the ebook of an edition follows of its PDF; None where it has no ebook, or this is another file."""
    if not layout or job.target != "pdf" or replace(job, target="epub") not in project.jobs():
        return None
    from builder.page_list import paged_of

    return paged_of(document.metadata.file_uuid, layout)


def _lay_out(
    order: Order, made: Checked[Any], world: World, rendition: Rendition | None, submit: Submit
) -> Checked[Any]:
    """Sets a PDF for the sake of its pages; the value is (what made it, None, what was written), or None after any error."""
    from builder.writers.pdf import write_pdf

    if made.value is None:
        return made
    _, theme, words, document = made.value
    volume = write_pdf(rendition or render(document, theme, words, world), theme, world, order.cache, submit=submit)
    written = (volume.value.data, volume.value.pages, volume.value.layout)
    return Checked((made.value, None, written), (*made.problems, *volume.problems))


def _fitted(
    project: Project,
    order: Order,
    made: Checked[Any],
    world: World,
    write: Callable[[Checked[Any]], Checked[Any]],
) -> Checked[Any]:
    """What `write` makes of a document, which is shortened where it must fit and does not."""
    written = write(made)
    if not made.value[0].edition.fit or _fits(written):
        return written

    def again(alternatives: Alternatives) -> Checked[Any]:
        choice = replace(order.choice, alternatives=alternatives)
        return write(resolved(project, order.job, world, choice))

    return shorten(made.value[0], again, _fits) or written


def _write(
    order: Order,
    made: Checked[Any],
    world: World,
    paged: Paged | None,
    rendition: Rendition | None,
    submit: Submit,
) -> Checked[Any]:
    """Sets a document, rendered already or not; the value is (what made it, (rendition, setting), what was written).

    It is None after any error.
    """
    if made.value is None:
        return made
    _, theme, words, document = made.value
    rendition = _traced(rendition or render(document, theme, words, world, paged), theme)
    setting = setting_of(order.tools, order.job.target, rendition, theme, words)
    there = standing(order.standing, order.cache, setting) if order.standing is not None and order.tools else None
    if there is not None:
        return Checked((made.value, (rendition, setting), (*there, ())), made.problems)
    if submit is not at_once and order.job.kind.base == "epub":
        beside(_read_ahead, rendition)
    written = WRITERS[order.job.target](rendition, theme, words, world, order.cache, submit)
    return Checked((made.value, (rendition, setting), written.value), (*made.problems, *written.problems))


def _read_ahead(rendition: Rendition) -> None:
    """Reads the files of an ebook for its certificate while others draw its cover, and while it is packed."""
    from builder.verify.leaks.epub_places import read_ahead
    from builder.writers.epub_resources import FOLDER

    for name, text in rendition.files.items():
        if name.endswith(".xhtml"):
            read_ahead(f"{FOLDER}/{name}", text.encode())


def _traced(rendition: Rendition, theme: Theme) -> Rendition:
    """The rendition of a deliverable, which says in its file what it is and what it was made from."""
    document = rendition.document
    edition = document.job.folder
    inputs = fingerprint_of(rendition, theme, document)
    metadata = replace(document.metadata, edition=edition, inputs=inputs)
    return replace(rendition, document=replace(document, metadata=metadata))


def _fits(written: Checked[Any]) -> bool | None:
    if written.value is None:
        return None
    (_, _, _, document), _, (data, pages, _) = written.value
    return not within_budget(document, data, pages)


def weighed(problems: Iterable[Diagnostic], is_strict: bool) -> tuple[Diagnostic, ...]:
    """Each problem once; with `--strict`, all of them errors."""
    found = unique(problems)
    return tuple(problem.as_error() for problem in found) if is_strict else found
