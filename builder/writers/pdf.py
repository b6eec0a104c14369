"""The PDF writer: `typeset` sets each piece of a document as pages, `bind` makes one file of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.diagnostics import Checked
from builder.futures import Submit, at_once
from builder.model import Metadata, Theme
from builder.render import Rendition
from builder.world import World
from builder.writers.claims import SCREEN, claim_of
from builder.writers.fit import judge_layout
from builder.writers.folios import CannotBind
from builder.writers.split import (
    anchors_of,
    expected_pages,
    first_pages,
    is_late,
    referring,
    split,
    whole,
)
from builder.writers.typeset import STYLES, Piece, typeset, typeset_all
from builder.writers.unit import Unit

if TYPE_CHECKING:
    from builder.writers.bind import Sewn, Volume

_ROUNDS = 6
"""How often the pages that print numbers of others are set again before the document is set as a whole."""


def write_pdf(
    rendition: Rendition,
    theme: Theme,
    world: World,
    cache: Path,
    look: Callable[[Any], Any] | None = None,
    is_split: bool = True,
    submit: Submit = at_once,
) -> Checked[Volume]:
    """The whole way from a rendition to a finished PDF, with what the engine had to say.

    A document whose template marks pieces is set piece by piece; with `is_split` false, or with a `look` at the
    pages, at once. `submit` has others do what needs the engine, where nothing is to be looked at.
    """
    document = rendition.document
    name, is_bound = str(document.job), theme.grid.is_bound
    piece = piece_of(rendition, theme)
    sewn: list[Sewn] = []
    try:
        if look is not None or not is_split:
            raise CannotBind("a document that is set at once")
        units = _set_apart(name, split(piece, world, cache), world, cache, is_bound, submit, sewn)
    except CannotBind:
        piece = whole(piece)
        units = (
            [typeset(name, piece, world, cache, look)]
            if look
            else typeset_all(name, [piece], world, cache, submit)
        )
    from builder.writers.bind import bind

    made = bind(name, units, piece.claim, document.metadata, cache, is_bound, submit, *sewn)
    return Checked(made.value, (*made.problems, *judge_layout(document, made.value.layout)))


def write_sheets(
    name: str, html: str, files: Mapping[str, bytes], theme: Theme, meta: Metadata, world: World, cache: Path
) -> Checked[Volume]:
    """Pages that belong to no document: a cover, or what is laid over pages."""
    from builder.writers.bind import bind

    return bind(name, [typeset(name, Piece(html, files, theme), world, cache)], SCREEN, meta, cache)


def piece_of(rendition: Rendition, theme: Theme) -> Piece:
    """A rendition as one piece, with the marks of its template."""
    files = {STYLES: rendition.files[STYLES].encode()}
    files.update({asset.name: asset.data for asset in rendition.document.assets})
    return Piece(rendition.files["document.html"], files, theme, claim_of(rendition.document.job.kind))


def independent(rendition: Rendition, theme: Theme, world: World, cache: Path) -> list[Piece]:
    """The pieces of a document that can be set in any order and anywhere; none where it is set at once.

    Those chapters that print pages of others are among them, without these: they tell how long they will be.
    """
    try:
        pieces = split(piece_of(rendition, theme), world, cache)
        return [referring(piece, {}) for piece in pieces if not (is_late(piece) and expected_pages(piece))]
    except CannotBind:
        return []


def _set_apart(
    name: str,
    pieces: list[Piece],
    world: World,
    cache: Path,
    is_bound: bool,
    submit: Submit,
    sewn: list[Sewn],
) -> list[Unit]:
    """Sets the pieces, and those that print pages of others again until these stay where they are.

    Where that takes a while, `sewn` gets the file into which those that are kept have been sewn meanwhile.
    """
    late = {index: expected_pages(piece) for index, piece in enumerate(pieces) if is_late(piece)}
    told = {index: referring(piece, {}) for index, piece in enumerate(pieces) if not late.get(index)}
    changed, units = dict(told), {}

    def sew(kept: Mapping[int, Unit]) -> None:
        numbers = list(changed)
        ready = {numbers[index]: unit for index, unit in kept.items() if numbers[index] not in late}
        if 0 in ready and not sewn:
            from builder.writers.bind import Sewn

            sewn.append(Sewn(ready[0]))
            for number, unit in ready.items():
                sewn[0].add(number, unit)

    for _ in range(_ROUNDS):
        made = typeset_all(name, list(changed.values()), world, cache, submit, sew)
        units.update(zip(changed, made, strict=True))
        pages = _pages(pieces, units, late, is_bound)
        changed = {index: referring(pieces[index], pages) for index in late}
        changed = {index: piece for index, piece in changed.items() if piece != told.get(index)}
        if not changed:
            return [units[index] for index in range(len(pieces))]
        told.update(changed)
    raise CannotBind("its page references do not come to rest")


def _pages(
    pieces: list[Piece], units: Mapping[int, Unit], expected: Mapping[int, int], is_bound: bool
) -> dict[str, int]:
    """The page of each anchor; of a piece that is not set yet, as is expected, with all anchors on its first one."""
    counts = [units[index].pages if index in units else expected[index] for index in range(len(pieces))]
    found: dict[str, int] = {}
    for index, start in enumerate(first_pages(counts, is_bound)):
        anchors = units[index].anchors if index in units else dict.fromkeys(anchors_of(pieces[index]), 0)
        for anchor, page in anchors.items():
            found.setdefault(anchor, start + page)
    return found
