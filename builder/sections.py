"""Reads the sections and snippets of a publication: Markdown files, each with its front matter, and parts."""

from __future__ import annotations

import re

from builder.diagnostics import Span
from builder.markdown.vocabulary import fold
from builder.names import Names
from builder.project import Body, Section, Snippet, bodies_in, conditions_in
from builder.schema import EntryShape, FrontShape, SnippetShape
from builder.sources import Source, split_front_matter

_LATE_FRONT = re.compile(r"^[ \t]*(audience|clearance|target)[ \t]*:", re.MULTILINE)


class SectionReader:
    """Reads what `sections` of a publication lists, and its folder of snippets."""

    def __init__(self, names: Names, path: str, source: Source, language: str):
        self.names, self.reader = names, names.reader
        self.path, self.source, self.language = path, source, language
        self.folder = path.rsplit("/", 1)[0]
        self.ids: dict[str, Span] = {}
        self.files: dict[str, Span] = {}
        """The place in `sections` of each file that was read."""

    def sections(self, entries: list[EntryShape], *place: str | int) -> tuple[Section, ...]:
        """The parts and sections of a list, which stands at a place of publication.yaml."""
        read = [self._section(entry, (*place, index)) for index, entry in enumerate(entries)]
        return tuple(section for section in read if section is not None)

    def _section(self, entry: EntryShape, place: tuple) -> Section | None:
        span = self.source.place(*place)
        children = self.sections(entry.sections, *place, "sections")
        conditions = conditions_in(entry, self.source, *place)
        self.names.check_conditions(conditions)
        self.names.check_tags(entry.tags, self.source, *place, "tags")
        if entry.part is None:
            return self._file(entry, span, conditions, children)
        self.names.check_redaction(entry, conditions, self.source.place(*place, "redact"))
        identity = entry.id or f"part-{place[-1] + 1}"
        self._check_unique(identity, span)
        return Section(
            "part",
            identity,
            self.path,
            None,
            entry.part,
            conditions,
            tuple(entry.tags),
            span,
            {},
            children,
            self.language,
            redact=entry.redact,
        )

    def _file(self, entry: EntryShape, span: Span, conditions: tuple, children: tuple) -> Section | None:
        path = self.reader.locate(entry.file, self.folder, span)
        if path is None:
            return None
        if path in self.files:
            message = f"'{entry.file}' stands twice in 'sections'"
            self.reader.add("duplicate-section", message, span, f"it stands first at {self.files[path]}")
            return None
        self.files[path] = span
        read = self.reader.front(FrontShape, path, "'id: …', 'title: …'", span)
        if read is None:
            return None
        shape, source, body = read
        self._check_unique(shape.id, source.place("id"))
        own = conditions_in(shape, source)
        self.names.check_conditions(own)
        for each, span_of in ((shape, source.place("redact")), (entry, span)):
            self.names.check_redaction(each, conditions + own, span_of)
        self.names.check_tags(shape.tags, source, "tags")
        return Section(
            "section",
            shape.id,
            path,
            shape,
            shape.title,
            conditions + own,
            tuple(dict.fromkeys([*entry.tags, *shape.tags])),
            source.place("title"),
            bodies_in(shape, source, body),
            children,
            self.language,
            redact=shape.redact or entry.redact,
        )

    def _check_unique(self, identity: str, span: Span) -> None:
        if identity in self.ids:
            message = f"a second section with the id '{identity}'"
            self.reader.add("duplicate-id", message, span, f"the first is at {self.ids[identity]}")
        self.ids.setdefault(identity, span)

    def snippets(self, translated: frozenset[str]) -> dict[str, Snippet]:
        """The snippets by name; the files at the paths `translated` are no snippets of their own."""
        snippets = {}
        for path in self.reader.files(f"{self.folder}/snippets", ".md"):
            if path not in translated and (snippet := self._snippet(path)) is not None:
                snippets[snippet.name] = snippet
        return snippets

    def _snippet(self, path: str) -> Snippet | None:
        text = self.reader.text(path)
        if text is None:
            return None
        name = path[len(self.folder) + len("/snippets/") : -len(".md")]
        front, first_line, body, body_line = split_front_matter(text, path)
        conditions: tuple = ()
        redact = None
        if front is None and _LATE_FRONT.search(fold(body)):
            self.reader.add(
                "missing-front-matter", "a condition below the first line of a snippet is not read",
                Span(path, 1, 1), "let the file begin with '---'",
            )  # fmt: skip
        if front is not None and front.strip():
            read = self.reader.shape(SnippetShape, front, path, first_line)
            if read is None:
                return None
            shape, source = read
            conditions, redact = conditions_in(shape, source), shape.redact
            self.names.check_conditions(conditions)
            self.names.check_redaction(shape, conditions, source.place("redact"))
        return Snippet(name, path, Body(body, body_line), conditions, self.language, redact)
