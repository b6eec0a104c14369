"""Reads texts and shapes through the world, and collects every problem on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel

from builder.diagnostics import Checked, Diagnostic, Severity, Span
from builder.project import Body
from builder.sources import Source, decode, read_shape, read_yaml, split_front_matter
from builder.world import ABSENT, PathRefused, World

M = TypeVar("M", bound=BaseModel)


class Reader:
    """Collects the problems of one run of `load` and reads texts and shapes through the world."""

    def __init__(self, world: World):
        self.world = world
        self.problems: list[Diagnostic] = []

    def add(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        """Notes one error."""
        self.problems.append(Diagnostic(code, message, span, hint))

    def keep(self, checked: Checked[Any]) -> Any:
        """The value of a checked step; its problems join the others."""
        self.problems.extend(checked.problems)
        return checked.value

    def text(self, path: str, span: Span | None = None) -> str | None:
        """The text of a file; None after a problem."""
        status = self.world.status(path)
        if status != "file":
            self.add(
                "missing-file",
                f"'{path}' {ABSENT.get(status, status)}",
                span or Span(path),
                "correct the name, or add the file",
            )
            return None
        try:
            data = self.world.read_bytes(path)
        except PathRefused as problem:
            self.add(problem.code, problem.message, span or Span(path), problem.hint)
            return None
        return self.keep(decode(data, path))

    def files(self, folder: str, suffix: str) -> list[str]:
        """The files below a folder; none after a problem."""
        try:
            return self.world.files(folder, suffix)
        except PathRefused as problem:
            self.add(problem.code, problem.message, Span(folder), problem.hint)
            return []

    def shape(self, model: type[M], text: str, path: str, first_line: int = 1) -> tuple[M, Source] | None:
        """A YAML text as an authored shape, with its places; None after a problem."""
        return self.keep(_shaped(model, text, path, first_line))

    def front(
        self, model: type[M], path: str, keys: str, span: Span | None = None
    ) -> tuple[M, Source, Body] | None:
        """A Markdown file with front matter: its shape, its places and its text; None after a problem.

        `keys` are those that a file without front matter is asked for.
        """
        text = self.text(path, span)
        if text is None:
            return None
        front, first_line, body, body_line = split_front_matter(text, path)
        if front is None:
            message, hint = "the file does not begin with front matter", f"begin with '---', {keys}, '---'"
            self.add("missing-front-matter", message, Span(path, 1, 1), hint)
            return None
        read = self.shape(model, front, path, first_line)
        if read is None:
            return None
        self.problems.extend(_odd_lines(body, body_line, path))
        return (*read, Body(body, body_line))

    def locate(self, reference: str, folder: str, span: Span) -> str | None:
        """The path of a reference written in a file of `folder`; None after a problem."""
        try:
            return self.world.locate(reference, folder)
        except PathRefused as problem:
            self.add(problem.code, problem.message, span, problem.hint)
            return None


@lru_cache(maxsize=4096)
def _shaped(model: type[M], text: str, path: str, first_line: int) -> Checked[tuple[M, Source] | None]:
    """A YAML text as a shape, read once while it stays as it is: nobody changes what was read."""
    source = read_yaml(text, path, first_line)
    if source.value is None:
        return source
    value = read_shape(model, source.value)
    problems = (*source.problems, *value.problems)
    return Checked(None if value.value is None else (value.value, source.value), problems)


_MARKERS, _TURNS = ("<<<<<<< ", ">>>>>>> "), "\u202d\u202e"


def _odd_lines(body: str, first_line: int, path: str) -> Iterator[Diagnostic]:
    """Warns of lines that a merge left behind, and of characters that turn the text."""
    if not any(sign in body for sign in (*_MARKERS, *_TURNS)):
        return
    for number, line in enumerate(body.split("\n"), first_line):
        if line.startswith(_MARKERS):
            hint, span = "settle the conflict and delete the marker", Span(path, number, 1)
            yield Diagnostic("merge-marker", "a line that a merge left behind", span, hint, Severity.WARNING)
        override = re.search(f"[{_TURNS}]", line)
        if override:
            message = f"the character U+{ord(override.group()):04X} turns the direction of the text"
            hint = "delete it; write {dir=rtl} on a span instead"
            span = Span(path, number, override.start() + 1)
            yield Diagnostic("control-character", message, span, hint, Severity.WARNING)
