"""A finished PDF, opened once for all that read it."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

from builder.futures import later


@lru_cache(maxsize=2)
def opened_pdf(data: bytes) -> Any:
    """The pikepdf.Pdf of these bytes, which nobody may change; raises pikepdf.PdfError where they are no PDF.

    Two are kept: a finished file, and the copy in which the search of it is tried out.
    """
    import pikepdf

    later(opened_pdf.cache_clear)
    return pikepdf.open(io.BytesIO(data), suppress_warnings=True)
