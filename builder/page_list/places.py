"""An XHTML file of an ebook as text, and the bytes at which something may be put into it."""

from __future__ import annotations

from bisect import bisect_right
from string import whitespace
from unicodedata import category
from xml.parsers import expat

from msgspec import Struct

from builder.page_list.words import BREAK

START, END = -1, -2
"""In place of the index of a word: the start of a file, before whatever it has of its own, and its end."""
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "i", "kbd", "mark", "q", "s", "samp",
    "small", "span", "strong", "sub", "sup", "time", "u", "var",
}  # fmt: skip
_FIRST = _INLINE | {"figure", "table"}
"""Elements before which a mark goes, and not into them, where the page begins with their first word."""
_WHOLE = {"h1", "h2", "h3", "h4", "h5", "h6", "nav", "math", "svg", "ruby"}
"""Elements that hold no mark: it would be read as a part of a title or a formula."""
_BLANK = BREAK + whitespace
_TIES = {"Ps", "Pi", "Sc"}
"""Signs that belong to the word behind them: opening brackets and quotes, and currencies."""


class _Element(Struct, frozen=True):
    name: str
    offset: int
    index: int
    """The length of the text before it."""


class File(Struct, frozen=True):
    """What an XHTML file shows, and where each piece of it stands in its bytes."""

    text: str
    runs: list[tuple[int, int, tuple[_Element, ...]]]
    """Of each piece: its index in the text, its offset in the file, the elements around it."""
    start: int
    """The offset of the first element in the outermost section, or of the contents."""
    end: int
    """The offset of the end of the outermost section, or of the body."""

    def place(self, index: int) -> int:
        """The offset at which a mark for the word at this index may stand."""
        if index in (START, END):
            return self.start if index == START else self.end
        begin, offset, around = self.runs[bisect_right(self.runs, index, key=lambda run: run[0]) - 1]
        index = _with_signs(self.text, begin, index)
        best = offset + len(self.text[begin:index].encode())
        for element in reversed(around):
            is_first = not self.text[element.index : index].strip(_BLANK)
            if element.name in _WHOLE or (is_first and element.name in _FIRST):
                best = element.offset
        return best


def _with_signs(text: str, start: int, index: int) -> int:
    """Where the signs before a word begin that go with it."""
    first = index
    while first > start and not text[first - 1].isspace() and not text[first - 1].isalnum():
        first -= 1
    if first > start and text[first - 1].isalnum():
        first = index
        while first > start and category(text[first - 1]) in _TIES:
            first -= 1
    return first


def read_file(data: bytes) -> File:
    """Reads a file; one that is no XML has no words, and is refused when it is packed."""
    parts: list[str] = []
    runs: list[tuple[int, int, tuple[_Element, ...]]] = []
    stack: list[_Element] = []
    hidden: list[_Element] = []
    size = start = end = 0
    parser = expat.ParserCreate()

    def add(text: str) -> None:
        nonlocal size
        parts.append(text)
        size += len(text)

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal start
        if not start and (name == "nav" or (stack and stack[-1].name == "section")):
            start = parser.CurrentByteIndex
        if name not in _INLINE:
            add(BREAK)
        stack.append(_Element(name, parser.CurrentByteIndex, size))
        if name == "head" or "hidden" in attributes:
            hidden.append(stack[-1])

    def closed(name: str) -> None:
        nonlocal start, end
        if name == "section" or (name == "body" and not end):
            end = parser.CurrentByteIndex
            start = start or end
        if name not in _INLINE:
            add(BREAK)
        if stack.pop() in hidden:
            hidden.pop()

    def said(text: str) -> None:
        if not hidden:
            runs.append((size, parser.CurrentByteIndex, tuple(stack)))
            add(text)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = opened, closed, said
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        return File("", [], 0, 0)
    return File("".join(parts), runs, start, end)


