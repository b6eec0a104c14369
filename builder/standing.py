"""The file that stands in its place already: it is not set again where what would be set is the same."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from builder.model import Theme
from builder.render import Rendition
from builder.store import Store


def setting_of(tools: str, target: str, rendition: Rendition, theme: Theme, words: dict[str, str]) -> str:
    """The key of what is made of all that a writer gets; `tools` is a hash of the program and the templates."""
    given = repr((tools, target, rendition, theme, words))
    return f"setting-{hashlib.sha256(given.encode('utf-8', 'backslashreplace')).hexdigest()}"


def standing(path: Path, cache: Path, setting: str) -> tuple[bytes, int | None] | None:
    """The bytes and pages of the file at a path, if it is what was made of this very setting without a problem."""
    record: dict[str, Any] | None = Store(cache / "done").recall(setting)
    try:
        data = path.read_bytes()
        if record is None or hashlib.sha256(data).hexdigest() != record["sha256"]:
            return None
        return data, record["pages"]
    except (OSError, LookupError):
        return None
