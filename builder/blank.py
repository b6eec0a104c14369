"""Blanks hidden units in the lines of a text, and writes the bars of those that are redacted."""

from __future__ import annotations

from msgspec import Struct

from builder.markdown.cells import cell_bounds
from builder.markdown.places import BlockUnit, InlinePlace, TextUnit, line_and_column
from builder.markdown.traces import MARK
from builder.markdown.vocabulary import BAR


class Hidden(Struct, frozen=True):
    """A unit that a viewer may not see."""

    unit: TextUnit
    reason: str | None
    """The reason on the bar that stands in its place, "" for none; None where nothing does."""

    @property
    def mark(self) -> str:
        """What stands in the place of an inline unit or a cell."""
        return MARK if self.reason is None else bar(self.reason, is_block=False)


def bar(reason: str, is_block: bool) -> str:
    """The bar of a redaction, as Markdown."""
    return f'::: {BAR} {{reason="{reason}"}}' if is_block else f'[]{{{BAR}="{reason}"}}'


def blank(text: str, hidden: list[Hidden]) -> str:
    """The text without the units: inline ones first, then columns, rows and blocks.

    Raises LookupError or ValueError where an inline unit can't be found again in its lines.
    """
    lines = text.split("\n")
    _blank_inlines(lines, [each for each in hidden if each.unit.kind == "inline"])
    tables: dict[int, list[Hidden]] = {}
    for each in hidden:
        if each.unit.kind == "column":
            tables.setdefault(each.unit.place.start, []).append(each)
    for columns in tables.values():
        _blank_columns(lines, columns)
    for each in hidden:
        if each.unit.kind == "row":
            _blank_row(lines, each)
    _blank_blocks(lines, [each for each in hidden if each.unit.kind not in ("inline", "column", "row")])
    return "\n".join(lines)


def _blank_inlines(lines: list[str], hidden: list[Hidden]) -> None:
    """From the last character to the first; what lies in another hidden unit goes with it."""
    source = tuple(lines)
    outer: list[Hidden] = []
    order = sorted(hidden, key=lambda h: (id(h.unit.place.block), h.unit.place.start, -h.unit.place.end))
    for each in order:
        place, last = each.unit.place, outer[-1].unit.place if outer else None
        if last is not None and last.block is place.block and place.end <= last.end:
            continue
        outer.append(each)
    spots = [(line_and_column(list(source), h.unit.place.block, h.unit.place.start), h) for h in outer]
    for _, each in sorted(spots, key=lambda spot: spot[0], reverse=True):
        _blank_inline(lines, source, each.unit.place, each.mark)


def _blank_inline(lines: list[str], source: tuple[str, ...], place: InlinePlace, mark: str) -> None:
    first, start = line_and_column(list(source), place.block, place.start)
    last, end = line_and_column(list(source), place.block, place.end - 1)
    if first == last:
        lines[first] = lines[first][:start] + mark + lines[first][end + 1 :]
        return
    lines[last] = source[last][: _content_start(source, place, last)] + mark[1:] + lines[last][end + 1 :]
    for number in range(first + 1, last):
        # A line of its own between the brackets must not be empty, or it would end the paragraph.
        lines[number] = source[number][: _content_start(source, place, number)] + "\\"
    lines[first] = lines[first][:start] + "["


def _content_start(source: tuple[str, ...], place: InlinePlace, number: int) -> int:
    row = number - place.block.map[0]
    content = place.block.content.split("\n")[row]
    return max(source[number].rfind(content.rstrip()), 0) if content.strip() else 0


def _blank_columns(lines: list[str], hidden: list[Hidden]) -> None:
    table: BlockUnit = hidden[0].unit.place
    marks = {each.unit.place.column: each.mark for each in hidden}
    for number in range(table.start, min(table.end, len(lines))):
        if number == table.start + 1:
            continue
        line = lines[number]
        bounds = cell_bounds(line, table.keep[number - table.start])
        for column in sorted(marks, reverse=True):
            if column < len(bounds):
                start, end = bounds[column]
                line = line[:start] + marks[column] + line[end:]
        lines[number] = line


def _blank_row(lines: list[str], each: Hidden) -> None:
    row: BlockUnit = each.unit.place
    line, prefix = lines[row.start], row.keep[0]
    cells = [MARK]
    if each.reason is not None:
        found = [line[start:end] for start, end in cell_bounds(line, prefix)]
        # The last one holds the attributes; a column that is dropped stays so.
        cells = [MARK if cell == MARK else each.mark for cell in found[:-1]]
    lines[row.start] = line[:prefix] + "|" + "|".join(cells) + "|"


def _blank_blocks(lines: list[str], hidden: list[Hidden]) -> None:
    """Of blocks that overlap, the one that begins first says whether a bar stands in their place."""
    end = -1
    for each in sorted(hidden, key=lambda h: (h.unit.place.start, -h.unit.place.end)):
        block: BlockUnit = each.unit.place
        _blank_lines(lines, block)
        if block.start >= end and each.reason is not None:
            lines[block.start] = lines[block.start][: block.keep[0]] + bar(each.reason, is_block=True)
        end = max(end, block.end)


def _blank_lines(lines: list[str], unit: BlockUnit) -> None:
    for number in range(unit.start, min(unit.end, len(lines))):
        kept = lines[number][: unit.keep[number - unit.start]]
        # The item or definition that begins here must stay one until it is dropped whole.
        lines[number] = kept + (MARK if number == unit.start and kept.strip(" \t>") else "")
