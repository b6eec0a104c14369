"""Splits a document into the pieces that are set one by one, and tells them the pages that they refer to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from builder.render import APART
from builder.world import World
from builder.writers.counters import counters_of, leave_open
from builder.writers.folios import OPEN, UNKNOWN, CannotBind, opened
from builder.writers.typeset import STYLES, Piece

_HEAD_OF_ONE = re.compile(r"<title>.*?</title>\n?|<meta name=[^>]*>\n?", re.S)
"""What only the first piece says: the rest would differ between editions by it, and be set for each."""
_LINK = re.compile(r'<a\b([^>]*?) href="#([^"]+)"')
_IS_NUMBERED = re.compile(r'\bclass="(?:[^"]* )?page(?: [^"]*)?"')
_IS_APART = re.compile(r'\bclass="(?:[^"]* )?page apart(?: [^"]*)?"')
_PICTURE = re.compile(r'src="(images/image-\d+(\.\w+))"')
"""Begins with letters, which are searched for far faster than the edge of a word."""
_UNIT = re.compile(r'<section class="[^"]*\bunit\b[^"]*" id="([^"]+)"')


def whole(piece: Piece) -> Piece:
    """The document as one piece, which counts its pages itself."""
    return replace(piece, html=piece.html.replace(APART, ""))


def split(piece: Piece, world: World, cache: Path) -> list[Piece]:
    """The pieces of a document, in order; numbers of pages, chapters, figures and the like are left open.

    The template marks where one begins, on a page of its own. Raises CannotBind where there is only one, or
    where the styles say that pages know of each other.
    """
    if APART not in piece.html:
        raise CannotBind("a document of one piece")
    counters = counters_of(piece.theme, world, cache)
    if [piece, counters] != _LAST[:2]:
        _LAST[:] = piece, counters, _split(piece, counters)
    return list(_LAST[2])


_LAST: list[Any] = [None, (), []]
"""The document that was split last, the counters that were left open in it, and its pieces: each is asked for twice."""


def _split(piece: Piece, counters: tuple[str, ...]) -> list[Piece]:
    head, *bodies = piece.html.split(APART)
    last, end = bodies[-1].rsplit("</body>", 1)
    bodies[-1] = last
    css = opened(piece.files[STYLES].decode())
    short = _HEAD_OF_ONE.sub("", head)
    made = []
    for number, body in enumerate(bodies):
        # What lies between two pieces belongs to neither: the last one of an edition may stand amid another.
        html = f"{head if number == 0 else short}{body.strip()}\n</body>{end}"
        unit = _UNIT.search(body)
        prefix = f"{unit[1]}." if unit else f"front{number}."
        html, pictures = _own_pictures(html, piece.files)
        # A file that is in the document and not in this piece changes nothing here.
        files = {name: data for name, data in piece.files.items() if name in html or name in css}
        files |= {**pictures, STYLES: css.encode()}
        html, numbers = leave_open(html, counters, bool(piece.theme.grid.side))
        made.append(replace(piece, html=html, files=files, prefix=prefix, numbers=numbers))
    return made


def _own_pictures(html: str, files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """A piece whose pictures are counted anew, and their bytes by name: other editions have others before them."""
    names: dict[str, str] = {}
    if 'src="images/' not in html:
        return html, {}

    def renamed(found: re.Match[str]) -> str:
        name = f"images/own-{len(names) + 1}{found[2]}"
        return f'src="{names.setdefault(found[1], name)}"'

    html = _PICTURE.sub(renamed, html)
    return html, {own: files[name] for name, own in names.items() if name in files}


def is_late(piece: Piece) -> bool:
    """Whether a piece prints pages of other places amid its text, which are known when those are set."""
    links = (attributes for attributes, _ in _LINK.findall(piece.html))
    return any(_IS_NUMBERED.search(attributes) and not _IS_APART.search(attributes) for attributes in links)


def referring(piece: Piece, pages: Mapping[str, int]) -> Piece:
    """A piece whose references print the pages of these anchors, and nothing where one is not among them.

    What stands apart from the text is left open.
    """

    def numbered(found: re.Match[str]) -> str:
        attributes, anchor = found.groups()
        page = UNKNOWN
        if _IS_APART.search(attributes):
            page = OPEN
        elif _IS_NUMBERED.search(attributes):
            page = str(pages.get(unescape(anchor), ""))
        return f'<a{attributes} data-page="{page}" href="#{anchor}"'

    return replace(piece, html=_LINK.sub(numbered, piece.html))


def first_pages(counts: Sequence[int], is_bound: bool) -> list[int]:
    """The page on which each piece begins, from 1; of bound ones each begins on the right."""
    starts, at = [], 1
    for count in counts:
        at += is_bound and at % 2 == 0
        starts.append(at)
        at += count
    return starts
