"""Rules on alternative texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from builder.lint.look import Finding, Look, Text, plain, same
from builder.markdown.tree import attributes_of, closing

MOST_SIGNS = 250
_OPENINGS = {
    "en": r"(an? |the )?(image|picture|photo|photograph|graphic) (of|showing|shows)\b",
    "fr": r"(une? |l['’])?(image|photo|photographie) (de|d['’]|montrant)",
    "de": r"(ein |das )?(bild|foto) (von|zeigt)\b|eine abbildung von\b",
    "es": r"(una |la )?(imagen|foto|fotografía) (de|del|que muestra)\b",
    "ru": r"(изображение|картинка|фотография|фото) [а-яё]",
}
"""By language, what says that a picture is a picture: a screen reader says so already."""
_FILE = re.compile(r"[\w.-]+\.(png|jpe?g|gif|svg|webp|tiff?)", re.IGNORECASE)


def _images(look: Look) -> Iterator[tuple[Text, Token, str, str]]:
    """Each picture with its text, its alternative text and its caption."""
    for text in look.texts:
        captions: dict[int, str] = {}
        for index, token in enumerate(text.tokens):
            if token.type == "div_open" and token.info == "figure":
                end = closing(list(text.tokens), index)
                inner = [t.children for t in text.tokens[index:end] if t.type == "inline" and t.children]
                words = " ".join(plain([c for c in line if c.type != "image"]) for line in inner).strip()
                caption = attributes_of(token).get("caption") or words
                captions |= {id(c): caption for line in inner for c in line if c.type == "image"}
        for line in text.inlines():
            for token in line:
                if token.type == "image":
                    caption = str(token.attrs.get("title") or attributes_of(token).get("caption") or "")
                    yield text, token, plain(token.children or []), caption or captions.get(id(token), "")


def repeated_alt(look: Look) -> Iterator[Finding]:
    """An alternative text that says what the caption says: it is read out twice."""
    for text, token, alt, caption in _images(look):
        if same(alt) and same(alt) == same(caption):
            hint = "say what the picture shows; the caption is read out as well"
            yield Finding(
                f"the alternative text repeats the caption '{caption}'", text.span(token, f"[{alt}"), hint
            )


def needless_alt(look: Look) -> Iterator[Finding]:
    """An alternative text that begins by saying that it is a picture."""
    for text, token, alt, _ in _images(look):
        opening = _OPENINGS.get(text.language.split("-")[0])
        if opening and (found := re.match(opening, alt, re.IGNORECASE)):
            yield Finding(
                f"the alternative text begins with '{found[0]}'", text.span(token, f"[{alt}"),
                "begin with what is to be seen; a screen reader says itself that it is a picture",
            )  # fmt: skip


def file_name_alt(look: Look) -> Iterator[Finding]:
    """A file name in the place of an alternative text."""
    for text, token, alt, _ in _images(look):
        if _FILE.fullmatch(alt):
            hint = "say what the picture shows, or mark it {decorative}"
            yield Finding(f"the alternative text is a file name: '{alt}'", text.span(token, f"[{alt}"), hint)


def long_alt(look: Look) -> Iterator[Finding]:
    """An alternative text that nobody can stop or go back in."""
    for text, token, alt, _ in _images(look):
        if len(alt) > MOST_SIGNS:
            yield Finding(
                f"the alternative text has {len(alt)} signs, more than {MOST_SIGNS}", text.span(token),
                "say the main thing, and put the details into the text",
            )  # fmt: skip
