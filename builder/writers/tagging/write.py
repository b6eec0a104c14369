"""Writes the structure tree of a unit into its PDF: elements, marks, annotations (ISO 32000-2, 14.7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf

from builder.writers import contents
from builder.writers.counters import marks_in, repeated, with_marks
from builder.writers.tagging.layout import INSIDE, Rectangle
from builder.writers.tagging.nodes import Node, is_kept
from builder.writers.tagging.plan import Plan
from builder.writers.tagging.roles import ONLY_IN_PDF_1, PDF_2, ROLE_MAP

POINTS = 0.75
"""Points in a CSS pixel."""

PRINT = 4
"""The flag of an annotation that is printed (ISO 32000-1, table 165)."""


def write_tags(pdf: pydyf.PDF, document: Any, pdf_version: str, streams: list[Any]) -> None:
    """Adds the plan of a document, its `plan`, to its PDF once all pages are drawn; called by WeasyPrint.

    The tree has one root element, a flat parent tree that counts pages first, then forms, then links, and
    unique IDs in one flat tree: it can be renumbered when several units are bound to one file. The catalog's
    `/Unit` has what leads from one unit to another: `/Anchors` as name, place and element, `/Links` as
    annotation, name, element and entry of a table of contents, `/Outline` as level, title, place, element
    and whether it is closed.
    """
    _Writer(pdf, document, document.plan, streams).write()
    contents.part(pdf, streams)


def _drop_undrawn(node: Node) -> None:
    """Takes out what was laid out and never drawn, as text that a transform makes flat."""
    for kid in node.kids:
        if isinstance(kid, Node):
            _drop_undrawn(kid)
    node.kids = [kid for kid in node.kids if (is_kept(kid) if isinstance(kid, Node) else kid.places)]


class _Writer:
    def __init__(self, pdf: pydyf.PDF, document: Any, plan: Plan, streams: list[Any]) -> None:
        self.pdf = pdf
        self.document = document
        self.plan = plan
        self.streams = streams
        self.pages = pdf.page_references
        self.heights = [page.height for page in document.pages]
        self.forms: dict[int, Any] = {}
        """Streams other than those of pages that hold marks."""
        self.ids: list[Any] = []
        self.namespace: pydyf.Dictionary | None = None
        self.roles: set[str] = set()
        self.links: list[Node] = []

    def write(self) -> None:
        root = pydyf.Dictionary({"Type": "/StructTreeRoot"})
        self.pdf.add_object(root)
        if self.plan.is_archive:
            self.namespace = pydyf.Dictionary({"Type": "/Namespace", "NS": pydyf.String(PDF_2)})
            self.pdf.add_object(self.namespace)
            root["Namespaces"] = pydyf.Array([self.namespace.reference])
        _drop_undrawn(self.plan.tree)
        self._create(self.plan.tree, root)
        self._fill(self.plan.tree)
        root["K"] = pydyf.Array([self.plan.tree.object.reference])
        root["ParentTree"] = self._parent_tree()
        if self.ids:
            root["IDTree"] = self._add(pydyf.Dictionary({"Names": pydyf.Array(self.ids)}))
        if self.roles:
            root["RoleMap"] = pydyf.Dictionary({kind: f"/{ROLE_MAP[kind]}" for kind in sorted(self.roles)})
        self._unit()
        self.pdf.catalog["StructTreeRoot"] = root.reference
        self.pdf.catalog["MarkInfo"] = pydyf.Dictionary({"Marked": "true"})

    def _add(self, value: pydyf.Object) -> bytes:
        self.pdf.add_object(value)
        return value.reference

    def _create(self, node: Node, parent: pydyf.Dictionary) -> None:
        """An object for each element that holds something that was drawn."""
        made = node.object = pydyf.Dictionary({"S": f"/{node.type}", "P": parent.reference})
        self.pdf.add_object(made)
        if self.namespace is not None:
            if node.type not in ONLY_IN_PDF_1:
                made["NS"] = self.namespace.reference
        elif node.type in ROLE_MAP:
            self.roles.add(node.type)
        if node.lang:
            made["Lang"] = pydyf.String(node.lang)
        self.plan.layout.refused |= marks_in(node.alt + node.expansion)
        if node.alt:
            made["Alt"] = pydyf.String(node.alt)
        if node.expansion:
            made["E"] = pydyf.String(node.expansion)
        if node.needs_id:
            name = pydyf.String(f"{self.plan.prefix}{len(self.ids) // 2:06}")
            made["ID"] = name
            self.ids += [name, made.reference]
        if node.regions:
            self.links.append(node)
        for kid in node.kids:
            if isinstance(kid, Node):
                self._create(kid, made)

    def _fill(self, node: Node) -> None:
        made = node.object
        if node.refs:
            made["Ref"] = pydyf.Array([ref.object.reference for ref in dict.fromkeys(node.refs)])
        if node.attributes or node.headers:
            self._attributes(node)
        kids = pydyf.Array()
        page = None
        for kid in node.kids:
            if isinstance(kid, Node):
                self._fill(kid)
                kids.append(kid.object.reference)
                continue
            for _, stream, number, own in sorted(kid.places, key=lambda place: place[0]):
                page = own if page is None else page
                kids.append(self._mark(stream, number, own, page))
        for region in node.regions:
            page = region.page if page is None else page
            kids.append(
                pydyf.Dictionary(
                    {
                        "Type": "/OBJR",
                        "Obj": region.link_annotation.reference,
                        "Pg": self.pages[region.page],
                    }
                )
            )
        if page is not None:
            made["Pg"] = self.pages[page]
        if kids:
            made["K"] = kids[0] if len(kids) == 1 else kids

    def _mark(self, stream: Any, number: int, own: int, page: int) -> Any:
        """How an element refers to a mark: by its number alone on the element's own page."""
        is_page = stream is self.streams[own]
        if is_page and own == page:
            return number
        made = pydyf.Dictionary({"Type": "/MCR", "Pg": self.pages[own], "MCID": number})
        if not is_page:
            made["Stm"] = stream.reference
            self.forms.setdefault(id(stream), stream)
        return made

    def _attributes(self, node: Node) -> None:
        found = []
        for owner, values in node.attributes.items():
            made = pydyf.Dictionary({"O": f"/{owner}"})
            for key, value in values.items():
                made[key] = pydyf.Array(self._box(*value)) if key == "BBox" else value
            if owner == "Table" and node.headers:
                made["Headers"] = pydyf.Array(head.object["ID"] for head in node.headers)
            if len(made) > 1:
                found.append(made)
        if found:
            node.object["A"] = found[0] if len(found) == 1 else pydyf.Array(found)

    def _box(self, page: int, place: Rectangle) -> list[float]:
        """A rectangle in points from the bottom left of the page."""
        x1, y1, x2, y2 = (value * POINTS for value in place)
        height = self.heights[page] * POINTS
        return [round(value, 3) for value in (x1, height - y2, x2, height - y1)]

    def _parent_tree(self) -> bytes:
        """From each mark and each annotation to its element."""
        entries = pydyf.Array()
        for number, stream in enumerate(self.streams):
            entries += [number, self._owners(stream)]
        number = len(self.streams)
        for stream in self.forms.values():
            stream.extra["StructParents"] = number
            entries += [number, self._owners(stream)]
            number += 1
        for link in self.links:
            for region in link.regions:
                self._annotation(link, region.link_annotation)["StructParent"] = number
                entries += [number, link.object.reference]
                number += 1
        return self._add(pydyf.Dictionary({"Nums": entries}))

    def _owners(self, stream: Any) -> pydyf.Array:
        return pydyf.Array(content.owner.object.reference for content in stream.owners)

    def _annotation(self, link: Node, annotation: pydyf.Dictionary) -> pydyf.Dictionary:
        annotation["F"] = PRINT
        annotation["Contents"] = pydyf.String(link.text)
        return annotation

    def _unit(self) -> None:
        """What binding needs: anchors, links that lead to them, and the entries of the outline."""
        names = self.pdf.catalog.pop("Names", {}).get("Dests", {}).get("Names", [])
        anchors = pydyf.Array()
        for name, place in zip(names[::2], names[1::2], strict=True):
            anchors += [name, place, self.plan.resolve(name.string).object.reference]
        unit = pydyf.Dictionary({"Anchors": anchors, "Links": self._links(), "Outline": self._outline()})
        self.pdf.catalog["Unit"] = self._add(unit)

    def _links(self) -> pydyf.Array:
        found = pydyf.Array()
        entries = {id(link): entry for entry, link in _entries(self.plan.tree, None)}
        for link in self.links:
            entry = entries.get(id(link))
            for region in link.regions:
                address = region.link_annotation["A"]["URI"].string
                if not address.startswith(INSIDE):
                    continue
                del region.link_annotation["A"]
                name = pydyf.String(address.removeprefix(INSIDE))
                owner = entry.object.reference if entry is not None else "null"
                found += [region.link_annotation.reference, name, link.object.reference, owner]
        return found

    def _outline(self) -> pydyf.Array:
        found = pydyf.Array()
        elements = iter(self.plan.layout.bookmarks)
        for number, page in enumerate(self.document.pages):
            for level, title, (x, y), state in page.bookmarks:
                place = [self.pages[number], "/XYZ", x * POINTS, (self.heights[number] - y) * POINTS, 0]
                source = next(elements)
                title = with_marks(title, source)
                if not marks_in(title):
                    self.plan.layout.refused |= repeated(title, self.plan.counters.get(source, ()))
                element = self.plan.nearest(source).object.reference
                closed = "true" if state == "closed" else "false"
                found += [level, pydyf.String(title), pydyf.Array(place), element, closed]
        return found


def _entries(node: Node, entry: Node | None) -> Iterator[tuple[Node, Node]]:
    """Each link in a table of contents, after the entry that it stands in."""
    for kid in node.kids:
        if isinstance(kid, Node):
            if kid.type == "Link" and entry is not None:
                yield entry, kid
            yield from _entries(kid, {"TOCI": kid, "TOC": None}.get(kid.type, entry))
