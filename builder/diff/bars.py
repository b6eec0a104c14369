"""The newer edition as a PDF with its changes marked, and bars in the margin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from builder.diagnostics import Checked, has_errors
from builder.diff.compare import UnitChange
from builder.diff.marked import mark_document
from builder.diff.sides import Side
from builder.render import print_css, render, render_as
from builder.templating import environment, fill
from builder.world import World
from builder.writers.bind import Volume
from builder.writers.pdf import write_pdf, write_sheets
from builder.writers.sheets import Spot, lay_over, page_sizes, spots_of

_GAP = 4.0
"""Bars that are nearer to each other than this many millimetres become one."""


class ChangeBar(Struct, frozen=True):
    """A stroke in the margin, in millimetres from the top of the page."""

    top: float
    bottom: float
    has_new: bool
    """Whether something came here; else it only went."""


def write_changes(
    old: Side, new: Side, changes: tuple[UnitChange, ...], clearance: str, world: World, cache: Path
) -> Checked[Volume]:
    """Sets the newer edition with what came underlined and what went struck out; `new` is used up."""
    document = mark_document(old, new, changes)
    values = {"old": old.name, "new": new.name, "clearance": clearance}
    theme, words = new.theme, new.words
    rendition = render_as("diff", render(document, theme, words, world), theme, words, world, **values)

    def look(laid_out: Any) -> tuple[list[list[ChangeBar]], list[tuple[float, float]]]:
        sizes = page_sizes(laid_out)
        return _bars(spots_of(laid_out, tags=frozenset({"ins", "del"})), len(sizes)), sizes

    written = write_pdf(rendition, theme, world, cache, look)
    pages, sizes = written.value.seen
    html = fill(environment(world), "pdf/diff-margin.html", pages=pages, sizes=sizes, **values)
    own = (world.templates / "pdf" / "diff-margin.css").read_text(encoding="utf-8")
    files = {"styles.css": f"{print_css(theme, world)}\n{own}".encode()}
    over = write_sheets(f"{document.job} (bars)", html, files, theme, document.metadata, world, cache)
    data = lay_over(written.value.data, over.value.data, "Not for distribution")
    # Where pages have holes is a matter of the editions; here only what can't be set counts.
    problems = tuple(each for each in (*written.problems, *over.problems) if has_errors([each]))
    return Checked(replace(written.value, data=data), problems)


def _bars(spots: Iterable[Spot], pages: int) -> list[list[ChangeBar]]:
    """For each page the bars beside its changed lines."""
    found: list[list[ChangeBar]] = [[] for _ in range(pages)]
    ordered = sorted(spots, key=lambda spot: (spot.page, spot.y))
    for spot in ordered:
        bar = ChangeBar(spot.y, spot.y + spot.height, spot.element.tag != "del")
        on_page = found[spot.page]
        if on_page and bar.top - on_page[-1].bottom < _GAP:
            last = on_page.pop()
            bar = ChangeBar(last.top, max(last.bottom, bar.bottom), last.has_new or bar.has_new)
        on_page.append(bar)
    return found
