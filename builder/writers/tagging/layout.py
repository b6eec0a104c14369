"""What stands on the pages: which text and picture belongs to which HTML element, and where links lie."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field
from weasyprint.anchors import rectangle_aabb
from weasyprint.formatting_structure import boxes
from weasyprint.layout.absolute import AbsolutePlaceholder

from builder.writers import folios
from builder.writers.counters import ALONE, OPEN, Finder, OpenCounter, has_room, holders_of, repeated
from builder.writers.folios import UNKNOWN, CannotBind, Figures, OpenFolio
from builder.writers.layout import is_apart

Rectangle = tuple[float, float, float, float]
"""`(x1, y1, x2, y2)` in CSS pixels from the top left of the page."""


class Artifact(Struct, frozen=True, eq=False):
    """Content that is no part of the text: assistive technology leaves it out (ISO 32000-1, 14.8.2.2)."""

    properties: dict[str, str] = field(default_factory=dict)
    """The property list of the mark."""


DECORATION = Artifact()
HEADER = Artifact({"Type": "/Pagination", "Subtype": "/Header"})
FOOTER = Artifact({"Type": "/Pagination", "Subtype": "/Footer"})

INSIDE = "unit:"
"""How the address of a link begins that leads to a place in the document."""

BEFORE, AFTER = -2, 1_000_000
"""Slots of generated content."""


class Leaf(Struct, eq=False):
    """A line of text or a picture."""

    box: Any
    page: int
    slot: int
    """The number of the child element that it follows; -1 before all of them."""
    place: Rectangle


class Region(Struct, eq=False):
    """A place on a page that a reader can click; WeasyPrint hangs the annotation on it."""

    element: Any
    page: int
    place: Rectangle
    link_annotation: Any = None


class Layout(Struct):
    """The pages of a document, sorted by element."""

    leaves: dict[Any, list[Leaf]] = field(default_factory=dict)
    """In reading order."""
    labels: dict[Any, list[Leaf]] = field(default_factory=dict)
    """The numbers and bullets of list items and footnotes."""
    calls: dict[Any, list[Leaf]] = field(default_factory=dict)
    """What stands in the text where a footnote is called."""
    regions: dict[Any, list[Region]] = field(default_factory=dict)
    """The places of each link, one for each line."""
    bookmarks: list[Any] = field(default_factory=list)
    """The element of each entry of the outline, in its order."""
    numbering: dict[Any, Any] = field(default_factory=dict)
    """The computed `list-style-type` of list items."""
    shown: set[Any] = field(default_factory=set)
    """Elements that have a box."""
    references: list[str] = field(default_factory=list)
    """The anchors whose pages are left open."""
    figures: list[Figures] = field(default_factory=list)
    """How the page numbers are drawn that are left open; filled while the pages are."""
    shapes: list[tuple[str, ...]] = field(default_factory=list)
    """The digits of the other numbers that are left open, by style; filled likewise."""
    refused: set[int] = field(default_factory=set)
    """Open numbers that must be known when the piece is set, by their zeros."""


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


class Reader:
    """Walks over the boxes of all pages."""

    def __init__(self, root: Any, hidden: set[Any]) -> None:
        self.layout = Layout()
        self.hidden = hidden
        self.parents = {child: parent for parent in root.iter() for child in parent}
        self._index = {child: n for parent in root.iter() for n, child in enumerate(parent)}
        self._last: dict[Any, int] = {}
        self._repeated: set[Any] = set()
        self._margin: Any = None
        self._dropped: set[Any] = set()
        self._finder = Finder()
        self.counters = holders_of(root, self.parents)
        """The words of the numbers that are left open, by the elements that hold them."""

    def read(self, document: Any) -> Layout:
        """Sorts all that is on the pages; leaves each page one link for each line, and none in artifacts."""
        for number, page in enumerate(document.pages):
            self._walk(page._page_box, number, None, None, None)
            page.links = self._links(page.links, number)
        for leaves in self.layout.leaves.values():
            leaves.sort(key=lambda leaf: leaf.slot)
        return self.layout

    def _walk(self, box: Any, page: int, matrix: Any, artifact: Artifact | None, context: Any) -> None:
        if isinstance(box, AbsolutePlaceholder):
            box = box._box
        element = box.element
        if box.transformation_matrix and not isinstance(box, boxes.InlineBox):
            own = box.transformation_matrix
            matrix = own @ matrix if matrix else own
        if element is not context:
            artifact = self._enter(box, element, artifact)
        if isinstance(box, boxes.MarginBox):
            artifact = HEADER if box.at_keyword.startswith("@top") else FOOTER
            self._margin = box
        elif box.is_leader:
            artifact = artifact or DECORATION
        elif isinstance(box, boxes.TableRowGroupBox) and (box.is_header or box.is_footer):
            if element in self._repeated:
                artifact = HEADER if box.is_header else FOOTER
            self._repeated.add(element)
        if box.bookmark_label and box.style["bookmark_level"] != "none":
            self.layout.bookmarks.append(element)
        is_alone = element is not context and element is not None and element.get(ALONE) is not None
        if is_alone and not (isinstance(box, boxes.BlockContainerBox) and has_room(box)):
            self.layout.refused.add(int(element.get(OPEN)))
        for _, words in box.string_set or ():
            self.layout.refused |= repeated(words, self.counters.get(element, ()))
        if isinstance(box, boxes.TextBox | boxes.ReplacedBox):
            self._leaf(box, page, matrix, artifact)
            if artifact is not None:
                self._dropped.add(box)
            return
        if artifact is not None:
            self._dropped.add(box)
        for child in box.all_children():
            self._walk(child, page, matrix, artifact, element)

    def _enter(self, box: Any, element: Any, artifact: Artifact | None) -> Artifact | None:
        if element is None or element not in self.parents:
            return artifact
        self.layout.shown.add(element)
        parent = self.parents[element]
        self._last[parent] = max(self._last.get(parent, -1), self._index[element])
        if element.tag == "li" and element not in self.layout.numbering and "::" not in box.element_tag:
            self.layout.numbering[element] = box.style["list_style_type"]
        return DECORATION if element in self.hidden else artifact

    def _leaf(self, box: Any, page: int, matrix: Any, artifact: Artifact | None) -> None:
        is_text = isinstance(box, boxes.TextBox)
        if is_text and not box.text.strip():
            return
        if is_text and (folios.OPEN in box.text or UNKNOWN in box.text):
            self._leave_open(box, artifact)
        if is_text and (first := self._finder.first_in(box)) is not None:
            box.counter = OpenCounter(first, box, self.layout.shapes, self.layout.refused)
        element = box.element
        if artifact is not None or element is None or element in self.hidden:
            box.content = artifact or DECORATION
            return
        if is_text:
            place = (box.position_x, box.position_y, box.width, box.margin_height())
        else:
            place = (box.content_box_x(), box.content_box_y(), box.width, box.height)
        pseudo = box.element_tag.partition("::")[2]
        slot = {"before": BEFORE, "after": AFTER}.get(pseudo, self._last.get(element, -1))
        target = {
            "marker": self.layout.labels,
            "footnote-marker": self.layout.labels,
            "footnote-call": self.layout.calls,
        }.get(pseudo, self.layout.leaves)
        leaf = Leaf(box, page, slot, rectangle_aabb(matrix, *place))
        target.setdefault(element, []).append(leaf)

    def _leave_open(self, box: Any, artifact: Artifact | None) -> None:
        """Lets a box know that its digits stand for a page number; raises CannotBind where it holds more."""
        figures, names = self.layout.figures, self.layout.references
        if box.text.strip() == folios.OPEN and artifact in (HEADER, FOOTER):
            edge, margin = self._margin.content_box_x(), self._margin
            box.folio = OpenFolio(edge, edge + margin.width, box.style["text_align_all"], figures)
        elif box.text == folios.OPEN and _ends_at_right(box):
            name, spacing = unquote(box.element.get("href").removeprefix("#")), box.style["letter_spacing"]
            # The space after the last letter belongs to the box.
            edge = box.position_x + box.width - (0 if spacing == "normal" else spacing)
            if name not in names:
                names.append(name)
            box.folio = OpenFolio(edge, edge, "right", figures, names.index(name))
        else:
            raise CannotBind("a page number stands among other text")

    def _links(self, links: list[Any], page: int) -> list[Any]:
        """One region for each line of each link, in the order of the text.

        Links inside the document become addresses `unit:NAME`: where they lead is known when all units are.
        """
        found: list[Any] = []
        mine: dict[Any, list[Any]] = {}
        for kind, target, place, box in links:
            if kind == "attachment" or box in self._dropped or box.element in self.hidden:
                continue
            if is_apart(box) and box.element.get("data-page") == folios.OPEN:
                # How far it goes to the left is known when its number is.
                place = (place[2], *place[1:])
            element = box.element
            while element.get("href") is None and element in self.parents:
                element = self.parents[element]
            for link in mine.setdefault(element, []):
                if _share_line(link[2], place):
                    link[2] = link[3].place = _union(link[2], place)
                    break
            else:
                region = Region(element, page, place)
                self.layout.regions.setdefault(element, []).append(region)
                address = ("external", f"{INSIDE}{target}") if kind == "internal" else (kind, target)
                mine[element].append([*address, place, region])
                found.append(mine[element][-1])
        return [tuple(link) for link in found]


def _ends_at_right(box: Any) -> bool:
    """Whether a text is all that a box holds which is placed by its right edge and stands in nobody's way."""
    around = box.style.parent_style
    return is_apart(box) and around["position"] == "absolute" and around["right"] != "auto" == around["left"]


def _share_line(a: Rectangle, b: Rectangle) -> bool:
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return overlap > 0.5 * min(a[3] - a[1], b[3] - b[1])


def _union(a: Rectangle, b: Rectangle) -> Rectangle:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def union(places: list[Rectangle]) -> Rectangle:
    """The rectangle around all of the given ones."""
    found = places[0]
    for place in places[1:]:
        found = _union(found, place)
    return found
