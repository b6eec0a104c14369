"""What a file is made of, by its hash: one that stands in its place already is not set again where that is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from builder.model import Document, Theme
from builder.render import Rendition
from builder.store import Store, library_versions


def fingerprint_of(rendition: Rendition, theme: Theme, document: Document) -> str:
    """A hash of everything that the deliverable was made from, and of nothing that was withheld."""
    digest = hashlib.sha256()
    for name, text in sorted(rendition.files.items()):
        digest.update(f"{name}\0{text}\0".encode())
    for asset in (*document.assets, *theme.logos):
        digest.update(f"{asset.name}\0".encode() + asset.data)
    said = to_builtins([document.metadata, rendition.access])
    rest = [theme.tokens, theme.fonts, document.thickness, said, library_versions()]
    digest.update(json.dumps(rest, sort_keys=True).encode())
    return digest.hexdigest()


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
    if isinstance(value, Struct):
        return [type(value).__name__, *(_brief(getattr(value, name)) for name in value.__struct_fields__)]
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
