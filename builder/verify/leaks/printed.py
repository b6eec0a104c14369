"""How print spells what a source holds as data: dates, the people and the fields of a reference."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from builder.language import readable_date

_DATE = re.compile(r"\d(?<![\w-].)\d{3}-\d{2}(?:-\d{2})?(?![\w-])")
"""It begins with a digit, so that whatever is none is passed over fast."""


def dates_printed(texts: Iterable[str], language: str) -> Iterable[str]:
    """Texts with dates, these written out as print has them."""
    for text in texts:
        if _DATE.search(text):
            yield _DATE.sub(lambda date: readable_date(date[0], language), text)


def citations_of(item: dict[str, Any], language: str) -> list[str]:
    """The parts of a source side by side, as citations and lists of sources set them."""
    dates = []
    for key in ("issued", "accessed", "event-date", "original-date"):
        for part in (item.get(key) or {}).get("date-parts") or ():
            numbers = [f"{int(number):02}" for number in part]
            dates += [
                readable_date("-".join(numbers[:count]), language) for count in range(1, len(numbers) + 1)
            ]
    fields = [
        str(item[key])
        for key in ("title", "container-title", "publisher", "publisher-place")
        if item.get(key)
    ]
    whole = (names_of(item), *fields)
    pairs = [f"{one} {date}" for one in whole for date in dict.fromkeys(dates)]
    return [*pairs, f"{whole[0]} {' '.join(fields)}", " ".join(reversed(whole))]


def leaves(value: Any) -> Iterable[str]:
    """Every text and number in a value."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from leaves(inner)
    elif value is not None:
        yield str(value)


def names_of(item: dict[str, Any]) -> str:
    """The first people or bodies of a source, as citations print them."""
    people = item.get("author") or item.get("editor") or ()
    return " ".join(" ".join(leaves(person)) for person in people)
