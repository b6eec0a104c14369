"""Puts code out of the reach of regular expressions, and back."""

from __future__ import annotations

import re
from collections.abc import Callable

from corpus import lines_of

_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)((?:(?!\n[ >]*\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
_MASK = re.compile("\ue000(\\d+)\ue001")
MASK = "\ue000\\d+\ue001"
"""The pattern of a stretch of code that is out of reach."""


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text after a change that can't touch fenced code and code spans."""
    kept: list[str] = []

    def hide(code: str) -> str:
        kept.append(code)
        return f"\ue000{len(kept) - 1}\ue001"

    hidden: list[str] = []
    fence: list[str] = []
    for line in [*lines_of(text), None]:
        if line is not None and line.is_code:
            fence.append(line.text)
            continue
        if fence:
            hidden.append(hide("\n".join(fence)))
            fence = []
        if line is not None:
            hidden.append(line.text)
    changed = change(_SPAN.sub(lambda match: hide(match.group()), "\n".join(hidden)))
    while _MASK.search(changed):
        changed = _MASK.sub(lambda match: kept[int(match[1])], changed)
    return changed
