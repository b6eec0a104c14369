"""Every message code of the builder, listed once with the sentence that the handbook prints."""

from __future__ import annotations

CODES: dict[str, str] = {}
