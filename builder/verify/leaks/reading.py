"""Reads one Markdown text as a witness: which words an edition shows, and which it withholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it.token import Token

from builder.conditions import REDACT
from builder.markdown.attributes import EMPTY
from builder.markdown.door import parse
from builder.markdown.places import TextUnit
from builder.markdown.tree import attributes_of, is_chart, text_of
from builder.project import Body
from builder.verify.leaks.ledger import BREAK, Ledger, Reading
from builder.verify.leaks.sight import Sight

_KINDS = {"heading": "title", "th": "cell", "td": "cell", "dt": "term"}
CONTEXT = 3
"""Visible words on each side of a withheld inline unit that are looked for together with it."""


def read_text(
    sight: Sight, path: str, body: Body, variables: Mapping[str, str], owner: str = "", kind: str = "text"
) -> Reading:
    """What an edition shows of a text, and what it withholds; read once for all that see the same units of it.

    `owner` is what withholds the whole of it, empty where nothing does, and `kind` the name of its paragraphs.
    Nobody may change what was read.
    """
    units = parse(body.text, path, body.first_line).units
    seen = tuple(sight.sees_attributes(unit.attributes) for unit in units)
    return _read(path, body.first_line, body.text, tuple(variables.items()), owner, kind, seen, sight.labels)


Pairs = tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def _read(
    path: str, first_line: int, text: str, variables: Pairs, owner: str, kind: str, seen: tuple[bool, ...], labels: Pairs
) -> Reading:
    in_order = {kind, "title", "cell", "term", "note", "code"}
    ledger = Ledger(path, first_line, owner, in_order, dict(labels))
    return _Reader(ledger, dict(variables), kind).read(text, seen)


class _Reader:
    """Walks the tokens of one text, and enters what they say into a ledger."""

    def __init__(self, ledger: Ledger, variables: Mapping[str, str], kind: str):
        self.ledger, self.variables, self.kind = ledger, variables, kind
        self.folder = ledger.path.rsplit("/", 1)[0]

    def read(self, text: str, seen: Sequence[bool]) -> Reading:
        """The reading of the text, of whose units these are seen."""
        parsed = parse(text, self.ledger.path, self.ledger.first_line)
        self.owners: list[TextUnit | None] = [None] * (text.count("\n") + 2)
        self.columns: dict[int, dict[int, TextUnit]] = {}
        self.inline: dict[int, TextUnit] = {}
        hidden = [unit for unit, is_seen in zip(parsed.units, seen, strict=True) if not is_seen]
        for unit in sorted(hidden, key=lambda unit: getattr(unit.place, "end", 0) - unit.line):
            if unit.kind == "inline":
                self.inline[id(unit.attributes)] = unit
            elif unit.kind == "column":
                self.columns.setdefault(unit.place.start, {})[unit.place.column] = unit
            else:
                span = range(unit.place.start, min(unit.place.end, len(self.owners)))
                self.owners[span.start : span.stop] = [unit] * len(span)
        if not self.ledger.whole:
            self.ledger.reading.shown.reasons += [reason for unit in hidden if (reason := self._bar(unit))]
        self._walk(parsed.tokens)
        return self.ledger.reading

    def _bar(self, unit: TextUnit) -> str:
        """The reason on a unit's bar; empty where it has none, or lies in a block that goes whole."""
        is_block = unit.kind not in ("inline", "column")
        around = self.owners[unit.place.start if is_block else unit.line]
        has_room = around is None or (is_block and around.place.start == unit.place.start)
        return (unit.attributes.get(REDACT) or "") if has_room else ""

    def _walk(self, tokens: list[Token]) -> None:
        """The body first: a note is shown where a visible text, or a visible note, calls it."""
        bodies, current, calls = [], [], []
        for token in tokens:
            if token.type == "footnote_open":
                current = []
                calls.append((token.meta["id"], current))
            elif token.type == "footnote_close":
                current = bodies
            elif token.type in ("footnote_block_open", "footnote_block_close", "footnote_anchor"):
                continue
            elif calls and current is not bodies:
                current.append(token)
            else:
                bodies.append(token)
        self.called: dict[int, int] = {}
        self.calls: dict[int, int] = {}
        """The line of the first call of each note, of visible ones and of all."""
        self._blocks(bodies, None)
        left = dict(calls)
        while ready := [key for key in left if key in self.called]:
            for key in ready:
                self._blocks(left.pop(key), None, "note", self.called[key])
        for key, note in left.items():
            self._blocks(note, "a note that only withheld text calls", "note", self.calls.get(key, 0))

    def _blocks(self, tokens: list[Token], owner: str | None, kind: str = "", line: int = 0) -> None:
        table, column, is_placed = -1, -1, False
        stack: list[str] = []
        row: dict[str, list[tuple[str, int]]] = {}
        for token in tokens:
            if token.map:
                line, is_placed = token.map[0], True
            if token.type == "table_open":
                table = line
            elif token.type == "table_close":
                table = -1
            elif token.type == "tr_open":
                column, row = -1, {}
            elif token.type == "tr_close":
                self._row(row)
            elif token.type in ("th_open", "td_open"):
                column += 1
            if token.nesting == 1:
                stack.append(token.tag)
            # A note written where it is called has no lines of its own: its call was judged.
            unit = owner if owner is not None else self._unit(line, table, column) if is_placed else None
            if token.type == "inline":
                name = token.meta.get("name") or self._name(stack, kind)
                words = self._inline(token, line, unit, name)
                if name == "cell" and unit is not None:
                    row.setdefault(self.ledger.owner_of(unit), []).append((words, line))
            elif token.nesting == 1 or token.type == "attribute_line":
                self._opener(token, line, unit)
            elif token.type == "fence" and is_chart(token):
                self._opener(token, line, unit)
                self.ledger.chart(token, line, unit)
            elif token.type in ("fence", "code_block"):
                self._opener(token, line, unit)
                for number, text in enumerate(token.content.split("\n"), line + 1):
                    self.ledger.put(text, "code", number, unit)
            elif token.type == "html_block":
                self.ledger.html(token.content, line, unit)
            if token.nesting == -1 and stack:
                stack.pop()

    def _name(self, stack: list[str], kind: str) -> str:
        last = stack[-1] if stack else ""
        if last in ("h1", "h2", "h3", "h4", "h5", "h6"):
            return "title"
        return _KINDS.get(last) or kind or self.kind

    def _row(self, row: dict[str, list[tuple[str, int]]]) -> None:
        """The withheld cells of a row in one run, as they would stand side by side."""
        for owner, cells in row.items():
            if len(cells) > 1 and not self.ledger.whole:
                self.ledger.keep("row", owner, " ".join(words for words, _ in cells), cells[0][1], 1)
            elif len(cells) > 1:
                self.ledger.keep("row", self.ledger.whole, " ".join(words for words, _ in cells), cells[0][1], 1)

    def _unit(self, line: int, table: int = -1, column: int = -1) -> TextUnit | None:
        found = self.owners[line] if line < len(self.owners) else None
        if found is None and table >= 0:
            found = self.columns.get(table, {}).get(column)
        return found

    def _opener(self, token: Token, line: int, unit: TextUnit | str | None) -> None:
        attributes = attributes_of(token)
        uses = self.ledger.uses(unit)
        if token.type == "div_open":
            if token.info == "snippet":
                uses.snippets.append((attributes.get("ref") or "", attributes.values))
            if attributes.get("data"):
                uses.data.append(attributes.get("data") or "")
        self.ledger.attributes(attributes, line, unit)

    def _inline(self, token: Token, line: int, unit: TextUnit | str | None, kind: str) -> str:
        """Puts the words of one block where they belong; returns them all."""
        parts: list[tuple[str, Any, int]] = []
        self._children(token.children or [], line, unit, parts)
        seen = "".join(text for text, owner, _ in parts if owner is None)
        if seen.strip(" \0"):
            self.ledger.put(seen, kind, line, None)
            if not self.ledger.whole and kind in ("text", "note"):
                self.ledger.reading.prose.append(seen)
        index = 0
        while index < len(parts):
            owner = parts[index][1]
            end = index
            while end < len(parts) and parts[end][1] is owner:
                end += 1
            if owner is not None:
                words = "".join(text for text, _, _ in parts[index:end])
                self.ledger.put(words, kind, parts[index][2], owner)
                if unit is None and not self.ledger.whole:
                    before = _tail("".join(text for text, who, _ in parts[:index] if who is None))
                    after = _head("".join(text for text, who, _ in parts[end:] if who is None))
                    row = parts[index][2]
                    column = owner.column if isinstance(owner, TextUnit) else 1
                    self.ledger.keep(kind, self.ledger.owner_of(owner), before + words + after, row, column, True)
            index = end
        return "".join(text for text, _, _ in parts)

    def _children(
        self, children: list[Token], line: int, unit: TextUnit | str | None, parts: list[tuple[str, Any, int]]
    ) -> None:
        outer: list[TextUnit | str | None] = []
        for child in children:
            attributes = child.meta.get("attributes", EMPTY) if child.meta else EMPTY
            inside = unit if unit is not None else self.inline.get(id(attributes))
            if child.type in ("softbreak", "hardbreak"):
                parts.append((" ", unit, line))
                line += 1
                continue
            if child.nesting == 1:
                outer.append(unit)
                unit = inside
            if child.nesting == -1 and outer:
                unit = outer.pop()
                continue
            self.ledger.attributes(attributes, line, inside)
            if child.type == "span_open" and attributes.get("var") is not None:
                name = attributes.get("var") or ""
                self.ledger.uses(inside).variables.append(name)
                parts.append((self.variables.get(name, ""), inside, line))
            elif child.type == "link_open":
                address = str(child.attrs.get("href", ""))
                if not address.startswith("#"):
                    self.ledger.put(address, "address", line, inside)
                self.ledger.put(str(child.attrs.get("title", "")), "attribute", line, inside)
            elif child.type == "image":
                self.ledger.uses(inside).pictures.append((self.folder, str(child.attrs.get("src", ""))))
                self.ledger.put(text_of(child.children or []), "alternative text", line, inside)
                self.ledger.put(str(child.attrs.get("title", "")), "caption", line, inside)
                parts.append((BREAK, inside, line))
            elif child.type == "footnote_ref":
                self.calls.setdefault(child.meta["id"], line)
                if inside is None and not self.ledger.whole:
                    self.called.setdefault(child.meta["id"], line)
                parts.append((BREAK, inside, line))
            elif child.type == "citation":
                for cite in child.meta["cites"]:
                    self.ledger.uses(inside).sources.append(cite.key)
                    for text in (cite.prefix, cite.locator):
                        self.ledger.put(text, "citation", line, inside)
                parts.append((BREAK, inside, line))
            elif child.type == "html_inline":
                self.ledger.html(child.content, line, inside)
            elif child.type in ("text", "text_special", "code_inline"):
                parts.append((child.content, inside, line))


def _tail(text: str) -> str:
    words = text.rsplit(BREAK, 1)[-1].split()[-CONTEXT:]
    return " ".join(words) + (" " if text[-1:].isspace() else "")


def _head(text: str) -> str:
    words = text.split(BREAK, 1)[0].split()[:CONTEXT]
    return (" " if text[:1].isspace() else "") + " ".join(words)
