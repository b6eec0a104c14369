"""Finds every unit of a text that may carry conditions, and the exact lines or characters it holds."""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from msgspec import Struct, field

from builder.markdown.attributes import EMPTY, Attributes, joined
from builder.markdown.blocks import report, split_trailing
from builder.markdown.places import BlockUnit
from builder.markdown.slips import check_text, check_unread
from builder.markdown.tree import pair_captions
from builder.markdown.vocabulary import mentions_condition

_QUOTE = re.compile(r"[ \t]*>[ ]?")
_FIRST_LINE = {
    "list_item_open": re.compile(r"[ \t]*(?:[-+*]|\d{1,9}[.)])(?:[ \t]+|$)"),
    "footnote_reference_open": re.compile(r"[ \t]*\[\^[^\]]+\]:[ \t]*"),
    "dd_open": re.compile(r"[ \t]*[:~][ \t]+"),
}
_CONTAINERS = {"blockquote_open", "list_item_open", "footnote_reference_open", "dd_open"}
_ENDS = {opener.replace("_open", "_close") for opener in _CONTAINERS}


class _Frame(Struct):
    token: Token | None
    headings: list[tuple[int, int, Attributes]] = field(default_factory=list)


class _Finder:
    """Walks the block tokens once, with the stack of what is open."""

    def __init__(self, state: StateCore):
        self.state = state
        self.lines = state.src.split("\n")
        self.units: list[BlockUnit] = []
        self.frames = [_Frame(None)]
        self.notes: dict[str, int] = {}

    def find(self) -> list[BlockUnit]:
        tokens = self.state.tokens
        self.captions = pair_captions(tokens)
        pending: Token | None = None
        for index, token in enumerate(tokens):
            if pending is not None and token.nesting >= 0:
                self._join_line(pending, token, tokens, index)
                pending = None
            elif pending is not None:
                self._dangling(pending)
                pending = None
            if token.type == "attribute_line":
                pending = token
            elif token.type == "div_open":
                self.frames.append(_Frame(token))
            elif token.type == "div_close":
                self._close_div(token)
            elif token.type == "redaction_block":
                self._add("div", *token.map, token.meta["attributes"], name=token.info)
            elif token.type == "heading_open":
                self._heading(token)
            elif token.type == "table_open":
                self._table(tokens, index)
            elif token.type in ("code_block", "html_block"):
                check_unread(self.state, token)
            elif token.type == "fence":
                self._fence(token)
            elif token.type == "inline":
                check_text(self.state, token)
            elif token.type in _CONTAINERS:
                self.frames.append(_Frame(token))
                if token.type == "footnote_reference_open":
                    self._note(token)
            elif token.type in _ENDS:
                self._close_container(token)
        if pending is not None:
            self._dangling(pending)
        while len(self.frames) > 1:
            self._unclosed(self.frames.pop())
        self._end_headings(self.frames[0], len(self.lines))
        return self.units

    def _note(self, token: Token) -> None:
        label = token.meta["label"]
        if label in self.notes:
            report(
                self.state.env,
                "duplicate-id",
                f"a second note '[^{label}]'",
                token.map[0],
                hint=f"the first is on line @{self.notes[label]}@; give one of them another name",
            )
        self.notes.setdefault(label, token.map[0])

    def _dangling(self, line: Token) -> None:
        report(
            self.state.env,
            "stray-attributes",
            "a line of attributes with no block directly below it",
            line.map[0],
            hint="put it on the line above the block, with no empty line between",
        )

    def _join_line(self, line: Token, block: Token, tokens: list[Token], index: int) -> None:
        if not block.map or block.map[0] != line.map[1] or block.type in ("attribute_line", "html_block"):
            self._dangling(line)
            return
        attributes = line.meta["attributes"]
        if block.type == "heading_open":
            # What stands above a heading governs what stands under it, as attributes on its own line do.
            own = block.meta.get("attributes", EMPTY)
            block.meta = {**block.meta, "attributes": joined(own, attributes), "first_line": line.map[0]}
            return
        if index in self.captions.values():
            return  # The caption's table joins them to the caption's own.
        end = _closing_line(tokens, index, len(self.lines)) if block.type == "div_open" else block.map[1]
        block.meta = {**block.meta, "line_attributes": attributes}
        self._add("block", line.map[0], end, attributes)

    def _close_div(self, token: Token) -> None:
        frame = self.frames[-1]
        if frame.token is None or frame.token.type != "div_open":
            report(
                self.state.env,
                "stray-div-close",
                "':::' closes a div, but none is open here",
                token.map[0],
                hint="delete the line, or open the div in the same list or quotation",
            )
            return
        self._end_headings(frame, token.map[0])
        self.frames.pop()
        attributes, name = frame.token.meta["attributes"], frame.token.info
        self._add("div", frame.token.map[0], token.map[1], attributes, name=name)

    def _close_container(self, token: Token) -> None:
        opener = token.type.replace("_close", "_open")
        while True:
            frame = self.frames.pop()
            if frame.token.type == opener:
                self._end_headings(frame, frame.token.map[1])
                return
            self._unclosed(frame)

    def _unclosed(self, frame: _Frame) -> None:
        if frame.token.type == "div_open":
            name = f" '{frame.token.info}'" if frame.token.info else ""
            report(
                self.state.env,
                "unclosed-div",
                f"the div{name} that opens here is never closed",
                frame.token.map[0],
                hint="add a line ':::' where it ends, in the same list or quotation",
            )

    def _heading(self, token: Token) -> None:
        level, frame = int(token.tag[1]), self.frames[-1]
        self._end_headings(frame, token.map[0], level)
        attributes = token.meta.get("attributes", EMPTY)
        if not attributes.is_empty:
            frame.headings.append((level, token.meta.get("first_line", token.map[0]), attributes))

    def _end_headings(self, frame: _Frame, line: int, level: int = 0) -> None:
        kept = []
        for entry in frame.headings:
            if entry[0] >= level:
                self._add("heading", entry[1], line, entry[2])
            else:
                kept.append(entry)
        frame.headings = kept

    def _table(self, tokens: list[Token], index: int) -> None:
        start, end = tokens[index].map
        caption = self.captions.get(index)
        if caption is not None:
            attributes, lines = (
                tokens[caption].meta.get("attributes", EMPTY),
                (*tokens[caption].map, start, end),
            )
            above = tokens[caption - 1] if caption else None
            if (
                above is not None
                and above.type == "attribute_line"
                and above.map[1] == tokens[caption].map[0]
            ):
                attributes = joined(attributes, above.meta["attributes"])
                lines = (*lines, *above.map)
                tokens[caption].meta = {**tokens[caption].meta, "attributes": attributes}
            self._add("caption", min(lines), max(lines), attributes)
        column, left = -1, EMPTY
        for number, token in enumerate(tokens[index:], index):
            if token.type == "table_close":
                break
            if token.type == "th_open":
                column += 1
                attributes = token.meta.get("attributes", EMPTY)
                if tokens[number + 1].content.strip() == "<":
                    attributes = joined(attributes, left)
                left = attributes
                if not attributes.is_empty:
                    self._add("column", start, end, attributes, column)
            elif token.type == "tr_open" and "attributes" in token.meta:
                self._add("row", *token.map, token.meta["attributes"])

    def _fence(self, token: Token) -> None:
        """A condition after the language of a code block governs the block."""
        start, end = token.map
        last = self.lines[end - 1].strip(" \t>") if end - 1 > start else ""
        if last.strip(token.markup[0]) or len(last) < len(token.markup):
            hint = f"add a line '{token.markup}' where it ends"
            report(
                self.state.env,
                "unclosed-fence",
                "the code that begins here is never closed",
                start,
                hint=hint,
            )
            return
        if not mentions_condition(token.info):
            return
        token.info, attributes, problem = split_trailing(token.info)
        if attributes is None:
            message = problem.message if problem else "can't read the condition of this code block"
            report(
                self.state.env,
                "bad-attributes",
                message,
                token.map[0],
                hint='write ```name {audience="a or b"}',
            )
            return
        self._add("block", *token.map, attributes)

    def _add(
        self, kind: str, start: int, end: int, attributes: Attributes, column: int = -1, name: str = ""
    ) -> None:
        if attributes.is_empty and kind != "div":
            return
        keep = tuple(self._marks(line) for line in range(start, end))
        self.units.append(BlockUnit(kind, start, end, attributes, keep, column, name))

    def _marks(self, number: int) -> int:
        if number >= len(self.lines):
            return 0
        line, position = self.lines[number], 0
        for frame in self.frames:
            if frame.token is None:
                continue
            pattern = _FIRST_LINE.get(frame.token.type) if frame.token.map[0] == number else None
            pattern = _QUOTE if frame.token.type == "blockquote_open" else pattern
            match = pattern.match(line, position) if pattern else None
            position = match.end() if match else position
        return position + len(line[position:]) - len(line[position:].lstrip(" \t"))


def _closing_line(tokens: list[Token], index: int, last: int) -> int:
    depth = 0
    for token in tokens[index:]:
        depth += (token.type == "div_open") - (token.type == "div_close")
        if depth == 0:
            return token.map[1]
    return last


def find_units(state: StateCore) -> None:
    """Core rule: puts the block units into `env["block_units"]`; pairs divs and reports the unpaired."""
    state.env["block_units"] = _Finder(state).find()
