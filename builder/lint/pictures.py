"""Rules on alternative texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token
from msgspec import Struct

from builder.diagnostics import Span
from builder.lint.look import Finding, Look, Text, plain, same
from builder.markdown.tree import attributes_of, closing, is_chart
from builder.sources import read_yaml

MOST_SIGNS, MOST_CHART_SIGNS = 250, 500
"""Of a picture; of a chart, whose text has to name figures."""
_OPENINGS = {
    "en": r"(an? |the )?(image|picture|photo|photograph|graphic) (of|showing|shows)\b",
    "fr": r"(une? |l['’])?(image|photo|photographie) (de|d['’]|montrant)",
    "de": r"(ein |das )?(bild|foto) (von|zeigt)\b|eine abbildung von\b",
    "es": r"(una |la )?(imagen|foto|fotografía) (de|del|que muestra)\b",
    "ru": r"(изображение|картинка|фотография|фото) [а-яё]",
}
"""By language, what says that a picture is a picture: a screen reader says so already."""
_CHARTS = {
    "en": r"(an? |the |this )?(chart|graph|diagram|figure|image|picture) (of|showing|shows|that shows)\b",
    "fr": r"(une? |le |ce )?(graphique|diagramme|image) (de|d['’]|montrant|montre)",
    "de": r"(ein |das |eine |die )?(diagramm|grafik|bild|abbildung) (von|zeigt|der|des)\b",
    "es": r"(un |una |el |la )?(gráfico|gráfica|diagrama|imagen) (de|del|que muestra)\b",
    "ru": r"(график|диаграмма|рисунок) [а-яё]",
}
"""By language, what says that a chart is a chart and no more: the builder says so already."""
_FILE = re.compile(r"[\w.-]+\.(png|jpe?g|gif|svg|webp|tiff?|csv)", re.IGNORECASE)


class _Alt(Struct, frozen=True):
    """An alternative text with its caption and the place where it stands."""

    text: Text
    words: str
    caption: str
    span: Span
    is_chart: bool = False


def _alts(look: Look) -> Iterator[_Alt]:
    """The alternative text of each picture and of each chart."""
    for text in look.texts:
        captions: dict[int, str] = {}
        for index, token in enumerate(text.tokens):
            if token.type == "div_open" and token.info == "figure":
                end = closing(list(text.tokens), index)
                inner = [t.children for t in text.tokens[index:end] if t.type == "inline" and t.children]
                words = " ".join(plain([c for c in line if c.type != "image"]) for line in inner).strip()
                caption = attributes_of(token).get("caption") or words
                captions |= {id(c): caption for line in inner for c in line if c.type == "image"}
            elif is_chart(token):
                yield from _chart_alt(text, token)
        for line in text.inlines():
            for token in line:
                if token.type == "image":
                    words = plain(token.children or [])
                    caption = str(token.attrs.get("title") or attributes_of(token).get("caption") or "")
                    caption = caption or captions.get(id(token), "")
                    yield _Alt(text, words, caption, text.span(token, f"[{words}"))


def _chart_alt(text: Text, token: Token) -> Iterator[_Alt]:
    source = read_yaml(token.content, text.pruned.path).value
    if source is not None and isinstance(source.value, dict) and isinstance(source.value.get("alt"), str):
        at: Span = token.meta["span"]
        place = source.place("alt")
        span = Span(at.path, at.line + place.line, place.column)
        words = " ".join(source.value["alt"].split())
        yield _Alt(text, words, str(source.value.get("title") or ""), span, is_chart=True)


def repeated_alt(look: Look) -> Iterator[Finding]:
    """An alternative text that says what the caption says: it is read out twice."""
    for alt in _alts(look):
        if same(alt.words) and same(alt.words) == same(alt.caption):
            hint = "say what the picture shows; the caption is read out as well"
            yield Finding(f"the alternative text repeats the caption '{alt.caption}'", alt.span, hint)


def needless_alt(look: Look) -> Iterator[Finding]:
    """An alternative text that begins by saying that it is a picture."""
    for alt in _alts(look):
        language = alt.text.language.split("-")[0]
        opening = (_CHARTS if alt.is_chart else _OPENINGS).get(language)
        if opening and (found := re.match(opening, alt.words, re.IGNORECASE)):
            yield Finding(
                f"the alternative text begins with '{found[0]}'", alt.span,
                "begin with what is to be seen; a screen reader says itself that it is a picture",
            )  # fmt: skip


def file_name_alt(look: Look) -> Iterator[Finding]:
    """A file name in the place of an alternative text."""
    for alt in _alts(look):
        if _FILE.fullmatch(alt.words):
            hint = "say what the picture shows, or mark it {decorative}"
            yield Finding(f"the alternative text is a file name: '{alt.words}'", alt.span, hint)


def long_alt(look: Look) -> Iterator[Finding]:
    """An alternative text that nobody can stop or go back in."""
    for alt in _alts(look):
        most = MOST_CHART_SIGNS if alt.is_chart else MOST_SIGNS
        if len(alt.words) > most:
            yield Finding(
                f"the alternative text has {len(alt.words)} signs, more than {most}", alt.span,
                "say the main thing, and put the details into the text",
            )  # fmt: skip
