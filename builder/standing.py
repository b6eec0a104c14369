"""The file that stands in its place already: it is not set again where what would be set is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from builder.model import Theme
from builder.render import Rendition
from builder.store import Store

LONG = 200
"""Characters of a text that is not spelled out."""


def setting_of(tools: str, target: str, rendition: Rendition, theme: Theme, words: dict[str, str]) -> str:
    """The key of what is made of all that a writer gets; `tools` is a hash of the program and the templates."""
    given = repr((tools, target, _brief(rendition), _brief(theme), words))
    return f"setting-{hashlib.sha256(given.encode('utf-8', 'backslashreplace')).hexdigest()}"


def _brief(value: Any) -> Any:
    """The same with the hashes of long texts and of bytes in their places: to spell these out takes four times as long."""
    if isinstance(value, str):
        return value if len(value) < LONG else hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, (tuple, list)):
        return [_brief(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _brief(each) for key, each in value.items()}
    if is_dataclass(value):
        return [type(value).__name__, *(_brief(getattr(value, each.name)) for each in fields(value))]
    return value


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
