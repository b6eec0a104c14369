"""Numbers of chapters, figures and the like that stay open: editions that count differently share a unit.

Where a document is split, each digit of such a number becomes a zero, and is itself again when the unit is bound. That
changes nothing else where all digits are equally wide and none moves towards its neighbours: style sheets ask for such
ones, and a theme whose fonts have none leaves nothing open. A number at the end of a line of its own becomes a single
zero, since it may be longer in one edition than in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from builder.model import Theme
from builder.world import World
from builder.writers.folios import glyphs_in
from builder.writers.fonts import BESIDE, has_even_digits

_TABULAR = ("tnum", "lnum"), ("tnum", "onum")
COUNTERS = {
    "chapter-number": (("lnum",),), "section-number": _TABULAR, "label": _TABULAR, "counter": _TABULAR,
}  # fmt: skip
"""The classes of what prints a number that depends on the edition, with the OpenType features that styles give it.

A theme whose fonts have digits of many widths with them leaves those closed.
"""
OPEN, ALONE = "data-open-number", "data-alone"
"""The attributes of an element with zeros: which of the piece its first one is, and whether each stands for a whole number."""
_IN_MARGIN = (("section-number", ""), ("label", '<figcaption><span class="whole">'))
"""Classes of what has a line of its own where there is a margin column, and what stands before it."""
_LEAD = re.compile(r"</header>\s*<p\b.*?</p>", re.DOTALL)
"""What a chapter begins with: its first line may have small capitals, whose digits are not equally wide."""
_DIGIT = re.compile(r"&[^;]+;|[0-9]")
_NUMBER = re.compile(r"&[^;]+;|[0-9]+")
_IN_COMPANY = re.compile(rf"(?:^|(?<=[0-9{re.escape(BESIDE)}]))[0-9]+(?=$|[{re.escape(BESIDE)}])")
_OPENED = re.compile(rf'{OPEN}="(\d+)"( {ALONE}="")?>([^<]*)</')
_ZERO = re.compile("&[^;]+;|0")
_FIRST_MARK, _LAST_MARK = 0xF0000, 0xFFFFD
_MARK = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_LAST_MARK)}]")
"""What stands for a zero in the words that a unit says of itself; no text has such a sign."""


class Refused(Exception):
    """Some open numbers must be known when a piece is set: its styles draw them in a way of their own."""

    def __init__(self, zeros: Iterable[int]):
        super().__init__("numbers can't be left open")
        self.zeros = sorted(zeros)
        """Which of the piece."""


def counters_of(theme: Theme, world: World, cache: Path) -> tuple[str, ...]:
    """The classes of COUNTERS that a theme leaves open: those whose digits are equally wide in all its fonts."""
    asked = sorted({each for features in COUNTERS.values() for each in features})
    even = {features for features in asked if has_even_digits(theme, world, cache, features)}
    return tuple(name for name, features in COUNTERS.items() if even.issuperset(features))


def leave_open(html: str, counters: tuple[str, ...], has_margin: bool) -> tuple[str, tuple[str, ...]]:
    """The HTML of a piece with zeros in its counters, and the digit, or number, that belongs in the place of each.

    `counters` are the classes that may be left open, `has_margin` tells of a column beside the text.
    """
    if not counters:
        return html, ()
    lead, numbers = _LEAD.search(html), list[str]()

    def zero(found: re.Match[str]) -> str:
        if found[0][0] == "&":
            return found[0]
        numbers.append(found[0])
        return "0"

    def is_alone(found: re.Match[str]) -> bool:
        alone = (("chapter-number", ""), *(_IN_MARGIN if has_margin else ()))
        return any(found[3] == name and html.endswith(before, 0, found.start()) for name, before in alone)

    def opened(found: re.Match[str]) -> str:
        tag, _, _, text = found.groups()
        if lead is not None and lead.start() < found.start() < lead.end():
            return found[0]
        first, plain = len(numbers), _DIGIT.sub(lambda sign: " " if sign[0][0] == "&" else sign[0], text)
        if _IN_COMPANY.sub("", plain) != re.sub("[0-9]", "", plain) or first + len(text) > _LAST_MARK - _FIRST_MARK:
            return found[0]
        has_line = plain[-1].isdigit() and is_alone(found)
        text = (_NUMBER if has_line else _DIGIT).sub(zero, text)
        mark = f'{OPEN}="{first}"' + f' {ALONE}=""' * has_line
        return f"{tag} {mark}>{text}</" if len(numbers) > first else found[0]

    return _pattern(counters).sub(opened, html), tuple(numbers)


@lru_cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf'(<(\w+)(?: [^>]*)? class="(?:[^"]* )?({"|".join(names)})(?: [^"]*)?"[^>]*)>([^<]*\d[^<]*)</(?=\2>)'
    )


def closed(html: str, numbers: Sequence[str], refused: Iterable[int]) -> str:
    """The HTML of a piece with these of its numbers again, and all that stand in one counter with them."""

    def filled(found: re.Match[str]) -> str:
        first = at = int(found[1])

        def digit(sign: re.Match[str]) -> str:
            nonlocal at
            at += sign[0][0] != "&"
            return sign[0] if sign[0][0] == "&" else numbers[at - 1]

        text = _ZERO.sub(digit, found[3])
        return f'{OPEN}="">{text}</' if any(first <= each < at for each in refused) else found[0]

    return _OPENED.sub(filled, html)


def told(text: str, numbers: Sequence[str]) -> str:
    """Words that a unit says of itself, with its numbers in the place of their marks."""

    def number(mark: re.Match[str]) -> str:
        place = ord(mark[0]) - _FIRST_MARK
        # Any other such sign is the text's own, which no font has.
        return numbers[place] if place < len(numbers) else mark[0]

    return _MARK.sub(number, text) if numbers and not text.isascii() else text


def marks_in(text: str) -> set[int]:
    """The zeros that words have marks for."""
    return {ord(mark) - _FIRST_MARK for mark in _MARK.findall(text)}


def mark_tree(root: Any) -> None:
    """Puts marks in the place of the zeros of an HTML tree, which has been laid out."""
    for element in root.iter():
        if first := element.get(OPEN):
            element.text = _marked(element.text, int(first))


def has_room(box: Any) -> bool:
    """Whether the text of a box has a line of its own, which begins at the left and could hold three digits more."""
    lines = box.children
    if len(lines) != 1 or type(lines[0]).__name__ != "LineBox" or box.style["direction"] != "ltr":
        return False
    room = box.width - lines[0].width >= 3 * box.style["font_size"] or box.style["position"] == "absolute"
    return room and box.style["text_align_all"] in ("start", "left")


def holders_of(root: Any, parents: Mapping[Any, Any]) -> dict[Any, set[str]]:
    """The marked words of each counter, by the elements that hold them."""
    found: dict[Any, set[str]] = {}
    for element in root.iter():
        words, holder = element.text or "", element if element.get(OPEN) else None
        while holder is not None:
            found.setdefault(holder, set()).add(words)
            holder = parents.get(holder)
    return found


def repeated(text: str, counters: Iterable[str]) -> set[int]:
    """The zeros that a text may repeat which was made of an element with these counters, as a running head is."""
    found: set[int] = set()
    for words in counters:
        if re.search(rf"(?<!\w){re.escape(_collapsed(unmarked(words)))}(?!\w)", _collapsed(text)):
            found |= marks_in(words)
    return found


def with_marks(title: str, element: Any) -> str:
    """The title of an entry of the outline with marks for its zeros; as it is where it is not the text of its element."""
    words = _collapsed("".join(element.itertext()))
    return words if unmarked(words) == _collapsed(title) else title


def _collapsed(text: str) -> str:
    """A text with its white space as the engine shows it (CSS Text 3, 4.1.1)."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def unmarked(text: str) -> str:
    """Marked words as they were laid out."""
    return _MARK.sub("0", text)


def _marked(text: str, first: int) -> str:
    parts = text.split("0")
    return "".join(part + chr(_FIRST_MARK + first + n) for n, part in enumerate(parts[:-1])) + parts[-1]


class Finder:
    """Tells, box by box in the order of the text, which zeros of open numbers stand in a box of a document."""

    def __init__(self) -> None:
        self._seen: dict[Any, int] = {}

    def first_in(self, box: Any) -> int | None:
        """The first zero of a box of text; None where it has none."""
        element = box.element
        if element is None or not (first := element.get(OPEN)) or "0" not in box.text:
            return None
        if box.element_tag.partition("::")[2] not in ("", "first-line", "first-letter"):
            return None
        seen = self._seen.get(element, 0)
        # What is repeated on each page, as the head of a table, begins anew.
        self._seen[element] = (seen + box.text.count("0")) % unmarked(element.text).count("0")
        return int(first) + seen

    def text_of(self, box: Any) -> str:
        """The text of a box, with marks for its zeros."""
        first = self.first_in(box)
        return box.text if first is None else _marked(box.text, first)


class OpenCounter(Struct):
    """The zeros of one box of text."""

    first: int
    box: Any
    rows: list[tuple[str, ...]]
    """The codes of the ten digits in each style of the unit, in hexadecimal."""
    refused: set[int]

    def leave_open(self, drawn: Sequence[Any], row: tuple[str, ...]) -> Sequence[Any]:
        """What was drawn, with a note in the place of the glyphs.

        As it is, and `refused`, where its style has no codes of digits, or its zeros can't be told apart.
        """
        texts = [each for each in drawn if isinstance(each, bytes) and each.endswith(b" TJ")]
        if not row or len(texts) != 1 or codes_in(texts[0]).count(row[0]) != self.box.text.count("0"):
            self.refused.add(self.first)
            return drawn
        if row not in self.rows:
            self.rows.append(row)
        note = f"%counter {self.rows.index(row)} {self.first} ".encode() + texts[0]
        return [note if each is texts[0] else each for each in drawn]


_SIGN = b"%counter "
_NOTE = re.compile(_SIGN + rb"(\d+) (\d+) (.*)")
_SHOWN = re.compile(r"<([0-9a-f]*)>")


def codes_in(text: bytes) -> list[str]:
    """The codes of the glyphs that an operator shows, in hexadecimal."""
    return glyphs_in("".join(_SHOWN.findall(text.decode())))


def is_open(content: bytes) -> bool:
    """Whether a number is left open in what a page draws."""
    return _SIGN in content


def fill(content: bytes, rows: Sequence[Sequence[str]], numbers: Sequence[str]) -> bytes:
    """The content of a page with its numbers in every place that was left open."""

    def drawn(found: re.Match[bytes]) -> bytes:
        row, at = rows[int(found[1])], int(found[2])

        def shown(codes: re.Match[str]) -> str:
            nonlocal at
            glyphs = glyphs_in(codes[1])
            for index, code in enumerate(glyphs):
                if code == row[0]:
                    glyphs[index], at = "".join(row[int(digit)] for digit in numbers[at]), at + 1
            return f"<{''.join(glyphs)}>"

        return _SHOWN.sub(shown, found[3].decode()).encode()

    return _NOTE.sub(drawn, content)
