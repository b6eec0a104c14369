"""Makes the proof copy of a publication, from its source to one PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from builder.diagnostics import BuildProblem, Checked, has_errors
from builder.document import document_of
from builder.model import Document, Theme
from builder.passes.expand import expand
from builder.passes.links import link
from builder.passes.number import number
from builder.passes.shape import shape
from builder.project import Project
from builder.proof.everything import NOT_FOR_DISTRIBUTION, open_everything
from builder.proof.margin import ATTRIBUTES, COLUMN, Margin, margins_of
from builder.proof.marking import ProofRenderer, distinct
from builder.proof.marks import Marked, find_marks
from builder.proof.rows import chart_or_rows
from builder.render import print_css, render, render_as
from builder.selection import Selection
from builder.templating import environment, fill
from builder.world import World
from builder.writers.pdf import write_pdf, write_sheets
from builder.writers.sheets import lay_over, page_sizes, spots_of

PASSES = (expand, shape, chart_or_rows, distinct, number, link)


class Proof(Struct, frozen=True):
    """A finished proof copy."""

    publication: str
    data: bytes
    pages: int
    words: int
    clearance: str
    """The highest of the ladder: what it takes to read this file."""
    marked: Marked


def make_proof(
    project: Project, name: str, world: World, cache: Path, language: str = ""
) -> Checked[Proof | None]:
    """Sets every unit of a publication as a report with marks; the value is None after any error.

    Without a language it is the publication's own; what is not translated stands in that one.
    """
    language = language or project.publication(name).shape.language
    try:
        opened, job, viewer = open_everything(project, name, world, language)
        made = document_of(opened, job, world, renderer=ProofRenderer, viewer=viewer, passes=PASSES)
        if made.value is None:
            return Checked(None, made.problems)
        selection, theme, words, document = made.value
        written = _write(opened, selection, document, theme, words, world, cache)
    except BuildProblem as problem:
        return Checked(None, problem.problems)
    problems = (*made.problems, *written.problems)
    return Checked(None if has_errors(problems) else written.value, problems)


def _write(
    project: Project,
    selection: Selection,
    document: Document,
    theme: Theme,
    words: dict[str, str],
    world: World,
    cache: Path,
) -> Checked[Proof]:
    marked = find_marks(project, selection, document, world)
    publication = project.publication(selection.publication.id)
    editions = [
        (name, publication.edition(name), project.audiences[name])
        for name in publication.shape.editions
        if name != selection.job.audience
    ]
    values = {"marked": marked, "editions": editions, "clearance": project.vocabulary.clearances[-1]}
    rendition = render_as("proof", render(document, theme, words, world), theme, words, world, **values)

    def look(laid_out: Any) -> tuple[list[Margin], list[tuple[float, float]]]:
        sizes = page_sizes(laid_out)
        return margins_of(spots_of(laid_out, ATTRIBUTES), sizes, marked), sizes

    written = write_pdf(rendition, theme, world, cache, look)
    margins, sizes = written.value.seen
    env = environment(world)
    html = fill(env, "pdf/proof-margin.html", margins=margins, sizes=sizes, column=COLUMN, theme=theme)
    css = [
        (world.templates / "pdf" / f"{name}.css").read_text(encoding="utf-8")
        for name in ("proof", "proof-margin")
    ]
    files = {"styles.css": "\n".join([print_css(theme, world), *css]).encode()}
    over = write_sheets(f"{document.job} (margin)", html, files, theme, document.metadata, world, cache)
    data = lay_over(written.value.data, over.value.data, NOT_FOR_DISTRIBUTION)
    proof = Proof(
        publication.id, data, written.value.pages, document.words, project.vocabulary.clearances[-1], marked
    )
    # Where pages have holes is a matter of the editions; here only what can't be set counts.
    return Checked(proof, tuple(each for each in (*written.problems, *over.problems) if has_errors([each])))
