"""Puts a figure in the place of each chart block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builder.markdown.tree import is_chart
from builder.passes.draft import Work

if TYPE_CHECKING:
    from builder.passes.drawer import Drawer


def chart(work: Work, make_drawer: type[Drawer] | None = None) -> None:
    """Pass: reads, draws and places each chart."""
    drawer: Drawer | None = None
    for draft in work.sections():
        if any(map(is_chart, draft.tokens)):
            if drawer is None:
                # What draws takes longer to load than all other passes, and most editions have nothing to draw.
                from builder.passes.drawer import Drawer

                drawer = (make_drawer or Drawer)(work)
            draft.tokens = drawer.place(draft)
        for tokens in draft.notes.values():
            for token in filter(is_chart, tokens):
                work.add("bad-chart", "a chart inside a note", token.meta["span"], "put it into the text")
