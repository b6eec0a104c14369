"""The two sides of a comparison, and the clearance that it takes to read both."""

from __future__ import annotations

from msgspec import Struct

from builder.conditions import Vocabulary
from builder.diagnostics import Checked
from builder.diff.units import Text, text_of_document
from builder.document import document_of
from builder.model import Document, Job, Theme
from builder.project import Project
from builder.select import viewer_of
from builder.traced import TracedRenderer
from builder.world import World


class Side(Struct, frozen=True):
    """One edition in one state, resolved and read."""

    name: str
    """As it was asked for: an edition, or a revision of one."""
    document: Document
    text: Text
    theme: Theme
    words: dict[str, str]
    ceiling: str


def read_side(name: str, project: Project, job: Job, world: World) -> Checked[Side | None]:
    """Resolves an edition for a comparison; the value is None after any error."""
    made = document_of(project, job, world, renderer=TracedRenderer)
    if made.value is None:
        return Checked(None, made.problems)
    _, theme, words, document = made.value
    side = Side(name, document, text_of_document(document), theme, words, viewer_of(project, job).ceiling)
    return Checked(side, made.problems)


def higher(vocabulary: Vocabulary, *ceilings: str) -> str:
    """The highest of the clearances; the top of the ladder where one is on it no more."""
    ladder = vocabulary.clearances
    return max((each if each in ladder else ladder[-1] for each in ceilings), key=ladder.index)
