"""What an item of CSL-JSON may hold, before a style is asked to print it (the CSL data schema, 1.0.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from builder.diagnostics import Diagnostic, Span, did_you_mean

NAMES = {
    "author", "collection-editor", "composer", "container-author", "editor", "editorial-director", "illustrator",
    "interviewer", "original-author", "recipient", "translator",
}  # fmt: skip
DATES = {"accessed", "container", "event-date", "issued", "original-date", "submitted"}
_PARTS = ("family", "given", "dropping-particle", "non-dropping-particle", "suffix", "literal")
_FOR_MACHINES = ("comma-suffix", "static-ordering", "parse-names")
"""Keys of names that tell programs how to read them, and that no style here prints."""
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DATE_HINT = "write a date such as 2026, 2026-03 or 2026-03-31, or {date-parts: [[2026, 3, 31]]}, or {literal: …}"
_NAME_HINT = "write a list of names such as [{family: Smith, given: Ann}] or [{literal: The house}]"


def read_item(item: dict[str, Any], place: Callable[[str], Span]) -> tuple[dict[str, Any], list[Diagnostic]]:
    """The item as styles read it, and what is wrong with it; `place` says where a key stands.

    Dates may be plain text, as pandoc has them; numbers in them may be text, as YAML reads them.
    """
    made, problems = dict(item), []

    def wrong(key: str, expected: str, hint: str) -> None:
        problems.append(Diagnostic("wrong-type", f"expected {expected} as '{key}'", place(key), hint))

    for key, value in item.items():
        if key in NAMES:
            names = _names(value)
            if names is None:
                wrong(key, "a list of names", _NAME_HINT)
                continue
            made[key] = names
            for part in dict.fromkeys(part for name in names for part in name if part not in _PARTS):
                message, hint = f"unknown key '{part}' of a name", did_you_mean(part, _PARTS)
                problems.append(Diagnostic("unknown-key", message, place(key), hint))
        elif key in DATES:
            if (date := _date(value)) is None:
                wrong(key, "a date", _DATE_HINT)
            else:
                made[key] = date
        elif key == "type" and (not isinstance(value, str) or not value):
            wrong(key, "a word", "name a kind such as book, report or webpage")
        elif key in _TEXTS and isinstance(value, dict | list):
            wrong(key, "text", "write text; put it in quotes if it begins with '[' or '{'")
    if "type" not in item:
        message = f"the source '{item['id']}' has no type"
        hint = "add 'type: …' with a kind such as book, report or webpage"
        problems.append(Diagnostic("missing-key", message, place("id"), hint))
    if not problems and not any(str(made.get(key) or "").strip() for key in ("title", *sorted(NAMES))):
        message, hint = f"the source '{item['id']}' has no title", "add 'title: …', or who wrote it"
        problems.append(Diagnostic("missing-key", message, place("id"), hint))
    return made, problems


_TEXTS = {
    "abstract", "collection-title", "container-title", "container-title-short", "DOI", "edition", "event", "event-place",
    "genre", "ISBN", "ISSN", "issue", "language", "medium", "number", "number-of-pages", "original-title", "page",
    "publisher", "publisher-place", "section", "source", "status", "title", "title-short", "URL", "version", "volume",
}  # fmt: skip


def _names(value: Any) -> list[dict[str, str]] | None:
    if not isinstance(value, list) or not all(isinstance(name, dict) for name in value):
        return None
    names = [{part: text for part, text in name.items() if part not in _FOR_MACHINES} for name in value]
    is_text = all(isinstance(text, str | int) for name in names for text in name.values())
    return [{part: str(text) for part, text in name.items()} for name in names] if is_text else None


def _date(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str | int) and not isinstance(value, bool):
        parts = _day(str(value))
        return {"date-parts": [parts]} if parts else None
    if not isinstance(value, dict):
        return None
    if (parts := value.get("date-parts")) is not None:
        days = [_parts(part) for part in parts] if isinstance(parts, list) and 0 < len(parts) < 3 else [None]
        return None if None in days else {**value, "date-parts": days}
    text = value.get("literal", value.get("raw"))
    if not isinstance(text, str | int):
        return None
    days = _day(str(text)) if "literal" not in value else []
    return {"date-parts": [days]} if days else {"literal": str(text)}


def _parts(value: Any) -> list[int] | None:
    is_day = isinstance(value, list) and 0 < len(value) < 4
    if not is_day or not all(re.fullmatch(r"-?\d+", str(part)) for part in value):
        return None
    return _known([int(part) for part in value])


def _day(text: str) -> list[int] | None:
    found = _DAY.fullmatch(text.strip())
    return _known([int(part) for part in found.groups() if part is not None]) if found else None


def _known(parts: list[int]) -> list[int] | None:
    """The year, month and day, if there are such."""
    limits = zip(parts[1:], (12, 31), strict=False)
    return parts if all(1 <= part <= last for part, last in limits) else None
