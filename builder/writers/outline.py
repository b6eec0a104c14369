"""The outline of a bound file, from those of its units (ISO 32000-2, 12.3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf
from msgspec import Struct
from pikepdf import Array, Dictionary, Name

from builder.writers.counters import told
from builder.writers.tagging.join import Bound


class _Entry(Struct):
    level: int
    object: Any
    is_closed: bool
    below: list[_Entry]


def add_outline(pdf: pikepdf.Pdf, parts: Sequence[Bound]) -> None:
    """Writes one outline: an entry stands below the last one before it of a higher level."""
    first = parts[0].document
    path = [root := _Entry(0, pdf.make_indirect(Dictionary()), False, [])]
    for part in parts:
        for level, title, place, element, is_closed in rows(part.record.Outline, 5):
            element = first if element.objgen == part.document.objgen else element
            while path[-1].level >= int(level):
                path.pop()
            title = told(str(title), part.numbers) if part.numbers else title
            made = pdf.make_indirect(Dictionary(Title=title, A=go_to(place, place, element)))
            entry = _Entry(int(level), made, bool(is_closed), [])
            path[-1].below.append(entry)
            path.append(entry)
    if root.below:
        root.object.Count = _chain(root)
        pdf.Root.Outlines = root.object


def _chain(entry: _Entry) -> int:
    """Connects the entries below one; the number of those that are seen when it is open."""
    count = 0
    for index, each in enumerate(entry.below):
        each.object.Parent = entry.object
        if index:
            each.object.Prev, entry.below[index - 1].object.Next = entry.below[index - 1].object, each.object
        seen = _chain(each)
        each.object.Count = -seen if each.is_closed else seen
        count += 1 + (0 if each.is_closed else seen)
    if entry.below:
        entry.object.First, entry.object.Last = entry.below[0].object, entry.below[-1].object
    return count


def rows(array: Any, size: int) -> Iterator[tuple[Any, ...]]:
    """The values of a unit's record, so many at a time."""
    values = list(array)
    return zip(*(values[start::size] for start in range(size)), strict=True)


def go_to(destination: Any, place: Any, element: Any) -> Dictionary:
    """An action that leads to a place on a page, and to the element that stands there."""
    return Dictionary(S=Name.GoTo, D=destination, SD=Array([element, *list(place)[1:]]))
