"""What one edition contains, as values: sections, data and pictures, without anything that was withheld."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from builder.diagnostics import Span
from builder.images import Picture
from builder.model import Decision, Job
from builder.project import Publication, Section
from builder.schema import AudienceShape, BookletShape, EditionShape, WithheldReferencesShape
from builder.tables import DataTable
from builder.withhold import Pruned


class Choice(Struct, frozen=True):
    """A one-off choice of sections, from the command line or to fit a budget."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, str], ...] = ()
    """Section ids, each with the shorter alternative that makes the edition fit its budget."""


WHOLE = Choice()
"""No choice: every section that the edition may have."""


class Selected(Struct, frozen=True):
    """A section or part as one edition has it: pruned text, and nothing of what was withheld."""

    section: Section
    title: Pruned
    short_title: Pruned | None
    standfirst: Pruned | None
    body: Pruned | None
    children: tuple[Selected, ...]
    alternative: str = "full"
    """Which of its bodies is used."""
    others: tuple[Pruned, ...] = ()
    """The bodies of the other alternatives, where everything is counted."""

    @property
    def folder(self) -> str:
        """The folder that references in the text count from."""
        return self.section.path.rsplit("/", 1)[0]


class Selection(Struct, frozen=True):
    """What one edition contains, and why each unit is in or out."""

    job: Job
    publication: Publication
    edition: EditionShape
    sections: tuple[Selected, ...]
    snippets: dict[tuple[str, str], Pruned]
    """By name, and by the language of the text that uses the snippet."""
    data: dict[str, DataTable]
    """By the reference in the text."""
    data_paths: dict[str, str]
    pictures: dict[str, Picture]
    authors: tuple[int, ...]
    """Indexes of the authors that this edition names."""
    decisions: tuple[Decision, ...]
    audience: AudienceShape
    reasons: dict[str, str] = field(default_factory=dict)
    """What each code on a bar means to readers."""
    alternatives: tuple[tuple[str, str], ...] = ()
    """Section ids, each with the alternative that was chosen to fit a budget."""
    withheld: dict[str, Decision] = field(default_factory=dict)
    """By `snippet name`, `data reference` or `source key`: what visible text may use, but this edition not have."""
    withheld_references: WithheldReferencesShape = field(default_factory=WithheldReferencesShape)
    budget_places: dict[str, Span] = field(default_factory=dict)
    """Where `max_pages` and `max_words` are written."""

    @property
    def audience_title(self) -> str:
        """The audience as readers see it."""
        return self.audience.title

    def loses(self, span: Span, lines: Sequence[int] | None) -> bool:
        """Whether something is withheld from a block that begins at `span` and has these lines of its text."""
        end = span.line + (lines[1] - lines[0] if lines else 1)
        return any(
            not each.is_in and each.span.path == span.path and span.line <= each.span.line < end
            for each in self.decisions
        )

    @property
    def max_pages(self) -> int | None:
        """The page budget: the edition's own, else its audience's."""
        return self.edition.max_pages or self.audience.max_pages

    @property
    def max_words(self) -> int | None:
        """The word budget: the edition's own, else its audience's."""
        return self.edition.max_words or self.audience.max_words

    @property
    def numbering(self) -> str:
        """`continuous` or `stable`: the edition's own, else its publication's."""
        return self.edition.numbering or self.publication.shape.numbering

    @property
    def format(self) -> str:
        """The size of a page: the booklet's own, else the edition's, else its audience's."""
        own = self.booklet.format if self.job.kind.is_booklet else None
        return own or self.edition.format or self.audience.format

    @property
    def booklet(self) -> BookletShape:
        """How booklets are made: as the edition says, else its audience."""
        return self.edition.booklet or self.audience.booklet

    @property
    def theme(self) -> str:
        """The name of the theme: the edition's own, else its audience's."""
        return self.edition.theme or self.audience.theme
