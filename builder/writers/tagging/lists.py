"""Lists, definitions and tables of contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from builder.writers.tagging.layout import BEFORE, Leaf, local
from builder.writers.tagging.nodes import Kids, Node, blocks, flow, lift_notes, line
from builder.writers.tagging.roles import NUMBERINGS

if TYPE_CHECKING:
    from builder.writers.tagging.plan import Plan


def make_list(plan: Plan, element: Any) -> Kids:
    """A list: each item has its bullet or number, where it shows one, and a body."""
    kids: Kids = []
    for child in element:
        if child in plan.hidden:
            continue
        if local(child) == "li":
            kids.extend(_item(plan, child))
            continue
        made = plan.items(child)
        if all(isinstance(kid, Node) and kid.type == "L" for kid in made):
            kids.extend(made)
        else:
            kids.append(Node("LI", [Node("LBody", flow(made))]))
    if not kids:
        return []
    made = plan.node("L", element, kids)
    made.attributes["List"] = {"ListNumbering": f"/{_numbering(plan, element, made)}"}
    return [made]


def _item(plan: Plan, element: Any) -> Kids:
    label: Kids = list(plan.layout.labels.get(element, []))
    outer, language = plan.language, element.get("lang") or ""
    plan.language = language or outer
    body = plan.kids(element)
    plan.language = outer
    if not label:
        # A list without bullets that prints a number before each item: that is its label.
        while (
            body and isinstance(body[0], Leaf) and body[0].slot == BEFORE and body[0].box.element is element
        ):
            label.append(body.pop(0))
    kids: Kids = [Node("Lbl", label)] if label else []
    if body:
        kids.append(Node("LBody", flow(body)))
    item = plan.node("LI", element, kids, lang=language if language and language != outer else "")
    plan.made[element] = [item]
    return [item] if kids else []


def _numbering(plan: Plan, element: Any, made: Node) -> str:
    styles = [plan.layout.numbering[child] for child in element if child in plan.layout.numbering]
    style = styles[0] if styles else "none"
    is_ordered = local(element) == "ol"
    if isinstance(style, str) and style in NUMBERINGS:
        return NUMBERINGS[style]
    has_labels = any(
        isinstance(kid, Node) and kid.kids and isinstance(kid.kids[0], Node) and kid.kids[0].type == "Lbl"
        for kid in made.kids
    )
    if style == "none" and not has_labels:
        return "Ordered" if plan.is_archive and is_ordered else "None"
    if plan.is_archive:
        return "Ordered" if is_ordered else "Unordered"
    return "Decimal" if is_ordered else "Disc"


def make_definitions(plan: Plan, element: Any) -> Kids:
    """A list of terms and what they mean; terms in a row share a meaning, and `div` may hold a group."""
    items: list[Node] = []
    pending: list[tuple[str, Any]] = []

    def close(group: Any = None) -> None:
        if pending:
            items.extend(_definition(plan, list(pending), group))
        pending.clear()

    for child in element:
        name = local(child)
        if child in plan.hidden or not name:
            continue
        if name == "div":
            close()
            inside = [(local(each), each) for each in child if local(each) in ("dt", "dd")]
            if inside:
                items.extend(_definition(plan, inside, child))
            else:
                items.append(Node("LI", [Node("LBody", flow(plan.items(child)))]))
        elif name in ("dt", "dd"):
            if name == "dt" and pending and pending[-1][0] == "dd":
                close()
            pending.append((name, child))
        else:
            close()
            items.append(Node("LI", [Node("LBody", flow(plan.items(child)))]))
    close()
    if not items:
        return []
    made = plan.node("L", element, list(items))
    made.attributes["List"] = {"ListNumbering": "/Description" if plan.is_archive else "/None"}
    return [made]


def _definition(plan: Plan, parts: list[tuple[str, Any]], group: Any) -> list[Node]:
    terms = [element for name, element in parts if name == "dt"]
    meanings = [element for name, element in parts if name == "dd"]
    label = _joined(plan, "Lbl", terms, "Span")
    body = _joined(plan, "LBody", meanings, "Div")
    if label is not None:
        label.kids = line(label.kids)
        label, *notes = lift_notes(label)
        if notes:
            body = body or Node("LBody", [])
            body.kids = [*blocks(body.kids), *notes]
    kids: Kids = [part for part in (label, body) if part is not None]
    item = Node("LI", kids, elements=(group,) if group is not None else ())
    if group is not None:
        plan.made[group] = [item]
    return [item] if kids else []


def _joined(plan: Plan, kind: str, elements: list[Any], part: str) -> Node | None:
    made: list[Node] = []
    for element in elements:
        outer, language = plan.language, element.get("lang") or ""
        plan.language = language or outer
        kids = plan.kids(element)
        plan.language = outer
        if kids:
            held = line(kids) if kind == "Lbl" else flow(kids)
            node = plan.node(part, element, held, lang=language if language and language != outer else "")
            plan.made[element] = [node]
            made.append(node)
    if not made:
        return None
    if len(made) == 1:
        made[0].type = kind
        return made[0]
    return Node(kind, list(made))


def make_contents(plan: Plan, element: Any) -> Kids:
    """A table of contents: lines with a number, if any, and a reference (ISO 32000-1, 14.8.4.3)."""
    kids = [item for child in element if local(child) == "li" for item in _entry(plan, child)]
    return [plan.node("TOC", element, list(kids))] if kids else []


def _entry(plan: Plan, element: Any) -> Kids:
    if element in plan.hidden:
        return []
    label: Kids = list(plan.layout.labels.get(element, []))
    words: Kids = []
    below: Kids = []
    has_link = False
    for kid in _lines(plan.kids(element)):
        if isinstance(kid, Node) and kid.type == "TOC":
            below.append(kid)
        elif isinstance(kid, Node) and kid.type == "Link":
            has_link = True
            words.append(kid)
        elif has_link or isinstance(kid, Node):
            words.append(kid)
        else:
            label.append(kid)
    if not has_link:
        label, words = [], [*label, *words]
    kids: Kids = [Node("Lbl", label)] if label else []
    if words:
        kids.append(Node("Reference" if has_link else "P", words))
    item = plan.node("TOCI", element, [*kids, *below])
    plan.made[element] = [item]
    return [item] if item.kids else []


def _lines(kids: Kids) -> Kids:
    """Text, links and tables of contents, out of whatever paragraphs are around them."""
    made: Kids = []
    for kid in kids:
        if isinstance(kid, Node) and kid.is_block and kid.type != "TOC":
            made.extend(_lines(kid.kids))
        else:
            made.append(kid)
    return made
