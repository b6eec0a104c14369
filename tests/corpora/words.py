"""A second witness, without the builder: the words of the source as plain CommonMark reads them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

from chapters import chapters_of
from corpus import Corpus, lines_of
from lxml import etree, html
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from read_back import epub_documents

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060"))
_BLOCKS = {
    "p", "li", "dt", "dd", "td", "th", "caption", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6",
    "br", "div", "pre", "blockquote",
}  # fmt: skip
_NOTE_MARKS = "//*[contains(@class, 'footnote-ref') or contains(@class, 'footnote-backref')]"


def lost_words(corpus: Corpus, epub: Path) -> list[str]:
    """Words that the source has more often than the chapters and notes of the EPUB."""
    return sorted((_source_words(corpus) - _epub_words(epub)).elements())


def _source_words(corpus: Corpus) -> Counter[str]:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(footnote_plugin)
    found: Counter[str] = Counter()
    for chapter in (chapter for part in chapters_of(corpus) for chapter in part):
        lines = lines_of("\n".join(chapter.lines))
        text = "\n".join(
            "" if line.text.lstrip().startswith(":::") and not line.is_code else line.text for line in lines
        )
        root = html.fragment_fromstring(reader.render(f"# {chapter.title}\n\n{text}"), create_parent="div")
        for mark in root.xpath(_NOTE_MARKS):
            mark.drop_tree()
        found += _words(root)
    return found


def _epub_words(epub: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for name, root in epub_documents(epub):
        if name.startswith(("chapter-", "notes")):
            found += _words(root)
    return found


def _words(root: etree._Element) -> Counter[str]:
    parts = []
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        if event == "start":
            is_mark = "noteref" in (element.get("class") or "").split()
            parts.append(" " if is_mark else element.text or "")
        else:
            is_block = event == "end" and etree.QName(element).localname in _BLOCKS
            parts.append((" " if is_block else "") + (element.tail or ""))
    text = unicodedata.normalize("NFKC", "".join(parts)).translate(_INVISIBLE)
    return Counter(re.findall(r"\w+", text))
