"""`typeset` sets a piece of a document as pages with WeasyPrint: pure, and the same wherever it runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from builder.diagnostics import BuildProblem, Diagnostic
from builder.futures import Submit, at_once
from builder.limits import limited
from builder.model import Theme
from builder.store import Contents, Store, hash_program
from builder.world import World
from builder.writers import counters
from builder.writers.claims import SCREEN, Claim
from builder.writers.engine import clear_up, fetcher_of, fonts_of, logged, remarks_of, running, with_room
from builder.writers.fit import blemishes, helped, snug
from builder.writers.folios import CannotBind
from builder.writers.fonts import BASE_URL, hash_fonts
from builder.writers.layout import Page, read_layout
from builder.writers.lost import refuse_lost
from builder.writers.unit import Remark, Unit, pack, pack_refused, unpack

STYLES = "styles.css"
"""The style sheet of a piece, among its files."""


class Piece(Struct, frozen=True):
    """What is set at once: a document, or a part of it that begins on a page of its own."""

    html: str
    files: Mapping[str, bytes]
    """Its styles and pictures by name; with the theme's fonts and logos, all that it can read."""
    theme: Theme
    claim: Claim = SCREEN
    prefix: str = "id"
    """How the IDs in its structure tree begin."""
    numbers: tuple[str, ...] = ()
    """Those that are left open, in the order of the text: its pages do not depend on them."""

    def key(self, world: World, fonts: str = "") -> str:
        """A hash of everything that its pages depend on: two pieces with one key have the same pages.

        `fonts` is what `hash_fonts` says of its theme, where that is known.
        """
        claim = [self.claim.version, self.claim.is_archive, self.prefix]
        head = [hash_program(), claim, fonts or hash_fonts(self.theme, world)]
        digest = hashlib.sha256(json.dumps(head).encode())
        logos = {logo.name: logo.data for logo in self.theme.logos}
        for name, data in sorted({**self.files, **logos}.items()):
            digest.update(f"\0{name}\0".encode() + _digest(data))
        digest.update(b"\0" + self.html.encode())
        return digest.hexdigest()


@lru_cache(maxsize=64)
def _digest(data: bytes) -> bytes:
    """The hash of a file, of which pieces share most."""
    return hashlib.sha256(data).digest()


def keys_of(pieces: Sequence[Piece], world: World) -> list[str]:
    """The keys of the pieces of one document, which has one theme."""
    fonts = hash_fonts(pieces[0].theme, world) if pieces else ""
    return [piece.key(world, fonts) for piece in pieces]


def typeset(
    name: str, piece: Piece, world: World, cache: Path, look: Callable[[Any], Any] | None = None, key: str = ""
) -> Unit:
    """Sets a piece, or finds its pages in the cache; whoever has asked for its key gives it.

    Where a chapter has a hole or a runt, it is set again with its lines closed up, and stays so if that
    helps. `look` sees the pages before they are written; then nothing is kept. Raises BuildProblem where the
    piece is nested too deeply or takes more than one of its size may, and CannotBind where it can't be set
    apart from its document.
    """
    store, key = Store(cache / "units"), key or piece.key(world)
    kept = store.recall_bytes(key) if look is None else None
    unit = unpack(kept, key) if kept is not None else None
    if isinstance(unit, list):
        return typeset(name, _closed(piece, unit), world, cache)
    if unit is not None and all(Contents(cache / "faces").has(font["file"]) for font in unit.fonts):
        return replace(unit, numbers=piece.numbers)
    try:
        with running(cache):
            unit = with_room(_set, _Typesetter(name, piece, world, cache), look)
    except counters.Refused as problem:
        unit = typeset(name, _closed(piece, problem.zeros), world, cache)
        store.remember_bytes(key, pack_refused(problem.zeros, key))
        return unit
    if look is None:
        store.remember_bytes(key, pack(unit, key))
    return replace(unit, numbers=piece.numbers)


def _closed(piece: Piece, refused: Sequence[int]) -> Piece:
    """A piece with those of its numbers that can't be left open."""
    return replace(piece, html=counters.closed(piece.html, piece.numbers, refused))


def set_piece(name: str, piece: Piece, root: Path, templates: Path, cache: Path) -> None:
    """Sets a piece for the cache, where the files that show it find it; what is wrong is said when they are made."""
    with suppress(BuildProblem, CannotBind):
        typeset(name, piece, World(root, templates), cache)


_AHEAD = 2
"""Pieces that are begun before others are known: one while the document is rendered, one when it is."""
_BEGUN: dict[str, Future] = {}
"""Those that somebody sets already, by key."""


def begin_piece(name: str, piece: Piece, world: World, cache: Path, submit: Submit) -> None:
    """Has a piece set, where it is not kept, before all is known of its document: `typeset_all` waits for it."""
    if is_under_way(key := piece.key(world)) or Store(cache / "units").has(key):
        return
    while len(_BEGUN) >= _AHEAD:
        del _BEGUN[next(iter(_BEGUN))]
    _BEGUN[key] = submit(set_piece, name, piece, world.root, world.templates, cache)


def is_under_way(key: str) -> bool:
    """Whether the piece of a key was begun."""
    return key in _BEGUN


def rehearse(theme: Theme, css: str, language: str, root: Path, templates: Path, cache: Path) -> None:
    """Sets a word of a language in a theme for nobody: the pieces that follow find all that they need loaded."""
    head = f'<head><link rel="stylesheet" href="{STYLES}"/></head>'
    html = f'<html lang="{language}">{head}<body><p style="hyphens: auto; width: 1em">rehearsal</p></body></html>'
    piece, world = Piece(html, {STYLES: css.encode()}, theme), World(root, templates)
    with suppress(BuildProblem, CannotBind), running(cache):
        with_room(_set, _Typesetter("rehearsal", piece, world, cache), None)
    with suppress(OSError):
        piece.key(world)  # What the keys of all pieces of a theme have in common is worked out once.


def typeset_all(
    name: str,
    pieces: Sequence[Piece],
    world: World,
    cache: Path,
    submit: Submit = at_once,
    meanwhile: Callable[[Mapping[int, Unit]], None] | None = None,
) -> list[Unit]:
    """Sets pieces, those that are not kept wherever `submit` has it done, and finds them all in the cache.

    `meanwhile` gets those that are kept, by their numbers, while others are being set. Raises what `typeset` raises.
    """
    store, under_way = Store(cache / "units"), {}
    keys = keys_of(pieces, world)

    def unit_of(index: int) -> Unit:
        return typeset(name, pieces[index], world, cache, key=keys[index])

    for index, piece in enumerate(pieces if submit is not at_once else ()):
        if (begun := _BEGUN.pop(keys[index], None)) is not None or not store.has(keys[index]):
            under_way[index] = begun or submit(set_piece, name, piece, world.root, world.templates, cache)
    # Those that are kept are read meanwhile.
    units = {index: unit_of(index) for index in range(len(pieces)) if index not in under_way}
    clear_up()
    if under_way and meanwhile is not None:
        meanwhile(units)
    for index, future in under_way.items():
        future.result()
        units[index] = unit_of(index)
    return [units[index] for index in range(len(pieces))]


def _set(typesetter: _Typesetter, look: Callable[[Any], Any] | None) -> Unit:
    """Sets a piece, and again with those chapters closed up that have a hole or a runt, where it helps them."""
    html = typesetter.piece.html
    best = first = typesetter.lay_out(html)
    if tried := sorted(blemishes(first.layout)):
        second = typesetter.lay_out(snug(html, tried))
        better = helped(first.layout, second.layout)
        if better == tried:
            best = second
        elif better:
            best = typesetter.lay_out(snug(html, better))
    return typesetter.write(best, look)


class _LaidOut(Struct, frozen=True):
    """Pages that are laid out, and not written yet."""

    pages: Any
    """WeasyPrint's document."""
    layout: tuple[Page, ...]
    records: list[Any]
    """What the engine logged meanwhile."""


class _Typesetter(Struct, frozen=True):
    """Lays out a piece in one way or another, and writes what was laid out."""

    name: str
    piece: Piece
    world: World
    cache: Path

    def lay_out(self, html: str) -> _LaidOut:
        """The pages of the piece with this document in the place of its own."""
        import weasyprint

        with self._limited(html), logged() as records:
            fetcher = fetcher_of(self.piece.files, self.piece.theme, self.world, self.cache)
            fonts, sheet = fonts_of(self.piece.theme, fetcher, self.world)
            document = weasyprint.HTML(string=html, base_url=BASE_URL, url_fetcher=fetcher)
            pages = document.render(stylesheets=[sheet], font_config=fonts, **self._options())
            refuse_lost(self.name, records)
            return _LaidOut(pages, read_layout(pages), records)

    def write(self, laid_out: _LaidOut, look: Callable[[Any], Any] | None) -> Unit:
        """Draws the pages, with their tags; `look` sees them first."""
        from builder.writers.faces import record
        from builder.writers.tagging.plan import Plan

        pages = laid_out.pages
        with self._limited(self.piece.html), logged() as records:
            seen = look(pages) if look is not None else None
            pages.plan = Plan(pages, self.piece.claim.is_archive, self.piece.prefix)
            data = pages.write_pdf(**self._options(), uncompressed_pdf=True)
            anchors: dict[str, int] = {}
            for number, page in enumerate(pages.pages):
                for anchor in page.anchors:
                    anchors.setdefault(anchor, number)
            faces = [record(key, font, self.cache) for key, font in pages.fonts.items()]
            refuse_lost(self.name, records)
        if refused := pages.plan.layout.refused:
            raise counters.Refused(refused)
        remarks = (*remarks_of([*laid_out.records, *records]), *_inaccessible(pages.plan.problems))
        figures = tuple(pages.plan.layout.figures)
        shapes = tuple(pages.plan.layout.shapes)
        references = tuple(pages.plan.layout.references)
        return Unit(data, laid_out.layout, anchors, figures, references, shapes, tuple(faces), remarks, seen=seen)

    def _options(self) -> dict[str, Any]:
        return {"pdf_version": self.piece.claim.version, "pdf_tags": True, "output_intent": "srgb"}

    @contextmanager
    def _limited(self, html: str) -> Iterator[None]:
        try:
            with limited(self.name, html, self.piece.files):
                yield
        except RecursionError:
            message = f"{self.name}: nested too deeply to be set"
            raise BuildProblem([Diagnostic("too-deep", message, None, "flatten the lists or divs")]) from None


def _inaccessible(problems: list[tuple[str, str]]) -> list[Remark]:
    """What keeps somebody out: Markdown has been checked before, so that it is a template's."""
    return [
        Remark("inaccessible", f"a template prints {what}", hint, True) for what, hint in dict.fromkeys(problems)
    ]
