"""The PDF writer: `typeset` sets each piece of a document as pages, `bind` makes one file of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builder.diagnostics import BuildProblem, Checked
from builder.futures import Submit, at_once
from builder.model import Document, Metadata, Theme
from builder.render import Rendition, render
from builder.world import World
from builder.writers.claims import SCREEN, claim_of
from builder.writers.fit import judge_layout
from builder.writers.folios import CannotBind
from builder.writers.split import first_pages, is_late, referring, split, whole
from builder.writers.typeset import STYLES, Piece, begin_piece, typeset, typeset_all
from builder.writers.unit import Unit, pages_of

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
    sewn: Sewn | None = None
    try:
        if look is not None or not is_split:
            raise CannotBind("a document that is set at once")
        units, sewn = _set_apart(name, split(piece, world, cache), world, cache, is_bound, submit)
    except CannotBind:
        piece = whole(piece)
        units = [typeset(name, piece, world, cache, look)] if look else typeset_all(name, [piece], world, cache, submit)
    from builder.writers.bind import bind

    made = bind(name, units, piece.claim, document.metadata, cache, is_bound, submit, sewn)
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
    """The pieces of a document, which can be set in any order and anywhere; none where it is set at once.

    Those that print pages of others amid their text are without these: they tell how long they will be.
    """
    try:
        pieces = split(piece_of(rendition, theme), world, cache)
        return [referring(piece, {}) for piece in pieces]
    except CannotBind:
        return []


def begin_chapter(
    document: Document, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit
) -> None:
    """Has the chapter set whose text a document has already: where the whole one says the same of it, that is done.

    What is wrong is said when the whole one is written.
    """
    prefixes = {f"{chapter.anchor}." for chapter in document.chapters if chapter.html}
    with suppress(BuildProblem, OSError):
        pieces = independent(render(document, theme, words, world), theme, world, cache) if prefixes else []
        for piece in pieces:
            if piece.prefix in prefixes:
                begin_piece(str(document.job), piece, world, cache, submit)


def _set_apart(
    name: str, pieces: list[Piece], world: World, cache: Path, is_bound: bool, submit: Submit
) -> tuple[list[Unit], Sewn | None]:
    """Sets the pieces, and those that print pages of others again until these stay where they are.

    Where that takes a while, there is a file into which some that are kept have been sewn meanwhile.
    """
    late = [index for index, piece in enumerate(pieces) if is_late(piece)]
    told = {index: referring(piece, {}) for index, piece in enumerate(pieces)}
    changed, units = dict(told), {}
    sewn: Sewn | None = None

    def sew(kept: Mapping[int, Unit]) -> None:
        nonlocal sewn
        # One after the other, up to the first that is missing: the order decides how objects are numbered.
        ready = [kept[number] for number in takewhile(lambda each: each in kept and each not in late, range(len(pieces)))]
        if ready:
            from builder.writers.bind import Sewn

            sewn = Sewn(ready[0], is_bound)
            for unit in ready[1:]:
                sewn.add(unit)
            for index, unit in kept.items():
                if index >= len(ready) and index not in late:
                    sewn.open(unit)

    for _ in range(_ROUNDS):
        made = typeset_all(name, list(changed.values()), world, cache, submit, None if units else sew)
        units.update(zip(changed, made, strict=True))
        in_order = [units[index] for index in range(len(pieces))]
        pages = pages_of(in_order, first_pages([unit.pages for unit in in_order], is_bound)) if late else {}
        changed = {index: referring(pieces[index], pages) for index in late}
        changed = {index: piece for index, piece in changed.items() if piece != told.get(index)}
        if not changed:
            return in_order, sewn
        told.update(changed)
    raise CannotBind("its page references do not come to rest")
