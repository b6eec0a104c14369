"""Page numbers that stay open: a unit is set with digits in their place, and gets its numbers when it is bound."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct


class CannotBind(Exception):
    """A unit that can't be set apart from the rest of its document: it holds what only the whole document knows."""


def _every_pair() -> str:
    """The digits in a sequence that has each pair of them once (a de Bruijn sequence), for the kerning of all."""
    words = [word for a in range(10) for word in (str(a), *(f"{a}{b}" for b in range(a + 1, 10)))]
    return "".join(words) + "0"


OPEN = _every_pair()
"""What is set in the place of a page number that is not known yet."""
UNKNOWN = "\ue0fe"
"""What a reference prints whose page is not known: it must not be seen by anybody."""

_NUMBER = re.compile(r"counter\(\s*page\s*\)")
_REFERENCE = re.compile(r"target-counter\(\s*attr\(\s*href(?:\s+url)?\s*\)\s*,\s*page\s*\)")
_ELSEWHERE = re.compile(r"counters?\(\s*pages?\b|\btarget-|@page[^{]*:(?:first\b|nth\((?![^)]*\bof\b))")
"""What else may stand in a style sheet that only a whole document can answer."""


_FIRST = "\nbody > :first-child { break-before: auto !important; }\n"
"""What a piece begins with begins its first page; a break before it would leave that blank."""


def opened(css: str) -> str:
    """A style sheet with open page numbers, and references that print the `data-page` of their link.

    Raises CannotBind where it asks for more than that.
    """
    css = _REFERENCE.sub("attr(data-page)", _NUMBER.sub(f'"{OPEN}"', css))
    if _ELSEWHERE.search(css):
        raise CannotBind("the style sheet counts pages in a way of its own")
    return css + _FIRST


class Figures(Struct, frozen=True):
    """The digits of a font and size as they are drawn, with what each takes up; lengths in thousandths of the size."""

    font: str
    """The name of the font's resource."""
    size: float
    glyphs: tuple[str, ...]
    """The code of each digit, in hexadecimal."""
    widths: tuple[float, ...]
    kerns: Mapping[str, int]
    """By pair of digits: what the second one moves to the left."""
    last: int
    """What the end of the number moves to the left."""

    def draw(self, number: int, align: str, left: float, right: float, y: float) -> bytes:
        """The operators that draw a number between two edges, as WeasyPrint writes them."""
        digits = str(number)
        moves = [self.kerns.get(a + b, 0) for a, b in pairwise(digits)] + [self.last]
        width = sum(self.widths[int(digit)] - move for digit, move in zip(digits, moves, strict=True))
        free = right - left - width * self.size / 1000
        x = left + {"right": free, "center": free / 2}.get(align, 0.0)
        text = "<"
        for digit, move in zip(digits, moves, strict=True):
            text += self.glyphs[int(digit)] + (f">{move}<" if move else "")
        text = f"{text}>".removesuffix("<>")
        return f"1 0 0 -1 {_short(x)} {_short(y)} Tm\n[{text}] TJ".encode()


class OpenFolio(Struct):
    """Where a page number is to stand: the edges of its margin box, in CSS pixels."""

    left: float
    right: float
    align: str
    figures: list[Figures]
    """Those of the whole unit; what is drawn here refers to one by its place in the list."""
    reference: int | None = None
    """Whose page it is, by its place among the references of the unit; None for the page that it stands on."""

    def leave_open(self, drawn: Sequence[Any], font: tuple[str, float], fonts: Mapping[Any, Any]) -> list[Any]:
        """What was drawn, with a note in the place of the digits. Raises CannotBind where it can't be told apart."""
        matrices = [each for each in drawn if isinstance(each, bytes) and each.endswith(b" Tm")]
        texts = [each for each in drawn if isinstance(each, bytes) and each.endswith((b" TJ", b" Ts"))]
        if len(matrices) != 1 or len(texts) != 1:
            raise CannotBind("a page number is not drawn in one piece")
        matrix = matrices[0].split()
        figures = _figures(texts[0].decode(), font, fonts)
        if figures not in self.figures:
            self.figures.append(figures)
        x, y = float(matrix[4]), float(matrix[5])
        left = self.left if self.align in ("right", "center") else x
        note = f"%folio {self.figures.index(figures)} {self.align} {left!r} {self.right!r} {y!r}"
        if self.reference is not None:
            note += f" {self.reference}"
        return [note.encode() if each is texts[0] else each for each in drawn if each is not matrices[0]]


def _figures(text: str, font: tuple[str, float], fonts: Mapping[Any, Any]) -> Figures:
    glyphs: list[str] = []
    moves: list[int] = []
    for codes, move in re.findall(r"<([0-9a-f]*)>|(-?[\d.]+)", text):
        if codes:
            found = glyphs_in(codes)
            glyphs += found
            moves += [0] * len(found)
        elif move and moves:
            moves[-1] += int(float(move))
    by_digit = dict(zip(OPEN, glyphs, strict=False))
    if len(glyphs) != len(OPEN) or any(by_digit[sign] != glyph for sign, glyph in zip(OPEN, glyphs, strict=True)):
        raise CannotBind("a page number is set with digits that change with their neighbours")
    widths = next(each.widths for each in fonts.values() if each.hash == font[0])
    pairs = zip(pairwise(OPEN), moves, strict=False)
    return Figures(
        *font,
        tuple(by_digit[str(digit)] for digit in range(10)),
        tuple(widths[int(by_digit[str(digit)], 16)] for digit in range(10)),
        {a + b: move for (a, b), move in pairs if move},
        moves[-1],
    )


def glyphs_in(shown: str) -> list[str]:
    """The codes of glyphs, in hexadecimal, that a content stream shows side by side."""
    return [shown[n : n + 4] for n in range(0, len(shown), 4)]


_SIGN = b"%folio "
_NOTE = re.compile(_SIGN + rb"(\d+) (\w+) (\S+) (\S+) (\S+)(?: (\d+))?")


def is_open(content: bytes) -> bool:
    """Whether a number of a page is left open in what it draws."""
    return _SIGN in content


def fill(content: bytes, number: int, figures: Sequence[Figures], pages: Sequence[int | None] = ()) -> bytes:
    """The content of a page with its number in every place that was left open.

    `pages` are those of the unit's references; one that leads nowhere prints nothing.
    """

    def drawn(found: re.Match[bytes]) -> bytes:
        index, align, left, right, y = (part.decode() for part in found.groups()[:5])
        shown = number if found[6] is None else pages[int(found[6])]
        return b"" if shown is None else figures[int(index)].draw(shown, align, float(left), float(right), float(y))

    return _NOTE.sub(drawn, content)


def _short(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"
