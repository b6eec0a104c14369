"""What a language brings: its direction, its dates and plurals, and the interface words of its catalogue."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from builder.diagnostics import Checked, Diagnostic, Severity, Span, did_you_mean
from builder.sources import Source, decode, read_yaml
from builder.world import World

FALLBACK = "en"
"""The language whose catalogue is the full list of words, and which serves one that has no catalogue."""
_UNPARTED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_SLOT = re.compile(r"\{(\w*)\}")


@lru_cache(maxsize=64)
def locale_of(language: str) -> Any:
    """Babel's locale of a language tag, British for English; None where Babel knows none."""
    from babel import Locale, UnknownLocaleError

    for tag in ({"en": "en-GB"}.get(language, language), language.split("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def direction(language: str) -> str:
    """`rtl` for languages written from right to left, else `ltr`."""
    locale = locale_of(language)
    return "rtl" if locale is not None and locale.text_direction == "rtl" else "ltr"


def language_name(language: str, in_language: str) -> str:
    """The name of a language in another one, as `English` or `англи`; its tag where it has none there."""
    locale, other = locale_of(language), locale_of(in_language)
    return (locale and other and locale.get_language_name(other)) or language


def long_date(value: datetime.date, language: str) -> str:
    """A date written out in a language, as `24 November 2026`."""
    from babel.dates import format_date

    locale = _date_locale(language)
    return format_date(value, format="long", locale=locale)


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
    return locale_of(language) or locale_of(FALLBACK)


def numbered(pattern: str, number: str) -> str:
    """A word of the catalogue with its number in its place, as `Part II` or `第 2 章`."""
    return pattern.replace("{number}", number)


def counted(forms: Mapping[str, str], count: int, language: str) -> str:
    """The form of a word that goes with a count in a language, by the plural rules of CLDR."""
    from babel.numbers import format_decimal

    locale = locale_of(language)
    kind = locale.plural_form(count) if locale else "other"
    number = format_decimal(count, locale=locale) if locale else str(count)
    return forms.get(kind, forms["other"]).replace("{count}", number)


def count_words(text: str) -> int:
    """The words of a text as readers count them; of Chinese and Japanese, which part no words, the signs."""
    if text.isascii() or _UNPARTED.search(text) is None:
        return len(text.split())
    parted, signs = _UNPARTED.subn(" ", text)
    return signs + len(parted.split())


def load_words(world: World, language: str, span: Span | None = None) -> Checked[dict[str, Any]]:
    """The interface words of a language; English ones, with a warning, where there is no catalogue.

    The errors `unknown-key`, `missing-key` and `bad-value` name each word in which a catalogue differs
    from the English one.
    """
    full = _read(world, FALLBACK)
    if full.value is None:
        return Checked({}, full.problems)
    words = dict(full.value.value)
    for name in _names(language):
        own = _read(world, name)
        if own.problems or own.value is None:
            return Checked(words, own.problems)
        if own.value.value is not None:
            return Checked(own.value.value, tuple(_misfits(own.value, words, language)))
    message = f"no interface words for the language '{language}': English ones are printed"
    hint = f"add templates/words/{language}.yaml"
    return Checked(words, (Diagnostic("no-words", message, span, hint, Severity.WARNING),))


def _names(language: str) -> tuple[str, ...]:
    """The catalogues that serve a tag: its own, and those of wider tags in the same script."""
    from babel.core import get_global

    base, *others = language.split("-")
    scripts = get_global("likely_subtags")
    usual = (scripts.get(base) or base).split("_")[1:2]
    given = [part for part in others if len(part) == 4]
    script = given or (scripts.get(language.replace("-", "_")) or scripts.get(base) or base).split("_")[1:2]
    names = [language, "-".join([base, *script])]
    return tuple(dict.fromkeys([*names, base] if script == usual else names))


def _read(world: World, language: str) -> Checked[Source | None]:
    """A catalogue; its source has no value where there is no file."""
    path = f"templates/words/{language}.yaml"
    file = world.templates / "words" / f"{language}.yaml"
    if not file.is_file():
        return Checked(Source(None, {}))
    text = decode(file.read_bytes(), path)
    return read_yaml(text.value, path) if text.value is not None else Checked(None, text.problems)


def _misfits(source: Source, words: dict[str, Any], language: str) -> Iterator[Diagnostic]:
    own = source.value
    if not isinstance(own, dict):
        yield Diagnostic(
            "wrong-type", "expected words with texts", source.place(), "write 'contents: …' and so on"
        )
        return
    for key in own:
        if key not in words:
            hint = did_you_mean(key, words)
            yield Diagnostic("unknown-key", f"unknown word '{key}'", source.place(key, "~key"), hint)
    if lost := [key for key in words if key not in own]:
        shown = ", ".join(lost[:4]) + (", …" if len(lost) > 4 else "")
        message = f"{'a word is' if len(lost) == 1 else 'words are'} missing: {shown}"
        hint = f"copy the lines from templates/words/{FALLBACK}.yaml, and translate them"
        yield Diagnostic("missing-key", message, source.place(), hint)
    for key, english in words.items():
        if key not in own:
            continue
        if isinstance(english, str):
            yield from _misfit(source, key, english)
        else:
            yield from _wrong_forms(source, key, language)


def _misfit(source: Source, key: str, english: str) -> Iterator[Diagnostic]:
    value = source.value[key]
    if not isinstance(value, str):
        yield Diagnostic("wrong-type", f"expected text for '{key}'", source.place(key), "write one text")
    elif sorted(_SLOT.findall(value)) != sorted(_SLOT.findall(english)):
        wanted = " and ".join(f"{{{slot}}}" for slot in _SLOT.findall(english)) or "nothing in braces"
        message = f"expected {wanted} in '{key}', found '{value}'"
        yield Diagnostic("bad-value", message, source.place(key), f"in English: {english}")


def _wrong_forms(source: Source, key: str, language: str) -> Iterator[Diagnostic]:
    """A word that goes with a count has a form for each plural of its language, and no other."""
    forms, locale = source.value[key], locale_of(language)
    wanted = {"other", *(locale.plural_form.tags if locale else ())}
    if not isinstance(forms, dict) or set(forms) != wanted:
        names = ", ".join(sorted(wanted))
        message = f"expected the plural forms {names} of '{key}'"
        yield Diagnostic("bad-value", message, source.place(key), f"write one line below '{key}' for each")
        return
    for kind, form in forms.items():
        slots = _SLOT.findall(form)
        if slots not in (["count"], []) or (kind == "other" and not slots):
            message = f"expected {{count}} in '{key}', found '{form}'"
            yield Diagnostic(
                "bad-value", message, source.place(key, kind), "write {count} where the number goes"
            )
