"""`typeset` sets a piece of a document as pages with WeasyPrint: pure, and the same wherever it runs."""

from __future__ import annotations

import atexit
import gc
import hashlib
import json
import logging
import re
import warnings
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from builder.diagnostics import BuildProblem, Diagnostic
from builder.limits import limited
from builder.model import Theme
from builder.store import Store, hash_program
from builder.world import World
from builder.writers.claims import SCREEN, Claim
from builder.writers.fit import blemishes, helped, snug
from builder.writers.fonts import BASE_URL, font_bytes, font_faces, hash_fonts, isolate_fonts
from builder.writers.layout import read_layout
from builder.writers.unit import Remark, Unit, pack, unpack


@dataclass(frozen=True, slots=True)
class Piece:
    """What is set at once: a document, or a part of it that begins on a page of its own."""

    html: str
    files: Mapping[str, bytes]
    """Its styles and pictures by name; with the theme's fonts and logos, all that it can read."""
    theme: Theme
    claim: Claim = SCREEN
    prefix: str = "id"
    """How the IDs in its structure tree begin."""

    def key(self, world: World) -> str:
        """A hash of everything that its pages depend on: two pieces with one key have the same pages."""
        claim = [self.claim.version, self.claim.is_archive, self.prefix]
        head = [hash_program(), claim, hash_fonts(self.theme, world)]
        digest = hashlib.sha256(json.dumps(head).encode())
        logos = {logo.name: logo.data for logo in self.theme.logos}
        for name, data in sorted({**self.files, **logos, "document.html": self.html.encode()}.items()):
            digest.update(f"\0{name}\0{len(data)}\0".encode() + data)
        return digest.hexdigest()


def typeset(
    name: str, piece: Piece, world: World, cache: Path, look: Callable[[Any], Any] | None = None
) -> Unit:
    """Sets a piece, or finds its pages in the cache.

    Where a chapter has a hole or a runt, it is set again with its lines closed up, and stays so if that
    helps. `look` sees the pages before they are written; then nothing is kept. Raises BuildProblem where the
    piece is nested too deeply or takes more than one of its size may, and CannotBind where it can't be set
    apart from its document.
    """
    store, key = Store(cache / "units"), piece.key(world)
    kept = store.recall_bytes(key) if look is None else None
    unit = unpack(kept, key) if kept is not None else None
    if unit is not None and all(Store(cache / "faces").has(font["file"]) for font in unit.fonts):
        return unit
    unit = _fitted(name, piece, world, cache, look)
    if look is None:
        store.remember_bytes(key, pack(unit, key))
    return unit


def _fitted(
    name: str, piece: Piece, world: World, cache: Path, look: Callable[[Any], Any] | None
) -> Unit:
    """Sets a piece, and again with those chapters closed up that have a hole or a runt, where it helps them."""

    def setting(html: str) -> Unit:
        with _engine(cache), limited(name, html, piece.files):
            return _set(name, html, piece, world, cache, look)

    first = setting(piece.html)
    tried = sorted(blemishes(first.layout))
    if not tried:
        return first
    second = setting(snug(piece.html, tried))
    better = helped(first.layout, second.layout)
    if better == tried:
        return second
    return setting(snug(piece.html, better)) if better else first


@contextmanager
def _engine(cache: Path):
    """WeasyPrint with the fonts of the theme alone.

    Raises BuildProblem where it can't start, or the cache can't be written.
    """
    try:
        isolate_fonts(cache)
    except OSError as problem:
        message = f"can't write into '{cache}': {(problem.strerror or '').lower()}"
        raise BuildProblem([Diagnostic("environment", message, None, "free space for the cache")]) from None
    load_engine()
    was_on = gc.isenabled()
    # What is laid out lives until its pages are written: looking for garbage meanwhile costs an eighth of the time.
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
            gc.collect()


@lru_cache
def load_engine() -> None:
    """Loads WeasyPrint, which needs libraries of the system; raises BuildProblem where they are missing."""
    try:
        with warnings.catch_warnings():
            # That the machine's fonts are hidden is our will, and no news to anybody.
            warnings.filterwarnings("ignore", message="No fonts configured")
            import weasyprint  # noqa: F401
    except OSError as problem:
        hint = "install Pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0, or brew install pango"
        message = f"the typesetter WeasyPrint can't start: {str(problem).splitlines()[0]}"
        raise BuildProblem([Diagnostic("environment", message, None, hint)]) from problem
    # What stays for good need not be looked through for garbage after each unit.
    gc.freeze()


_FONTS: dict[str, Any] = {}
"""The fonts of the last few themes, ready to set with; reading them anew costs each piece 30 ms."""
# Later, when Python takes its modules down, they could not clear their folder away.
atexit.register(_FONTS.clear)


def _fonts_of(piece: Piece, fetcher: Any, world: World) -> Any:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    if (key := hash_fonts(piece.theme, world)) not in _FONTS:
        fonts = FontConfiguration()
        sheet = weasyprint.CSS(string=font_faces(piece.theme), font_config=fonts, base_url=BASE_URL, url_fetcher=fetcher)
        while len(_FONTS) >= 4:
            del _FONTS[next(iter(_FONTS))]
        _FONTS[key] = fonts, sheet
    return _FONTS[key]


def _set(
    name: str, html: str, piece: Piece, world: World, cache: Path, look: Callable[[Any], Any] | None
) -> Unit:
    import weasyprint

    from builder.writers.faces import record
    from builder.writers.tagging.hooks import install
    from builder.writers.tagging.plan import Plan

    install()
    records = _Records()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(records)
    propagate, logger.propagate = logger.propagate, False
    try:
        fetcher = _fetcher(piece, world, cache)
        fonts, sheet = _fonts_of(piece, fetcher, world)
        document = weasyprint.HTML(string=html, base_url=BASE_URL, url_fetcher=fetcher)
        options = {"pdf_version": piece.claim.version, "pdf_tags": True, "output_intent": "srgb"}
        pages = document.render(stylesheets=[sheet], font_config=fonts, **options)
        layout = read_layout(pages)
        seen = look(pages) if look is not None else None
        pages.plan = Plan(pages, piece.claim.is_archive, piece.prefix)
        data = pages.write_pdf(**options, uncompressed_pdf=True)
        anchors: dict[str, int] = {}
        for number, page in enumerate(pages.pages):
            for anchor in page.anchors:
                anchors.setdefault(anchor, number)
        faces = [record(key, font, cache) for key, font in pages.fonts.items()]
        remarks = (*records.remarks(), *_inaccessible(pages.plan.problems))
        figures = tuple(pages.plan.layout.figures)
        return Unit(data, layout, anchors, figures, tuple(faces), remarks, seen)
    except RecursionError:
        message = f"{name}: nested too deeply to be set"
        raise BuildProblem([Diagnostic("too-deep", message, None, "flatten the lists or divs")]) from None
    finally:
        logger.removeHandler(records)
        logger.propagate = propagate


def _inaccessible(problems: list[tuple[str, str]]) -> list[Remark]:
    """What keeps somebody out: Markdown has been checked before, so that it is a template's."""
    return [
        Remark("inaccessible", f"a template prints {what}", hint, True) for what, hint in dict.fromkeys(problems)
    ]


def _fetcher(piece: Piece, world: World, cache: Path):
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    files = {**piece.files, **{logo.name: logo.data for logo in piece.theme.logos}}
    fonts = {font["file"] for font in piece.theme.fonts}

    class Fetcher(URLFetcher):
        """Serves the files of this document and nothing else: no network, no other file."""

        def fetch(self, url, headers=None):
            if url.startswith("data:"):
                return super().fetch(url, headers)
            parts = urlsplit(url)
            name = unquote(parts.path).lstrip("/")
            if f"{parts.scheme}://{parts.netloc}/" != BASE_URL:
                raise ValueError(f"'{url}' is outside the document")
            if name in files:
                return URLFetcherResponse(url, files[name], {"Content-Type": _media_type(name)})
            if name in fonts:
                data = font_bytes(world, name, cache)
                return URLFetcherResponse(url, data, {"Content-Type": "font/ttf"})
            raise ValueError(f"'{name}' is no file of this document")

    return Fetcher()


def _media_type(name: str) -> str:
    suffix = name.rsplit(".", 1)[-1]
    types = {
        "css": "text/css",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "gif": "image/gif",
    }
    return types.get(suffix, "application/octet-stream")


class _Records(logging.Handler):
    """Keeps what the engine logs; silence is the only good answer."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def remarks(self) -> tuple[Remark, ...]:
        """Each record once: a missing sign of a font is an error, the rest are warnings."""
        found = []
        for record in self.records:
            # Its line counts in all style sheets together: nobody could look it up.
            text = re.sub(r" at \d+:\d+", "", record.getMessage()).rstrip(".")
            if "notdef" in text:
                hint = "add a font that has the sign to the theme, or write another sign"
                found.append(Remark("missing-glyph", text, hint, True))
            else:
                found.append(Remark("engine", text, "mend the style or the content that it names", False))
        return tuple(dict.fromkeys(found))
