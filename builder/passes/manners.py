"""How each language sets quotes, dashes and spaces: a language is a row of `MANNERS`."""

from __future__ import annotations

import re
from functools import cache

from msgspec import Struct

THIN, HARD = "\u202f", "\u00a0"
Rule = tuple[str, str]
"""A pattern, and what stands in the place of what it finds."""


class Manner(Struct, frozen=True):
    """The typographic manner of one language."""

    quotes: tuple[str, str, str, str]
    """Outer opening and closing marks, then inner ones; a space inside the mark is part of it."""
    rules: tuple[Rule, ...] = ()
    """What is replaced, in this order; a rule may look at the sign before the text, and never changes it."""
    dashes: tuple[str, str] = ("–", "—")
    """What `--` and `---` become."""
    ellipsis: str = "…"
    is_spaced: bool = True
    """Whether words are parted by spaces, which show where a quotation begins."""


@cache
def rules_of(manner: Manner) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The rules of a manner, ready to search with; those of a language that nobody writes in cost nothing."""
    return tuple((re.compile(pattern), made) for pattern, made in manner.rules)


def _bound(units: str = "", labels: str = "", after_day: str = "") -> tuple[Rule, ...]:
    """No-break spaces between a number and what it counts, a label and its number, a day and its month.

    A pattern that begins with its space is found five times as fast as one that begins with what stands before it.
    """
    common = "%|km|kg|mm|cm|m|ha|t|Mt|kt|GWh|MWh|kWh|bn|USD|°C|pt|MB|kB"
    held = [rf"(?<=\d )(?=(?:{'|'.join(filter(None, (common, units)))})(?!\w)|%)"]
    fixed = [label for label in labels.split("|") if label and not re.search("[*?+]", label)]
    if fixed:
        behind = "|".join(rf"(?<=\b{label} )" for label in fixed)
        held.append(rf"(?=[\dIVXA-ZА-Я])(?:{behind})")
    if after_day:
        day = "|".join(rf"(?<=\b{digits}{stop} )" for digits in (r"\d", r"\d\d") for stop in ("", r"\."))
        held.append(rf"(?=(?:{after_day})\b)(?:{day})")
    made = [(f" (?:{'|'.join(held)})", HARD)]
    # What a pattern looks back at has one length: these labels have several.
    if others := [label for label in labels.split("|") if label not in ("", *fixed)]:
        made.append((rf"\b({'|'.join(others)}) (?=[\dIVXA-ZА-Я])", rf"\1{HARD}"))
    return tuple(made)


_HAN = r"[\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
_ARABIC = r"[\u0620-\u064a\u066e-\u06d3]"
_RUSSIAN_MONTHS = "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
# A dash never begins a line, in Russian and in Mongolian.
_HELD_DASH = (r"(?<=\S) (?=— )", HARD)
_FULL_WIDTH = str.maketrans(",;:!?", "，；：！？")

MANNERS: dict[str, Manner] = {
    "en": Manner(
        ("“", "”", "‘", "’"),
        (
            *_bound(
                "per cent|percent|billion|million",
                r"Figure|Table|Box|Part|Chapter|chapter|section|page|p\.|pp\.|No\.|no\.|vol\.|Art\.",
                "January|February|March|April|May|June|July|August|September|October|November|December",
            ),
        ),
    ),
    "mn": Manner(
        ("«", "»", "“", "”"),
        (
            _HELD_DASH,
            *_bound(
                "хувь|хувиар|хувийг|хувийн|хувьтай|сая|тэрбум|их наяд|мянга|төгрөг|км|кг|га|тн|МВт|кВт|он|оны|онд|оноос|"
                "сар|сарын|сард|өдөр|өдрийн|дугаар|дүгээр",
                r"Зураг|Хүснэгт|Шигтгээ|Хавсралт|№",
            ),
        ),
    ),
    "ru": Manner(
        ("«", "»", "„", "“"),
        (
            _HELD_DASH,
            *_bound(
                r"процент\w*|млн|млрд|трлн|тыс|руб|долл|км|кг|га|мм|см|м|т|ГВт|МВт|кВт|год\w*|гг?\.|век\w*",
                r"Рисунок|Таблица|Врезка|Часть|Глава|глав[аеуы]|раздел\w*|рис\.|табл\.|гл\.|с\.|стр\.|ст\.|т\.|№",
                _RUSSIAN_MONTHS,
            ),
            (r"(?<=\d) (?=\d{3}\b)", HARD),
            (r"(?<![\w-])([ВКСОУИАЯвксоуия]|Не|не|На|на|За|за|По|по|От|от|До|до|Из|из) (?=[\w«„])", rf"\1{HARD}"),
        ),
    ),
    "fr": Manner(
        (f"«{THIN}", f"{THIN}»", "“", "”"),
        (
            (rf"«[ {HARD}{THIN}]?(?=\S)", f"«{THIN}"),
            (rf"(?<=\S)[ {HARD}{THIN}]?»", f"{THIN}»"),
            (rf"(?<=[\w»”)\]%’…])[ {HARD}{THIN}]?([;:!?]+)(?=[\s»”)\]…]|$)", rf"{THIN}\1"),
            (rf"(?<=[^\s{THIN}])[ {HARD}]([;!?]+)", rf"{THIN}\1"),
            (r"(?<=\d) (?=\d{3}\b)", THIN),
            *_bound(
                "pour cent|millions?|milliards?",
                r"Figure|Tableau|Encadré|Partie|chapitre|section|page|p\.|pp\.|n°|art\.|vol\.",
                "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
            ),
        ),
    ),
    "es": Manner(
        ("«", "»", "“", "”"),
        (
            *_bound(
                "por ciento|millón|millones|mil",
                r"Figura|Cuadro|Recuadro|Parte|capítulo|sección|página|pág\.|p\.|pp\.|n\.º|art\.|vol\.",
                "de (?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)",
            ),
        ),
    ),
    "de": Manner(
        ("„", "“", "‚", "‘"),
        (
            *_bound(
                r"Prozent|Millionen|Milliarden|Mio\.|Mrd\.|Euro",
                r"Abbildung|Abb\.|Tabelle|Tab\.|Kasten|Teil|Kapitel|Abschnitt|Seite|S\.|Nr\.|Art\.|Bd\.|vgl\.",
                "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember",
            ),
            (r"\b([zdu])\. ?([BhasU])\.", rf"\1.{THIN}\2."),
        ),
    ),
    "cs": Manner(("„", "“", "‚", "‘"), _bound()),
    "zh": Manner(
        ("“", "”", "‘", "’"),
        (
            (rf"\(([^()]*{_HAN}[^()]*)\)", r"（\1）"),
            *((rf"(?<={_HAN})\{sign} ?(?!\S*\d{sign})", sign.translate(_FULL_WIDTH)) for sign in ",;:!?"),
            *((rf"(?<=[”’）]){sign} ?(?={_HAN}|$)", sign.translate(_FULL_WIDTH)) for sign in ",;:"),
            (rf"(?<={_HAN})\.(?=\s|$|{_HAN}|[”’）])\s?", "。"),
        ),
        dashes=("–", "——"),
        ellipsis="……",
        is_spaced=False,
    ),
    "ar": Manner(
        ("«", "»", "“", "”"),
        (
            (rf"(?<={_ARABIC}),(?=\s|$)", "،"),
            (rf"(?<={_ARABIC});(?=\s|$)", "؛"),
            (rf"(?<={_ARABIC})\?", "؟"),
            (r"(?<=[»”)\d]),(?=\s+[\u0620-\u064a])", "،"),
        ),
    ),
}  # fmt: skip
"""By the first part of the language tag; a language without a row takes that of English."""


def manner_of(language: str) -> Manner:
    """The manner of a language."""
    return MANNERS.get(language.split("-")[0], MANNERS["en"])
