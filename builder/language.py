"""What a language brings: its direction, its dates, and the interface words of its catalogue."""

from __future__ import annotations

import datetime

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
    from babel import UnknownLocaleError
    from babel.dates import format_date

    locale = {"en": "en_GB"}.get(language, language.replace("-", "_"))
    try:
        return format_date(value, format="long", locale=locale)
    except (UnknownLocaleError, ValueError):
        return value.isoformat()


def readable_date(text: str, language: str) -> str:
    """A date that an author wrote as `2027`, `2027-06` or `2027-06-30`, written out; other text as it is."""
    parts = text.split("-")
    if not all(part.isdigit() for part in parts) or not 2 <= len(parts) <= 3:
        return text
    try:
        day = datetime.date(int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) == 3 else 1)
    except ValueError:
        return text
    if len(parts) == 3:
        return long_date(day, language)
    from babel import UnknownLocaleError
    from babel.dates import format_skeleton

    try:
        return format_skeleton("yMMMM", day, locale={"en": "en_GB"}.get(language, language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return text


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
