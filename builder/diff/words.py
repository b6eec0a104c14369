"""Texts as words, and what it takes to make one of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from msgspec import Struct

WORD = re.compile(r"\d+(?:[.,:\u00a0\u202f]\d+)*|[\w’']+(?:[-‑][\w’']+)*|[^\w\s]")
INVISIBLE = re.compile("[\u200b\u2060\u00ad]")
SAME, GONE, NEW = "same", "gone", "new"
ALIKE = 0.45
"""The share of words that two blocks must have in common to be versions of each other."""
_MAX_PAIRS = 40_000
_ENDS = ",;:)?!."
"""Signs that a run of words ends with, from the weakest to the strongest."""


class Word(Struct, frozen=True):
    """One word, number or sign of a text."""

    text: str
    key: Any
    """What it is compared by: the text, or for a computed number what the number stands for."""
    has_space: bool
    """Whether white space stands before it."""
    slot: tuple[Any, str] | None = None
    """The element and `text` or `tail`, where the word stands in a tree."""
    start: int = 0
    end: int = 0
    """Offsets in the slot."""

    @property
    def is_picture(self) -> bool:
        """Whether the word stands for a picture, which is an element itself and no text of one."""
        return self.slot is not None and self.slot[1] == "self"


class Run(Struct, frozen=True):
    """Words that stayed (`same`), went (`gone`) or came (`new`); those that stayed are the newer ones."""

    kind: str
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words as text, with the white space before them."""
        return "".join((" " if word.has_space else "") + word.text for word in self.words)


def words_in(text: str) -> list[Word]:
    """The words of a plain text."""
    return [
        Word(
            match[0],
            match[0],
            match.start() > 0 and text[match.start() - 1].isspace(),
            None,
            match.start(),
            match.end(),
        )
        for match in WORD.finditer(text)
    ]


def compare_words(old: Sequence[Word], new: Sequence[Word]) -> tuple[Run, ...]:
    """The runs that lead from one text to the other; single short words between two changes go with them."""
    matcher = SequenceMatcher(None, [w.key for w in old], [w.key for w in new], autojunk=False)
    steps: list[list[int]] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        is_islet = (
            tag == "equal" and i1 > 0 and i2 < len(old) and steps
            and sum(len(word.text) for word in new[j1:j2]) <= 3
        )  # fmt: skip
        if tag == "equal" and not is_islet:
            steps.append([1, i1, i2, j1, j2])
        elif steps and steps[-1][0] == 0:
            steps[-1][2], steps[-1][4] = i2, j2
        else:
            steps.append([0, i1, i2, j1, j2])
    for before, step, after in zip(steps, steps[1:], steps[2:], strict=False):
        _slide(old, new, before, step, after)
    runs: list[Run] = []
    for is_same, i1, i2, j1, j2 in steps:
        if is_same:
            runs.extend([Run(SAME, tuple(new[j1:j2]))] if j2 > j1 else [])
            continue
        if i2 > i1:
            runs.append(Run(GONE, tuple(old[i1:i2])))
        if j2 > j1:
            runs.append(Run(NEW, tuple(new[j1:j2])))
    return tuple(runs)


def _slide(
    old: Sequence[Word], new: Sequence[Word], before: list[int], step: list[int], after: list[int]
) -> None:
    """Moves words that only came, or only went, to where they end as a sentence does.

    "text[. More words]. End" and "text. [More words.] End" are the same change; the second one reads better.
    """
    _, i1, i2, j1, j2 = step
    if step[0] or (i1 < i2) == (j1 < j2):
        return
    words, start, end = (new, j1, j2) if j1 < j2 else (old, i1, i2)
    shifts = [0]
    while end + shifts[-1] < len(words) and shifts[-1] < after[2] - after[1]:
        if words[start + shifts[-1]].key != words[end + shifts[-1]].key:
            break
        shifts.append(shifts[-1] + 1)
    best = max(shifts, key=lambda shift: (_ENDS.find(words[end + shift - 1].text[-1]), -shift))
    before[2], before[4] = before[2] + best, before[4] + best
    step[1:] = [value + best for value in step[1:]]
    after[1], after[3] = after[1] + best, after[3] + best


def pair_blocks(
    old: Sequence[Sequence[Word]], new: Sequence[Sequence[Word]]
) -> list[tuple[int | None, int | None]]:
    """Which block became which, in reading order; None where a block has no counterpart.

    Blocks that are the same word for word hold the rest in place; between them those are paired that
    have the most in common.
    """
    keys = [[tuple(word.key for word in block) for block in side] for side in (old, new)]
    pairs: list[tuple[int | None, int | None]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs.extend(zip(range(i1, i2), range(j1, j2), strict=True))
        elif (i2 - i1) * (j2 - j1) > _MAX_PAIRS:
            pairs.extend([*((i, None) for i in range(i1, i2)), *((None, j) for j in range(j1, j2))])
        else:
            pairs.extend(
                (i and i1 + i[0], j and j1 + j[0]) for i, j in _closest(keys[0][i1:i2], keys[1][j1:j2])
            )
    return pairs


def _closest(old: list, new: list) -> list[tuple[tuple[int] | None, tuple[int] | None]]:
    """The pairing in order with the greatest likeness in sum; indexes in tuples, so that 0 is no None."""
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    like = [[_likeness(a, b) for b in new] for a in old]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = like[i][j] + best[i + 1][j + 1] if like[i][j] >= ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[tuple[int] | None, tuple[int] | None]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        is_pair = i < len(old) and j < len(new) and like[i][j] >= ALIKE
        if is_pair and best[i][j] == like[i][j] + best[i + 1][j + 1]:
            pairs.append(((i,), (j,)))
            i, j = i + 1, j + 1
        elif i < len(old) and (j == len(new) or best[i][j] == best[i + 1][j]):
            pairs.append(((i,), None))
            i += 1
        else:
            pairs.append((None, (j,)))
            j += 1
    return pairs


def _likeness(old: tuple, new: tuple) -> float:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0
