"""Writes a comparison into the newer document: what came is `<ins>`, what went is `<del>`, in its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from lxml import etree
from msgspec.structs import replace

from builder.diff.compare import BlockChange, UnitChange, reading_order
from builder.diff.sides import Side
from builder.diff.units import Unit
from builder.diff.words import GONE, NEW, Run, Word
from builder.model import Document

_ITEMS = {"li": "li", "dd": "dd", "dt": "dd", "tr": "tr"}
"""What a block that went becomes beside one of these; beside any other it is a paragraph."""


def mark_document(old: Side, new: Side, changes: Sequence[UnitChange]) -> Document:
    """The newer document with its changes marked; the trees of `new` are used up."""
    edits = _Edits()
    by_id = {change.id: change for change in changes}
    gone: list[tuple[Unit, Unit | None]] = []
    before: Unit | None = None
    for name in reading_order(old.text, new.text):
        unit = new.text.units.get(name)
        if unit is None:
            gone.append((old.text.units[name], before))
        elif unit.root is not None:
            before = unit
            for block in by_id[name].blocks if name in by_id else ():
                edits.note(unit, block)
    first = next((unit for unit in new.text.units.values() if unit.root is not None), None)
    edits.write()
    for removed, place in reversed(gone):
        _put_section(removed, place or first, place is None)
    chapters = tuple(
        replace(chapter, **{key: _inner(trees[key]) for key in ("title", "standfirst", "html")})
        for chapter, trees in zip(new.document.chapters, new.text.trees, strict=True)
    )
    return replace(new.document, chapters=chapters)


class _Edits:
    """Gathers what to write before the trees change, since places are offsets in their text."""

    def __init__(self) -> None:
        self.slots: dict[tuple[Any, str], list[tuple[int, int, str]]] = defaultdict(list)
        """By slot: start, end and the text that went; where nothing went, what stands there came."""
        self.blocks: list[tuple[Unit, BlockChange]] = []

    def note(self, unit: Unit, change: BlockChange) -> None:
        """Remembers a changed block of a unit."""
        if change.new is None:
            self.blocks.append((unit, change))
            return
        last: Word | None = None
        for index, run in enumerate(change.runs):
            if run.kind == NEW:
                self._came(run.words)
            elif run.kind == GONE:
                after = [
                    word for later in change.runs[index + 1 :] if later.kind != GONE for word in later.words
                ]
                self._went(run, last, next(filter(_has_place, after), None))
            if run.kind != GONE:
                last = next(filter(_has_place, reversed(run.words)), last)

    def _came(self, words: Sequence[Word]) -> None:
        start: Word | None = None
        end: Word | None = None
        for word in [*words, None]:
            if word is not None and word.is_picture:
                word.slot[0].set("class", " ".join(filter(None, (word.slot[0].get("class"), "came"))))
            if start is not None and end is not None and (word is None or word.slot != start.slot):
                self.slots[start.slot].append((start.start, end.end, ""))
                start = None
            if word is not None and _has_place(word):
                start, end = start or word, word

    def _went(self, run: Run, last: Word | None, following: Word | None) -> None:
        text = run.text.strip()
        if following is not None:
            self.slots[following.slot].append((following.start, following.start, f"{text} "))
        elif last is not None:
            self.slots[last.slot].append((last.end, last.end, f" {text}"))

    def write(self) -> None:
        """Changes the trees: words first, then whole blocks."""
        for (element, kind), edits in self.slots.items():
            _write_slot(element, kind, sorted(edits, key=lambda edit: (edit[0], edit[1])))
        for unit, change in reversed(self.blocks):
            _put_block(unit, change)


def _has_place(word: Word) -> bool:
    return word.slot is not None and not word.is_picture


def _write_slot(element: Any, kind: str, edits: list[tuple[int, int, str]]) -> None:
    """Parts the text of a slot by `<ins>` and `<del>`; a slot is written once."""
    text = getattr(element, kind) or ""
    made: list[Any] = []
    lead, position = "", 0
    for start, end, gone in edits:
        plain = text[position:start]
        # Without it WeasyPrint breaks the line at its first word, as before any inline element.
        plain += "\u200b" if plain.endswith(" ") else ""
        if made:
            made[-1].tail = plain
        else:
            lead = plain
        node = etree.Element("del" if gone else "ins")
        node.text = gone or text[start:end]
        made.append(node)
        position = max(end, start)
    made[-1].tail = text[position:]
    setattr(element, kind, lead)
    holder, index = (
        (element, 0) if kind == "text" else (element.getparent(), element.getparent().index(element) + 1)
    )
    for offset, node in enumerate(made):
        tail = node.tail
        holder.insert(index + offset, node)
        node.tail = tail


def _put_block(unit: Unit, change: BlockChange) -> None:
    """Puts a block that went behind the one that it followed; they are put from the last to the first."""
    text = "".join(run.text for run in change.runs).strip()
    if change.position:
        beside, is_before = unit.blocks[change.position - 1].element, False
    else:
        beside, is_before = (unit.blocks[0].element if unit.blocks else unit.root), True
    if beside.tag == "root":
        unit.root.insert(0, _paragraph(text))
        return
    tag = _ITEMS.get(beside.tag, "p")
    node = _paragraph(text) if tag == "p" else etree.Element(tag, {"class": "gone"})
    if tag == "tr":
        cells = sum(int(cell.get("colspan") or 1) for cell in beside)
        etree.SubElement(etree.SubElement(node, "td", colspan=str(cells)), "del").text = text
    elif tag != "p":
        etree.SubElement(node, "del").text = text
    (beside.addprevious if is_before else beside.addnext)(node)


def _paragraph(text: str) -> Any:
    node = etree.Element("p", {"class": "gone"})
    etree.SubElement(node, "del").text = text
    return node


def _put_section(unit: Unit, place: Unit | None, is_first: bool) -> None:
    """Puts a section that went behind the text of the section that it followed."""
    if place is None:
        return
    holder = etree.Element("div", {"class": "gone"})
    for block in unit.blocks:
        holder.append(_paragraph("".join(Run(GONE, tuple(block.words)).text).strip()))
    nested = next((child for child in place.root if "section" in (child.get("class") or "").split()), None)
    if is_first:
        place.root.insert(0, holder)
    elif nested is not None:
        nested.addprevious(holder)
    else:
        place.root.append(holder)


def _inner(tree: Any) -> str:
    """The inside of a tree as HTML, in which empty elements keep their end tags, as the engine needs."""
    html = etree.tostring(tree, encoding="unicode", method="html")
    return html.split(">", 1)[1].rsplit("<", 1)[0] if len(tree) or tree.text else ""
