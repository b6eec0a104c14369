"""A finished PDF, opened once for all that read it."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def opened_pdf(data: bytes) -> Any:
    """The pikepdf.Pdf of these bytes, which nobody may change; whoever reads last calls `opened_pdf.cache_clear`.

    Raises pikepdf.PdfError where they are no PDF.
    """
    import pikepdf

    return pikepdf.open(io.BytesIO(data), suppress_warnings=True)
