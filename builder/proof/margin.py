"""The margin of a proof copy: file and line at the left, bars and labels of conditions at the right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from builder.proof.marks import Key, Marked
from builder.writers.sheets import Spot

ATTRIBUTES = frozenset({"data-at", "data-mark", "data-column", "data-chart", "id", "class"})
COLUMN = 46.0
"""Width of the column of labels that the sheet gains, in millimetres."""
_TOP = 8.0
"""No label stands higher, whatever bleeds off the page."""
_REFERENCE = 2.9
"""Height of one line of a reference at the left edge."""
_LETTERS_IN_LINE = 31
_LABEL_LINE = 3.1


class Reference(Struct, frozen=True):
    """File and line of a block; the file is empty where it is that of the reference above."""

    y: float
    file: str
    line: str


class Piece(Struct, frozen=True):
    """A box on a page, in millimetres."""

    left: float
    top: float
    right: float
    bottom: float


class Bar(Struct, frozen=True):
    """A stroke beside the text, as high as what is conditional."""

    key: Key
    kind: str
    """`section`, `block`, `inline`, `column`, `data` or `author`."""
    top: float
    bottom: float
    tints: tuple[Piece, ...]
    """What is tinted: the lines of a span, one box for a block, nothing for a section."""
    is_start: bool
    """Whether the unit begins on this page."""
    lane: int = 0


class Label(Struct, frozen=True):
    """The condition in words, beside the place where it begins."""

    y: float
    key: Key
    is_start: bool
    kind: str


class Margin(Struct):
    """What stands in the margin of one page."""

    references: list[Reference] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def margins_of(spots: Iterable[Spot], sizes: list[tuple[float, float]], marked: Marked) -> list[Margin]:
    """The margin of every page, worked out from the places of the elements."""
    finder = _Finder(marked, sizes)
    for spot in spots:
        finder.see(spot)
    return finder.margins()


class _Finder:
    """Sees the pieces in order and remembers, for each page, what is conditional on it."""

    def __init__(self, marked: Marked, sizes: list[tuple[float, float]]):
        self.marked, self.sizes = marked, sizes
        self.units: dict[tuple, dict[int, list[Piece]]] = {}
        """By unit (its label, its kind, and what tells it from others of the same label) and page."""
        self.found: list[list[tuple[float, str, str]]] = [[] for _ in sizes]
        self.seen: set[int] = set()
        self.authors = 0

    def see(self, spot: Spot) -> None:
        element = spot.element
        at = element.get("data-at")
        places = [_place(text) for text in [at or "", *(element.get("data-uses") or "").split()] if text]
        anchor = element.get("id")
        if anchor in self.marked.places and at is None:
            if not spot.is_inline:
                self._section(spot, anchor)
            return
        if at is not None and id(element) not in self.seen:
            self.seen.add(id(element))
            self.found[spot.page].append((spot.y, *at.rsplit(":", 1)))
        labels = set()
        for path, line in places:
            for each in self.marked.ranges.get(path, ()):
                if each.first <= line < each.last:
                    labels.add(each.label)
                    # A note stands at the foot of the page, far from the block that calls it.
                    own = id(element) if element.get("class") == "footnote" else each
                    self._extend((each.label, "block", own), spot)
        own = element.get("data-mark")
        if own and own not in labels:
            self._extend((own, "inline" if spot.is_inline else "block", id(element)), spot)
        if element.get("data-column") and spot.table is not None:
            self._extend((element.get("data-column"), "column", id(element)), spot, spot.table)
        for label in filter(None, (element.get("data-chart") or "").split("|")):
            self._extend((label, "data", id(element)), spot)
        if element.get("class") == "author" and id(element) not in self.seen:
            self.seen.add(id(element))
            self._author(spot)

    def _section(self, spot: Spot, anchor: str) -> None:
        if id(spot.element) not in self.seen:
            self.seen.add(id(spot.element))
            path, line = self.marked.places[anchor]
            self.found[spot.page].append((max(spot.y, _TOP), path, str(line)))
        for label in self.marked.sections.get(anchor, ()):
            self._extend((label, "section", anchor), spot)

    def _author(self, spot: Spot) -> None:
        count = len(self.marked.authors)
        label = self.marked.authors[self.authors % count] if count else ""
        self.authors += 1
        if label:
            self._extend((label, "author", id(spot.element)), spot)

    def _extend(self, unit: tuple, spot: Spot, table: tuple[float, float] | None = None) -> None:
        top, height = table or (spot.y, spot.height)
        page = self.sizes[spot.page]
        top, bottom = max(top, 0), min(top + height, page[1])
        left, right = max(spot.x, 0), min(spot.x + spot.width, page[0])
        if bottom > top:
            pieces = self.units.setdefault(unit, {}).setdefault(spot.page, [])
            pieces.append(Piece(left, top, right, bottom))

    def margins(self) -> list[Margin]:
        made = [Margin() for _ in self.sizes]
        for (label, kind, _), pages in self.units.items():
            for page, pieces in pages.items():
                around = Piece(
                    min(each.left for each in pieces), min(each.top for each in pieces),
                    max(each.right for each in pieces), max(each.bottom for each in pieces),
                )  # fmt: skip
                tints = tuple(pieces) if kind in ("inline", "author") else (around,)
                made[page].bars.append(
                    Bar(
                        self.marked.keys[label], kind, around.top, around.bottom,
                        () if kind == "section" else tints, page == min(pages),
                    )
                )  # fmt: skip
        for margin, found in zip(made, self.found, strict=True):
            margin.references = list(_references(found))
            margin.labels = list(_labels(margin.bars))
            margin.bars = list(_in_lanes(margin.bars))
        return made


def _place(text: str) -> tuple[str, int]:
    path, _, line = text.rpartition(":")
    return path, int(line)


def _references(found: list[tuple[float, str, str]]) -> Iterator[Reference]:
    """From top to bottom, none over another; a place that two elements share stands once."""
    free, file, shown = 0.0, "", set()
    for y, path, line in sorted(found, key=lambda each: (round(each[0], 1), each[1], int(each[2]))):
        if (path, line) in shown:
            continue
        shown.add((path, line))
        name = path.rsplit("/", 1)[-1] if path != file else ""
        y = max(y, free)
        rows = 1 + (len(name) + 15) // 16 if name else 1
        free, file = y + rows * _REFERENCE, path
        yield Reference(y, name, line)


def _labels(bars: list[Bar]) -> Iterator[Label]:
    """One label for each unit, pushed down where the one above it needs the room."""
    free, shown = 0.0, set()
    for bar in sorted(bars, key=lambda bar: (bar.top, -bar.bottom)):
        mark = (round(bar.top), bar.key.label, bar.kind)
        if mark in shown:
            continue
        shown.add(mark)
        y = max(bar.top, free, _TOP)
        words = len(bar.key.label) + (7 if bar.kind in ("data", "author", "column") else 0)
        rows = 1 + words // _LETTERS_IN_LINE if bar.is_start else 1
        free = y + rows * _LABEL_LINE + 1.2
        yield Label(y, bar.key, bar.is_start, bar.kind)


def _in_lanes(bars: list[Bar]) -> Iterator[Bar]:
    """The bars of blocks side by side: what holds others stands further out."""
    ends: list[list[tuple[float, float]]] = []
    for bar in sorted(bars, key=lambda bar: (bar.bottom - bar.top, bar.top)):
        lane = next(
            (n for n, taken in enumerate(ends)
             if not any(top < bar.bottom and bar.top < bottom for top, bottom in taken)),
            len(ends),
        )  # fmt: skip
        if lane == len(ends):
            ends.append([])
        ends[lane].append((bar.top, bar.bottom))
        yield replace(bar, lane=lane)
