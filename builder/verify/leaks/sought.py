"""What is looked for of one text: its runs of words, its names, its numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from msgspec import Struct

from builder.verify.leaks.words import IDEOGRAPH, even, names_of, numbers_of, squeezed, words_of

SHINGLE = 5
"""Words in a run."""
LENGTH = 16
"""The fewest letters of a run: shorter ones stand in many texts."""
SHORT = 12
"""The fewest letters of a phrase of two words or more that is looked for without regard to spaces."""
_SIGNS = re.compile(r"[^\W\d_][\w'’-]*|[.!?…:;\n\0]")
_DIGIT = re.compile(r"\d\D?\d\D?\d")
WHOLE = {
    "title", "short title", "cell", "caption", "alternative text", "author", "glossary term", "term", "column",
    "picture metadata", "source", "variable", "metadata", "redaction reason",
}  # fmt: skip
"""Kinds whose text is looked for as a whole however short it is: a name, a number, a heading."""


class Sought(Struct, frozen=True):
    """What is looked for of one text, by the way it is looked for."""

    runs: tuple[str, ...]
    phrases: tuple[tuple[tuple[str, ...], str], ...] = ()
    """Each with its letters run together, where these are enough to be looked for, too."""
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@lru_cache(maxsize=8192)
def sought_of(part: str, is_whole: bool, is_address: bool, is_context: bool) -> Sought:
    """What is looked for of a text; the same cells and sources are withheld more than once, and from several editions."""
    evened = even(part)
    words = words_of(evened)
    runs = tuple(_runs(words))
    if is_context or not words:
        return Sought(runs)
    phrases, numbers, names = [], (), ()
    for phrase in set(_phrases(part, words, is_whole)):
        run = squeezed("".join(phrase)) if len(phrase) > 1 else ""
        phrases.append((phrase, run if len(run) >= SHORT else ""))
    if _DIGIT.search(evened):
        found = numbers_of(evened, is_source=True)
        numbers = tuple(number for number in found if len(number.replace(".", "").strip("0")) >= 3)
    if is_address:
        names = tuple(name for name in names_of(evened) if len(name) >= 8)
    return Sought(runs, tuple(phrases), numbers, names)


def _runs(words: Sequence[str]) -> Iterator[str]:
    """Overlapping runs of words, none shorter than LENGTH letters, spaces left out."""
    parts = [squeezed(word) if "," in word or "." in word else word for word in words]
    count = len(parts)
    for start in range(min(count, max(count - SHINGLE, 0) + 1)):
        end = start + SHINGLE
        if len(parts[start]) < 3 and parts[start].isdigit():
            continue  # The number of a note or a list may stand before any sentence.
        run = "".join(parts[start:end])
        while len(run) < LENGTH and end < count:
            run += parts[end]
            end += 1
        if len(run) >= LENGTH:
            yield run


def _phrases(text: str, words: list[str], is_whole: bool) -> Iterator[tuple[str, ...]]:
    """Names within the text, and the text itself where it is a short whole."""
    limit = 4 if text.isascii() or not _ideograph().search(text) else 9
    if is_whole and 1 <= len(words) <= limit:
        letters = squeezed("".join(words))
        if not letters.isdigit() and len(letters) >= (2 if limit == 9 else 4):
            yield tuple(words)
    elif 3 <= len(words) <= limit and len("".join(words)) >= SHORT:
        yield tuple(words)
    yield from _proper(text)


@cache
def _ideograph() -> re.Pattern[str]:
    """The pattern of one ideograph, which takes long to make ready, and most texts do without."""
    return re.compile(f"[{IDEOGRAPH}]")


def _proper(text: str) -> Iterator[tuple[str, ...]]:
    """Words with a capital that is not that of a sentence: names, alone and as they stand together."""
    name: list[str] = []
    is_start = True
    for match in _SIGNS.finditer(text):
        sign = match.group()
        is_capital = sign[0].isupper() and len(sign) > 1
        if is_capital:
            name.append(sign)
            if len(sign) >= 3 and (sign.isupper() or (not is_start and len(sign) >= 4)):
                alone = tuple(words_of(even(sign)))
                if alone:
                    yield alone
        if not is_capital or text[match.end() : match.end() + 1] not in (" ", "\u00a0"):
            if 2 <= len(name) <= 4:
                yield tuple(words_of(even(" ".join(name))))
            name = []
        is_start = not sign[0].isalpha()


def distinctive(name: str) -> Iterator[str]:
    """The forms of an id or file name that no ordinary word has."""
    evened = even(name)
    if not evened.isalpha():
        yield evened
    stem = evened.rsplit(".", 1)[0]
    if stem != evened and not stem.isalpha():
        yield stem
