"""The sections of a corpus as the builder wants them: one title each, headings that begin at `##`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from corpus import Corpus, Section, lines_of
from dialects import to_builder

_NAME = re.compile(r"[ \t]*(?:\((?P<label>[\w-]+)\)=|<a id ?=\"(?P<id>[^\"]*)\"></a>)[ \t]*")


@dataclass
class Heading:
    """A heading of the text, and every name that links may know it by."""

    line: int
    """Index among the lines of its chapter."""
    level: int
    text: str
    names: tuple[str, ...]
    audiences: tuple[str, ...]
    id: str = ""
    """Set when something links to it."""


@dataclass
class Chapter:
    """A section file in the making."""

    id: str
    path: str
    """Where its source stood in the original; links in it count from there."""
    file: Path
    title: str
    depth: int
    audiences: tuple[str, ...]
    """Who reads it; empty where everybody does."""
    names: tuple[str, ...]
    """The names that links may know its title by."""
    lines: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)


def chapters_of(corpus: Corpus) -> list[list[Chapter]]:
    """The chapters of each part."""
    paths = [section.path for section in corpus.sections()]
    known: set[str] = set()
    return [
        [chapter for section in part.sections for chapter in _Splitter(section, paths, known).split()]
        for part in corpus.parts
    ]


class _Splitter:
    """Makes one chapter of a section, or several where its text has several headings at the top."""

    def __init__(self, section: Section, paths: list[str], known: set[str]):
        self.section, self.paths, self.known = section, paths, known
        self.chapters: list[Chapter] = []
        self.texts = [to_builder(piece.text) for piece in section.pieces]
        levels = [
            len(line.heading["marks"]) for text in self.texts for line in lines_of(text) if line.heading
        ]
        self.has_title = bool(levels) and (not section.title or section.depth + 1 in levels)
        """Whether the text has its title as a heading; else it stands in the tree only."""
        self.top = min(levels, default=2) - (not self.has_title)
        first = section.pieces[0].audiences
        self.audiences = first if all(piece.audiences == first for piece in section.pieces) else ()

    def split(self) -> list[Chapter]:
        names: list[str] = []
        for piece, text in zip(self.section.pieces, self.texts, strict=True):
            own = () if self.audiences else piece.audiences
            outer = 7
            for line in lines_of(text):
                name = None if line.is_code else _NAME.fullmatch(line.text)
                heading = line.heading
                if name is not None:
                    names.append(name["label"] or name["id"])
                elif heading is not None:
                    level = len(heading["marks"])
                    outer = min(outer, level)
                    given = (*names, *filter(None, [heading["id"]]), slug(heading["text"]))
                    self._heading(heading, level, given, own if level == outer else ())
                    names = []
                elif self.chapters or (line.text.strip() and not line.text.startswith("<!--")):
                    self._chapter().lines.append(line.text)
            self._chapter().lines.append("")
        if len(self.chapters) > 1:
            _share_notes(self.chapters)
        return self.chapters

    def _chapter(self) -> Chapter:
        return self.chapters[-1] if self.chapters else self._begin(self.section.title, ())

    def _begin(self, title: str, names: tuple[str, ...]) -> Chapter:
        parts = Path(self.section.path).with_suffix("").parts[-2:]
        is_unique = sum(Path(path).stem == parts[-1] for path in self.paths) == 1
        base = slug(parts[-1] if is_unique else "-".join(parts)) if not self.chapters else slug(title)
        chapter = Chapter(
            identity(base, self.known), self.section.path, self.section.file, title, self.section.depth,
            self.audiences, names,
        )  # fmt: skip
        self.chapters.append(chapter)
        return chapter

    def _heading(
        self, found: re.Match[str], level: int, names: tuple[str, ...], audiences: tuple[str, ...]
    ) -> None:
        if self.has_title and level == self.top:
            self._begin(found["text"], names)
            return
        chapter = self._chapter()
        own = level - self.top + 1
        chapter.headings.append(Heading(len(chapter.lines), own, found["text"], names, audiences))
        chapter.lines.append(f"{found['quote']}{'#' * own} {found['text']}")


def _share_notes(chapters: list[Chapter]) -> None:
    """Puts each note of one line into the chapters that call it."""
    notes = {
        match.group(): line
        for chapter in chapters
        for line in chapter.lines
        if (match := re.match(r"\[\^[^\]]+\](?=:)", line))
    }
    for chapter in chapters:
        chapter.lines = ["" if line in notes.values() else line for line in chapter.lines]
        text = "\n".join(chapter.lines)
        for call, line in notes.items():
            if call in text:
                chapter.lines += ["", line]


def slug(text: str) -> str:
    """The name that GitHub and mdBook give to a heading."""
    return re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-")


def identity(base: str, known: set[str]) -> str:
    """An id of small letters, digits and single hyphens that nothing else has yet."""
    plain = re.sub(r"[^a-z0-9]+", "-", base.lower()).strip("-")[:56].strip("-") or "section"
    plain = plain if plain[0].isalpha() else f"s-{plain}"
    made, count = plain, 1
    while made in known:
        count += 1
        made = f"{plain}-{count}"
    known.add(made)
    return made
