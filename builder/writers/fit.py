"""Copyfitting: no chapter ends in a few lines on a page of their own, and what looks wrong is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from builder.diagnostics import Diagnostic, Severity
from builder.model import Document
from builder.writers.layout import Page

RUNT = 0.12
"""A chapter's last page that is filled less than this is a runt."""
UNDERFULL = 0.7
"""A page that is filled less than this, and is not the last of its chapter, has a hole in it."""


def blemishes(pages: tuple[Page, ...]) -> Counter[str]:
    """How many pages of each chapter have a hole at their foot, a runt at its end among them; by anchor."""
    found: Counter[str] = Counter()
    for before, page, after in _triples(pages):
        if len(page.units) != 1:
            continue
        goes_on = after is not None and page.units == after.units
        is_runt = not goes_on and before is not page and page.units <= before.units and page.fill < RUNT
        if is_runt or (goes_on and page.fill < UNDERFULL):
            found.update(page.units)
    return found


def helped(first: tuple[Page, ...], second: tuple[Page, ...]) -> list[str]:
    """The chapters that have fewer blemishes in the second setting."""
    before, after = blemishes(first), blemishes(second)
    return sorted(anchor for anchor, count in before.items() if after[anchor] < count)


def snug(html: str, anchors: Iterable[str]) -> str:
    """The document with the class `snug` on the chapters of these anchors: their lines and spaces close up a little."""
    for anchor in anchors:
        html = re.sub(
            rf'(<section class="[^"]*\bunit\b[^"]*)(" id="{re.escape(anchor)}")', r"\1 snug\2", html
        )
    return html


def judge_layout(document: Document, pages: tuple[Page, ...]) -> Iterator[Diagnostic]:
    """A warning for each page with a hole, figure far from its mention, and line that runs off its page."""
    # A brief flows on, and in large print a picture that does not fit leaves a hole that nobody can mend.
    may_fill = document.layout == "report" and not document.job.kind.is_large
    for _, page, after in _triples(pages):
        name = f"page {page.number} of {document.job}"
        if after and page.units & after.units and page.fill < UNDERFULL and may_fill:
            message = f"{name} is {page.fill:.0%} full"
            hint = "move what follows, a figure or box that did not fit, to another place"
            yield _warning(document, page, "page-underfull", message, hint)
        if page.spill:
            hint = "give it fewer columns, or break it by hand"
            yield _warning(document, page, "text-overflow", f"{page.spill} runs off {name}", hint)
    yield from _far_figures(document, pages)


def _far_figures(document: Document, pages: tuple[Page, ...]) -> Iterator[Diagnostic]:
    """Figures that stand far behind their first mention in the same chapter."""
    shown = {anchor: page for page in reversed(pages) for anchor in page.figures}
    entries = {
        entry.anchor: f"{entry.kind} {entry.number}" for entry in (*document.figures, *document.tables)
    }
    told: set[str] = set()
    for page in pages:
        for anchor in sorted(page.mentions & shown.keys() & entries.keys() - told):
            place = shown[anchor]
            if not place.units & page.units:
                continue
            told.add(anchor)
            if place.number > page.number + 1:
                message = (
                    f"{entries[anchor]} stands on page {place.number} of {document.job}, "
                    f"and is first mentioned on page {page.number}"
                )
                hint = "move it up to the paragraph that mentions it"
                yield _warning(document, page, "figure-far", message, hint)


def _warning(document: Document, page: Page, code: str, message: str, hint: str) -> Diagnostic:
    """A warning at the place of the chapter that the page belongs to."""
    places = {chapter.anchor: chapter.source for chapter in document.chapters}
    span = next((places[anchor] for anchor in sorted(page.units) if places.get(anchor)), None)
    return Diagnostic(code, message, span, hint, Severity.WARNING)


def _triples(pages: tuple[Page, ...]) -> Iterator[tuple[Page, Page, Page | None]]:
    """Each page with the one before it, itself for the first, and the one after it."""
    for index, page in enumerate(pages):
        yield pages[max(index - 1, 0)], page, pages[index + 1] if index + 1 < len(pages) else None
