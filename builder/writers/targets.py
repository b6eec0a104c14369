"""Who writes the files of each target."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from builder.diagnostics import Checked
from builder.futures import Submit
from builder.model import Document, Theme
from builder.render import Rendition
from builder.world import World

Writer = Callable[[Rendition, Theme, dict[str, str], World, Path, Submit], Checked]
"""Makes a file of a rendition; the value is its bytes, the number of its pages where it has any, and what stands on them."""
Beginning = Callable[[Document, Theme, dict[str, str], World, Path, Submit], None]
"""Begins with a file before it is rendered."""
Step = Callable[[bytes, Rendition, Theme, World], bytes]
"""Makes another PDF of a finished one."""


def _grey(data: bytes, rendition: Rendition, theme: Theme, world: World) -> bytes:
    from builder.writers.grey import to_grey

    return to_grey(data)


def _duplex(data: bytes, rendition: Rendition, theme: Theme, world: World) -> bytes:
    from builder.writers.duplex import to_duplex

    return to_duplex(data)


def _press(data: bytes, rendition: Rendition, theme: Theme, world: World) -> bytes:
    from builder.writers.press import to_print

    return to_print(data, rendition.document, theme.grid, world)


def _booklet(data: bytes, rendition: Rendition, theme: Theme, world: World) -> bytes:
    from builder.writers.booklet import to_booklet

    return to_booklet(data, rendition.document)


def _pdf(*steps: Step) -> Writer:
    """The writer of a PDF, and what is done with it one after the other."""

    def write(
        rendition: Rendition, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit
    ) -> Checked:
        from builder.writers.pdf import write_pdf

        written = write_pdf(rendition, theme, world, cache, submit=submit)
        data = written.value.data
        for step in steps:
            data = step(data, rendition, theme, world)
        return Checked((data, written.value.pages, written.value.layout), written.problems)

    return write


def _epub(
    rendition: Rendition, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit
) -> Checked:
    from builder.writers.epub import write_epub

    written = write_epub(rendition, theme, words, world, cache, submit)
    return Checked((written.value, None, ()), written.problems)


def _begin_epub(
    document: Document, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit
) -> None:
    from builder.writers.epub_cover import begin_cover

    begin_cover(document, theme, words, world, cache, submit)


def _begin_pdf(
    document: Document, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit
) -> None:
    from builder.writers.pdf import begin_chapter

    begin_chapter(document, theme, words, world, cache, submit)


BEGINNINGS: dict[str, Beginning] = {"pdf": _begin_pdf, "epub": _begin_epub}
"""By kind of file: what a writer has others do while the document is still being rendered."""
WRITERS: dict[str, Writer] = {
    "pdf": _pdf(),
    "pdf-large": _pdf(),
    "pdf-grey": _pdf(_grey),
    "pdf-duplex": _pdf(_duplex),
    "pdf-grey-duplex": _pdf(_grey, _duplex),
    "pdf-archive": _pdf(),
    "pdf-print": _pdf(_press),
    "booklet": _pdf(_booklet),
    "epub": _epub,
}
"""By target; a new kind of file is a row here and in `builder.conditions.TARGETS`."""
