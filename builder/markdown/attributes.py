"""Reads attribute blocks such as `{#id .class key="value" flag}`; the grammar is strict on purpose."""

from __future__ import annotations

import re

from msgspec import Struct

_PART = re.compile(
    r"""\s*(?:
      (?P<end>\})
    | \#(?P<id>[^\s{}=."'#]+(?:\.[^\s{}=."'#]+)*)
    | \.(?P<class>-?[A-Za-z_][\w-]*)
    | (?P<key>[A-Za-z][\w:-]*)
      (?:\s*=\s*(?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s"'{}=]+)))?
    )""",
    re.VERBOSE | re.DOTALL,
)
_LOOKS_LIKE = re.compile(r"\{\s*(?:\}|[#.][\w-]|[A-Za-z][\w-]*\s*=|[A-Za-z][\w-]*\s*\})")
_ASSIGNS = re.compile(r"\{(?:[^{}\n]*\s)?\s*[A-Za-z][\w-]*\s*=\s*[\w\"']")


class BadAttributes(Exception):
    """A malformed attribute block; `position` is an offset into the text."""

    def __init__(self, message: str, position: int):
        super().__init__(message)
        self.message = message
        self.position = position


class Attributes(Struct, frozen=True):
    """What one attribute block says."""

    id: str = ""
    classes: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    """Keys with their values, in source order."""
    flags: tuple[str, ...] = ()

    def get(self, key: str, default: str | None = None) -> str | None:
        """The value of a key, or the default."""
        return dict(self.values).get(key, default)

    @property
    def is_empty(self) -> bool:
        """Whether the block said nothing, as in `{}`."""
        return not (self.id or self.classes or self.values or self.flags)


EMPTY = Attributes()


def looks_like_attributes(text: str, position: int) -> bool:
    """Whether the brace at `position` begins something that is meant as attributes."""
    return bool(_LOOKS_LIKE.match(text, position) or _ASSIGNS.match(text, position))


def assigns(text: str, position: int) -> bool:
    """Whether the brace at `position` begins a block with `key=value` in it, wherever it stands."""
    return bool(_ASSIGNS.match(text, position))


def read_attributes(text: str, position: int) -> tuple[Attributes, int]:
    """Reads the block whose `{` stands at `position`; returns it and the offset after its `}`.

    Raises BadAttributes with the offset of what can't be read.
    """
    assert text[position] == "{"
    start, position = position, position + 1
    identity, classes, values, flags = "", [], {}, []
    while True:
        match = _PART.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            if not rest:
                raise BadAttributes("'{' without its '}'", start)
            offset = len(text) - len(rest)
            raise BadAttributes(f"can't read '{rest.split()[0][:30]}' as an attribute", offset)
        place, position = match.start(match.lastgroup) if match.lastgroup else position, match.end()
        if match["end"]:
            return Attributes(identity, tuple(classes), tuple(values.items()), tuple(flags)), position
        if match["id"]:
            if identity:
                raise BadAttributes(f"a second id '#{match['id']}'", place)
            identity = match["id"]
        elif match["class"]:
            classes.append(match["class"])
        else:
            quoted = match["double"] if match["double"] is not None else match["single"]
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else match["bare"]
            key = match["key"]
            if key in values or key in flags:
                raise BadAttributes(f"'{key}' stands twice in one block of attributes", match.start("key"))
            if value is None:
                flags.append(key)
            else:
                values[key] = " ".join(value.split("\n"))


def joined(own: Attributes, line: Attributes) -> Attributes:
    """The attributes of an element and of the line above it, as one block."""
    if line is EMPTY:
        return own
    return Attributes(
        own.id or line.id, line.classes + own.classes, line.values + own.values, line.flags + own.flags
    )
