"""A rule on files: what lies in a publication's folder and is used by nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.diagnostics import Span
from builder.lint.look import Finding
from builder.project import Publication
from builder.sources import decode
from builder.world import PathRefused, World

_TRANSLATION = re.compile(r"\.[a-z]{2,3}(-\w+)*\.md$")
"""A file that translates another one; where it translates nothing, `stray-translation` says so."""


def unused_files(publication: Publication, world: World) -> Iterator[Finding]:
    """A section, snippet, picture or file of data that no text of the publication names.

    Texts count whole, whoever sees them, so that a file that only one edition shows is in use.
    """
    paths = [p for p in world.files(publication.folder) if not p.split("/")[-1].startswith((".", "README"))]
    used = {publication.path}
    for section in publication.walk():
        used |= {section.path, *(each.path for each in section.translations.values())}
    texts = "\n".join(_text(world, p) for p in ("README.md", *paths) if p.endswith((".md", ".yaml")))
    for snippet in publication.snippets.values():
        if f"ref={snippet.name}" in texts or f'ref="{snippet.name}"' in texts:
            used |= {snippet.path, *(each.path for each in snippet.translations.values())}
    for path in paths:
        name = path.split("/")[-1]
        if path in used or _TRANSLATION.search(name):
            continue
        if path.endswith(".md") or name.casefold() not in texts.casefold():
            hint = "name it where it belongs, or delete it"
            yield Finding(f"nothing in '{publication.id}' uses '{name}'", Span(path, 1), hint)


def _text(world: World, path: str) -> str:
    try:
        return decode(world.read_bytes(path), path).value or ""
    except PathRefused:
        return ""
