"""Small questions about tokens: where a container ends, and what a text refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markdown_it.token import Token

from builder.markdown.attributes import EMPTY, Attributes, joined
from builder.sources import read_yaml


def attributes_of(token: Token) -> Attributes:
    """The attributes of a token, those of a line above it joined in."""
    return joined(token.meta.get("attributes", EMPTY), token.meta.get("line_attributes", EMPTY))


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
        if token.type in ("text", "code_inline", "text_special", "redaction"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.children:
            parts.append(text_of(token.children))
    return "".join(parts)


def snippet_uses(tokens: list[Token]) -> list[tuple[Attributes, int]]:
    """The attributes of each snippet div of a text, with its line from 0."""
    return [
        (attributes_of(token), line_of(token))
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
        source = read_yaml(token.content, "").value if is_chart(token) else None
        if (
            source is not None
            and isinstance(source.value, dict)
            and isinstance(source.value.get("data"), str)
        ):
            found.append((source.value["data"].strip(), line_of(token) + source.place("data").line))
    return found


def is_chart(token: Token) -> bool:
    """Whether a token is a fenced block that holds a chart."""
    return token.type == "fence" and token.info.strip() == "chart"


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


def pair_captions(tokens: list[Token]) -> dict[int, int]:
    """For each table, by its index, the index of the caption paragraph that belongs to it.

    A caption belongs to the table with fewer empty lines between, the one above where both are as near.
    """
    pairs: dict[int, int] = {}
    start, last_table = 0, None
    for index, token in enumerate(tokens):
        if token.type == "table_open":
            start = index
        elif token.type == "table_close":
            last_table = (start, index)
        elif token.type == "paragraph_open" and token.meta.get("caption"):
            after = index + 3
            if after < len(tokens) and tokens[after].type == "attribute_line":
                after += 1
            below = after if after < len(tokens) and tokens[after].type == "table_open" else None
            before = index - 2 if index and tokens[index - 1].type == "attribute_line" else index - 1
            above = last_table[0] if last_table is not None and last_table[1] == before else None
            if above in pairs:
                above = None
            if above is not None and below is not None:
                gap, gap_below = token.map[0] - tokens[above].map[1], tokens[below].map[0] - token.map[1]
                # A table whose lines come from another text, a snippet's, is no neighbour.
                above = above if gap >= 0 and (gap <= gap_below or gap_below < 0) else None
            table = above if above is not None else below
            if table is not None:
                pairs[table] = index
    return pairs
