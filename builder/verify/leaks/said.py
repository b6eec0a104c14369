"""What a publication and its editions say of themselves: shown to this edition, or withheld from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from builder.project import Project, Publication
from builder.verify.leaks.printed import leaves
from builder.verify.leaks.sight import Sight


class Said(Struct):
    """Reads metadata for one edition."""

    project: Project
    sight: Sight
    reasons: Sequence[str]
    """The codes of the reasons for bars that stand in the edition."""
    visible: list[str]
    """Gets what the edition may show."""
    put: Callable[..., None]
    """Is given each text with its kind, its owner where it is withheld, and its place."""

    @property
    def publication(self) -> Publication:
        """The publication in the language of the edition."""
        return self.sight.publication

    def read(self) -> None:
        """All of it but titles of sections, texts and references."""
        shape, source = self.publication.shape, self.publication.source
        for index, author in enumerate(shape.authors):
            sees = self.sight.sees({"audience": author.audience, "clearance": author.clearance})
            span = source.place("authors", index)
            texts = list(filter(None, (author.name, author.affiliation, author.email, author.about)))
            owner = "" if sees else f"author {index + 1}"
            self.put("author", owner, span.path, span.line, texts, span.column)
        own = self.sight.edition
        for name, edition in shape.editions.items():
            if edition is None:
                continue
            said = [(edition, ("editions", name))]
            said += [
                (words, ("editions", name, "translations", language))
                for language, words in edition.translations.items()
            ]
            for words, place in said:
                owner = "" if words is own else f"metadata of the edition '{name}'"
                for key in ("title", "subtitle", "short_title", "description"):
                    if value := getattr(words, key, None):
                        span = source.place(*place, key)
                        self.put("metadata", owner, span.path, span.line, [value], span.column)
        for name, audience in self.project.audiences.items():
            if name != self.sight.job.audience and audience.description:
                span = self.project.source.place("audiences", name, "description")
                owner = f"description of the audience '{name}'"
                self.put("metadata", owner, span.path, span.line, [audience.description], span.column)
        title = self.sight.audience.translations.get(self.sight.job.language)
        self.visible += [title.title] if title is not None else []
        for address in (shape.url, own.url, self.project.publication(self.publication.id).shape.url):
            self.visible += [str(address)] if address else []
        base = ("title", "subtitle", "short_title", "rights", "cite_as", "description", "identifier", "language")
        self.visible += [str(getattr(shape, key)) for key in base if getattr(shape, key)]
        for key in ("publisher", "series", "licence", "contact"):
            value = getattr(shape, key)
            self.visible += list(leaves(value.model_dump())) if value is not None else []
        self._reasons()
        for settled in (self.project.withheld_references, shape.withheld_references):
            self.visible += list(leaves(settled.model_dump())) if settled is not None else []
        self.visible += [*shape.keywords, self.sight.audience.title, shape.date.isoformat()]

    def _reasons(self) -> None:
        """Those of bars that stand in the edition; any other would tell what is withheld elsewhere."""
        source, languages = self.publication.source, self.project.publication(self.publication.id).shape.translations
        for code, text in self.project.redaction_reasons.items():
            owner = "" if code in self.reasons else f"the reason '{code}', for which nothing is redacted here"
            span = self.project.source.place("redaction_reasons", code)
            self.put("redaction reason", owner, span.path, span.line, [text], span.column)
            for language in languages:
                name = self.publication.texts(language).name(text)
                if name != text:
                    span = source.place("translations", language, "names", text)
                    self.put("redaction reason", owner, span.path, span.line, [name], span.column)
            self.visible += [] if owner else [code]
