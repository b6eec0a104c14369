"""What is to be made, and the documents that a process keeps at hand for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from builder.diagnostics import Checked, Diagnostic, Span, has_errors
from builder.document import document_of
from builder.futures import Submit, at_once
from builder.load import load_again
from builder.model import Document, Job, Theme
from builder.project import Project
from builder.render import Rendition
from builder.selection import WHOLE, Choice
from builder.world import PUBLICATIONS, World
from builder.writers.targets import BEGINNINGS


class Order(Struct, frozen=True):
    """A job with all that a worker needs to do it, wherever it runs."""

    job: Job
    root: Path
    templates: Path
    cache: Path
    choice: Choice = WHOLE
    is_strict: bool = False
    standing: Path | None = None
    """Where the file of an earlier build may stand, which is taken as it is where nothing else would be set."""
    tools: str = ""
    """A hash of the program and the templates, as they were when the build began; empty where nobody knows."""


def twin_of(order: Order) -> Order:
    """The order of the PDF whose pages an ebook names; of a PDF, the order itself."""
    return replace(order, job=replace(order.job, target="pdf")) if order.job.kind.base == "epub" else order


_AT_HAND = 8
"""Documents that a process keeps at hand: some 10 MB each, for a book of 800 pages."""
_READY: dict[tuple[str, Order], tuple[World, Checked[Any], Checked[Any], Rendition | None]] = {}
"""Documents that this process has made, rendered for their pieces or not, and most likely writes soon, by run and order."""


def prepare(order: Order, run: str) -> None:
    """Makes the document of an order that this process, if any, will be asked to build in the same run."""
    keep(order, run, *document_for(order, run), None)


def keep(order: Order, run: str, *made: Any) -> None:
    """Keeps the world, the project, the document and, if any, the rendition of an order for the same run."""
    while len(_READY) >= _AT_HAND:
        del _READY[next(iter(_READY))]
    _READY[run, order] = made


def take(order: Order, run: str) -> tuple[World, Checked[Any], Checked[Any], Rendition | None] | None:
    """Hands out what was kept of an order, which nobody needs again; None where nothing was."""
    return _READY.pop((run, order), None)


_READ: dict[tuple[Any, ...], tuple[Checked[Project], dict[str, str]]] = {}
"""The publication that this process read last, by run, and the hashes of its files."""


def load_for(order: Order, run: str) -> tuple[World, Checked[Project | None]]:
    """The world and the project of an order, which stays as it was read for all of a run; the project is None after an error."""
    world, key = World(order.root, order.templates), (run, order.root, order.templates, order.job.publication)
    if run and key in _READ:
        loaded, log = _READ[key]
        world.log.update(log)
        return world, loaded
    loaded = load_again(world, order.job.publication)
    if loaded.value is None or has_errors(loaded.problems):
        return world, Checked(None, loaded.problems)
    if order.job.publication not in [each.id for each in loaded.value.publications]:
        path = f"{PUBLICATIONS}/{order.job.publication}/publication.yaml"
        gone = Diagnostic("missing-file", f"'{path}' does not exist", Span(path), "put it back, and build again")
        return world, Checked(None, (*loaded.problems, gone))
    _READ.clear()
    _READ[key] = loaded, dict(world.log)
    return world, loaded


def document_for(order: Order, run: str, submit: Submit = at_once) -> tuple[World, Checked[Project | None], Checked[Any]]:
    """The world, the project and the document of an order; both empty after an error.

    `submit` is as in `made_for`.
    """
    world, loaded = load_for(order, run)
    made = Checked(None) if loaded.value is None else made_for(order, world, loaded.value, submit)
    return world, loaded, made


def made_for(order: Order, world: World, project: Project, submit: Submit = at_once) -> Checked[Any]:
    """The document of an order; `submit` has what can be made without all of its text done by others meanwhile."""

    def begun(theme: Theme, words: dict[str, str], document: Document) -> None:
        BEGINNINGS[order.job.kind.base](document, theme, words, world, order.cache, submit)

    return document_of(project, order.job, world, order.choice, begun=None if submit is at_once else begun)
