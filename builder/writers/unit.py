"""A unit: finished pages of one part of a document, with all that binding needs to know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, msgpack
from msgspec.structs import replace

from builder.diagnostics import Diagnostic, Severity
from builder.store import sealed, unsealed
from builder.writers.folios import Figures
from builder.writers.layout import Page


class Remark(Struct, frozen=True):
    """What the engine or the tagger had to say of a unit, whatever document it stands in."""

    code: str
    text: str
    hint: str
    is_error: bool

    def of(self, name: str) -> Diagnostic:
        """The remark as a diagnostic about a document."""
        severity = Severity.ERROR if self.is_error else Severity.WARNING
        return Diagnostic(self.code, f"{name}: {self.text}", None, self.hint, severity)


class Unit(Struct, frozen=True):
    """Finished pages of one part of a document. Only `bind` makes a file of them: fonts and numbers are missing."""

    data: bytes
    """A PDF of these pages, with its anchors, links and outline in the catalog's `/Unit`."""
    layout: tuple[Page, ...]
    """What stands on each of the pages."""
    anchors: Mapping[str, int]
    """The page of each anchor, counted from 0."""
    figures: tuple[Figures, ...]
    """How the page numbers are drawn that were left open."""
    references: tuple[str, ...]
    """The anchors whose pages were left open, beside their titles."""
    shapes: tuple[tuple[str, ...], ...]
    """The codes of the ten digits in each style of the other numbers that were left open."""
    fonts: tuple[Mapping[str, Any], ...]
    """The fonts in use, with the glyphs of each; `file` is the SHA-256 of its source."""
    remarks: tuple[Remark, ...] = ()
    numbers: tuple[str, ...] = ()
    """These numbers, in the document that it is bound to; not kept with it."""
    seen: Any = None
    """What `look` made of the pages before they were written."""

    @property
    def pages(self) -> int:
        """How many there are."""
        return len(self.layout)


def pages_of(units: Sequence[Unit], starts: Sequence[int]) -> dict[str, int]:
    """The page of each anchor, from 1; `starts` are the first pages of the units."""
    found: dict[str, int] = {}
    for unit, start in zip(units, starts, strict=True):
        for anchor, page in unit.anchors.items():
            found.setdefault(anchor, start + page)
    return found


def pack(unit: Unit, key: str) -> bytes:
    """A unit as bytes that can be kept under a key: a hash of all, the key among it, and MessagePack.

    Not compressed: that would take a third of the room, and unpacking all chapters of a book for each edit longer
    than to open them.
    """
    return sealed(key, msgpack.encode(replace(unit, numbers=(), seen=None)))


def unpack(data: bytes, key: str) -> Unit | list[int] | None:
    """The unit that was packed under the key, or the numbers that `pack_refused` noted in its place.

    None where the bytes are not whole, or those of another key.
    """
    packed = unsealed(key, data)
    return None if packed is None else msgpack.decode(packed, type=Unit | list[int])


def pack_refused(zeros: Sequence[int], key: str) -> bytes:
    """What is kept in the place of a unit whose piece can't be set with these of its numbers left open."""
    return sealed(key, msgpack.encode(list(zeros)))
