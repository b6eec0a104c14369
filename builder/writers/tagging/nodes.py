"""The structure tree before it is written: elements, and the content that they own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from builder.writers.tagging.layout import Leaf, Region

INLINE = frozenset({"Span", "Em", "Strong", "Code", "Quote", "Link", "Reference", "Lbl"})
"""Types that stand in a line of text."""

FREE = frozenset({"Figure", "Formula", "Note", "FENote"})
"""Types that stand in a line of text or by themselves."""


class Content(Struct, eq=False):
    """Neighbouring text of one element, as marked in one or more streams."""

    owner: Node
    places: list[tuple[int, Any, int, int]] = field(default_factory=list)
    """The order in the text, the stream, the number and the page of each mark."""


class Node(Struct, eq=False):
    """An element of the structure tree."""

    type: str
    kids: list[Node | Leaf | Content]
    lang: str = ""
    alt: str = ""
    expansion: str = ""
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By owner: `Table`, `List`, `Layout`, `FENote`."""
    regions: tuple[Region, ...] = ()
    text: str = ""
    """What a link says."""
    target: str = ""
    """The anchor that a link leads to."""
    refs: list[Node] = field(default_factory=list)
    needs_id: bool = False
    headers: list[Node] = field(default_factory=list)
    """The header cells of a cell."""
    elements: tuple[Any, ...] = ()
    """HTML elements that it stands for."""
    object: Any = None
    """What was written for it."""

    def walk(self) -> Iterator[Node]:
        """The node and all nodes below it."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Node):
                yield from kid.walk()

    @property
    def is_inline(self) -> bool:
        """Whether it can't stand by itself among blocks."""
        return self.type in INLINE

    @property
    def is_block(self) -> bool:
        """Whether it can't stand in a line."""
        return self.type not in INLINE and self.type not in FREE


Kids = list[Node | Leaf]


def is_block(kid: Node | Leaf) -> bool:
    """Whether a kid can't stand in a line of text."""
    return isinstance(kid, Node) and kid.is_block


def is_free(kid: Node | Leaf) -> bool:
    """Whether a kid needs no paragraph around it."""
    return isinstance(kid, Node) and not kid.is_inline


def is_kept(node: Node) -> bool:
    """Whether a node has something to say; a table needs its empty cells, too."""
    return bool(node.kids or node.regions) or node.type in ("TD", "TH", "TR")


def blocks(kids: Kids) -> Kids:
    """The kids of an element that holds blocks: text between them becomes paragraphs."""
    made: Kids = []
    line: Kids = []

    def close() -> None:
        if line and all(is_free(kid) for kid in line):
            made.extend(line)
        elif line:
            made.extend(lift_notes(Node("P", list(line))))
        line.clear()

    for kid in kids:
        if is_block(kid):
            close()
            made.append(kid)
        else:
            line.append(kid)
    close()
    return made


def flow(kids: Kids) -> Kids:
    """The kids of an element that holds either text or blocks."""
    return blocks(kids) if any(is_block(kid) for kid in kids) else kids


def line(kids: Kids) -> Kids:
    """The kids of an element that holds text only: blocks give up what they hold."""
    made: Kids = []
    for kid in kids:
        made.extend(line(kid.kids) if is_block(kid) else [kid])
    return made


def lift_notes(node: Node) -> Kids:
    """A node of text, then the notes that it calls: in the middle of a sentence they would be read there."""
    notes = _take_notes(node)
    return [node, *notes]


def _take_notes(node: Node) -> list[Node]:
    found: list[Node] = []
    kept: Kids = []
    for kid in node.kids:
        if isinstance(kid, Node) and kid.type in ("Note", "FENote"):
            found.append(kid)
            found.extend(_take_notes(kid))
            continue
        if isinstance(kid, Node) and kid.is_inline:
            found.extend(_take_notes(kid))
        kept.append(kid)
    if found:
        node.kids = kept
    return found


def captioned(kids: Kids) -> Kids:
    """Puts a caption into the one table or picture beside it; every other one becomes what it holds."""
    captions = [kid for kid in kids if isinstance(kid, Node) and kid.type == "Caption"]
    if not captions:
        return kids
    held = [kid for kid in kids if isinstance(kid, Node) and kid.type in ("Table", "Figure")]
    if len(captions) != 1 or len(held) != 1 or any(_is_caption(kid) for kid in held[0].kids):
        return kids
    caption, target = captions[0], held[0]
    is_first = target.type == "Table" or kids.index(caption) < kids.index(target)
    target.kids = [caption, *target.kids] if is_first else [*target.kids, caption]
    return [kid for kid in kids if kid is not caption]


def _is_caption(kid: Any) -> bool:
    return isinstance(kid, Node) and kid.type == "Caption"


def edged(kids: Kids) -> Kids:
    """A caption stands first or last (ISO 14289-2, 8.2.5.27); any other one becomes what it holds."""
    made: Kids = []
    seen = False
    for n, kid in enumerate(kids):
        if _is_caption(kid) and (seen or n not in (0, len(kids) - 1)):
            made.extend(blocks(kid.kids))
            continue
        seen = seen or _is_caption(kid)
        made.append(kid)
    return made
