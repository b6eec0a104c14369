"""What one edition may see, worked out afresh from the declared names: the witness's own judgement.

Nothing here uses `builder.select` or `builder.withhold`: where those are wrong, this must not be
wrong with them. It shares the parser, and the reader of expressions, with the rest of the builder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from builder.conditions import TARGETS, ConditionError, holds, parse_expression
from builder.localize import localize
from builder.markdown.attributes import Attributes
from builder.model import Job
from builder.project import Project, Publication, Section

KEYS = ("audience", "clearance", "target")


class Withheld(Struct, frozen=True):
    """A stretch of the source that an edition must not contain."""

    kind: str
    """What it is: `text`, `title`, `caption`, `cell`, `name`, `address`, `picture` and so on."""
    owner: str
    """The unit that withholds it, in words for the author."""
    path: str
    line: int
    column: int
    text: str
    is_context: bool = False
    """Whether it begins and ends with visible words that stand around a few withheld ones."""
    digests: tuple[str, ...] = ()
    """Hashes of a picture: of its bytes, and of its pixels."""


class Sight:
    """One job's right to see: its audience, the lower of two ceilings, its target, its tags."""

    def __init__(
        self, project: Project, job: Job, words: Mapping[str, str], alternatives: Iterable[tuple[str, str]] = ()
    ):
        self.alternatives = dict(alternatives)
        self.names, self.job = project.vocabulary, job
        self.labels = tuple((key, word) for key, word in words.items() if isinstance(word, str))
        """The interface words that are no table of forms."""
        whole = project.publication(job.publication)
        self.publication: Publication = localize(whole, job.audience, job.language)
        self.edition = self.publication.edition(job.audience)
        self.audience = project.audiences[job.audience]
        self.is_whole = (self.edition.missing or whole.shape.missing) != "omit"
        ceilings = [self.audience.clearance, *filter(None, [self.edition.clearance])]
        self.ceiling = min(self.names.rank(name) for name in ceilings)
        self.seen: dict[str, bool] = {}
        top = {section.id for section in self.publication.sections}
        named = set(self.edition.sections) if self.edition.sections is not None else top
        for section in self.publication.sections:
            self._enter(section, section.id in named, is_root=True)

    def sees(self, conditions: Mapping[str, str]) -> bool:
        """Whether every condition passes; one that can't be read does not."""
        try:
            return all(self._passes(key, conditions[key]) for key in KEYS if conditions.get(key) is not None)
        except ConditionError:
            return False

    def sees_attributes(self, attributes: Attributes) -> bool:
        """Whether the conditions among some attributes pass."""
        return self.sees({key: value for key, value in attributes.values if key in KEYS})

    def sees_all(self, conditions: Iterable[tuple[str, str, object]]) -> bool:
        """Whether each condition of a unit passes; one key may stand there twice."""
        return all(self.sees({key: value}) for key, value, _ in conditions)

    def sees_section(self, section: Section) -> bool:
        """Whether a section or part is in the edition."""
        return self.seen[section.id]

    def shown(self, section: Section) -> Section:
        """The section in the language in which the edition prints it: its source where the alternative is lacking."""
        source, wanted = section.source, self.alternative(section)
        if source is None or wanted in section.bodies or wanted not in source.bodies:
            return section
        return source

    def alternative(self, section: Section) -> str:
        """The body that the edition wants of a section: chosen to fit, the edition's for it, its own, its audience's."""
        name = section.id
        return (
            self.alternatives.get(name)
            or self.edition.alternatives.get(name)
            or self.edition.alternative
            or self.audience.alternative
        )

    def _passes(self, key: str, value: str) -> bool:
        if key == "clearance":
            return self.names.rank(value.strip()) <= self.ceiling
        if key == "audience":
            expression = parse_expression(value, self.names.audiences, "audience")
            return holds(expression, [self.job.audience])
        target, kind = self.job.target, self.job.kind
        return holds(parse_expression(value, TARGETS, "target"), {target, kind.base, *kind.joins})

    def _enter(self, section: Section, is_above_in: bool, is_root: bool) -> None:
        shown = self.shown(section)
        is_in = is_above_in and self.sees_all(shown.conditions) and self._wants(section)
        if section.kind == "section" and shown.language != self.job.language:
            is_in = is_in and self.is_whole
        stated = (section.source or section).conditions
        if is_root and not any(key == "clearance" for key, _, _ in stated):
            is_in = is_in and self.sees({"clearance": self.publication.shape.default_clearance})
        for child in section.children:
            self._enter(child, is_in, is_root=False)
        if section.kind == "part":
            is_in = is_in and any(self.seen[child.id] for child in section.children)
        self.seen[section.id] = is_in

    def _wants(self, section: Section) -> bool:
        wanted = self.edition.tags
        if wanted is None or not section.tags:
            return True
        return holds(parse_expression(wanted, self.names.tags, "tag"), section.tags)
