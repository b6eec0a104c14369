"""Where the units of a text stand: lines of a block, characters of a line."""

from __future__ import annotations

from markdown_it.token import Token
from msgspec import Struct

from builder.markdown.attributes import Attributes
from builder.markdown.inlines import InlinePlace


class BlockUnit(Struct, frozen=True):
    """Lines `start` to `end` (from 0, end excluded) that one set of attributes governs."""

    kind: str
    """`div`, `block`, `heading`, `row`, `column` or `caption`."""
    start: int
    end: int
    attributes: Attributes
    keep: tuple[int, ...] = ()
    """For each line, how many characters of list and quotation marks before the unit."""
    column: int = -1
    """The column of a table, from 0, where the unit is one."""
    name: str = ""
    """The name of the div, where the unit is one."""


class TextUnit(Struct, frozen=True):
    """A unit of a text, block or inline, with the attributes that govern it."""

    kind: str
    line: int
    """Line where it begins, from 0."""
    column: int
    """Column where it begins, from 1."""
    attributes: Attributes
    place: BlockUnit | InlinePlace

    @property
    def element(self) -> str:
        """What the attributes stand on: `div`, or a row of `builder.markdown.vocabulary.ELEMENTS`."""
        return self.place.element if isinstance(self.place, InlinePlace) else self.kind

    @property
    def name(self) -> str:
        """The name of the div, where it is one."""
        return self.place.name if isinstance(self.place, BlockUnit) else ""


def line_and_column(lines: list[str], block: Token, offset: int) -> tuple[int, int]:
    """Where a character of a block's inline content stands in the text: line from 0, column from 0.

    Raises LookupError where the content can't be found again in its lines.
    """
    before = block.content[:offset]
    line = block.map[0] + before.count("\n")
    row = before.count("\n")
    content = block.content.split("\n")[row]
    inside = len(before) - (before.rfind("\n") + 1)
    source = lines[line]
    if block.meta.get("cell") is not None:
        start, _ = block.meta["cell"]
        return line, start + inside + content[:inside].count("|")
    start = source.rfind(content.rstrip())
    if start < 0:
        raise LookupError(f"line {line + 1}")
    return line, start + inside
