"""Everything that one edition withholds, read from the source, and everything that it may show."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct, field

from builder.diagnostics import Span
from builder.images import read_picture
from builder.project import Body, Project, Section
from builder.tables import CONDITION_COLUMNS, read_csv
from builder.verify.leaks.ledger import Reading, Uses
from builder.verify.leaks.pixels import metadata_texts, picture_digests
from builder.verify.leaks.printed import citations_of, dates_printed, leaves, names_of
from builder.verify.leaks.reading import read_text
from builder.verify.leaks.said import Said
from builder.verify.leaks.sight import Sight, Withheld
from builder.world import PathRefused, World

MAX_DEPTH = 12
"""How deep snippets are followed into each other; `builder.gather` refuses more."""


class Source(Struct):
    """The two halves of a publication for one edition."""

    withheld: list[Withheld] = field(default_factory=list)
    visible: list[str] = field(default_factory=list)
    """All that is shown, where something is withheld."""
    prose: list[str] = field(default_factory=list)
    """Paragraphs that must stand in the finished file."""


def source_of(project: Project, sight: Sight, world: World) -> Source:
    """Reads the whole publication once for one edition."""
    return _Collector(project, sight, world).collect()


class _Collector:
    def __init__(self, project: Project, sight: Sight, world: World):
        self.project, self.sight, self.world = project, sight, world
        self.publication = sight.publication
        self.whole = {section.id: section for section in project.publication(self.publication.id).walk()}
        """The sections with their translations, in which those of one language are not."""
        self.language = sight.job.language
        self.texts = self.publication.texts(self.language)
        self.variables: set[tuple[str, str]] = set()
        """Language and name of each variable that visible text uses."""
        self.queue: list[tuple[str, tuple, str, int]] = []
        """Uses of snippets in visible text: name, values, language, depth."""
        self.beside: list[str] = []
        """What visible text shows beside its words, kept apart so that paragraphs stay neighbours."""
        self.source = Source()
        self.shown, self.hidden = Uses(), Uses()
        self.listed: dict[str, list[str]] = {"title": [], "caption": []}

    def collect(self) -> Source:
        for section in self.publication.walk():
            self._section(section)
        self._snippets()
        stream, self.source.visible = self.source.visible, self.beside
        self._data()
        self._pictures()
        self._references()
        self._named("\n".join([*stream, *self.source.visible]))
        Said(self.project, self.sight, self.shown.reasons, self.source.visible, self._put).read()
        if not self.source.withheld:
            return self.source  # Nothing is looked for that could also stand in visible text.
        self.source.visible += [f"mailto:{text}" for text in self.source.visible if "@" in text]
        self.source.visible += list(dates_printed(self.source.visible, self.language))
        # The lists of contents, figures and tables print titles one after the other.
        self.source.visible += [" ".join(texts) for texts in self.listed.values()]
        self.source.visible += dates_printed(stream, self.language)
        # What print sets side by side stays side by side here; of the rest, once is enough.
        self.source.visible = [*stream, *dict.fromkeys(self.source.visible)]
        return self.source

    def _section(self, section: Section) -> None:
        is_in = self.sight.sees_section(section)
        owner = "" if is_in else f"{section.kind} '{section.id}'"
        shown, whole = self.sight.shown(section), self.whole[section.id]
        self.shown.reasons += [section.redact] if owner and section.redact else []
        names = [section.id, f"sec-{section.id}"]
        if section.kind == "section":
            names.append(shown.path.rsplit("/", 1)[1])
        elif section.id.startswith("part-"):
            names = []  # Such ids are counted, not written.
        self._put("name", owner, shown.path, shown.span.line, names)
        for version in (whole, *whole.translations.values()):
            is_shown = version.path == shown.path and version.title == shown.title
            self._version(version, owner if is_shown else owner or f"'{section.id}' in '{version.language}'")

    def _version(self, section: Section, owner: str) -> None:
        """A section in one language."""
        line, language = section.span.line, section.language
        texts = [("title", Body(section.title, line))]
        for key in ("short_title", "standfirst"):
            value = getattr(section.front, key, None)
            if value:
                texts.append((key.replace("_", " "), Body(value, line)))
        for kind, body in texts:
            self._read(body, section.path, owner, kind, language)
        wanted = self.sight.alternative(section)
        chosen = wanted if wanted in section.bodies else "full"
        for name, body in section.bodies.items():
            other = "" if name == chosen else f"the alternative '{name}' of '{section.id}'"
            self._read(body, section.path, owner or other, "text", language)

    def _read(
        self,
        body: Body,
        path: str,
        owner: str,
        kind: str,
        language: str,
        values: Iterable[tuple[str, str]] = (),
    ) -> Reading:
        local = {**self.publication.texts(language or self.language).variables, **dict(values)}
        reading = read_text(self.sight, path, body, local, owner, kind)
        self.source.withheld += reading.withheld
        self.source.visible += reading.visible
        self.beside += reading.beside
        self.source.prose += reading.prose
        for title, texts in self.listed.items():
            texts += reading.listed.get(title, ())
        for ours, theirs in ((self.shown, reading.shown), (self.hidden, reading.hidden)):
            for name in ("data", "pictures", "sources", "reasons"):
                getattr(ours, name).extend(getattr(theirs, name))
        self.variables |= {(language or self.language, name) for name in reading.shown.variables}
        self.queue += [(name, given, language, 0) for name, given in reading.shown.snippets]
        return reading

    def _put(
        self, kind: str, owner: str, path: str, line: int, texts: Iterable[str], column: int = 1
    ) -> None:
        for text in texts:
            if not text.strip():
                continue
            if owner:
                self.source.withheld.append(Withheld(kind, owner, path, line, column, text))
            else:
                self.source.visible.append(text)

    def _snippets(self) -> None:
        """Those that visible text uses are read as they are printed; of the others everything is withheld."""
        done: set[tuple[str, tuple, str]] = set()
        shown: set[str] = set()
        while self.queue:
            name, values, language, depth = self.queue.pop()
            snippet = self.publication.snippets.get(name)
            if snippet is None or (name, values, language) in done or depth > MAX_DEPTH:
                continue
            done.add((name, values, language))
            snippet = snippet.in_language(language)
            if self.sight.sees_all(snippet.conditions):
                shown.add(snippet.path)
                before = len(self.queue)
                self._read(snippet.body, snippet.path, "", "text", snippet.language, values)
                self.queue[before:] = [(*use[:3], depth + 1) for use in self.queue[before:]]
            elif snippet.redact:
                self.shown.reasons.append(snippet.redact)
        for name, snippet in self.publication.snippets.items():
            versions = (snippet, *snippet.translations.values())
            names = [] if any(version.path in shown for version in versions) else [name]
            for version in versions:
                if version.path not in shown:
                    owner = f"snippet '{name}'"
                    self._read(version.body, version.path, owner, "text", version.language)
                    self._put("name", owner, version.path, 1, names)

    def _data(self) -> None:
        shown = self._located(self.shown.data)
        hidden = self._located([*self.hidden.data, *self.publication.shape.data])
        for path in dict.fromkeys([*shown, *hidden]):
            self._table(path, path in shown)

    def _located(self, references: Iterable[str]) -> list[str]:
        found = []
        for reference in dict.fromkeys(references):
            try:
                path = self.world.locate(reference, self.publication.folder)
            except PathRefused:
                continue
            if self.world.status(path) == "file":
                found.append(path)
        return found

    def _table(self, path: str, is_shown: bool) -> None:
        text = self.world.read_bytes(path).decode("utf-8-sig", "replace").replace("\r\n", "\n")
        table = read_csv(text, path).value
        if table is None:
            return
        _, shape = self.publication.data.get(path, ("", None))
        is_open = shape is None or self.sight.sees({"audience": shape.audience, "clearance": shape.clearance})
        rules = shape.columns if shape is not None else {}
        closed = {
            column
            for column, rule in rules.items()
            if not self.sight.sees({"audience": rule.audience, "clearance": rule.clearance})
        }
        held = {
            column: table.columns.index(column) for column in table.columns if column in CONDITION_COLUMNS
        }
        kept = [i for i, column in enumerate(table.columns) if column not in CONDITION_COLUMNS]
        whole = "" if is_shown else f"data '{path}', which no visible text uses"
        if not is_open:
            whole = f"data '{path}'"
        for index in kept:
            column = table.columns[index]
            owner = whole or (f"column '{column}' of {path}" if column in closed else "")
            if not column.isalpha() or owner == "":  # A plain word such as `year` gives nothing away.
                self._put("column", owner, path, table.lines[0] - 1 if table.lines else 1, [column])
        for row, line in zip(table.rows, table.lines, strict=True):
            conditions = {CONDITION_COLUMNS[column]: row[at] for column, at in held.items() if row[at]}
            owner = whole or ("" if self.sight.sees(conditions) else f"row of {path}")
            for index in kept:
                is_closed = table.columns[index] in closed
                mine = owner or (f"column '{table.columns[index]}' of {path}" if is_closed else "")
                self._put("cell", mine, path, line, dict.fromkeys((row[index], self.texts.name(row[index]))))
            if owner:
                self._put("row", owner, path, line, [" ".join(row[index] for index in kept)])
                continue
            seen = [row[index] for index in kept if table.columns[index] not in closed]
            self.source.visible.append(" ".join(map(self.texts.name, seen)))
            keys = {key for cell in seen for key in re.split(r"[;\s]+", cell)}
            self.shown.sources += keys & self.publication.references.keys()  # Timelines cite them.
        if whole:
            self._put("name", whole, path, 1, [path.rsplit("/", 1)[1]])

    def _pictures(self) -> None:
        shown = {path for folder, name in set(self.shown.pictures) if (path := self._place(folder, name))}
        for folder, name in dict.fromkeys(self.hidden.pictures):
            path = self._place(folder, name)
            if path is None or path in shown:
                continue
            shown.add(path)
            picture = read_picture(self.world, name, folder, Span(path)).value
            if picture is not None:
                digests = picture_digests(picture.data, picture.media_type)
                owner = "a picture that no visible text shows"
                self.source.withheld.append(
                    Withheld("picture", owner, path, 1, 1, path.rsplit("/", 1)[1], digests=digests)
                )
                texts = [text for text in metadata_texts(picture.data) if text.isprintable()]
                self._put("picture metadata", owner, path, 1, texts)

    def _place(self, folder: str, name: str) -> str | None:
        try:
            path = self.world.locate(name, folder)
        except PathRefused:
            return None
        return path if self.world.status(path) == "file" else None

    def _references(self) -> None:
        if self.publication.shape.references is None:
            return
        where = self.world.locate(self.publication.shape.references, self.publication.folder)
        text = self.world.read_bytes(where).decode("utf-8", "replace")
        cited = set(self.shown.sources)
        for key, item in self.publication.references.items():
            conditions = self.publication.source_conditions.get(key, ())
            if not self.sight.sees_all(conditions):
                owner = f"source '{key}'"
            else:
                owner = "" if key in cited else f"source '{key}', which no visible text cites"
            line = text.count("\n", 0, max(text.find(key), 0)) + 1
            self._put("source", owner, where, line, [*leaves(item), names_of(item)])
            self._put("name", owner, where, line, [key])
            if not owner:
                self.source.visible += citations_of(item, self.language)

    def _named(self, text: str) -> None:
        """Variables and abbreviations that only withheld text uses."""
        source = self.publication.source
        own = self.project.publication(self.publication.id).shape
        for language in (own.language, *own.translations):
            texts = self.publication.texts(language)
            place = ("translations", language) if language in own.translations else ()
            for name, value in texts.variables.items():
                is_used = (language, name) in self.variables
                owner = "" if is_used else f"variable '{name}', which no visible text uses"
                span = source.place(*place, "variables", name)
                self._put("variable", owner, span.path, span.line, [value], span.column)
            for term, meaning in texts.abbreviations.items():
                is_used = re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text)
                owner = "" if is_used else f"abbreviation '{term}', which no visible text uses"
                span = source.place(*place, "abbreviations", term)
                self._put("glossary term", owner, span.path, span.line, [term, meaning], span.column)
        self.source.visible += [own.language, *own.translations]
