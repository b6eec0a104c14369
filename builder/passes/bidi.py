"""Says where a PDF would need lines that run from right to left, which WeasyPrint 70 does not lay out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from builder.diagnostics import Span
from builder.language import direction, language_name
from builder.passes.draft import Work
from builder.passes.signs import Shown

_MAYBE = re.compile("[\u0590-\u1dff\u2000-\u200f\u2028-\u2fff\ua000-\uabff\ud7b0-\U0010ffff]")
"""What may run from right to left: all but blocks of letters and signs of which none does."""


def bidi(work: Work, shown: Iterable[Shown]) -> None:
    """Pass: a PDF in a language written from right to left is an error, words of one in another PDF a warning."""
    if work.target == "epub":
        return
    selection, language = work.selection, work.language
    if direction(language) == "rtl":
        message = (
            f"no PDF in {language_name(language, 'en')}: the typesetter can't set lines from right to left"
        )
        hint = f"build the EPUB: write 'targets: [epub]' for this {_owner(work)}"
        work.add("rtl-pdf", message, selection.publication.source.place(*_place(work)), hint)
        return
    places: dict[Span | None, str] = {}
    for text, span in shown:
        if text.isascii() or not _MAYBE.search(text):
            continue
        word = next((word for word in text.split() if any(map(_is_rtl, word))), None)
        if word is not None:
            places.setdefault(span, word)
    for span, word in places.items():
        message = f"'{word}' runs from right to left, which the typesetter does not lay out reliably"
        hint = "look at the page, or keep the words from the PDF with {target=epub}"
        work.warn("rtl-text", message, span, hint)


def _is_rtl(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in ("R", "AL")


def _owner(work: Work) -> str:
    return "language" if work.language in work.selection.publication.shape.translations else "edition"


def _place(work: Work) -> tuple[str, ...]:
    if _owner(work) == "language":
        return "translations", work.language
    return "editions", work.selection.job.audience
