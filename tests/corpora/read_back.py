"""Reads a finished PDF or EPUB back as text, and as numbers of things."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from lxml import etree

_XHTML = "{http://www.w3.org/1999/xhtml}"
_LEFTOVERS = re.compile(r"\{[.#][^{}]*\}|\([\w-]+\)=")
HEAD, FOOT = 200, 1500
"""How many letters may stand between the text of two pages: the running head, and the notes at the foot."""
_SPLIT = re.compile(r"\s+(?=[,.;:](?:\s|$))")


@dataclass(frozen=True, slots=True)
class Text:
    """The letters of a file, page by page or document by document."""

    pages: tuple[str, ...]
    is_paged: bool

    def holds(self, phrase: str) -> bool:
        """Whether a phrase is on one page, or in one document of an EPUB."""
        return any(_pattern(phrase).search(page) for page in self.pages)

    def reads(self, phrase: str) -> bool:
        """Whether a phrase is on one page, or begins at the end of one and ends on the next."""
        words = [letters(word) for word in phrase.split()]
        halves = [("".join(words[:cut]), "".join(words[cut:])) for cut in range(1, len(words))]
        return self.holds(phrase) or any(
            self.is_paged and first in page[-FOOT:] and second in following[:HEAD]
            for page, following in zip(self.pages, self.pages[1:], strict=False)
            for first, second in halves
        )


def _pattern(phrase: str) -> re.Pattern[str]:
    # Where the oracle has a blank before a comma, it left out a reference: the builder writes its words.
    return re.compile(".{0,80}".join(letters(part) for part in _SPLIT.split(phrase)))


def letters(text: str) -> str:
    """A text without all that typesetting may change: case, marks, spaces, hyphens, numbers."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if char.isalpha())


def phrases(listed: list[str]) -> list[str]:
    """The phrases of the oracle that are text; some hold, or are, markup that it took for text."""
    clean = [" ".join(_LEFTOVERS.sub("", phrase).split()) for phrase in listed if not phrase.startswith("{")]
    return [phrase for phrase in clean if letters(phrase)]


def pdf_text(path: Path) -> Text:
    """The text of a PDF as a reader can copy it."""
    document = pypdfium2.PdfDocument(path)
    try:
        pages = tuple(letters(page.get_textpage().get_text_bounded()) for page in document)
    finally:
        document.close()
    return Text(pages, is_paged=True)


def epub_text(path: Path) -> Text:
    """The text of every document of an EPUB."""
    return Text(tuple(letters(" ".join(root.itertext())) for _, root in epub_documents(path)), is_paged=False)


def epub_counts(path: Path) -> dict[str, int]:
    """How many headings, tables, code blocks, pictures, calls of notes and words the chapters have."""
    found: Counter[str] = Counter()
    for name, root in epub_documents(path):
        if not name.startswith("chapter-"):
            continue
        for element in root.iter():
            tag = element.tag.removeprefix(_XHTML) if isinstance(element.tag, str) else ""
            classes = (element.get("class") or "").split()
            found["headings"] += bool(re.fullmatch("h[1-6]", tag))
            found["tables"] += "table" in classes or (tag == "table" and not _is_in_table(element))
            found["fences"] += tag == "pre"
            found["images"] += tag == "img" or "missing-image" in classes
            found["footnote refs"] += "noteref" in classes and not _is_repeated(element)
        found["words"] += len(" ".join(root.find(f"{_XHTML}body").itertext()).split())
    return dict(found)


def _is_in_table(element: etree._Element) -> bool:
    """Whether an element belongs to a table of the builder, which may be parted for a narrow screen."""
    return any("table" in (above.get("class") or "").split() for above in element.iterancestors())


def _is_repeated(call: etree._Element) -> bool:
    """Whether the call of a note stands in a column that a parted table repeats: there it has no id."""
    if call.get("id") or not _is_in_table(call):
        return False
    table = next(above for above in call.iterancestors() if "table" in (above.get("class") or "").split())
    return any(each is not call and each.get("href") == call.get("href") for each in table.iter(call.tag))


def captions(path: Path) -> dict[str, int]:
    """The letters of each caption of an EPUB, and how often they are in its chapters."""
    chapters = [root for name, root in epub_documents(path) if name.startswith("chapter-")]
    found = {
        letters(" ".join(element.itertext()))
        for root in chapters
        for element in root.iterfind(f".//{_XHTML}figcaption//{_XHTML}span[@class='caption']")
    }
    text = "".join(letters(" ".join(root.itertext())) for root in chapters)
    return {caption: text.count(caption) for caption in found if caption}


def epub_documents(path: Path) -> list[tuple[str, etree._Element]]:
    """The name and the root of every XHTML document."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xhtml")]
        return [(name.rsplit("/", 1)[1], etree.fromstring(archive.read(name))) for name in sorted(names)]
