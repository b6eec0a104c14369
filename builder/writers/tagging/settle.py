"""The last steps of a plan: what is empty goes, text gets its marks, types fit their parents."""

from __future__ import annotations

from typing import Any

from builder.writers.tagging.layout import Leaf, union
from builder.writers.tagging.nodes import Content, Node, is_kept
from builder.writers.tagging.roles import INSTEAD


def prune(node: Node) -> None:
    """Takes out elements that hold nothing."""
    for kid in node.kids:
        if isinstance(kid, Node):
            prune(kid)
    node.kids = [kid for kid in node.kids if isinstance(kid, Leaf) or is_kept(kid)]


def settle(node: Node) -> None:
    """Joins neighbouring text into one content and lets each box know its own; pictures get their place."""
    made: list[Any] = []
    order = 0
    for kid in node.kids:
        if isinstance(kid, Node):
            settle(kid)
            made.append(kid)
            continue
        if not (made and isinstance(made[-1], Content)):
            made.append(Content(node))
        order += 1
        kid.box.content, kid.box.content_page, kid.box.content_order = made[-1], kid.page, order
    if node.type in ("Figure", "Formula"):
        places = [kid for kid in node.kids if isinstance(kid, Leaf)]
        if places:
            first = places[0].page
            place = union([leaf.place for leaf in places if leaf.page == first])
            node.attributes["Layout"] = {"BBox": (first, place)}
    node.kids = made


def substitute(node: Node) -> None:
    """Gives elements another type where PDF 2.0 does not let their parent hold them."""
    for kid in node.kids:
        if isinstance(kid, Node):
            parents, instead = INSTEAD.get(kid.type, ((), ""))
            if node.type in parents:
                kid.type = instead
            substitute(kid)
