"""A book that nobody here wrote: its tree of sections and pieces, and the oracle of a right build."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HEADING = re.compile(
    r"(?P<quote>(?:[ ]{0,3}>[ ]?)*)(?P<marks>#{1,6})[ \t]+"
    r"(?P<text>.*?)[ \t]*(?:\{#(?P<id>[\w.-]+)[^}]*\})?[ \t]*#*$"
)
_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})(?P<info>.*)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a section that one set of audiences reads."""

    text: str
    audiences: tuple[str, ...]
    """Empty where everybody reads it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One source file of the book."""

    path: str
    """Where the file stood in the original; links in it count from there."""
    title: str
    """The title in the tree; empty where the text begins with it."""
    depth: int
    pieces: tuple[Piece, ...]
    file: Path
    """The file of the first piece; images are found from there."""


@dataclass(frozen=True, slots=True)
class Part:
    """A group of sections; without a title the sections stand for themselves."""

    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A whole book."""

    name: str
    title: str
    language: str
    licence: str
    repository: str
    audiences: tuple[str, ...]
    parts: tuple[Part, ...]
    oracle: dict[str, Any] = field(default_factory=dict)

    def sections(self) -> list[Section]:
        """Every section in reading order."""
        return [section for part in self.parts for section in part.sections]


def read_corpus(folder: Path) -> Corpus:
    """Reads `tree.json`, `oracle.json` and the pieces that the tree names."""
    tree = json.loads((folder / "tree.json").read_text("utf-8"))
    parts = tuple(
        Part(part["title"] or "", tuple(_read_section(folder, section) for section in part["sections"]))
        for part in tree["parts"]
    )
    oracle = json.loads((folder / "oracle.json").read_text("utf-8"))
    return Corpus(
        folder.name,
        tree["title"],
        tree["lang"],
        tree["licence"],
        tree["source"]["repo"],
        tuple(tree["audiences"]),
        parts,
        oracle,
    )


def _read_section(folder: Path, section: dict[str, Any]) -> Section:
    files = [folder / piece["file"] for piece in section["pieces"]]
    pieces = tuple(
        Piece(file.read_text("utf-8").strip("\n"), tuple(piece["audiences"]))
        for file, piece in zip(files, section["pieces"], strict=True)
    )
    return Section(section["path"], section["title"] or "", section["depth"], pieces, files[0])


@dataclass(frozen=True, slots=True)
class Line:
    """A line of Markdown, and whether it belongs to a fence or to a comment of several lines."""

    text: str
    is_code: bool

    @property
    def heading(self) -> re.Match[str] | None:
        """The parts `marks`, `text` and `id` of an ATX heading."""
        return None if self.is_code else _HEADING.fullmatch(self.text)


def lines_of(text: str) -> list[Line]:
    """The lines of a text; fences may stand in quotations and in lists."""
    lines, opened, is_comment = [], "", False
    for line in text.split("\n"):
        if is_comment or (not opened and line.startswith("<!--") and "-->" not in line):
            lines.append(Line(line, True))
            is_comment = "-->" not in line
            continue
        fence = _FENCE.match(line.lstrip(" >"))
        if opened:
            lines.append(Line(line, True))
            if fence and fence["mark"].startswith(opened) and not fence["info"].strip():
                opened = ""
        else:
            opened = fence["mark"] if fence else ""
            lines.append(Line(line, bool(fence)))
    return lines
