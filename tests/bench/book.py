"""A book of any length from the handbook's own sentences: the same words in every run, and in plain Markdown."""

from __future__ import annotations

import random
import re
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = ROOT / "content/publications/handbook"
WORDS_PER_PAGE = 330
PAGES_PER_CHAPTER = 20

AUDIENCES = """\
clearances: [public]
audiences:
"""
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


def chapter(number: int, pages: int) -> str:
    """A chapter of about so many pages: headings, paragraphs, lists, notes, a figure and a table."""
    chance = random.Random(number)
    pool = list(sentences())

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


def write_book(root: Path, pages: int, editions: int = 1, target: str = "[pdf, epub]") -> list[str]:
    """Writes a project whose editions all have this book, and `book.md`, the same in one file; returns the chapters."""
    count = max(3, round(pages / PAGES_PER_CHAPTER)) if pages > 2 else 1
    texts = [chapter(number, max(1, pages // count)) for number in range(count)]
    book = root / "content/publications/book"
    book.mkdir(parents=True)
    names = [f"e{number}" for number in range(editions)]
    rows = [f"  {name}: {{title: {name}, clearance: public, theme: meridian, targets: {target}}}\n" for name in names]
    (root / "content/audiences.yaml").write_text(AUDIENCES + "".join(rows), "utf-8")
    files = [f"c{number}.md" for number in range(count)]
    listed = f"sections: [{', '.join(files)}]\neditions: {{{', '.join(f'{name}: {{}}' for name in names)}}}\n"
    (book / "publication.yaml").write_text(PUBLICATION + listed, "utf-8")
    (book / "line.svg").write_text(PICTURE, "utf-8")
    (root / "line.svg").write_text(PICTURE, "utf-8")
    for number, text in enumerate(texts):
        head = f"---\nid: c{number}\ntitle: Chapter {number + 1}\n---\n"
        (book / files[number]).write_text(head + text, "utf-8")
    # Notes have numbers of their own in each chapter; in one file they need names of their own.
    whole = [re.sub(r"\[\^(\d+)\]", rf"[^{number}-\1]", text) for number, text in enumerate(texts)]
    joined = "\n\n".join(f"# Chapter {number + 1}\n\n{text}" for number, text in enumerate(whole))
    (root / "book.md").write_text(f"% A book of sentences\n\n{joined}", "utf-8")
    (root / "templates").symlink_to(ROOT / "templates")
    return files
