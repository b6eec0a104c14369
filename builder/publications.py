"""Reads one publication, and checks every name that it uses."""

from __future__ import annotations

from builder.diagnostics import Span, did_you_mean, has_errors
from builder.names import Names
from builder.project import Publication, Section, conditions_in, walk
from builder.references import Sources, read_references
from builder.schema import DataShape, EditionShape, PublicationShape, is_folder_name
from builder.sections import SectionReader
from builder.sources.places import KEY
from builder.tables import read_csv
from builder.translations import Translator


class PublicationReader:
    """Reads one publication: its file, its sections, its snippets and its sources."""

    def __init__(self, names: Names, path: str):
        self.names, self.reader, self.path = names, names.reader, path
        self.folder = path.rsplit("/", 1)[0]

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
        self.source = source
        self._check_names(shape)
        self.names.check_plain(source.value, source)
        files = SectionReader(self.names, self.path, source, shape.language)
        sections = files.sections(shape.sections, "sections")
        self._check_editions(shape, sections)
        sources = self._references(shape)
        translator = Translator(self.names, self.folder, shape, source)
        translator.check_languages()
        sections = translator.sections(sections)
        snippets = translator.snippets(files.snippets(translator.translated_snippets()))
        translator.report_strays(files.files)
        publication = Publication(
            name,
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
        self.names.check_clearance(shape.default_clearance, self.source.place("default_clearance"))
        for index, author in enumerate(shape.authors):
            self.names.check_conditions(conditions_in(author, self.source, "authors", index))
        for path, data in shape.data.items():
            self.names.check_conditions(conditions_in(data, self.source, "data", path))
            for column, condition in data.columns.items():
                self.names.check_conditions(
                    conditions_in(condition, self.source, "data", path, "columns", column)
                )

    def _check_editions(self, shape: PublicationShape, sections: tuple[Section, ...]) -> None:
        top = [section.id for section in sections]
        for name, edition in shape.editions.items():
            place = ("editions", name)
            if name not in self.names.declared.audiences:
                self.reader.add(
                    "unknown-audience", f"unknown audience '{name}'", self.source.place(*place, KEY),
                    did_you_mean(name, self.names.declared.audiences),
                )  # fmt: skip
            if edition is None:
                continue
            if edition.theme is not None:
                self.names.check_theme(edition.theme, self.source.place(*place, "theme"))
            if edition.clearance is not None:
                self.names.check_clearance(edition.clearance, self.source.place(*place, "clearance"))
            if edition.tags is not None:
                self.names.check_expression(edition.tags, "tag", self.source.place(*place, "tags"))
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

    def _data(self, shape: PublicationShape) -> dict[str, tuple[str, DataShape]]:
        """Conditions on columns by the path of their file, however an author spells it."""
        found: dict[str, tuple[str, DataShape]] = {}
        for name, data in shape.data.items():
            span = self.source.place("data", name, KEY)
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
                    place = self.source.place("data", name, "columns", column, KEY)
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
            self.names.check_conditions(conditions)
        return sources
