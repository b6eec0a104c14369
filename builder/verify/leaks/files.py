"""A file inside a finished file, such as an attachment: read by what its first bytes say it is."""

from __future__ import annotations

import zipfile
from typing import Any

from builder.verify.leaks.pdf_strings import loose_strings
from builder.verify.leaks.place import Place

MAX_DEPTH = 4


def file_places(data: bytes, where: str, walk: Any) -> list[Place]:
    """Every place of an embedded file, at any depth; what can't be read is noted with the file around it."""
    import pikepdf

    from builder.verify.leaks.engines import page_texts
    from builder.verify.leaks.epub_places import read_epub
    from builder.verify.leaks.pdf_places import read_pdf

    if where.count(", ") >= MAX_DEPTH:
        walk.opened.unread.add(f"{where}, which is nested too deeply")
        return []
    try:
        if data.startswith(b"%PDF-"):
            inner = read_pdf(data, f"{where}, ", walk.digests)
            inner.places += page_texts(data, f"{where}, ")
        elif data.startswith(b"PK"):
            inner = read_epub(data, f"{where}, ", walk.digests)
        else:
            return [Place("attachments", where, _text(data))]
    except (pikepdf.PdfError, zipfile.BadZipFile) as problem:
        walk.opened.unread.add(f"{where}, which can't be opened ({problem})")
        return [Place("attachments", where, loose_strings(data))]
    walk.opened.faults += [f"{where}: {fault}" for fault in inner.faults]
    walk.opened.unread |= inner.unread
    return inner.places


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16"):
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return loose_strings(data)
