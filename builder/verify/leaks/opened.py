"""A finished file with all that was learnt of it."""

from __future__ import annotations

from msgspec import Struct, field

from builder.verify.leaks.place import Place

MAX_LOOSE = 20_000_000
"""Bytes of one stream or entry in which loose text is looked for."""


class Opened(Struct):
    """A PDF or an archive: its places, and what is wrong with its structure."""

    data: bytes
    faults: list[str] = field(default_factory=list)
    """Signs that the file holds more than it shows, in words for a message."""
    unread: set[str] = field(default_factory=set)
    """Fonts that show signs which say no letters, with their places."""
    places: list[Place] = field(default_factory=list)
    pages: int = 0
    """How many pages a PDF has, as a viewer counts them."""
