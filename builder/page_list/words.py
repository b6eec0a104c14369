"""The words of a page and of an ebook, and which is which."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

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
_STEP = 1024
"""Words that are compared at once, as long as they are the same."""


class Words:
    """The words of a text whose blocks are parted by BREAK: in columns, since a book has half a million of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = [word.start() for word in WORD.finditer(text)]
        """Where each begins."""
        shown = "\n".join(WORD.findall(text))
        self.texts = (shown if shown.isascii() else _UNSEEN.sub("", shown)).casefold().split("\n") if shown else []
        """Each as it is compared."""

    def __len__(self) -> int:
        return len(self.at)

    def is_first(self, index: int) -> bool:
        """Whether a word begins a block."""
        return index == 0 or BREAK in self._text[self.at[index - 1] : self.at[index]]


def match_words(printed: Words, shown: Words) -> list[int]:
    """Which word of the ebook each word of print is, in the same order; -1 for one that it has not."""
    texts, others = printed.texts, shown.texts
    first = _alike(texts, others)
    last = _alike(texts[first:][::-1], others[first:][::-1])
    texts, others = texts[first : len(texts) - last], others[first : len(others) - last]
    known = [*range(first), *[-1] * len(texts), *range(len(shown) - last, len(shown))]
    counts = Counter(others)
    # Without the words that come back all the time, where these alone would take minutes.
    is_long = sum(counts[text] for text in texts) > _MOST
    gone: list[tuple[int, int]] = []
    for tag, i1, i2, j1, _ in SequenceMatcher(None, texts, others, autojunk=is_long).get_opcodes():
        if tag == "equal":
            known[first + i1 : first + i2] = range(first + j1, first + j1 + i2 - i1)
        elif tag == "delete":
            gone.append((first + i1, first + i2))
    for start, end in gone:
        _slide(printed, known, start, end)
    return known


def _alike(one: list[str], other: list[str]) -> int:
    """How many words two texts have in common at their beginning."""
    at = 0
    while at < min(len(one), len(other)) and one[at : at + _STEP] == other[at : at + _STEP]:
        at += _STEP
    pairs = enumerate(zip(one[at : at + _STEP], other[at : at + _STEP], strict=False), at)
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other), at + _STEP))


def _slide(printed: Words, known: list[int], start: int, end: int) -> None:
    """Moves words that the ebook has not to where they are whole blocks.

    A pull quote repeats what stands before or behind it: of the two, the paragraph is what the ebook has.
    """
    for step in (1, -1):
        moved: list[tuple[int, int]] = []
        first, last = start, end
        while not (printed.is_first(first) and (last == len(printed) or printed.is_first(last))):
            old, new = (last, first) if step > 0 else (first - 1, last - 1)
            is_free = 0 <= old < len(known) and known[old] >= 0 > known[new]
            if not is_free or printed.texts[old] != printed.texts[new]:
                break
            moved.append((old, new))
            first, last = first + step, last + step
        else:
            for old, new in moved:
                known[new], known[old] = known[old], -1
            return
