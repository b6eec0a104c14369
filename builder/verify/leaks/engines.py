"""The text of pages as engines read it that know nothing of the builder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from builder.seldom import seldom_needed
from builder.verify.leaks.place import Place, made_ready

_GAP = 0.12
"""How much of the size of its letters a gap between two words takes up at the least; kerning moves letters by less."""


def load_engines() -> None:
    """Loads both, the second one without what it has for asyncio, for which that whole library would be loaded."""
    with seldom_needed("pdf_oxide._async"):
        import pdf_oxide  # noqa: F401
    import pypdfium2  # noqa: F401


def read_pages(data: bytes, columns: int) -> list[Place]:
    """What `page_texts` finds, all at once, made ready to be searched."""
    return made_ready(page_texts(data, columns=columns))


def page_texts(data: bytes, prefix: str = "", columns: int = 1) -> Iterator[Place]:
    """The text of each page as two engines read it that share nothing with `read_pdf` or with each other.

    Of sheets on which several pages stand side by side, in `columns`, each page is read by itself, too:
    engines join what stands on one line.
    """
    load_engines()
    import pdf_oxide
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        for index in range(len(document)):
            page, where = document[index], f"{prefix}page {index + 1}"
            text = page.get_textpage()
            yield Place("page text, PDFium", f"{where}, text", text.get_text_range())
            for column, (left, right) in _columns(page.get_width(), columns):
                inside = text.get_text_bounded(left=left, right=right)
                yield Place("page text, PDFium", f"{where}, column {column}, text", inside)
    finally:
        document.close()
    second = pdf_oxide.PdfDocument.from_bytes(data)
    for index in range(second.page_count()):
        where = f"{prefix}page {index + 1}"
        # In the order in which they are drawn, which is that of the words: a whole text follows the engine's own guess
        # of columns, and takes it three times as long.
        spans = sorted(second.extract_spans(index), key=lambda span: span.sequence)
        yield Place("page text, pdf_oxide", f"{where}, text", span_text(spans))
        width = second.page_media_box(index)[2] if columns > 1 else 0
        for column, (left, right) in _columns(width, columns):
            inside = [span for span in spans if left <= span.bbox[0] < right]
            yield Place("page text, pdf_oxide", f"{where}, column {column}, text", span_text(inside))


def span_text(spans: Iterable[Any]) -> str:
    """The text of spans: what stands on another line, or after a gap, is no part of the word before it."""
    parts: list[str] = []
    end = low = None
    for span in spans:
        left, bottom, width, height = span.bbox
        if end is not None and abs(bottom - low) > height / 2:
            parts.append("\n")
        elif end is not None and not -height / 2 < left - end < _GAP * height:
            parts.append(" ")
        parts.append(span.text)
        end, low = left + width, bottom
    return "".join(parts)


def _columns(width: float, count: int) -> Iterator[tuple[int, tuple[float, float]]]:
    """The number and the sides of each column of a sheet that begins at 0, where it has several."""
    for column in range(count if count > 1 else 0):
        yield column + 1, (column * width / count, (column + 1) * width / count)
