"""Values with places: where each part of a YAML or JSON text stands."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from builder.diagnostics import Diagnostic, Span
from builder.sources.text import FORBIDDEN, name_character, shorten

MAX_DEPTH = 40
"""Levels of lists and mappings; the deepest honest text, nested sections, needs a dozen."""
KEY = "~key"
"""The last step of a path that asks for the place of a key instead of its value."""


class Source(Struct, frozen=True):
    """A value that was read from text, and the place of each of its parts."""

    value: Any
    """Only dict, list, str and None from YAML; from JSON also int, float and bool."""
    places: dict[tuple[Any, ...], Span]
    """By path: `("authors", 0, "name")` leads to the place of a value, with `"~key"` behind it of its key."""

    def place(self, *path: Any) -> Span:
        """The place of the part at a path, or of the nearest part around it.

        The place of a block scalar (`|` or `>`) is the first line of its content.
        """
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]


class Unreadable(Exception):
    """Stops the reading of one text at a problem that makes the rest meaningless."""

    def __init__(self, problem: Diagnostic):
        super().__init__(str(problem))
        self.problem = problem


class Codes(Struct, frozen=True):
    """The codes under which one language reports what any tree can have wrong."""

    key: str
    duplicate: str
    too_deep: str
    character: str


class _Branch(Struct):
    """A list or mapping that is still open."""

    value: dict[str, Any] | list[Any]
    path: tuple[Any, ...]
    key: str | None = None


class Tree(Struct):
    """Builds a Source from a flat run of openings, scalars and closings, without recursion."""

    codes: Codes
    problems: list[Diagnostic] = field(default_factory=list)
    places: dict[tuple[Any, ...], Span] = field(default_factory=dict)
    value: Any = None
    _open: list[_Branch] = field(default_factory=list)

    @property
    def wants_key(self) -> bool:
        """Whether the next scalar is the key of a mapping."""
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None

    @property
    def key_place(self) -> Span | None:
        """The place of the key whose value comes next; None outside a mapping."""
        branch = self._open[-1] if self._open else None
        return self.places[(*branch.path, branch.key, KEY)] if branch and branch.key is not None else None

    def report(self, code: str, message: str, span: Span, hint: str) -> None:
        """Notes an error, after which reading goes on to find more."""
        self.problems.append(Diagnostic(code, message, span, hint))

    def open(self, value: dict[str, Any] | list[Any], span: Span) -> None:
        """Begins a list or mapping; raises Unreadable where it is too deep or stands for a key."""
        if self.wants_key:
            kind = "a mapping" if isinstance(value, dict) else "a list"
            hint = "put the text in quotes if it begins with '{' or '['"
            raise Unreadable(Diagnostic(self.codes.key, f"{kind} can't be a key", span, hint))
        if len(self._open) == MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of lists and mappings"
            raise Unreadable(Diagnostic(self.codes.too_deep, message, span, "nest less deeply"))
        self._open.append(_Branch(value, self._attach(value, span)))

    def close(self) -> None:
        """Ends the innermost list or mapping."""
        self._open.pop()

    def key(self, name: str, span: Span) -> None:
        """Notes the key of the value that comes next; a second one of the same name is a problem."""
        self._check_characters(name, span)
        branch = self._open[-1]
        place = (*branch.path, name, KEY)
        if name in branch.value:
            message = f"the key '{shorten(name)}' stands twice; the first is at {self.places[place]}"
            self.report(self.codes.duplicate, message, span, "delete one of the two")
        branch.key = name
        self.places[place] = span

    def scalar(self, value: Any, span: Span) -> None:
        """Adds a value that holds no others."""
        if isinstance(value, str):
            self._check_characters(value, span)
        self._attach(value, span)

    def _check_characters(self, text: str, span: Span) -> None:
        if found := FORBIDDEN.search(text):
            message = f"the text holds the character {name_character(found[0])}"
            self.report(self.codes.character, message, span, "delete the character")

    def _attach(self, value: Any, span: Span) -> tuple[Any, ...]:
        path: tuple[Any, ...] = ()
        if not self._open:
            self.value = value
        else:
            branch = self._open[-1]
            if isinstance(branch.value, list):
                path = (*branch.path, len(branch.value))
                branch.value.append(value)
            else:
                path = (*branch.path, branch.key)
                branch.value[branch.key] = value
                branch.key = None
        self.places[path] = span
        return path
