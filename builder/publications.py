"""Reads one publication, and checks every name that it uses."""

from __future__ import annotations

import re
from typing import Any

from builder.conditions import ConditionError, Vocabulary, parse_expression
from builder.diagnostics import Span, did_you_mean, has_errors
from builder.markdown.vocabulary import fold, mentions_condition
from builder.project import Body, Publication, Section, Snippet, conditions_in, walk
from builder.reader import Reader
from builder.references import Sources, read_references
from builder.schema import (
    ALTERNATIVES,
    DataShape,
    EditionShape,
    EntryShape,
    FrontShape,
    PublicationShape,
    SnippetShape,
    is_folder_name,
)
from builder.sources import Source, split_front_matter
from builder.sources.places import KEY
from builder.tables import read_csv
from builder.translations import Translator, odd_lines
from builder.world import theme_names

_LATE_FRONT = re.compile(r"^[ \t]*(audience|clearance|target)[ \t]*:", re.MULTILINE)


class PublicationReader:
    """Reads one publication: its file, its sections, its snippets and its sources."""

    def __init__(self, reader: Reader, names: Vocabulary, path: str):
        self.reader, self.names, self.path = reader, names, path
        self.folder = path.rsplit("/", 1)[0]
        self.themes = theme_names(reader.world)
        self.ids: dict[str, Span] = {}
        self.files: dict[str, Span] = {}

    def read(self) -> Publication | None:
        """The publication; None where it has an error."""
        before = len(self.reader.problems)
        name = self.folder.rsplit("/", 1)[1]
        if not is_folder_name(name):
            hint = "rename the folder: small letters, digits and single hyphens, such as 'energy-brief'"
            self.reader.add("bad-name", f"'{name}' can't name a publication", Span(self.path, 1), hint)
        text = self.reader.text(self.path)
        read = self.reader.shape(PublicationShape, text, self.path) if text is not None else None
        if read is None:
            return None
        shape, source = read
        self.source, self.language = source, shape.language
        self._check_names(shape)
        self._check_texts(source.value)
        sections = tuple(
            section
            for index, entry in enumerate(shape.sections)
            if (section := self._section(entry, ("sections", index))) is not None
        )
        self._check_editions(shape, sections)
        sources = self._references(shape)
        translator = Translator(self.reader, self.names, self.folder, shape, source, self.check_conditions)
        translator.check_languages()
        sections = translator.sections(sections)
        snippets = translator.snippets(self._snippets(translator.translated_snippets(), shape.language))
        translator.report_strays(self.files)
        publication = Publication(
            self.folder.rsplit("/", 1)[1],
            self.folder,
            self.path,
            shape,
            source,
            sections,
            snippets,
            sources.items,
            sources.conditions,
            self._data(shape),
        )
        return None if has_errors(self.reader.problems[before:]) else publication

    def _check_names(self, shape: PublicationShape) -> None:
        self._clearance(shape.default_clearance, self.source.place("default_clearance"))
        for index, author in enumerate(shape.authors):
            self.check_conditions(conditions_in(author, self.source, "authors", index))
        for path, data in shape.data.items():
            self.check_conditions(conditions_in(data, self.source, "data", path))
            for column, condition in data.columns.items():
                self.check_conditions(conditions_in(condition, self.source, "data", path, "columns", column))

    def _check_texts(self, value: Any, *place: Any) -> None:
        """Nothing here is read as Markdown: a condition in a text would be printed with what it hides."""
        if isinstance(value, dict):
            for key, inner in value.items():
                self._check_texts(inner, *place, key)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                self._check_texts(inner, *place, index)
        elif isinstance(value, str) and mentions_condition(value):
            self.reader.add(
                "stray-attributes",
                "a condition in a text that is not Markdown, where it is not read",
                self.source.place(*place),
                "give the whole value its own conditions, or write it in a section",
            )

    def _clearance(self, value: str, span: Span) -> None:
        if value not in self.names.clearances:
            self.reader.add(
                "unknown-clearance",
                f"unknown clearance '{value}'",
                span,
                did_you_mean(value, self.names.clearances),
            )

    def _expression(self, value: str, known: tuple[str, ...], kind: str, span: Span) -> None:
        try:
            parse_expression(value, known, kind)
        except ConditionError as problem:
            self.reader.add(problem.code, problem.message, span, problem.hint or None)

    def check_conditions(self, conditions: tuple[tuple[str, str, Span], ...]) -> None:
        """Reports each condition that names what nobody declared, or can't be read."""
        for key, value, span in conditions:
            if key == "clearance":
                self._clearance(value, span)
            elif key == "audience":
                self._expression(value, self.names.audiences, "audience", span)

    def _tags(self, tags: list[str], source: Source, *path: Any) -> None:
        for index, tag in enumerate(tags):
            if tag not in self.names.tags:
                self.reader.add(
                    "unknown-tag",
                    f"unknown tag '{tag}'",
                    source.place(*path, index),
                    did_you_mean(tag, self.names.tags),
                )

    def _section(self, entry: EntryShape, place: tuple) -> Section | None:
        span = self.source.place(*place)
        children = tuple(
            section
            for index, child in enumerate(entry.sections)
            if (section := self._section(child, (*place, "sections", index))) is not None
        )
        conditions = conditions_in(entry, self.source, *place)
        self.check_conditions(conditions)
        self._tags(entry.tags, self.source, *place, "tags")
        if entry.part is not None:
            self._redaction(entry, conditions, self.source.place(*place, "redact"))
        if entry.part is not None:
            identity = entry.id or f"part-{place[-1] + 1}"
            self._unique(identity, span)
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
        return self._file(entry, span, conditions, children)

    def _file(self, entry: EntryShape, span: Span, conditions: tuple, children: tuple) -> Section | None:
        path = self.reader.locate(entry.file, self.folder, span)
        if path is None:
            return None
        if path in self.files:
            self.reader.add(
                "duplicate-section",
                f"'{entry.file}' stands twice in 'sections'",
                span,
                f"it stands first at {self.files[path]}",
            )
            return None
        self.files[path] = span
        text = self.reader.text(path, span)
        if text is None:
            return None
        front, first_line, body, body_line = split_front_matter(text, path)
        if front is None:
            self.reader.add(
                "missing-front-matter", "the file does not begin with front matter", Span(path, 1, 1),
                "begin with '---', 'id: …', 'title: …', '---'",
            )  # fmt: skip
            return None
        read = self.reader.shape(FrontShape, front, path, first_line)
        if read is None:
            return None
        shape, source = read
        self._unique(shape.id, source.place("id"))
        self.reader.problems.extend(odd_lines(body, body_line, path))
        own = conditions_in(shape, source)
        self.check_conditions(own)
        for each, span_of in ((shape, source.place("redact")), (entry, span)):
            self._redaction(each, conditions + own, span_of)
        self._tags(shape.tags, source, "tags")
        bodies = {"full": Body(body, body_line)}
        for name in ALTERNATIVES[1:]:
            value = getattr(shape, name)
            if value is not None:
                bodies[name] = Body(value, source.place(name).line)
        tags = tuple(dict.fromkeys([*entry.tags, *shape.tags]))
        return Section(
            "section",
            shape.id,
            path,
            shape,
            shape.title,
            conditions + own,
            tags,
            source.place("title"),
            bodies,
            children,
            self.language,
            redact=shape.redact or entry.redact,
        )

    def _redaction(self, shape: Any, conditions: tuple, span: Span) -> None:
        """A redaction needs a reason that is declared, and a condition that withholds the unit."""
        if shape.redact is None:
            return
        try:
            self.names.check_reason(shape.redact)
        except ConditionError as problem:
            self.reader.add(problem.code, problem.message, span, problem.hint or None)
        if not conditions:
            hint = "add 'audience: …' or 'clearance: …' beside it"
            self.reader.add("bad-redaction", "'redact' without a condition", span, hint)

    def _unique(self, identity: str, span: Span) -> None:
        if identity in self.ids:
            self.reader.add(
                "duplicate-id",
                f"a second section with the id '{identity}'",
                span,
                f"the first is at {self.ids[identity]}",
            )
        self.ids.setdefault(identity, span)

    def _check_editions(self, shape: PublicationShape, sections: tuple[Section, ...]) -> None:
        top = [section.id for section in sections]
        for name, edition in shape.editions.items():
            place = ("editions", name)
            if name not in self.names.audiences:
                self.reader.add(
                    "unknown-audience", f"unknown audience '{name}'", self.source.place(*place, "~key"),
                    did_you_mean(name, self.names.audiences),
                )  # fmt: skip
            if edition is None:
                continue
            if edition.theme is not None and edition.theme not in self.themes:
                self.reader.add(
                    "unknown-theme", f"unknown theme '{edition.theme}'", self.source.place(*place, "theme"),
                    did_you_mean(edition.theme, self.themes),
                )  # fmt: skip
            if edition.clearance is not None:
                self._clearance(edition.clearance, self.source.place(*place, "clearance"))
            if edition.tags is not None:
                self._expression(edition.tags, self.names.tags, "tag", self.source.place(*place, "tags"))
            self._check_alternatives(edition, place, sections)
            for index, section in enumerate(edition.sections or ()):
                if section not in top:
                    self.reader.add(
                        "unknown-section", f"unknown section '{section}'",
                        self.source.place(*place, "sections", index), did_you_mean(section, top),
                    )  # fmt: skip

    def _check_alternatives(self, edition: EditionShape, place: tuple, sections: tuple[Section, ...]) -> None:
        """A section that an edition wants in another length must be there and have it."""
        known = {
            inner.id: inner for section in sections for inner in walk(section) if inner.kind == "section"
        }
        for name, alternative in edition.alternatives.items():
            span = self.source.place(*place, "alternatives", name)
            if name not in known:
                at = self.source.place(*place, "alternatives", name, KEY)
                self.reader.add("unknown-section", f"unknown section '{name}'", at, did_you_mean(name, known))
            elif alternative not in known[name].bodies:
                message = f"the section '{name}' has no alternative '{alternative}'"
                hint = f"add '{alternative}: …' to the front matter of {known[name].path}"
                self.reader.add("missing-alternative", message, span, hint)

    def _snippets(self, translated: frozenset[str], language: str) -> dict[str, Snippet]:
        snippets = {}
        for path in self.reader.files(f"{self.folder}/snippets", ".md"):
            if path in translated:
                continue
            text = self.reader.text(path)
            if text is None:
                continue
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
                    continue
                conditions = conditions_in(read[0], read[1])
                self.check_conditions(conditions)
                self._redaction(read[0], conditions, read[1].place("redact"))
                redact = read[0].redact
            snippets[name] = Snippet(name, path, Body(body, body_line), conditions, language, redact)
        return snippets

    def _data(self, shape: PublicationShape) -> dict[str, tuple[str, DataShape]]:
        """Conditions on columns by the path of their file, however an author spells it."""
        found: dict[str, tuple[str, DataShape]] = {}
        for name, data in shape.data.items():
            span = self.source.place("data", name, "~key")
            path = self.reader.locate(name, self.folder, span)
            text = self.reader.text(path, span) if path is not None else None
            table = self.reader.keep(read_csv(text, path)) if text is not None else None
            if table is None:
                continue
            if path in found:
                self.reader.add(
                    "duplicate-name", f"'{path}' stands twice under 'data'", span, "write it once"
                )
            found[path] = (name, data)
            for column in data.columns:
                if column not in table.columns:
                    place = self.source.place("data", name, "columns", column, "~key")
                    hint = did_you_mean(column, table.columns)
                    self.reader.add("unknown-column", f"unknown column '{column}'", place, hint)
        return found

    def _references(self, shape: PublicationShape) -> Sources:
        if shape.references is None:
            return Sources({}, {})
        span = self.source.place("references")
        path = self.reader.locate(shape.references, self.folder, span)
        text = self.reader.text(path, span) if path is not None else None
        sources = self.reader.keep(read_references(text, path)) if text is not None else Sources({}, {})
        for conditions in sources.conditions.values():
            self.check_conditions(conditions)
        return sources
