"""The cover of an ebook as a picture: set as a page of the same design, then drawn by PDFium."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import PIL

from builder.coverage import covered
from builder.diagnostics import BuildProblem, Checked, Diagnostic, Severity
from builder.futures import Submit, at_once
from builder.language import long_date
from builder.model import Document, Theme
from builder.store import Store, sealed, unsealed
from builder.templating import environment, fill
from builder.world import World
from builder.writers.pdf import write_sheets
from builder.writers.typeset import STYLES, Piece

COVER_SIZE = (1600, 2400)
"""Pixels of the cover: Apple Books takes at most four million."""


_BEGUN: dict[str, Future] = {}
"""The cover that others are drawing, by key."""


def begin_cover(
    document: Document, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit
) -> None:
    """Has the cover drawn while the rest of an ebook is made: `draw_cover` waits for it.

    Where a template of it prints more than what is known of the document, it is drawn later.
    """
    _BEGUN.clear()
    with suppress(BuildProblem):
        key, page = _page(document, theme, words, world, _can_be_set(document, theme, world))
        if unsealed(key, Store(cache / "covers").recall_bytes(key)) is None:
            _BEGUN[key] = submit(_picture, page, world.root, world.templates, cache)


def draw_cover(
    document: Document, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit = at_once
) -> Checked[bytes]:
    """The picture, or the same one from the cache where its page has not changed; one with a problem is drawn each time.

    `submit` has it drawn by others.
    """
    problems: tuple[Diagnostic, ...] = ()
    if not (has_words := _can_be_set(document, theme, world)):
        message = f"{document.job}: the fonts of the theme '{theme.name}' can't set the words of the cover"
        hint = "add a font for this language to the theme; until then the cover is a drawing alone"
        problems = (Diagnostic("plain-cover", message, None, hint, Severity.WARNING),)
    key, page = _page(document, theme, words, world, has_words)
    store, begun = Store(cache / "covers"), _BEGUN.pop(key, None)
    if begun is None and (kept := unsealed(key, store.recall_bytes(key))) is not None:
        return Checked(kept, problems)
    picture = (begun or submit(_picture, page, world.root, world.templates, cache)).result()
    if not picture.problems:
        store.remember_bytes(key, sealed(key, picture.value))
    return Checked(picture.value, (*problems, *picture.problems))


def _page(
    document: Document, theme: Theme, words: dict[str, str], world: World, has_words: bool
) -> tuple[str, tuple[Any, ...]]:
    """A hash of all that the picture depends on, and the page that is drawn."""
    values = {"doc": document, "words": words, "theme": theme, "target": "epub", "has_words": has_words}
    html = fill(environment(world), "epub/cover.html", **values)
    tokens = ":root{" + "".join(f"--{name}:{value};" for name, value in theme.tokens.items()) + "}\n"
    files = {STYLES: tokens.encode()}
    own = f"{Piece(html, files, theme).key(world)} {PIL.__version__}"
    key = hashlib.sha256(own.encode()).hexdigest()
    return key, (f"{document.job} cover", html, files, theme, document.metadata)


def _picture(page: tuple[Any, ...], root: Path, templates: Path, cache: Path) -> Checked[bytes]:
    sheet = write_sheets(*page, World(root, templates), cache)
    return Checked(_drawn(sheet.value.data), sheet.problems)


def _drawn(data: bytes) -> bytes:
    """The one page of a PDF as a PNG."""
    import pypdfium2
    from PIL import Image

    pdf = pypdfium2.PdfDocument(data)
    try:
        page = pdf[0]
        image = page.render(scale=COVER_SIZE[0] / page.get_width(), rev_byteorder=True).to_pil().convert("RGB")
    finally:
        pdf.close()
    if image.size != COVER_SIZE:
        image = image.resize(COVER_SIZE)
    # Flat colours: a palette of 256, which are RGB, keeps the picture sharp at a tenth of the size.
    out = io.BytesIO()
    image.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def _can_be_set(document: Document, theme: Theme, world: World) -> bool:
    """Whether the fonts have the signs of the cover, and its lines run from left to right."""
    meta = document.metadata
    names = [name for author in meta.authors for name in (author.name, author.affiliation)]
    said = " ".join([meta.title, meta.subtitle, meta.publisher, meta.series, meta.audience, *names])
    said += long_date(meta.date, meta.language)
    known = covered(theme, world)
    return meta.direction == "ltr" and all(not sign.isalpha() or ord(sign) in known for sign in said)
