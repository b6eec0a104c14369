"""A publication opened to its reviewers: every section, every alternative, whatever the conditions say."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from builder.conditions import Verdict, Viewer
from builder.model import Job
from builder.project import Project, Publication, Section
from builder.schema import ALTERNATIVES, EditionShape
from builder.themes import load_theme
from builder.world import World, theme_names

REVIEWERS = "proof copy"
"""The audience of a proof copy; with its space it can be no name of a real one."""
NOT_FOR_DISTRIBUTION = "Proof copy, not for distribution"
ALTERNATIVE = "-alternative-"
"""Between the id of a section and the name of an alternative, which a proof prints as a section below it."""


class Reviewer(Viewer, frozen=True):
    """A viewer who sees every unit whose condition can be read."""

    def judge(self, conditions: Mapping[str, str]) -> Verdict:
        """In, always; raises ConditionError for a condition that can't be read, as any viewer does."""
        Viewer.judge(self, conditions)
        return Verdict(True, "a proof copy holds every unit")


def open_everything(
    project: Project, name: str, world: World, language: str
) -> tuple[Project, Job, Reviewer]:
    """The project with one more edition, its job, and the viewer for whom nothing is withheld.

    Only these three together give the whole of a publication; none of them is reachable from a build.
    """
    publication = project.publication(name)
    highest = project.vocabulary.clearances[-1]
    like = next(iter(project.audiences.values()))
    audience = like.model_copy(
        update={
            "title": "Reviewers",
            "translations": {},
            "clearance": highest,
            "theme": _theme(project, publication, world),
            "max_pages": None,
            "max_words": None,
            "alternative": "full",
        }
    )
    shape = publication.shape.model_copy(
        update={
            "editions": {
                **publication.shape.editions,
                REVIEWERS: EditionShape(layout="report", format="A4", missing="source"),
            }
        }
    )
    sections = tuple(_with_alternatives(section) for section in publication.sections)
    opened = replace(
        project,
        audiences={**project.audiences, REVIEWERS: audience},
        publications=(replace(publication, shape=shape, sections=sections),),
    )
    job = Job(name, REVIEWERS, language, "pdf", language == shape.language)
    return opened, job, Reviewer(project.vocabulary, REVIEWERS, highest, "pdf")


def _with_alternatives(section: Section) -> Section:
    """The section with each alternative of its text as a section of its own, before those that it holds."""
    own = [made for name in ALTERNATIVES[1:] if (made := _alternative(section, name)) is not None]
    return replace(section, children=(*own, *map(_with_alternatives, section.children)))


def _alternative(section: Section, name: str) -> Section | None:
    """One alternative of a section and of its translations, as a section; None where it has none."""
    body = section.bodies.get(name)
    if body is None or section.front is None:
        return None
    title = f"Alternative text: {name.replace('_', ' ')}"
    changes = {"title": title, "standfirst": None, "short_title": None, "numbered": False}
    translations = {
        language: made
        for language, other in section.translations.items()
        if (made := _alternative(other, name)) is not None
    }
    return replace(
        section,
        id=f"{section.id}{ALTERNATIVE}{name}",
        front=section.front.model_copy(update=changes),
        title=title,
        conditions=(),
        tags=(),
        bodies={"full": body},
        children=(),
        span=replace(section.span, line=body.first_line),
        translations=translations,
    )


def _theme(project: Project, publication: Publication, world: World) -> str:
    """The theme of the edition that may see most, among the themes that are made for reports."""
    ranked = sorted(
        publication.shape.editions,
        key=lambda name: project.vocabulary.rank(project.audiences[name].clearance),
        reverse=True,
    )
    used = [publication.edition(name).theme or project.audiences[name].theme for name in ranked]
    names = [*used, *theme_names(world)]
    return next((name for name in names if load_theme(world, name).layout == "report"), names[0])
