"""Where two finished files differ: pages, metadata, fonts and pictures of a PDF, or entries of an ebook."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

SHOWN = 20
"""How many differences are told; a file with more has little in common with the other one."""


def differences(given: bytes, made: bytes, ending: str) -> list[str]:
    """What of a given file is not as in the one that was made; empty for the same bytes."""
    if given == made:
        return []
    try:
        found = list(_of_ebooks(given, made) if ending == ".epub" else _of_pdfs(given, made))
    except _Unreadable:
        return [f"it is no whole {'EPUB' if ending == '.epub' else 'PDF'}"]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return [*found[:SHOWN], *more] or ["the bytes between its parts"]


class _Unreadable(Exception):
    pass


def _of_ebooks(given: bytes, made: bytes) -> Iterator[str]:
    try:
        archives = [zipfile.ZipFile(io.BytesIO(data)) for data in (given, made)]
        old, new = ({name: each.read(name) for name in each.namelist()} for each in archives)
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError):
        raise _Unreadable from None
    yield from (f"entry '{name}' is not in what was built" for name in old if name not in new)
    yield from (f"entry '{name}' is missing" for name in new if name not in old)
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name]:
            yield f"entry '{name}'{_line(old[name], new[name])}"


def _line(old: bytes, new: bytes) -> str:
    """The first line that differs, for text."""
    if b"\0" in old + new:
        return ""
    pairs = enumerate(zip_longest(old.split(b"\n"), new.split(b"\n")), 1)
    return f", line {next(number for number, (one, other) in pairs if one != other)}"


def _of_pdfs(given: bytes, made: bytes) -> Iterator[str]:
    old, new = _parts(given), _parts(made)
    if len(old["pages"]) != len(new["pages"]):
        yield f"{len(old['pages'])} pages instead of {len(new['pages'])}"
    for number, (one, other) in enumerate(zip(old["pages"], new["pages"], strict=False), 1):
        if one[0] != other[0]:
            yield f"text of page {number}"
        elif one != other:
            yield f"look of page {number}"
    for name in ("metadata", "fonts", "pictures"):
        if old[name] != new[name]:
            yield name


def _parts(data: bytes) -> dict[str, Any]:
    """What there is to compare of a PDF."""
    import pikepdf
    import pypdfium2

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            streams = [thing for thing in pdf.objects if isinstance(thing, pikepdf.Stream)]
            fonts = {
                _hash(each) for each in streams if "/Length1" in each or each.get("/Subtype") == "/OpenType"
            }
            pictures = {_hash(each) for each in streams if each.get("/Subtype") == "/Image"}
            packet = _hash(pdf.Root.Metadata) if "/Metadata" in pdf.Root else ""
            metadata = ({key: str(value) for key, value in pdf.docinfo.items()}, packet)
            drawn = []
            for page in pdf.pages:
                page.contents_coalesce()
                content = page.get("/Contents")
                drawn.append(_hash(content) if isinstance(content, pikepdf.Stream) else "")
        document = pypdfium2.PdfDocument(data)
        try:
            texts = [page.get_textpage().get_text_range() for page in document]
        finally:
            document.close()
    except (pikepdf.PdfError, pypdfium2.PdfiumError, ValueError):
        raise _Unreadable from None
    pages = list(zip(texts, drawn, strict=True))
    return {"pages": pages, "metadata": metadata, "fonts": fonts, "pictures": pictures}


def _hash(stream: Any) -> str:
    return hashlib.sha256(stream.read_raw_bytes()).hexdigest()
