"""What a text shows and what it withholds, entered piece by piece with whatever withholds it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from markdown_it.token import Token
from msgspec import Struct, field

from builder.markdown.attributes import Attributes
from builder.markdown.places import TextUnit
from builder.sources import read_yaml
from builder.verify.leaks.sight import KEYS, Withheld

BREAK = "\0"
"""Stands in a text where print puts something of its own: a note's number, a citation's mark."""
_UNPRINTED = {
    *KEYS, "columns", "where", "widths", "header-columns", "header-rows", "data", "ref", "lang", "dir", "var",
}  # fmt: skip
_CHART_SETTINGS = {"kind", "data", "x", "y", "where", "id", "width", "value", "series", "columns"}
_TAG = re.compile(r"<[^<>]*>")
_QUOTED = re.compile(r"=\s*\"([^\"]*)\"|=\s*'([^']*)'")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


class Uses(Struct):
    """What a text makes use of."""

    snippets: list[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)
    """The folder that the reference counts from, and the reference."""
    sources: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    """Of the bars that stand in the place of something withheld."""


class Reading(Struct):
    """One text, parted into what the edition shows and what it withholds."""

    visible: list[str] = field(default_factory=list)
    """The words of each block, in their order."""
    beside: list[str] = field(default_factory=list)
    """What stands beside the words: alternative texts, captions in attributes, addresses, ids."""
    prose: list[str] = field(default_factory=list)
    """Those of the visible that are printed as they stand: the scanner must be able to find them again."""
    listed: dict[str, list[str]] = field(default_factory=dict)
    """Visible titles and captions in their order."""
    withheld: list[Withheld] = field(default_factory=list)
    shown: Uses = field(default_factory=Uses)
    hidden: Uses = field(default_factory=Uses)


class Ledger:
    """Enters what one text says; a unit that withholds it, if any, is given with each piece.

    `whole` is what withholds all of the text, empty where nothing does; `in_order` are the kinds of what is printed in
    the order in which it stands; `labels` are interface words.
    """

    def __init__(self, path: str, first_line: int, whole: str, in_order: set[str], labels: Mapping[str, str]):
        self.path, self.first_line = path, first_line
        self.whole, self.in_order, self.labels = whole, in_order, labels
        self.reading = Reading()

    def owner_of(self, unit: TextUnit | str) -> str:
        """What withholds a piece, in words for the report."""
        if self.whole:
            return self.whole
        if isinstance(unit, str):
            return unit
        return f"{unit.kind} at {self.path}:{self.first_line + unit.line}:{unit.column}"

    def keep(
        self, kind: str, owner: str, text: str, line: int, column: int, is_context: bool = False
    ) -> None:
        """Enters what is withheld."""
        if text.strip(" \0\n"):
            at = self.first_line + line
            self.reading.withheld.append(Withheld(kind, owner, self.path, at, column, text, is_context))

    def put(self, text: str, kind: str, line: int, unit: TextUnit | str | None, column: int = 0) -> None:
        """Enters words of a kind, shown where nothing withholds them."""
        if unit is None and not self.whole:
            (self.reading.visible if kind in self.in_order else self.reading.beside).append(text)
            self.reading.listed.setdefault(kind, []).append(text)
        else:
            column = column or (unit.column if isinstance(unit, TextUnit) and unit.line == line else 1)
            self.keep(kind, self.owner_of(unit or self.whole), text, line, column)

    def uses(self, unit: TextUnit | str | None) -> Uses:
        """What is made use of where a unit, if any, withholds it."""
        return self.reading.shown if unit is None and not self.whole else self.reading.hidden

    def attributes(self, attributes: Attributes, line: int, unit: TextUnit | str | None) -> None:
        """Enters the values of attributes that are printed."""
        if attributes.id:
            self.put(attributes.id, "name", line, unit)
        for key, value in attributes.values:
            if key == "labels":
                for label in re.split(r";" if ";" in value else ",", value):
                    self.put(label, "cell", line, unit)
            elif key not in _UNPRINTED:
                self.put(value, "title" if key == "title" else "caption", line, unit)
                self._label(key, value, unit)

    def _label(self, key: str, value: str, unit: TextUnit | str | None) -> None:
        """A caption is printed behind an interface word: `Source: …`."""
        if unit is None and not self.whole and key in self.labels:
            self.reading.beside.append(f"{self.labels[key]}: {value}")

    def html(self, html: str, line: int, unit: TextUnit | str | None) -> None:
        """Enters the words, attributes and comments of raw HTML."""
        for comment in _COMMENT.findall(html):
            self.keep("comment", self.whole or "a comment, which is never printed", comment, line, 1)
        html = _COMMENT.sub(" ", html)
        for double, single in _QUOTED.findall(html):
            self.put(double or single, "attribute", line, unit)
        self.put(_TAG.sub(" ", html), "text", line, unit)

    def chart(self, token: Token, line: int, unit: TextUnit | str | None) -> None:
        """Enters what a chart says, and its data."""
        source = read_yaml(token.content, "").value
        value = source.value if source is not None else None
        if not isinstance(value, dict):
            return
        if isinstance(value.get("data"), str):
            self.uses(unit).data.append(value["data"].strip())
        for place, text in _strings({k: v for k, v in value.items() if k not in _CHART_SETTINGS}):
            kind = {"alt": "alternative text", "title": "title"}.get(str(place[0]), "caption")
            self.put(text, kind, line + source.place(*place).line, unit)
            self._label(str(place[0]), text, unit)


def _strings(value: Any, *place: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every text in a YAML value, keys of mappings included, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if place:
                yield (*place, key), str(key)
            yield from _strings(inner, *place, key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, *place, index)
    elif value is not None:
        yield place, str(value)
