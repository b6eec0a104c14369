"""The structure tree of a document, planned from its HTML before its pages are drawn."""

from __future__ import annotations

from typing import Any

from builder.writers.counters import mark_tree
from builder.writers.tagging.layout import Layout, Leaf, Reader, local
from builder.writers.tagging.lists import make_contents, make_definitions, make_list
from builder.writers.tagging.nodes import (
    Kids,
    Node,
    blocks,
    captioned,
    edged,
    flow,
    is_block,
    lift_notes,
    line,
)
from builder.writers.tagging.roles import BOXES, GROUPS, HEADINGS, PHRASES, PICTURES, TEXTS
from builder.writers.tagging.settle import prune, settle, substitute
from builder.writers.tagging.tables import make_table

_NO_ROLE = ("presentation", "none")


class Plan:
    """The structure tree of one document.

    Raises nothing: what can't be tagged well is listed in `problems`, for the caller to report.
    """

    def __init__(self, document: Any, is_archive: bool, prefix: str = "id") -> None:
        root = document._html.etree_element
        self.prefix = prefix
        """How the IDs begin: those of units that are bound to one file differ in it."""
        self.is_archive = is_archive
        """Whether the tree is for PDF 2.0."""
        self.language = root.get("lang") or ""
        self.problems: list[tuple[str, str]] = []
        """What is wrong with the HTML, and what to do."""
        self.by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
        self.hidden = _hidden(root)
        mark_tree(root)
        reader = Reader(root, self.hidden)
        self.layout: Layout = reader.read(document)
        self.parents = reader.parents
        self.counters = reader.counters
        self.made: dict[Any, Kids] = {}
        """What became of each HTML element."""
        self._in_contents = False
        body = root.find("body")
        self.tree = Node("Document", blocks(self.kids(body) if body is not None else []), elements=(root,))
        prune(self.tree)
        settle(self.tree)
        self._check_headings()
        if is_archive:
            substitute(self.tree)

    def kids(self, element: Any) -> Kids:
        """What stands in an element: its own text and what its children become, in the order of the HTML."""
        made: Kids = []
        leaves = self.layout.leaves.get(element, ())
        n = 0
        for index, child in enumerate(element):
            while n < len(leaves) and leaves[n].slot < index:
                made.append(leaves[n])
                n += 1
            made.extend(self.items(child))
        return [*made, *leaves[n:]]

    def items(self, element: Any) -> Kids:
        """What an element becomes: a structure element, its text alone, or nothing."""
        if not isinstance(element.tag, str) or element in self.hidden:
            return []
        outer, language = self.language, element.get("lang") or ""
        self.language = language or outer
        is_note = element in self.layout.calls
        made = self._footnote(element) if is_note else self._items(element)
        self.language = outer
        if language and language.lower() != outer.lower():
            made = _spoken(made, language)
        # A link to a note leads to the note, not to where it is called.
        self.made[element] = made[::-1] if is_note else made
        return made

    def node(self, kind: str, element: Any, kids: Kids, **values: Any) -> Node:
        """A structure element for an HTML element."""
        return Node(kind, kids, elements=(element,), **values)

    def _items(self, element: Any) -> Kids:
        name, role = local(element), element.get("role") or ""
        if name in PICTURES or role in ("img", "math"):
            return self._picture(element, "Formula" if role == "math" else "Figure")
        if name == "nav" or role == "doc-toc":
            outer, self._in_contents = self._in_contents, True
            made = self._group(element, name, "Sect")
            self._in_contents = outer
            return made
        if role == "caption" or name in ("caption", "figcaption"):
            return [self.node("Caption", element, flow(self.kids(element)))]
        if name in ("ul", "ol", "menu"):
            return make_contents(self, element) if self._in_contents else make_list(self, element)
        if name == "dl":
            return make_definitions(self, element)
        if name == "table" and role not in _NO_ROLE:
            return make_table(self, element)
        if name == "figure":
            return self._figure(element)
        if name in GROUPS:
            return self._group(element, name, GROUPS[name])
        if name in TEXTS:
            return self._text(element, TEXTS[name])
        if name in BOXES or name in ("table", "thead", "tbody", "tfoot", "tr", "td", "th", "li", "dt", "dd"):
            return blocks(captioned(self.kids(element)))
        return self._phrase(element, name)

    def _group(self, element: Any, name: str, kind: str) -> Kids:
        if name == "ol" or name == "ul":
            return make_contents(self, element)
        return [self.node(kind, element, blocks(captioned(self.kids(element))))]

    def _text(self, element: Any, kind: str) -> Kids:
        kids = self.kids(element)
        if any(is_block(kid) for kid in kids):
            if kind == "P":
                return blocks(captioned(kids))
            kids = line(kids)
        return lift_notes(self.node(kind, element, kids))

    def _phrase(self, element: Any, name: str) -> Kids:
        kids = self.kids(element)
        if name == "a" and self.layout.regions.get(element):
            link = self.node("Link", element, line(kids))
            link.regions = tuple(self.layout.regions[element])
            href = element.get("href") or ""
            link.target = href[1:] if href.startswith("#") else ""
            link.text = element.get("aria-label") or _words(link) or element.get("title") or href
            return [link]
        if any(is_block(kid) for kid in kids):
            return kids
        if name in PHRASES and kids:
            return [self.node(PHRASES[name], element, kids)]
        if name == "abbr" and element.get("title") and kids:
            return [self.node("Span", element, kids, expansion=element.get("title"))]
        return kids

    def _footnote(self, element: Any) -> Kids:
        call = Node("Reference", list(self.layout.calls[element]))
        label = [Node("Lbl", self.layout.labels[element])] if element in self.layout.labels else []
        kids = self.kids(element)
        body = blocks(kids) if any(is_block(kid) for kid in kids) else kids
        note = self.node("FENote" if self.is_archive else "Note", element, [*label, *body], needs_id=True)
        if self.is_archive:
            note.attributes["FENote"] = {"NoteType": "/Footnote"}
            connect(call, note)
        return [call, note]

    def _picture(self, element: Any, kind: str) -> Kids:
        alt = self._description(element)
        kids = line(self.kids(element))
        if not kids:
            return []
        if not alt:
            what = f"a picture without a description: '{element.get('src') or local(element)}'"
            hint = "give it alt or aria-label, an SVG a <title>, or aria-hidden if it says nothing"
            self.problems.append((what, hint))
        return [self.node(kind, element, kids, alt=alt)]

    def _description(self, element: Any) -> str:
        """The name of a picture, as browsers find it, and the description that an SVG holds."""
        names = [
            self.by_id[name] for name in (element.get("aria-labelledby") or "").split() if name in self.by_id
        ]
        parts = [" ".join(" ".join(name.itertext()) for name in names)]
        parts += [element.get("aria-label") or "", element.get("alt") or ""]
        found = {local(child): "".join(child.itertext()) for child in reversed(element)}
        parts += [found.get("title", "") if local(element) == "svg" else element.get("title") or ""]
        name = next((" ".join(part.split()) for part in parts if part.strip()), "")
        more = " ".join(found.get("desc", "").split())
        if element.get("role") == "math" and not name:
            name = " ".join("".join(element.itertext()).split())
        return f"{name.rstrip('.')}. {more}" if name and more else name or more

    def _figure(self, element: Any) -> Kids:
        kids = blocks(self.kids(element))
        made = captioned(kids)
        captions = [kid for kid in made if isinstance(kid, Node) and kid.type == "Caption"]
        if not captions:
            return made
        if len(captions) == len(made):
            return [each for caption in captions for each in blocks(caption.kids)]
        return [self.node("Sect", element, edged(made))]

    def _check_headings(self) -> None:
        previous = 0
        for node in self.tree.walk():
            if node.type in HEADINGS:
                level = int(node.type[1])
                if level > previous + 1:
                    what = f"a heading of level {level} below one of level {previous}"
                    self.problems.append((what, f"write h{previous + 1}"))
                previous = level

    def resolve(self, anchor: str) -> Node:
        """The structure element that an anchor names, or the nearest one around it."""
        return self.nearest(self.by_id.get(anchor))

    def nearest(self, element: Any) -> Node:
        """The structure element of an HTML element, or the nearest one around it."""
        while element is not None:
            for item in self.made.get(element, ()):
                node = item if isinstance(item, Node) else getattr(item.box, "content", None)
                node = getattr(node, "owner", node)
                if isinstance(node, Node) and node.object is not None:
                    return node
            element = self.parents.get(element)
        return self.tree


def connect(call: Node, note: Node) -> None:
    """Makes a note and what refers to it know of each other (ISO 14289-2, 8.2.5.14)."""
    call.refs.append(note)
    note.refs.append(call)


def _hidden(root: Any) -> set[Any]:
    """Elements that are decoration, with all that they hold."""
    found: set[Any] = set()
    for element in root.iter():
        name, role = local(element), element.get("role") or ""
        is_empty = name == "img" and element.get("alt") is not None and not element.get("alt").strip()
        is_bare = role in _NO_ROLE and name in PICTURES
        if element.get("aria-hidden") == "true" or is_empty or is_bare:
            found.update(element.iter())
    return found


def _spoken(made: Kids, language: str) -> Kids:
    if any(isinstance(kid, Leaf) or kid.is_inline for kid in made) and not any(is_block(kid) for kid in made):
        if len(made) == 1 and isinstance(made[0], Node):
            made[0].lang = made[0].lang or language
            return made
        return [Node("Span", made, lang=language)]
    for kid in made:
        if isinstance(kid, Node):
            kid.lang = kid.lang or language
    return made


def _words(node: Node) -> str:
    """The text of a link: of its lines and of its pictures."""
    parts: list[str] = []

    def collect(kids: Kids) -> None:
        for kid in kids:
            if isinstance(kid, Leaf):
                parts.append(getattr(kid.box, "text", ""))
            elif kid.alt:
                parts.append(kid.alt)
            else:
                collect(kid.kids)

    collect(node.kids)
    element = node.elements[0]
    text = "".join(element.itertext())
    return " ".join((text if text.strip() else " ".join(parts)).split())
