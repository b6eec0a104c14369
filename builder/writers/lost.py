"""Pictures that the engine had and could not show: it goes on without them, and nobody must get a page with a hole."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from builder.diagnostics import BuildProblem, Diagnostic

_LOADED, _DRAWN = "Failed to load image at ", ("Failed to render SVG image ", "Failed to load inline SVG")
HINT = "save the picture or drawing again, smaller or simpler; the engine had it and could not show it"


def refuse_lost(name: str, records: Iterable[logging.LogRecord]) -> None:
    """Stops a document where a picture is lost to it; one that was never fetched has been told of before.

    Raises MemoryError where there was no room for its pixels, else BuildProblem (`engine`).
    """
    from weasyprint.images import ImageLoadingError

    for record in records:
        text = record.getMessage()
        problem = record.args[1] if text.startswith(_LOADED) and len(record.args or ()) > 1 else None
        if isinstance(problem, ImageLoadingError) and isinstance(problem.__cause__, MemoryError):
            raise MemoryError(text) from problem
        if isinstance(problem, ImageLoadingError) or text.startswith(_DRAWN):
            raise BuildProblem([Diagnostic("engine", f"{name}: {text.rstrip('.: ')}", None, HINT)])
