"""Turns a corpus into a project of the builder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import yaml
from chapters import Chapter, chapters_of
from corpus import Corpus, Part
from links import Index, rewrite
from masks import outside_code
from signs import spell_for_print

ALL, EVERYONE = "all", "everyone"
"""The audience that sees the whole book, and the one that sees what is for everybody."""
_IMAGE = re.compile(r"(?P<before>!\[(?:[^\[\]]|\\.|\[[^\[\]]*\])*\]\()(?P<src>[^()\s]+)(?P<after>[^()]*\))")
_STAND_IN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>Not in the corpus</title></svg>'
_PREFACES, _APPENDIX = ("title-page", "foreword", "ch00-"), "appendix-"


def convert(corpus: Corpus, destination: Path) -> Path:
    """Writes the project and returns the folder of its one publication."""
    folder = destination / "content" / "publications" / corpus.name
    folder.mkdir(parents=True, exist_ok=True)
    parts = chapters_of(corpus)
    chapters = [chapter for part in parts for chapter in part]
    index = Index(chapters)
    texts = {chapter.id: rewrite("\n".join(chapter.lines), chapter, index) for chapter in chapters}
    for chapter in chapters:
        text = _with_headings(texts[chapter.id], chapter)
        text = spell_for_print(_with_images(text, chapter, folder))
        _write(folder / f"{chapter.id}.md", f"---\n{_yaml(_front(chapter))}---\n\n{text.strip()}\n")
    _write(destination / "content" / "audiences.yaml", _yaml(_audiences(corpus)))
    _write(folder / "publication.yaml", _yaml(_publication(corpus, parts)))
    return folder


def editions(corpus: Corpus) -> list[str]:
    """The audiences that get an edition; a book for everybody needs one only."""
    return [*corpus.audiences, EVERYONE, ALL] if corpus.audiences else [ALL]


def _with_headings(text: str, chapter: Chapter) -> str:
    """The text with ids on the headings that links lead to, and conditions on those not for everybody."""
    lines = text.split("\n")
    for heading in chapter.headings:
        parts = [f"#{heading.id}"] if heading.id else []
        if heading.audiences:
            parts.append(f'audience="{" or ".join([*heading.audiences, ALL])}"')
        if parts:
            lines[heading.line] += f" {{{' '.join(parts)}}}"
    return "\n".join(lines)


def _with_images(text: str, chapter: Chapter, folder: Path) -> str:
    def copied(match: re.Match[str]) -> str:
        source = (chapter.file.parent / match["src"]).resolve()
        if "://" in match["src"]:
            return match.group()
        target = folder / "images" / (source.name if source.is_file() else f"{source.stem}.svg")
        target.parent.mkdir(exist_ok=True)
        if source.is_file():
            shutil.copyfile(source, target)
        else:
            target.write_text(_STAND_IN, encoding="utf-8")
        return f"{match['before']}images/{target.name}{match['after']}"

    return outside_code(text, lambda part: _IMAGE.sub(copied, part))


def _front(chapter: Chapter) -> dict[str, Any]:
    front: dict[str, Any] = {"id": chapter.id, "title": chapter.title}
    if chapter.audiences:
        front["audience"] = [*chapter.audiences, ALL]
    # What its own book does not count as a chapter must not shift the numbers of the others.
    if chapter.id.startswith(_PREFACES):
        front["role"] = "preface"
    elif chapter.id.startswith(_APPENDIX):
        front |= {"role": "appendix", "numbered": False}
    return front


def _audiences(corpus: Corpus) -> dict[str, Any]:
    names = [*corpus.audiences, EVERYONE, ALL]
    return {
        "clearances": ["public"],
        "audiences": {name: {"title": name.capitalize(), "clearance": "public"} for name in names},
    }


def _publication(corpus: Corpus, parts: list[list[Chapter]]) -> dict[str, Any]:
    owner = corpus.repository.split("/")[0]
    return {
        "title": corpus.title,
        "language": corpus.language,
        "date": "2026-01-01",
        "authors": [{"name": owner}],
        "publisher": {"name": owner, "url": f"https://github.com/{corpus.repository}"},
        "licence": {"name": corpus.licence},
        "default_clearance": "public",
        "sections": [
            entry
            for part, chapters in zip(corpus.parts, parts, strict=True)
            for entry in _entries(part, chapters)
        ],
        "editions": {name: {} for name in editions(corpus)},
    }


def _entries(part: Part, chapters: list[Chapter]) -> list[Any]:
    """Sections nested by their depth, inside the part if it has a title."""
    top: list[Any] = []
    trail: list[tuple[int, list[Any]]] = [(-1, top)]
    for chapter in chapters:
        while trail[-1][0] >= chapter.depth:
            trail.pop()
        entry: dict[str, Any] = {"file": f"{chapter.id}.md", "sections": []}
        trail[-1][1].append(entry)
        trail.append((chapter.depth, entry["sections"]))
    entries = [_plain(entry) for entry in top]
    return [{"part": part.title, "sections": entries}] if part.title else entries


def _plain(entry: dict[str, Any]) -> Any:
    if not entry["sections"]:
        return entry["file"]
    return {"file": entry["file"], "sections": [_plain(child) for child in entry["sections"]]}


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=100)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
