"""Who makes the files of one build: this process, workers of this machine, or those of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from builder.desk.executors import InProcess, Workers
from builder.diagnostics import BuildProblem
from builder.futures import LONG, call, load

if TYPE_CHECKING:
    from pathlib import Path

    from builder.desk.desk import Desk
    from builder.model import Job
    from builder.project import Project

_GO = 400_000
"""Bytes of a PDF, some 80 pages of it, that are read in one go."""


class Crew(Protocol):
    """The hands of a build, from the moment when it is known that there may be something to make."""

    def begin(self) -> None:
        """Gets somebody ready, before it is known what there is to make; once is enough."""

    def announce(self, project: Project, job: Job, alone: Path | None = None) -> None:
        """Says what comes first, as soon as that is known; of a file that comes alone, also its place."""

    def hire(self, files: int, is_long: bool) -> AbstractContextManager[Executor]:
        """Who makes so many files; where one `is_long`, which is alone, its parts are tasks of their own."""


def get_to_know(workers: Workers, path: Path, readers: int = 1) -> None:
    """Has so many workers read the pages of a PDF that stands, if it is long, while they have nothing else to do.

    A few pages at a time, since they are wanted for a chapter before long. Raises OSError where there is no file.
    """
    size = path.stat().st_size
    goes = size // _GO if size > LONG else 0
    for _ in range(goes * readers):
        workers.spare(call, "builder.verify.leaks.pdf_pages", "recollect", path, goes)


class OneRun:
    """The crew of a build that comes once: up to `workers` processes here, or those of the scheduler at an address.

    A first worker begins to load the typesetter while the project is read; who is not needed is sent home at once.
    """

    def __init__(self, desk: Desk, workers: int, address: str | None):
        self._desk, self._most, self._address = desk, workers, address
        self._limit = 1
        self._local: Workers | None = None
        self._leaving: Workers | None = None

    def __enter__(self) -> OneRun:
        return self

    def __exit__(self, *_: object) -> None:
        if self._local is not None:
            self._local.abandon()
        if self._leaving is not None:
            self._leaving.shutdown()

    def begin(self) -> None:
        """Starts the first worker, where there are to be any."""
        if self._desk.is_debug or self._address is not None or self._most == 1 or self._local is not None:
            return
        from builder.desk.worker import Worker, early

        first = [early()]
        if not first[0].is_there:
            return  # The machine has no room for another process: this one does it all.
        self._local = Workers(lambda: first.pop() if first else Worker(), lambda: self._limit)
        self._local.warm(1)

    def announce(self, project: Project, job: Job, alone: Path | None = None) -> None:
        """Has the first worker load the fonts, styles and hyphenation of a job; what is wrong with them is said later.

        Before it gets something to set, it also reads the pages of the long file that stands in the place of a new one.
        """
        if self._local is None:
            return
        from builder.formats import grid_of
        from builder.themes import adapt_theme, load_theme
        from builder.writers.typeset import rehearse

        publication, world = project.publication(job.publication), self._desk.world
        edition, audience = publication.edition(job.audience), project.audiences[job.audience]
        with suppress(BuildProblem, OSError, LookupError):
            theme = load_theme(world, edition.theme or audience.theme)
            language = job.language or publication.shape.language
            where = language, world.root, world.templates, world.root / "output" / ".cache"
            self._local.submit(rehearse, theme, "", *where)
            # What makes style sheets is loaded meanwhile.
            from builder.render import print_css

            layout = edition.layout or theme.layout
            theme = adapt_theme(theme, layout, grid_of(edition.format or audience.format, layout, job.kind))
            self._local.submit(rehearse, theme, print_css(theme, world), *where)
            if job.kind.base == "epub":
                self._local.submit(load, "builder.writers.epub_cover", "builder.writers.bind", "lxml.etree", "pypdfium2")
                self._local.submit(call, "PIL.Image", "preinit")
            elif alone is not None:
                get_to_know(self._local, alone)

    def hire(self, files: int, is_long: bool) -> AbstractContextManager[Executor]:
        """Those who begin at once where there is something to make: one for each file, and more when chapters wait."""
        if not files or self._desk.is_debug:
            return InProcess()
        if self._address is not None:
            from builder.desk.cluster import join_cluster

            return join_cluster(self._address, self._desk.world.root, self._desk.world.templates)
        if (local := self._local) is None:
            return InProcess()
        self._local = None
        if is_long:
            # While the first one has nothing else to do: later, it reads finished pages.
            local.submit(load, "builder.verify.leaks.pdf_pages")
        if files > 1 or is_long:
            self._limit = self._most
        local.warm(files)
        return self._lent(local)

    @contextmanager
    def _lent(self, local: Workers) -> Iterator[Workers]:
        """Workers who go home while the records of the build are written."""
        try:
            yield local
        except BaseException:
            local.abandon()
            raise
        local.shutdown(wait=False)
        self._leaving = local
