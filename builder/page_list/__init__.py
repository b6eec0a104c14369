"""The page list of an ebook: a mark at the word with which each page of the edition's PDF begins."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from msgspec import Struct, field

from builder.page_list.places import END, START, read_file
from builder.page_list.words import BREAK, WORD, Words, match_words
from builder.writers.layout import Line, Page

FRONT = ("title.xhtml", "imprint.xhtml", "nav.xhtml")
"""What stands before the chapters of an ebook, in reading order; a PDF has the same on its first pages."""
_HYPHEN = "\u2010"
"""The sign that the engine sets where it breaks a word; an author's own hyphen is U+002D or U+2011."""
_PREFIX = ' xmlns:epub="http://www.idpf.org/2007/ops"'
_SIGN = '<span{} epub:type="pagebreak" role="doc-pagebreak" id="{}" aria-label="{}"></span>'


class Stretch(Struct):
    """The lines of one chapter, or of what stands before or behind all chapters, with the pages that begin in it."""

    unit: str | None
    """The anchor of the chapter; empty before the first one, None behind the last."""
    lines: list[str] = field(default_factory=list)
    size: int = 0
    """The length of the lines."""
    starts: list[tuple[int, int]] = field(default_factory=list)
    """Where a page begins in the lines, and the index of the page."""

    def add(self, line: Line, page: int | None) -> None:
        """Adds a line, which may end a word that the line above has begun; `page` is the one that it begins."""
        if self.lines and self.lines[-1][-2:-1] == _HYPHEN:
            self.lines[-1] = self.lines[-1][:-2]
            self.size -= 2
        if page is not None:
            self.starts.append((self.size, page))
        self.lines.append(line.text.rstrip() + (BREAK if line.is_last else "\n"))
        self.size += len(self.lines[-1])


class Paged(Struct, frozen=True):
    """The PDF of an edition, as far as its ebook follows it."""

    identifier: str
    """Its `urn:uuid:`, which is not the ebook's."""
    folios: tuple[str, ...]
    """The number of each page."""
    stretches: tuple[Stretch, ...]


def paged_of(identifier: str, pages: Sequence[Page]) -> Paged:
    """What an ebook follows of the PDF that has these pages."""
    return Paged(identifier, tuple(str(page.number) for page in pages), tuple(_stretches(pages)))


class Mark(Struct, frozen=True):
    """Where a page of the PDF begins in the ebook."""

    folio: str
    id: str
    file: str
    offset: int
    """Bytes of the file before it."""

    @property
    def href(self) -> str:
        """The address of the place."""
        return f"{self.file}#{self.id}"


def plan_pages(
    files: Mapping[str, str], chapters: Mapping[str, str], paged: Paged
) -> tuple[Mark, ...]:
    """The place of every page, in ascending order; `chapters` leads from anchors to files, in reading order.

    A page begins at its first word that the ebook has as well. A page without such a word, a blank one or
    one with a picture alone, begins where the next page does, or at the end of the last chapter.
    """
    read = {name: read_file(files[name].encode()) for name in (*FRONT, *chapters.values())}
    order = list(read)
    following: tuple[str, int] = (order[-1], END)
    spots: dict[int, tuple[str, int]] = {}
    for stretch in reversed(paged.stretches):
        names = FRONT if stretch.unit == "" else [chapters[stretch.unit]] if stretch.unit in chapters else []
        # Lists of figures and tables, which the ebook has not, go with the contents.
        following = (FRONT[-1], START) if stretch.unit == "" else following
        found = _Found("".join(stretch.lines), {name: read[name].text for name in names})
        for start, page in stretch.starts:
            spots[page] = found.place(start) or following
        following = found.place(0) or following
    prefix, marks = _prefix(files.values()), []
    place = (len(order) - 1, read[order[-1]].place(END))
    for index in range(len(paged.folios) - 1, -1, -1):
        if index in spots:
            name, at = spots[index]
            place = min(place, (order.index(name), read[name].place(at)))
        folio = paged.folios[index]
        marks.append(Mark(folio, prefix + folio, order[place[0]], place[1]))
    return tuple(reversed(marks))


class _Found:
    """The words of a stretch of lines in the files of the ebook that say the same."""

    def __init__(self, lines: str, files: Mapping[str, str]) -> None:
        self.names = list(files)
        self.begins = [0, *accumulate(len(text) + len(BREAK) for text in files.values())][:-1]
        self.printed, self.shown = Words(lines), Words(BREAK.join(files.values()))
        self.known = match_words(self.printed, self.shown)
        self.leading: dict[int, int] = {}
        """The first known word of print in each file, by the number of the file."""
        for index, word in enumerate(self.known):
            if len(self.leading) == len(files):
                break
            if word >= 0:
                self.leading.setdefault(self._file(word), index)

    def _file(self, word: int) -> int:
        return bisect_right(self.begins, self.shown.at[word]) - 1

    def place(self, start: int) -> tuple[str, int] | None:
        """File and index of the first known word at or behind an index in the lines; None where there is none."""
        for index in range(bisect_left(self.printed.at, start), len(self.known)):
            if (word := self.known[index]) >= 0:
                number = self._file(word)
                is_leading = index == self.leading[number]
                return self.names[number], START if is_leading else self.shown.at[word] - self.begins[number]
        return None


def mark_pages(name: str, text: str, marks: Iterable[Mark]) -> str:
    """The file with the marks that belong to it, each an element without a word of its own (DPUB-ARIA 1.1, doc-pagebreak)."""
    data, parts, at = text.encode(), [], 0
    prefix = "" if _PREFIX in text else _PREFIX
    for mark in marks:
        if mark.file == name:
            parts += [data[at : mark.offset].decode(), _SIGN.format(prefix, mark.id, mark.folio)]
            at = mark.offset
    return "".join([*parts, data[at:].decode()])


def _prefix(texts: Iterable[str]) -> str:
    """What the id of a mark begins with, and no other id."""
    prefix, texts = "page-", list(texts)
    while any(f'id="{prefix}' in text for text in texts):
        prefix = f"pdf-{prefix}"
    return prefix


def _stretches(pages: Sequence[Page]) -> list[Stretch]:
    found = {"": Stretch("")}
    behind = Stretch(None)
    for index, page in enumerate(pages):
        is_begun = False
        for line in page.lines:
            is_behind = not line.unit and len(found) > 1
            stretch = behind if is_behind else found.setdefault(line.unit, Stretch(line.unit))
            is_first = not is_begun and WORD.search(line.text) is not None
            stretch.add(line, index if is_first else None)
            is_begun = is_begun or is_first
    return [*found.values(), behind]
