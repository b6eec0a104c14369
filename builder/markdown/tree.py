"""Small questions about tokens: where a container ends, and what a text refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markdown_it.token import Token

from builder.markdown.attributes import EMPTY, Attributes


def attributes_of(token: Token) -> Attributes:
    """The attributes of a token, those of a line above it joined in."""
    own: Attributes = token.meta.get("attributes", EMPTY)
    line: Attributes = token.meta.get("line_attributes", EMPTY)
    if line is EMPTY:
        return own
    return Attributes(
        own.id or line.id, line.classes + own.classes, line.values + own.values, line.flags + own.flags
    )


def closing(tokens: list[Token], index: int) -> int:
    """The index of the token that closes the container which opens at `index`."""
    depth = 0
    for position in range(index, len(tokens)):
        depth += tokens[position].nesting
        if depth == 0:
            return position
    raise LookupError(tokens[index].type)


def line_of(token: Token, fallback: int = 0) -> int:
    """The line of a token, from 0."""
    return token.map[0] if token.map else fallback


def inline_tokens(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """Every inline token, images' alternative text excepted, with the line of its block from 0."""
    line = 0
    for token in tokens:
        line = line_of(token, line)
        for child in token.children or ():
            yield child, line


def text_of(tokens: list[Token]) -> str:
    """The plain text of inline tokens, as readers see it; notes left out."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.children:
            parts.append(text_of(token.children))
    return "".join(parts)


def snippet_names(tokens: list[Token]) -> list[tuple[str, int]]:
    """Names of the snippets that a text uses, with their lines from 0."""
    return [
        (attributes_of(token).get("ref") or "", line_of(token))
        for token in tokens
        if token.type == "div_open" and token.info == "snippet"
    ]


def data_paths(tokens: list[Token]) -> list[tuple[str, int]]:
    """Data files that a text shows, with their lines from 0."""
    found = []
    for token in tokens:
        data = attributes_of(token).get("data") if token.type == "div_open" else None
        if data:
            found.append((data, line_of(token)))
    return found


def image_sources(tokens: list[Token], notes: dict[int, dict[str, Any]]) -> list[tuple[str, int]]:
    """Pictures that a text shows, with their lines from 0."""
    found = [
        (str(child.attrs.get("src", "")), line)
        for child, line in inline_tokens(tokens)
        if child.type == "image"
    ]
    for note in notes.values():
        found.extend((str(t.attrs.get("src", "")), 0) for t in note.get("tokens", ()) if t.type == "image")
    return found
