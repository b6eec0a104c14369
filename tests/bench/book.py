"""A book of any length from the handbook's own sentences: the same words in every run, and in plain Markdown."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = ROOT / "content/publications/handbook"
_VOWELS = str.maketrans("aeiouAEIOU", "eiouaEIOUA")
WORDS_PER_PAGE = 330
PAGES_PER_CHAPTER = 20

PUBLICATION = """\
title: A book of sentences
language: en
date: 2026-11-24
authors: [{name: The edition builder's authors}]
default_clearance: public
"""
PICTURE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 80" width="200" height="80">
<path d="M5 75V5M5 75H195" fill="none" stroke="#333"/><path d="M5 70L60 50L120 55L190 15" fill="none" stroke="#333"/>
</svg>
"""


@lru_cache
def sentences() -> tuple[str, ...]:
    """The plain sentences of the handbook, without any markup."""
    found: dict[str, None] = {}
    for path in sorted(HANDBOOK.glob("*.md")):
        for line in path.read_text("utf-8").split("\n"):
            for sentence in re.findall(r"(?:^|(?<=\. ))[A-Z][^.!?]{30,200}\.(?= |$)", line):
                if re.fullmatch(r"[\w ,;:()'’-]+\.", sentence):
                    found[sentence] = None
    return tuple(found)


def chapter(number: int, pages: float, of: int = 1) -> str:
    """A chapter of about so many pages: headings, paragraphs, lists, notes, a figure and a table.

    Of several chapters, each has sentences of its own, so that an edition without one says nothing of it. Their
    vowels are others than in English: by chance, some words of a style sheet or a contents would be among them.
    """
    chance = random.Random(number)
    pool = sentences()[number % of :: of]
    if of > 1:
        pool = tuple(sentence.translate(_VOWELS) for sentence in pool)

    def say(count: int) -> str:
        return " ".join(chance.choice(pool) for _ in range(count))

    parts, notes, words = [], 0, 0
    while words < pages * WORDS_PER_PAGE:
        block = len(parts) + 1
        if block % 9 == 1:
            parts.append("## " + " ".join(say(1).rstrip(".").split()[:6]).rstrip(",;:"))
        elif block % 31 == 5:
            parts.append(f'![A line that rises.](line.svg "Figure of block {block}")')
        elif block % 23 == 7:
            rows = [f"| {' '.join(say(1).rstrip('.').split()[:3])} | {chance.randrange(10, 99)} |" for _ in range(5)]
            parts.append("\n".join(["| Words | Count |", "| --- | ---: |", *rows]) + "\n")
        elif block % 11 == 6:
            parts.append("\n".join(f"- {say(1)}" for _ in range(3)))
        elif block % 13 == 3:
            notes += 1
            parts.append(f"{say(4)}[^{notes}]\n\n[^{notes}]: {say(1)}")
        else:
            parts.append(say(4))
        words += len(parts[-1].split())
    return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of a book: about so many pages, in some of its editions."""

    pages: float
    editions: tuple[int, ...]
    more: float = 0.0
    """Pages that only the first edition has beyond these, by a condition inside the chapter."""


_MATRIX = (
    (45, "0124"), (45, "03"), (30, "014"), (38, "01"), (42, "0123", 9), (7, "01"), (12, "02345", 9), (38, "01234"),
    (29, "03"), (41, "013"), (25, "01"), (46, "012"), (30, "024"), (6, "02345"), (26, "0123"), (64, "0"),
    (33, "0123"), (25, "01234", 9), (10, "012345", 4), (12, "0234"), (52, "0"), (40, "0"), (48, "0"), (49, "0"),
    (6, "1"), (30, "24"),
)  # fmt: skip
"""Pages, editions, and pages more: six editions of 824, 412, 355, 319, 238 and 28 pages.

Four chapters are longer in the first edition, so that there are 30 different chapters among 76 uses.
"""
MATRIX_PAGES = 824
"""Those of the largest edition."""


def long_book(pages: int, editions: int = 1) -> list[Chapter]:
    """Chapters of equal length, each in all editions."""
    count = max(3, round(pages / PAGES_PER_CHAPTER)) if pages > 2 else 1
    return [Chapter(max(1, pages // count), tuple(range(editions))) for _ in range(count)]


def brief() -> list[Chapter]:
    """What fills most of one page, where nothing stands before it."""
    return [Chapter(0.6, (0,))]


def matrix(pages: int) -> list[Chapter]:
    """Six editions that differ as those of a report for six audiences do; the largest has so many pages."""
    size = pages / MATRIX_PAGES
    return [
        Chapter(length * size, tuple(map(int, editions)), sum(more) * size) for length, editions, *more in _MATRIX
    ]


def write_book(
    root: Path, chapters: Sequence[Chapter], targets: Sequence[str] = ("pdf", "epub"), layout: str = "report"
) -> list[str]:
    """Writes a project, and each edition in one file of plain Markdown, `e0.md` and so on; returns the chapters' files."""
    book = root / "content/publications/book"
    book.mkdir(parents=True)
    editions = sorted({edition for each in chapters for edition in each.editions})
    names = [f"e{edition}" for edition in editions]
    wanted = f"clearance: public, theme: meridian, targets: [{', '.join(targets)}]"
    rows = "".join(f"  {name}: {{title: {name}, {wanted}}}\n" for name in names)
    (root / "content/audiences.yaml").write_text(f"clearances: [public]\naudiences:\n{rows}", "utf-8")
    for folder in (book, root):
        (folder / "line.svg").write_text(PICTURE, "utf-8")
    plain: dict[int, list[str]] = {edition: [] for edition in editions}
    sections, files = [], []
    count = len(chapters)
    of = 2 * count if any(len(each.editions) < len(editions) for each in chapters) else 1
    for number, each in enumerate(chapters):
        text = chapter(number, each.pages, of)
        more = chapter(count + number, each.more, of) if each.more else ""
        whole = f"{text}\n::: {{audience=e0}}\n{_renamed(more, 'more-')}\n:::\n" if more else text
        files.append(f"subject-{number}.md")
        (book / files[-1]).write_text(f"---\nid: subject-{number}\ntitle: Chapter {number + 1}\n---\n{whole}", "utf-8")
        audience = " or ".join(f"e{edition}" for edition in each.editions)
        is_in_all = len(each.editions) == len(editions)
        sections.append(files[-1] if is_in_all else f"{{file: {files[-1]}, audience: {audience}}}")
        for edition in each.editions:
            # Notes have numbers of their own in each chapter; in one file they need names of their own.
            own = _renamed(text, f"{number}-") + ("\n" + _renamed(more, f"{number}-more-") if not edition else "")
            plain[edition].append(f"# Chapter {number + 1}\n\n{own}")
    listed = "".join(f"  - {section}\n" for section in sections)
    listed = f"sections:\n{listed}editions: {{{', '.join(f'{name}: {{layout: {layout}}}' for name in names)}}}\n"
    (book / "publication.yaml").write_text(PUBLICATION + listed, "utf-8")
    for edition, parts in plain.items():
        (root / f"e{edition}.md").write_text("% A book of sentences\n\n" + "\n\n".join(parts), "utf-8")
    (root / "templates").symlink_to(ROOT / "templates")
    return files


def _renamed(text: str, prefix: str) -> str:
    return re.sub(r"\[\^(\d+)\]", rf"[^{prefix}\1]", text)
