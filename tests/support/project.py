"""A small stock project for tests, and overlays on it."""

from __future__ import annotations

from pathlib import Path

from builder.document import document_of
from builder.load import load
from builder.model import Job
from builder.orders import Order
from builder.pipeline import build
from builder.project import Project
from builder.world import World

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"

AUDIENCES = """\
clearances: [public, restricted, internal]
tags: [economy, security]
audiences:
  public: {title: The public, clearance: public}
  press: {title: The press, clearance: public}
  analysts: {title: Analysts, clearance: restricted}
  staff: {title: Staff, clearance: internal}
"""

PUBLICATION = """\
title: A stock book
language: en
date: 2026-11-24
authors: [{name: A. Author}]
default_clearance: public
sections: [one.md, two.md]
editions: {public: {}, press: {}, analysts: {}, staff: {}}
"""

ONE = """\
---
id: one
title: First things
---
Some first text.
"""

TWO = """\
---
id: two
title: Second things
---
Some second text, after [](#sec-one).
"""

BOOK = "content/publications/book"


def make_project(root: Path, overlay: dict[str, str | bytes] | None = None) -> World:
    """Writes the stock project with an overlay of files; a value of "" deletes the file."""
    files: dict[str, str | bytes] = {
        "content/audiences.yaml": AUDIENCES,
        f"{BOOK}/publication.yaml": PUBLICATION,
        f"{BOOK}/one.md": ONE,
        f"{BOOK}/two.md": TWO,
        **(overlay or {}),
    }
    for name, text in files.items():
        if text == "":
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return World(root, TEMPLATES)


def overlaid_templates(folder: Path) -> Path:
    """The templates of the project below the files that a case has put into the folder."""
    for source in TEMPLATES.rglob("*"):
        target = folder / source.relative_to(TEMPLATES)
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    return folder


def section(body: str, front: str = "", identity: str = "one") -> str:
    """The text of a section file."""
    return f"---\nid: {identity}\ntitle: First things\n{front}---\n{body}"


def loaded(world: World) -> Project:
    """The project, which must load without an error."""
    checked = load(world)
    assert checked.value is not None, checked.problems
    assert not checked.problems, "\n".join(map(str, checked.problems))
    return checked.value


def job(audience: str = "public", target: str = "epub", language: str = "en") -> Job:
    """A job of the stock book, whose own language is English."""
    return Job("book", audience, language, target, language == "en")


def html_of(world: World, audience: str = "public", target: str = "epub") -> str:
    """The finished XHTML of every chapter of an edition of the stock book."""
    made = document_of(loaded(world), job(audience, target), world)
    assert made.value is not None, "\n".join(map(str, made.problems))
    document = made.value[3]
    notes = "".join(note.html for chapter in document.chapters for note in chapter.notes)
    return "\n".join(chapter.title + chapter.html for chapter in document.chapters) + notes


def problems_of(world: World, audience: str = "public", target: str = "epub") -> list[str]:
    """The codes of everything that load and resolve find wrong with an edition."""
    checked = load(world)
    found = list(checked.problems)
    if checked.value is not None and any(p.id == "book" for p in checked.value.publications):
        found.extend(document_of(checked.value, job(audience, target), world).problems)
    return [problem.code for problem in found]


def build_file(world: World, audience: str = "public", target: str = "epub", **choice) -> bytes:
    """The finished file of an edition of the stock book."""
    made = build(
        Order(job(audience, target), world.root, world.templates, world.root / "output" / ".cache", **choice)
    )
    assert made.value is not None, "\n".join(map(str, made.problems))
    return made.value.data
