"""The page and word budget of an edition: over it is an error."""

from __future__ import annotations

from builder.diagnostics import Diagnostic, Span
from builder.model import Document


def within_budget(document: Document, data: bytes, pages: int | None) -> list[Diagnostic]:
    """Compares what was made with what the edition allows."""
    found = []
    has_budget = document.max_pages is not None and document.job.kind.has_page_budget
    if pages is not None and has_budget and pages > document.max_pages:
        found.append(_over(document, "pages", pages, document.max_pages, document.max_pages_at))
    if document.max_words is not None and document.words > document.max_words:
        found.append(_over(document, "words", document.words, document.max_words, document.max_words_at))
    return found


def _over(document: Document, unit: str, found: int, limit: int, place: Span | None) -> Diagnostic:
    hint = f"shorten it, choose shorter alternatives, or raise max_{unit}"
    return Diagnostic("over-budget", f"{document.job}: {found} {unit}, {limit} are allowed", place, hint)
