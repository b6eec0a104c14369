"""What a file asks of a printer that prints on both sides of the paper (ISO 32000-1, 12.2)."""

from __future__ import annotations

import io
from typing import Any

from builder.writers.claims import SCREEN
from builder.writers.identity import saved


def to_duplex(data: bytes) -> bytes:
    """The same PDF, whose sheets are turned on their long edge, as the leaves of a book are."""
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.Root.ViewerPreferences.update(both_sides("Long"))
        return saved(pdf, SCREEN.version)


def both_sides(edge: str) -> Any:
    """The preferences of a file that is printed on both sides in its own size; `edge` is `Long` or `Short`."""
    from pikepdf import Dictionary, Name

    return Dictionary(
        Duplex=Name(f"/DuplexFlip{edge}Edge"), PrintScaling=Name("/None"), PickTrayByPDFSize=True
    )
