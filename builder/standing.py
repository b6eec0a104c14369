"""What a file is made of, by its hash: one that stands in its place already is not set again where that is the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from msgspec import msgpack, to_builtins

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


def setting_of(tools: str, target: str, rendition: Rendition, theme: Theme, words: dict[str, str]) -> str:
    """The key of what is made of all that a writer gets; `tools` is a hash of the program and the templates."""
    given = msgpack.encode((tools, target, rendition, theme, words))
    return f"setting-{hashlib.sha256(given).hexdigest()}"


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
