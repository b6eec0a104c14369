"""Links between the files of a corpus as links between sections; what leads out of it becomes text."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from chapters import Chapter, Heading, identity, slug
from masks import outside_code

_EXTERNAL = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_LABEL = r"(?P<label>(?:[^\[\]]|\[[^\[\]]*\])*)"
_INLINE = re.compile(rf"(?P<bang>!?)\[{_LABEL}\]\((?P<href>[^()\s]*)(?P<title>\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(rf"(?<![\]!\\])\[{_LABEL}\](?:\[(?P<name>[^\[\]]*)\])?(?![(:\[{{])")
_DEFINITION = re.compile(r"^ {0,3}\[(?P<name>[^\]^][^\]]*)\]:[ \t]*(?P<href>\S+)[ \t]*$", re.MULTILINE)
FALLBACK = "not in this edition"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link leads: a chapter, or a heading in it."""

    chapter: Chapter
    heading: Heading | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        """Who can follow the link; empty for everybody."""
        return self.chapter.audiences or (self.heading.audiences if self.heading else ())


class Index:
    """Everything in a corpus that a link can lead to."""

    def __init__(self, chapters: list[Chapter]):
        self.files: dict[str, Target] = {}
        self.names: dict[tuple[str, str], Target] = {}
        self.labels: dict[str, Target] = {}
        self.sites: dict[str, str] = {}
        self.known: set[str] = set()
        for chapter in chapters:
            self.files.setdefault(chapter.path, Target(chapter))
            for site in _sites(chapter.path):
                self.sites.setdefault(site, chapter.path)
            for name in chapter.names:
                self._enter(chapter.path, name, Target(chapter))
            for heading in chapter.headings:
                for name in heading.names:
                    self._enter(chapter.path, name, Target(chapter, heading))

    def _enter(self, path: str, name: str, target: Target) -> None:
        self.names.setdefault((path, name), target)
        self.labels.setdefault(name, target)

    def find(self, href: str, source: Chapter) -> Target | None:
        """What an address in a chapter means; None where it leads out of the corpus."""
        path, _, name = unquote(href.lstrip("\\")).partition("#")
        if path.startswith("/"):
            file = self.sites.get(path.strip("/"), path.strip("/"))
        else:
            folder = posixpath.dirname(source.path)
            file = posixpath.normpath(posixpath.join(folder, path)) if path else source.path
            file = re.sub(r"\.html$", ".md", file)
            file = f"{file}.md" if f"{file}.md" in self.files else file
        if name:
            target = self.names.get((file, name)) or (self.files.get(file) if path else self.labels.get(name))
        else:
            target = self.files.get(file) or self.labels.get(path)
        if target is not None and target.heading is not None and not target.heading.id:
            base = f"{target.chapter.id}-{slug(target.heading.names[0])}"
            target.heading.id = identity(base, self.known)
        return target


def _sites(path: str) -> list[str]:
    """The addresses that a static site gives to a file: no suffix, no order number, no `home`."""
    parts = [re.sub(r"^\d+-", "", part) for part in posixpath.splitext(path)[0].split("/")]
    parts = [part for part in parts if part not in ("content", "home")]
    return ["/".join(parts), *(["/".join(parts[:-1])] if parts[-1] == "introduction" else [])]


def rewrite(text: str, source: Chapter, index: Index) -> str:
    """The text with every link settled; the number of lines stays."""
    return outside_code(text, lambda part: _Rewriter(source, index).rewrite(part))


class _Rewriter:
    def __init__(self, source: Chapter, index: Index):
        self.source, self.index = source, index
        self.hrefs: dict[str, str] = {}

    def rewrite(self, text: str) -> str:
        for match in _DEFINITION.finditer(text):
            self.hrefs.setdefault(_folded(match["name"]), match["href"])
        text = _INLINE.sub(self._inline, text)
        text = _REFERENCE.sub(self._reference, text)
        return _DEFINITION.sub(lambda match: match.group() if _EXTERNAL.match(match["href"]) else "", text)

    def _inline(self, match: re.Match[str]) -> str:
        if match["bang"] or _EXTERNAL.match(match["href"]):
            return match.group()
        return self._settled(match["label"], match["href"])

    def _reference(self, match: re.Match[str]) -> str:
        href = self.hrefs.get(_folded(match["name"] or match["label"]))
        if href is None or _EXTERNAL.match(href):
            return match.group()
        return self._settled(match["label"], href)

    def _settled(self, label: str, href: str) -> str:
        target = self.index.find(href, self.source)
        if target is None:
            return label
        where = f"#{target.heading.id}" if target.heading else f"{target.chapter.id}.md"
        is_seen = not target.audiences or target.audiences == self.source.audiences
        return f"[{label}]({where})" + ("" if is_seen else f'{{fallback="{FALLBACK}"}}')


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
