"""What a language brings: its direction, its dates, and the interface words of its catalogue."""

from __future__ import annotations

import datetime
import re
from typing import Any

from builder.diagnostics import Checked, Diagnostic, Severity, Span
from builder.sources import read_yaml
from builder.world import World

FALLBACK = "en"


def direction(language: str) -> str:
    """`rtl` for languages written from right to left, else `ltr`."""
    from babel import Locale, UnknownLocaleError

    try:
        return "rtl" if Locale.parse(language, sep="-").text_direction == "rtl" else "ltr"
    except (UnknownLocaleError, ValueError):
        return "ltr"


def long_date(value: datetime.date, language: str) -> str:
    """A date written out in a language, as `24 November 2026`."""
    from babel.dates import format_date

    return format_date(value, format="long", locale=_date_locale(language))


def readable_date(text: str, language: str) -> str:
    """A date that an author wrote as `2027`, `2027-06` or `2027-06-30`, written out; other text as it is."""
    from babel.dates import format_skeleton

    day = _parse_date(text)
    if day is None or len(text) == 4:
        return text
    if len(text) == 10:
        return long_date(day, language)
    return format_skeleton("yMMMM", day, locale=_date_locale(language))


def is_date(text: str) -> bool:
    """Whether a text is a date as `2027`, `2027-06` or `2027-06-30`."""
    return _parse_date(text) is not None


def parted_date(text: str, language: str) -> tuple[str, str]:
    """The year of a date, and its day and month written out, as far as it has them; else the text and nothing."""
    from babel.dates import format_date, format_skeleton

    day, locale = _parse_date(text), _date_locale(language)
    if day is None:
        return text, ""
    if len(text) == 10:
        return text[:4], format_skeleton("MMMMd", day, locale=locale)
    return text[:4], format_date(day, "LLLL", locale=locale) if len(text) == 7 else ""


def _parse_date(text: str) -> datetime.date | None:
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        return None
    try:
        return datetime.date(*(int(part) for part in (*text.split("-"), "1", "1")[:3]))
    except ValueError:
        return None


def _date_locale(language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    for tag in ({"en": "en_GB"}.get(language, language.replace("-", "_")), language.split("-")[0]):
        try:
            return Locale.parse(tag)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en", "GB")


def load_words(world: World, language: str, span: Span | None = None) -> Checked[dict[str, str]]:
    """The interface words of a language; English, with a warning, where there is no catalogue."""
    words, _ = _read(world, FALLBACK)
    own, path = _read(world, language.split("-")[0])
    problems = ()
    if not own:
        message = f"no interface words for the language '{language}': English ones are printed"
        problems = (Diagnostic("no-words", message, span, f"add templates/{path}", Severity.WARNING),)
    return Checked({**words, **own}, problems)


def _read(world: World, language: str) -> tuple[dict[str, str], str]:
    path = f"words/{language}.yaml"
    file = world.templates / path
    if not file.is_file():
        return {}, path
    source = read_yaml(file.read_text(encoding="utf-8"), Span(path).path).value
    return (dict(source.value) if source is not None else {}), path
