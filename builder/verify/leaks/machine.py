"""Words that the builder itself puts into files, whatever the source says: no sign of anything withheld."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builder.language import FALLBACK, locale_of, numbered
from builder.markdown.vocabulary import COMPONENTS
from builder.schema import ROLES

FORMATS = """
css png jpg jpeg gif svg xhtml html opf ncx xml epub pdf mimetype meta inf container content nav toc book chapter
cover image images title imprint notes style urn uuid http https www mailto weasyprint ebooklib pikepdf qpdf
edition builder inputs generator
sans serif mono regular bold semibold italic identity srgb utf 8 false default fogra39 color org
none unknown textual visual collection type series set group position display transformability reading order
structural navigation table contents alternative text
resource integer provenance identification schema internal
"""
"""Kinds of file, names that the packers give, the programs that sign their work, faces of fonts, and
the vocabulary of package documents and of the metadata of a PDF."""
SVG_KEYWORDS = {
    name: frozenset(words.split())
    for name, words in {
        "text-anchor": "start middle end",
        "font-style": "normal italic oblique",
        "font-weight": "normal bold bolder lighter",
        "stroke-linecap": "butt round square",
        "stroke-linejoin": "miter round bevel arcs",
        "fill-rule": "nonzero evenodd",
        "clip-rule": "nonzero evenodd",
        "dominant-baseline": "auto alphabetic middle central hanging mathematical ideographic",
        "alignment-baseline": "auto baseline middle central hanging mathematical",
        "display": "none inline block",
        "visibility": "visible hidden collapse",
        "overflow": "visible hidden scroll auto",
        "spreadMethod": "pad reflect repeat",
        "gradientUnits": "userSpaceOnUse objectBoundingBox",
        "clipPathUnits": "userSpaceOnUse objectBoundingBox",
        "maskUnits": "userSpaceOnUse objectBoundingBox",
        "patternUnits": "userSpaceOnUse objectBoundingBox",
    }.items()
}
"""Words of the grammar of SVG 1.1 and 2: code as the value of that attribute only, and as nothing else."""
LABELS = (
    "figure",
    "table",
    "box",
    "recommendation",
    "part",
    "chapter",
    "section",
    "appendix",
    "page",
    "source",
    "notes",
)
NUMBERED = 60


def machine_texts(words: Mapping[str, Any], language: str) -> Iterator[str]:
    """What stands in files of every edition: interface words, numbered labels, dates, names of formats."""
    yield FORMATS
    yield from words
    for word in words.values():
        yield from [word] if isinstance(word, str) else word.values()
    yield from ROLES
    yield from COMPONENTS
    yield from _dates(language)
    for label in LABELS:
        pattern = words.get(label, label)
        pattern = pattern if "{number}" in pattern else f"{pattern} {{number}}"
        yield "\0".join(numbered(pattern, str(number)) for number in range(1, NUMBERED))


def _dates(language: str) -> Iterable[str]:
    """The names of months and weekdays, as dates are written out."""
    for locale in filter(None, (locale_of(language), locale_of(FALLBACK))):
        for kind in (locale.months, locale.days):
            for forms in kind.values():
                for names in forms.values():
                    yield from names.values()


def numbers_allowed(visible: set[str], chapters: int, sections: int) -> set[str]:
    """Numbers that follow from visible ones: rounded, between the first and the last year, or counted."""
    found = set(visible)
    years = []
    for text in visible:
        value = float(text) if len(text) < 300 else 0.0
        if value == int(value) and 1000 <= value <= 2999 and "." not in text:
            years.append(int(value))
        # Charts print large figures in thousands, millions or billions, and shares in per cent.
        for scaled in (value, value * 100, value / 100, value / 1e3, value / 1e6, value / 1e9):
            found.update((f"{scaled:.0f}", *(f"{scaled:.{n}f}".rstrip("0").rstrip(".") for n in (1, 2))))
    if years:
        found.update(str(year) for year in range(min(years), max(years) + 6))
    found.update(f"{c}.{s}" for c in range(1, chapters + 1) for s in range(1, sections + 1))
    return found
