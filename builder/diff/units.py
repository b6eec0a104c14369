"""An edition as units that can be compared: its sections, their blocks, the words of each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from msgspec import Struct, field

from builder.diff.words import INVISIBLE, WORD, Word, words_in
from builder.model import Chapter, Document, Entry

_BLOCKS = {
    "address", "article", "aside", "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "root", "section",
    "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
}  # fmt: skip
_APART = {"caption", "subtitle", "source", "credit", "text"}
"""Classes of spans that stand on lines of their own, with no white space before them."""
_NUMBER = re.compile(r"\d+|\b[IVXLC]+\b")


class Block(Struct):
    """A paragraph, item, heading, row, caption or picture."""

    element: Any
    """The element whose words these are."""
    words: list[Word] = field(default_factory=list)
    at: str = ""
    """File and line, as far as they are known."""
    is_open: bool = False
    """Whether what was read last is white space."""


class Unit(Struct):
    """A section with its own blocks; those of its subsections are units of their own."""

    id: str
    title: str
    parent: str
    """The id of the section or part that holds it; empty at the top."""
    blocks: list[Block] = field(default_factory=list)
    root: Any = None
    """The element that holds the section's text."""


class Text(Struct):
    """One side of a comparison: its units in reading order, and the trees that their words stand in."""

    units: dict[str, Unit]
    trees: list[dict[str, Any]]
    """For each chapter of the document its `title`, `standfirst` and `html` as trees."""


def text_of_document(document: Document) -> Text:
    """Parts a document into units, and each unit into blocks of words."""
    reader = _Reader(document)
    meta = document.metadata
    front = Unit("front", meta.title, "")
    names = ", ".join(author.name for author in meta.authors)
    for line in (meta.title, meta.subtitle, names, meta.audience, meta.description, meta.date.isoformat()):
        if line:
            front.blocks.append(Block(None, words_in(line)))
    units = {"front": front}
    parents = dict(_parents(document.contents, ""))
    trees = []
    for chapter in document.chapters:
        trees.append(reader.chapter(chapter, parents.get(chapter.anchor, ""), units))
    return Text(units, trees)


def identity(anchor: str, title: str) -> str:
    """What tells a section from others in both texts: parts are counted, so that only their title does."""
    return f"part: {title}" if re.fullmatch(r"part-\d+", anchor) else anchor.removeprefix("sec-")


def _parents(entries: tuple[Entry, ...], parent: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        if entry.kind != "heading":
            yield entry.anchor, parent
            yield from _parents(entry.children, identity(entry.anchor, entry.plain))


def _titles(entries: tuple[Entry, ...]) -> Iterator[tuple[str, list[str]]]:
    for entry in entries:
        if entry.number:
            yield entry.anchor, _plain_words(entry.plain)
        yield from _titles(entry.children)


def _plain_words(text: str) -> list[str]:
    return [word for match in WORD.finditer(text) if (word := INVISIBLE.sub("", match[0]))]


def _parse(html: str) -> Any:
    return etree.fromstring(f'<root xmlns:epub="http://www.idpf.org/2007/ops">{html}</root>')


class _Reader:
    def __init__(self, document: Document):
        self.pictures = {asset.name: hashlib.sha256(asset.data).hexdigest() for asset in document.assets}
        self.titles = dict(_titles(document.contents))
        """The words of each numbered title by its anchor: a reference prints them behind the number."""
        self.sources: dict[str, str] = {}
        """The entry of the bibliography by its anchor: numbers of citations depend on the edition."""
        for chapter in document.chapters:
            for item in _parse(chapter.html).iterfind(".//li[@id]") if 'id="ref-' in chapter.html else ():
                self.sources[f"#{item.get('id')}"] = "".join(item.itertext())

    def chapter(self, chapter: Chapter, parent: str, units: dict[str, Unit]) -> dict[str, Any]:
        trees = {key: _parse(getattr(chapter, key)) for key in ("title", "standfirst", "html")}
        unit = Unit(
            identity(chapter.anchor, chapter.plain_title), chapter.plain_title, parent, root=trees["html"]
        )
        units[unit.id] = unit
        for tree in trees.values():
            self._walk(tree, unit, Block(tree), units)
        for note in chapter.notes:
            trees[note.anchor] = _parse(note.html)
            self._walk(trees[note.anchor], unit, Block(trees[note.anchor]), units)
        return trees

    def _walk(self, element: Any, unit: Unit, block: Block, units: dict[str, Unit]) -> Block:
        """Reads an element into the open block; returns the block that is open after it."""
        if not isinstance(element.tag, str):
            return block
        outer, tag, classes = (
            (unit, block),
            etree.QName(element).localname,
            (element.get("class") or "").split(),
        )
        if tag == "section" and "section" in classes:
            title = _heading(element)
            unit = Unit(identity(element.get("id"), title), title, unit.id, root=element)
            units[unit.id] = unit
        if tag in _BLOCKS:
            _close(*outer)
            block = Block(element, at=element.get("data-at") or block.at)
        if tag == "img":
            self._picture(element, block)
        elif tag in ("td", "th") and block.words:
            block.words.append(Word("|", "|", True))
            block.is_open = True
        elif "footnote" in classes:
            block.words.append(Word("[note:", "[note:", True))
            block.is_open = True
        self._slot(element, "text", block)
        for child in element:
            block = self._walk(child, unit, block, units)
            self._slot(child, "tail", block)
        if "footnote" in classes:
            block.words.append(Word("]", "]", False))
        if tag not in _BLOCKS:
            return block
        _close(unit, block)
        # What follows in the outer element is a block of its own: this one stood between.
        return Block(outer[1].element, at=outer[1].at)

    def _picture(self, element: Any, block: Block) -> None:
        alt = element.get("alt") or ""
        key = (self.pictures.get(element.get("src") or ""), alt)
        block.words.append(Word(f"[picture: {alt}]", key, True, (element, "self")))

    def _slot(self, element: Any, kind: str, block: Block) -> None:
        text = getattr(element, kind) or ""
        owner = element if kind == "text" else element.getparent()
        if owner.get("class") == "section-number":
            return  # The builder's own: another section before it would change it.
        own = self._own(element) if kind == "text" else 0
        is_apart = kind == "text" and not _APART.isdisjoint((element.get("class") or "").split())
        for match in WORD.finditer(text):
            word = INVISIBLE.sub("", match[0])
            if not word:
                continue
            if own:
                own -= 1
                continue
            before = text[: match.start()]
            has_space = _ends_in_space(before) if before else block.is_open or is_apart
            place = (element, kind), match.start(), match.end()
            block.words.append(Word(word, self._key(owner, word), has_space, *place))
        if text:
            block.is_open = _ends_in_space(text)

    def _own(self, element: Any) -> int:
        """How many words of a reference are the builder's own: "chapter 2," before the title that it repeats."""
        if element.get("class") not in ("xref", "xref counter"):
            return 0
        title = self.titles.get((element.get("href") or "").rpartition("#")[2], [])
        words = _plain_words("".join(element.itertext()))
        return len(words) - len(title) if title and words[-len(title) :] == title else 0

    def _key(self, owner: Any, word: str) -> Any:
        """What a word is compared by: the builder's own numbers say nothing of the text."""
        kind = (owner.get("class") or "").split()
        if "citation" in kind and owner.tag == "a":
            return ("source", self.sources.get((owner.get("href") or "").split("xhtml")[-1], word))
        if {"xref", "label", "note-again", "noteref"} & set(kind):
            return _NUMBER.sub("#", word)
        return word


def _heading(section: Any) -> str:
    """The title of a subsection, without its number."""
    heading = next((each for each in section if str(each.tag)[:1] == "h"), None)
    if heading is None:
        return ""
    numbers = [each for each in heading.iterfind("span") if each.get("class") == "section-number"]
    words = "".join(heading.itertext())
    return " ".join(
        INVISIBLE.sub("", words.removeprefix(numbers[0].text or "") if numbers else words).split()
    )


def _close(unit: Unit, block: Block) -> None:
    if block.words:
        unit.blocks.append(block)


def _ends_in_space(text: str) -> bool:
    return text[-1:].isspace() or text[-1:] == "\u200b"
