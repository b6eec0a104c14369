"""Reads the files `x.<language>.md` beside sections and snippets: nothing in them is more open than their source."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import Any

from msgspec.structs import replace

from builder.conditions import CONDITION_KEYS, TARGETS, ConditionError, holds, parse_expression
from builder.diagnostics import Diagnostic, Severity, Span, did_you_mean
from builder.markdown.door import parse
from builder.markdown.vocabulary import LANGUAGE
from builder.names import Names
from builder.project import Body, Section, Snippet, bodies_in, conditions_in
from builder.schema import ALTERNATIVES, PublicationShape, TranslatedFrontShape, TranslatedSnippetShape
from builder.sources import Source
from builder.withhold import conditions_of

Conditions = tuple[tuple[str, str, Span], ...]
_NAME = re.compile(rf"(?P<stem>.+)\.(?P<language>{LANGUAGE.pattern})\.md")
_WORDS = ("title", "short_title", "standfirst")


def state_of(texts: dict[str, str]) -> str:
    """A short hash of what a translator works from; it changes with every word of the source."""
    digest = hashlib.sha256()
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\0{text.strip()}\0".encode())
    return digest.hexdigest()[:12]


class Translator:
    """Finds, reads and checks the translations of one publication."""

    def __init__(self, names: Names, folder: str, shape: PublicationShape, source: Source):
        self.names, self.reader, self.folder = names, names.reader, folder
        self.declared, self.shape, self.source = names.declared, shape, source
        self.languages = tuple(shape.translations)
        self.found: dict[str, re.Match[str]] = {
            path: match
            for path in names.reader.files(folder, ".md")
            if (match := _NAME.fullmatch(path)) is not None
        }
        self.used: set[str] = set()

    def check_languages(self) -> None:
        """Reports each language that is named and that the publication does not have, or has as its own."""
        own = self.shape.language
        if own in self.languages:
            message, span = (
                f"'{own}' is the publication's own language",
                self.source.place("translations", own, "~key"),
            )
            hint = "delete it: the words of the source stand above"
            self.reader.add("unknown-language", message, span, hint)
        for name, edition in self.shape.editions.items():
            named = (edition and edition.languages) or []
            places = [(language, ("editions", name, "languages", n)) for n, language in enumerate(named)]
            for language, place in places:
                self._check_language(language, (own, *self.languages), place)
                if named.index(language) < place[-1]:
                    span = self.source.place(*place)
                    self.reader.add("duplicate-name", f"'{language}' stands twice", span, "delete one")
            for language in edition.translations if edition else ():
                self._check_language(language, self.languages, ("editions", name, "translations", language))

    def _check_language(self, language: str, known: tuple[str, ...], place: tuple[Any, ...]) -> None:
        if language not in known:
            hint = f"add 'translations: {{{language}: {{title: …}}}}' to the publication"
            message = f"the publication has no translation into '{language}'"
            self.reader.add("unknown-language", message, self.source.place(*place), hint)

    def sections(self, sections: tuple[Section, ...]) -> tuple[Section, ...]:
        """The sections with their translations."""
        top = self.shape.default_clearance
        if top not in self.declared.clearances:
            return sections
        made = tuple(self._section(section, top) for section in sections)
        self._check_parts(made)
        return made

    def _section(self, section: Section, inherited: str) -> Section:
        own = [value for key, value, _ in section.conditions if key == "clearance"]
        known = (value for value in own if value in self.declared.clearances)
        floor = max(known, key=self.declared.rank, default=inherited)
        children = tuple(self._section(child, floor) for child in section.children)
        translations = {}
        for language in self.languages:
            made = (
                self._part(section, language)
                if section.kind == "part"
                else self._file(section, language, floor)
            )
            if made is not None:
                translations[language] = made
        return replace(section, children=children, translations=translations)

    def _part(self, section: Section, language: str) -> Section | None:
        title = self.shape.translations[language].parts.get(section.id)
        if title is None:
            return None
        span = self.source.place("translations", language, "parts", section.id)
        return replace(section, title=title, span=span, children=(), language=language, source=section)

    def _check_parts(self, sections: tuple[Section, ...]) -> None:
        known = [section.id for section in sections if section.kind == "part"]
        for language, translation in self.shape.translations.items():
            for name in translation.parts:
                if name not in known:
                    span = self.source.place("translations", language, "parts", name, "~key")
                    self.reader.add(
                        "unknown-section", f"unknown part '{name}'", span, did_you_mean(name, known)
                    )

    def _open(self, path: str, language: str, model: Any) -> tuple[Any, Source, Body, str] | None:
        """Shape, places, text and path of the translation of a file; None where there is none, or a bad one."""
        name = f"{path.removesuffix('.md')}.{language}.md"
        if name not in self.found:
            return None
        self.used.add(name)
        read = self.reader.front(model, name, "'title: …', 'translates: …'")
        return None if read is None else (*read, name)

    def _file(self, section: Section, language: str, floor: str) -> Section | None:
        opened = self._open(section.path, language, TranslatedFrontShape)
        if opened is None or section.front is None:
            return None
        front, source, body, path = opened
        if front.id is not None and front.id != section.id:
            message = f"a translation of '{section.id}' with the id '{front.id}'"
            self.reader.add("translation-differs", message, source.place("id"), f"write 'id: {section.id}'")
        own = conditions_in(front, source)
        self._check_strictness(own, section.conditions, floor)
        bodies = bodies_in(front, source, body)
        texts, theirs = self._texts(section.front, section.bodies), self._texts(front, bodies)
        for name in sorted(set(bodies) - set(section.bodies)):
            message = f"'{name}' in the translation, and none in {section.path}"
            self.reader.add("translation-differs", message, source.place(name, "~key"), "delete it")
        for name, text in texts.items():
            if name in theirs:
                place = source.place(name) if name != "full" else Span(path, body.first_line)
                self._check_units(text, theirs[name], section.path, place)
        self._check_state(front.translates, state_of(texts), section.path, source)
        changes = {key: getattr(front, key) for key in (*_WORDS, *ALTERNATIVES[1:])}
        return replace(
            section,
            path=path,
            front=section.front.model_copy(update=changes),
            title=front.title,
            conditions=section.conditions + own,
            span=source.place("title"),
            bodies=bodies,
            children=(),
            language=language,
            source=section,
            is_draft=front.status == "draft",
        )

    def _texts(self, front: Any, bodies: dict[str, Body]) -> dict[str, str]:
        words = {key: getattr(front, key) for key in _WORDS if getattr(front, key) is not None}
        return words | {name: body.text for name, body in bodies.items()}

    def translated_snippets(self) -> frozenset[str]:
        """The paths of files that are translations of snippets, and no snippets of their own."""
        folder = f"{self.folder}/snippets/"
        known = (p for p, m in self.found.items() if p.startswith(folder) and m["language"] in self.languages)
        return frozenset(known)

    def snippets(self, snippets: dict[str, Snippet]) -> dict[str, Snippet]:
        """The snippets with their translations."""
        return {name: self._snippet(snippet) for name, snippet in snippets.items()}

    def _snippet(self, snippet: Snippet) -> Snippet:
        translations = {}
        for language in self.languages:
            opened = self._open(snippet.path, language, TranslatedSnippetShape)
            if opened is None:
                continue
            front, source, body, path = opened
            own = conditions_in(front, source)
            self._check_strictness(own, snippet.conditions, None)
            self._check_units(snippet.body.text, body.text, snippet.path, Span(path, body.first_line))
            state = state_of({"full": snippet.body.text})
            self._check_state(front.translates, state, snippet.path, source)
            conditions = snippet.conditions + own
            translations[language] = Snippet(snippet.name, path, body, conditions, language, snippet.redact)
        return replace(snippet, translations=translations)

    def _check_strictness(self, own: Conditions, source: Conditions, floor: str | None) -> None:
        """Whoever may see the translation may see the source: else the translation's condition is an error."""
        before = len(self.reader.problems)
        self.names.check_conditions(own)
        if len(self.reader.problems) > before:
            return
        for key, value, span in own:
            known = [theirs for other, theirs, _ in source if other == key]
            if key == "clearance":
                floors = [name for name in (*known, floor) if name in self.declared.clearances]
                rank = max(map(self.declared.rank, floors), default=0)
                is_loose = self.declared.rank(value) < rank
            else:
                is_loose = any(not self._implies(key, value, theirs) for theirs in known)
            if is_loose:
                message = f"'{key}: {value}' opens the translation further than its source"
                self.reader.add(
                    "translation-differs", message, span, "delete the line: the source's condition holds"
                )

    def _implies(self, key: str, narrow: str, wide: str) -> bool:
        names = self.declared.audiences if key == "audience" else tuple(TARGETS)
        try:
            first, second = (parse_expression(text, names, key) for text in (narrow, wide))
        except ConditionError:
            return True  # Reported where it stands.
        return all(holds(second, [name]) for name in names if holds(first, [name]))

    def _check_units(self, source: str, translation: str, path: str, span: Span) -> None:
        """Each condition of the source stands in the translation as often: a forgotten one would open its words."""
        ours, theirs = _conditions(translation), _conditions(source)
        for (key, value), count in (theirs - ours).items():
            message = f"{count} {'unit' if count == 1 else 'units'} for '{key}={value}' fewer than in {path}"
            hint = f'give the same words the same condition; where they are left out, write []{{{key}="{value}"}}'
            self.reader.add("translation-differs", message, span, hint)

    def _check_state(self, said: str | None, state: str, path: str, source: Source) -> None:
        if said == state:
            return
        what = "is older than its source" if said else "does not say which state of its source it translates"
        hint = f"compare it with {path}, then write 'translates: {state}'"
        message = f"the translation {what}"
        self.reader.problems.append(
            Diagnostic("old-translation", message, source.place("translates"), hint, Severity.WARNING)
        )

    def report_strays(self, sections: dict[str, Span]) -> None:
        """Warns of files that are named like translations but translate nothing."""
        for path, match in self.found.items():
            source, language = f"{match['stem']}.md", match["language"]
            if path in self.used or path in sections:
                continue
            if language in self.languages:
                message = f"a translation of '{source.rsplit('/', 1)[1]}', which is no section or snippet"
                hint = "correct the name of the file, or list its source under 'sections'"
            elif source in sections:
                message = f"a translation into '{language}', which the publication does not have"
                hint = f"add 'translations: {{{language}: {{title: …}}}}' to publication.yaml, or rename the file"
            else:
                continue
            self.reader.problems.append(
                Diagnostic("stray-translation", message, Span(path, 1), hint, Severity.WARNING)
            )


def _conditions(text: str) -> Counter[tuple[str, str]]:
    """How often each condition stands in a text."""
    found: Counter[tuple[str, str]] = Counter()
    for unit in parse(text, "", 1).units:
        own = conditions_of(unit.attributes)
        found.update((key, " ".join(own[key].split())) for key in CONDITION_KEYS if key in own)
    return found
