"""The words of a page and of an ebook, and which is which."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from typing import NamedTuple

BREAK = "\0"
"""Parts blocks in a text: paragraphs, cells, items."""
_INVISIBLE = "\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff"
_IDEOGRAPH = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = rf"[^\W\d_{_IDEOGRAPH}]"
WORD = re.compile(rf"\d+|[{_IDEOGRAPH}]|{_LETTER}+(?:[{_INVISIBLE}]+{_LETTER}+)*")
"""A number, an ideograph, or letters: print and ebook differ in the signs and spaces between them."""
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_MOST = 10_000_000
"""Pairs of equal words that are looked at."""
_BLOCK = re.compile(f"[^{BREAK}]+")


class Word(NamedTuple):
    """One word of a text: a tuple, since a book has half a million of them."""

    text: str
    """As it is compared."""
    at: int
    """The index in its file, or in its stretch of lines."""
    is_first: bool
    """Whether it begins a block."""
    file: str = ""


def words_of(text: str, file: str = "") -> list[Word]:
    """The words of a text whose blocks are parted by BREAK."""
    return [
        Word(_compared(word[0]), word.start(), not number, file)
        for block in _BLOCK.finditer(text)
        for number, word in enumerate(WORD.finditer(text, block.start(), block.end()))
    ]


def _compared(word: str) -> str:
    return (word if word.isascii() else _UNSEEN.sub("", word)).casefold()


def match_words(printed: list[Word], shown: list[Word]) -> dict[int, int]:
    """Which word of print is which of the ebook, in the same order."""
    texts, others = [word.text for word in printed], [word.text for word in shown]
    first = _alike(texts, others)
    last = _alike(texts[first:][::-1], others[first:][::-1])
    texts, others = texts[first : len(texts) - last], others[first : len(others) - last]
    known = {index: index for index in range(first)}
    known.update((len(printed) - index, len(shown) - index) for index in range(1, last + 1))
    counts = Counter(others)
    # Without the words that come back all the time, where these alone would take minutes.
    is_long = sum(counts[text] for text in texts) > _MOST
    gone: list[tuple[int, int]] = []
    for tag, i1, i2, j1, _ in SequenceMatcher(None, texts, others, autojunk=is_long).get_opcodes():
        if tag == "equal":
            known.update((first + index, first + j1 + index - i1) for index in range(i1, i2))
        elif tag == "delete":
            gone.append((first + i1, first + i2))
    for start, end in gone:
        _slide(printed, known, start, end)
    return known


def _alike(one: list[str], other: list[str]) -> int:
    """How many words two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _slide(printed: list[Word], known: dict[int, int], start: int, end: int) -> None:
    """Moves words that the ebook has not to where they are whole blocks.

    A pull quote repeats what stands before or behind it: of the two, the paragraph is what the ebook has.
    """
    for step in (1, -1):
        moved: list[tuple[int, int]] = []
        first, last = start, end
        while not (printed[first].is_first and (last == len(printed) or printed[last].is_first)):
            old, new = (last, first) if step > 0 else (first - 1, last - 1)
            if old not in known or new in known or printed[old].text != printed[new].text:
                break
            moved.append((old, new))
            first, last = first + step, last + step
        else:
            for old, new in moved:
                known[new] = known.pop(old)
            return
