"""Hyphenation patterns of a language, each read when a word asks for it: of thousands, a text needs a few hundred."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyphen

_PARTS = re.compile("([0-9]?)([^0-9]?)")
_WEIGHTS = re.compile("[0-9]+")
_INNER_SPACE = re.compile(r"[^\S\n]\S")
_NO_PATTERNS = re.compile(rf"(?m)^[^1-9\n]*$|^\s*(?:{'|'.join(pyphen.ignored)}).*$")


class Pattern(str):
    """A pattern such as `.ab3i`; as a pair, what pyphen keeps of it: where its first weight stands, and its weights."""

    __slots__ = ()

    def __iter__(self) -> Iterator:
        return iter(_weights(str(self)))


@cache
def _weights(pattern: str) -> tuple[int, tuple[int, ...]]:
    values = [int(weight or 0) for weight, _ in _PARTS.findall(pattern)]
    start = next(index for index, value in enumerate(values) if value)
    end = max(index for index, value in enumerate(values) if value) + 1
    return start, tuple(values[start:end])


class Hyphenation(pyphen.HyphDict):
    """What pyphen makes of a file of patterns, in a sixth of the time."""

    def __init__(self, path: Path):
        with path.open("rb") as file:
            encoding = file.readline().decode().strip().lower().replace("microsoft-", "")
        text = _NO_PATTERNS.sub("", path.read_text(encoding).partition("\n")[2])
        if _is_odd(text):
            super().__init__(path)
            return
        self.patterns = dict(zip(_WEIGHTS.sub("", text).split(), map(Pattern, text.split()), strict=True))
        self.cache: dict[str, list[int]] = {}
        self.maxlen = max(map(len, self.patterns))


def _is_odd(text: str) -> bool:
    """Whether patterns stand for other signs, have spellings of their own, or hold what would be read otherwise here."""
    signs = set(text)
    is_spelled = "^" in signs or {"/", "="} <= signs
    return is_spelled or any(sign > "9" and sign.isdecimal() for sign in signs) or bool(_INNER_SPACE.search(text))
