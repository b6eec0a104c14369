"""The text of pages as engines read it that know nothing of the builder."""

from __future__ import annotations

from collections.abc import Iterator

from builder.verify.leaks.match import Place, made_ready


def read_pages(data: bytes, columns: int) -> list[Place]:
    """What `page_texts` finds, all at once, made ready to be searched."""
    return made_ready(page_texts(data, columns=columns))


def page_texts(data: bytes, prefix: str = "", columns: int = 1) -> Iterator[Place]:
    """The text of each page as two engines read it that share nothing with `read_pdf` or with each other.

    Of sheets on which several pages stand side by side, in `columns`, each page is read by itself, too:
    engines join what stands on one line.
    """
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
        # Looking for tables as well takes a quarter longer, and the words come out the same.
        text = second.extract_text(index, extract_tables=False)
        yield Place("page text, pdf_oxide", f"{where}, text", text)
        # Asking for the box costs a fifth of what the text does.
        _, low, width, height = second.page_media_box(index) if columns > 1 else (0, 0, 0, 0)
        for column, (left, right) in _columns(width, columns):
            inside = second.extract_text(index, region=(left, low, right - left, height))
            yield Place("page text, pdf_oxide", f"{where}, column {column}, text", inside)


def _columns(width: float, count: int) -> Iterator[tuple[int, tuple[float, float]]]:
    """The number and the sides of each column of a sheet that begins at 0, where it has several."""
    for column in range(count if count > 1 else 0):
        yield column + 1, (column * width / count, (column + 1) * width / count)
