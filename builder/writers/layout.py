"""What finished pages look like, read from the engine's boxes: lines, fill, notes and figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from builder.writers.counters import Finder

_PICTURES = ("BlockReplacedBox", "InlineReplacedBox")


class Line(Struct, frozen=True):
    """A line of text as it is set; lengths in CSS pixels of 1/96 inch."""

    text: str
    left: float
    top: float
    width: float
    room: float
    """The width that it could have had."""
    is_last: bool
    """Whether its paragraph ends here, or an author's line break does."""
    tag: str
    """The element whose line it is, such as `p`, `li` or `h2`."""
    size: float
    """The size of its type."""
    unit: str
    """The anchor of the chapter or part that it belongs to; empty outside of them."""


class Page(Struct, frozen=True):
    """One page: its edges, and what stands on it."""

    number: int
    width: float
    height: float
    top: float
    bottom: float
    """Where the text may begin and must end."""
    reach: float
    """Where the lowest text or picture ends that stands in the flow."""
    units: frozenset[str]
    """Anchors of the chapters and parts that have text here."""
    lines: tuple[Line, ...]
    calls: frozenset[int]
    """The notes that are called here, by a number of their own."""
    notes: frozenset[int]
    """The notes whose text begins here."""
    figures: frozenset[str]
    mentions: frozenset[str]
    """Anchors of the figures and tables that are shown here, and of those that the text leads to."""
    spill: str
    """What runs off the page first: its words, or `a picture`; empty where nothing does."""

    @property
    def fill(self) -> float:
        """The share of the page that is filled, from 0 to 1."""
        return min(1.0, max(0.0, (self.reach - self.top) / (self.bottom - self.top)))


def read_layout(document: Any) -> tuple[Page, ...]:
    """The pages of a rendered WeasyPrint document."""
    notes: dict[Any, int] = {}
    finder = Finder()
    pages = enumerate(document.pages, 1)
    return tuple(_Reader(page._page_box, number, notes, finder).read() for number, page in pages)


class _Reader:
    def __init__(self, box: Any, number: int, notes_by_element: dict[Any, int], finder: Finder):
        self.box, self.number = box, number
        self.numbers = notes_by_element
        self.finder = finder
        self.lines: list[Line] = []
        self.units: set[str] = set()
        self.calls: set[int] = set()
        self.notes: set[int] = set()
        self.figures: set[str] = set()
        self.mentions: set[str] = set()
        self.reach = 0.0
        self.spill = ""
        self.unit = ""

    def read(self) -> Page:
        box = self.box
        top, height = box.content_box_y(), box.height
        foot = top + height
        for child in box.children:
            name = type(child).__name__
            if name == "MarginBox":
                continue
            if name == "FootnoteAreaBox":
                if child.children:
                    foot = min(foot, child.position_y)
                    self._notes(child)
                continue
            self._walk(child, in_flow=True)
        return Page(
            self.number,
            box.margin_width(),
            box.margin_height(),
            top,
            foot,
            self.reach,
            frozenset(self.units),
            tuple(self.lines),
            frozenset(self.calls),
            frozenset(self.notes),
            frozenset(self.figures),
            frozenset(self.mentions),
            self.spill,
        )

    def _notes(self, area: Any) -> None:
        for note in area.children:
            # A note that goes on from the page before has no number at its head.
            if any(str(inner.element_tag).endswith("::footnote-marker") for inner in _inner(note)):
                self.notes.add(self._number(note.element))

    def _walk(self, box: Any, in_flow: bool) -> None:
        element, tag, around = box.element, str(box.element_tag or ""), self.unit
        if is_apart(box):
            return
        if not box.is_in_normal_flow():
            in_flow = False
        if element is not None and "::" not in tag:
            self._element(element)
        if tag.endswith("::footnote-call"):
            self.calls.add(self._number(element))
        children = [child for child in getattr(box, "children", ()) if hasattr(child, "element_tag")]
        lines = [child for child in children if type(child).__name__ == "LineBox"]
        for line in lines:
            self._line(line, tag, box, is_last=line is lines[-1])
        if in_flow and (lines or type(box).__name__ in _PICTURES):
            last = lines[-1] if lines else box
            self.reach = max(self.reach, last.position_y + last.margin_height())
        if type(box).__name__ in _PICTURES:
            self._spill(box.position_x, box.margin_width(), "a picture")
        for child in children:
            self._walk(child, in_flow)
        self.unit = around

    def _number(self, element: Any) -> int:
        return self.numbers.setdefault(element, len(self.numbers))

    def _spill(self, left: float, width: float, what: str) -> None:
        over = 1 + self.box.style["bleed_left"].value
        if not self.spill and (left < -over or left + width > self.box.margin_width() + over):
            self.spill = what

    def _element(self, element: Any) -> None:
        classes = element.get("class", "").split()
        if "unit" in classes:
            self.unit = element.get("id", "")
            self.units.add(self.unit)
        if element.get("id") and ("figure" in classes or "table" in classes):
            self.figures.add(element.get("id"))
        if "xref" in classes:
            self.mentions.add(element.get("href", "").removeprefix("#"))

    def _line(self, line: Any, tag: str, block: Any, is_last: bool) -> None:
        inner = list(_inner(line, into_lines=False))
        texts = [box for box in inner if type(box).__name__ == "TextBox" and box.text.strip()]
        if not texts:
            return
        room = block.content_box_x() + block.width - line.position_x
        is_ended = is_last or any(box.element_tag == "br" for box in inner)
        text = "".join(self.finder.text_of(box) for box in inner if type(box).__name__ == "TextBox")
        self._spill(line.position_x, line.width, f"'{' '.join(text.split())[:40]}'")
        self.lines.append(
            Line(
                text,
                line.position_x,
                line.position_y,
                line.width,
                room,
                is_ended,
                tag,
                texts[0].style["font_size"],
                self.unit,
            )
        )


def is_apart(box: Any) -> bool:
    """Whether a box is the number of a page beside the title that leads there, outside of all lines."""
    return str(box.element_tag).endswith("::after") and {"page", "apart"} <= set(box.element.get("class", "").split())


def _inner(box: Any, into_lines: bool = True) -> Iterator[Any]:
    """Everything in a box; a block within a line has lines of its own."""
    for child in getattr(box, "children", ()):
        if into_lines or type(child).__name__ != "LineBox":
            yield child
            yield from _inner(child, into_lines)
