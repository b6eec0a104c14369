"""Finds signs that no font of the theme has, with the line on which each stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from markdown_it.token import Token

from builder.diagnostics import Span
from builder.language import direction
from builder.passes.draft import Work

_BEYOND = re.compile("[^\0-\x7e]")
Shown = tuple[str, Span | None]
"""A text that is printed, and its place."""
_SHOWN = {"text", "text_special", "code_inline", "fence", "code_block", "abbreviation"}


def shown_in(work: Work) -> list[Shown]:
    """All that is printed, in its order; nothing of an ebook, whose reading system brings its own fonts."""
    if work.target == "epub":
        return []
    lists = (tokens for draft in work.sections() for tokens in draft.token_lists())
    return [shown for tokens in lists for shown in shown_texts(tokens)]


def signs(work: Work, shown: Iterable[Shown], covered: frozenset[int]) -> None:
    """Pass: reports each line of the print edition that has signs which would print as empty boxes."""
    if work.target == "epub" or direction(work.language) == "rtl":
        return  # There is no PDF of the other kind.
    missing: dict[Span | None, dict[str, None]] = {}
    for text, span in shown:
        for sign in () if text.isascii() else dict.fromkeys(_BEYOND.findall(text)):
            if ord(sign) not in covered and _is_drawn(sign):
                missing.setdefault(span, {})[sign] = None
    shape = work.selection.publication.shape
    words = " ".join([shape.title, shape.subtitle or "", *(author.name for author in shape.authors)])
    for sign in words:
        if ord(sign) > 0x7E and ord(sign) not in covered and _is_drawn(sign):
            missing.setdefault(work.selection.publication.source.place("title"), {})[sign] = None
    for span, found in missing.items():
        listed = ", ".join(f"'{sign}' (U+{ord(sign):04X})" for sign in list(found)[:6])
        more = f" and {len(found) - 6} more" if len(found) > 6 else ""
        work.add(
            "missing-glyph",
            f"no font of the theme has {listed}{more}",
            span,
            "add a font that has them to the theme, keep the words from the PDF with {target=epub}, or spell them out",
        )


def _is_drawn(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cf", "Cc", "Zs", "Zl", "Zp") and not (
        0xFE00 <= ord(sign) <= 0xFE0F
    )


def shown_texts(tokens: list[Token]) -> Iterator[Shown]:
    """Every text that is printed, with its place."""
    for token in tokens:
        if token.type in _SHOWN and token.content:
            yield token.content, token.meta.get("span") if token.meta else None
        if token.meta and "data" in token.meta:
            yield from shown_texts(token.meta["data"])  # The names and numbers of a chart.
        if token.type == "html_block":
            yield token.content, token.meta.get("span")
        if token.children:
            span = token.meta.get("span") if token.meta else None
            for text, place in shown_texts(token.children):
                yield text, place or span
