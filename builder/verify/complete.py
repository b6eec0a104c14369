"""The completeness gate: every chapter of the document is in the finished file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from builder.diagnostics import Diagnostic
from builder.model import Document, Entry
from builder.verify.finished import opened_pdf


def is_complete(document: Document, data: bytes, pages: int | None) -> list[Diagnostic]:
    """Looks for the destination of every line of the contents in the finished file."""
    anchors = {entry.anchor for entry in flat(document.contents)}
    present = _anchors_of_epub(data) if document.job.kind.base == "epub" else _anchors_of_pdf(data)
    return [
        Diagnostic(
            "incomplete",
            f"{document.job}: '{anchor}' is not in the finished file",
            None,
            "run again with --debug and report it",
        )
        for anchor in sorted(anchors - present)
    ]


def flat(entries: tuple[Entry, ...]) -> list[Entry]:
    """The lines of the contents in their order, those below others, too."""
    return [each for entry in entries for each in (entry, *flat(entry.children))]


def _anchors_of_epub(data: bytes) -> set[str]:
    from lxml import etree

    found: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith(".xhtml"):
                found.update(etree.fromstring(archive.read(name)).xpath("//@id"))
    return found


def _anchors_of_pdf(data: bytes) -> set[str]:
    root = opened_pdf(data).Root
    return set(_names(root.Names.Dests)) if "/Names" in root and "/Dests" in root.Names else set()


def _names(node: Any) -> Iterator[str]:
    """The keys of a name tree (ISO 32000-2, 7.9.6)."""
    yield from map(str, list(node.get("/Names", ()))[::2])
    for kid in node.get("/Kids", ()):
        yield from _names(kid)
