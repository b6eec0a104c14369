"""A job's document: what its edition holds, in the theme and the language of the edition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from builder.conditions import Viewer
from builder.diagnostics import BuildProblem, Checked, has_errors
from builder.fit import shorten
from builder.formats import grid_of
from builder.language import load_words
from builder.model import Document, Job, Theme
from builder.project import Project
from builder.resolve import PASSES, resolve
from builder.select import select
from builder.selection import WHOLE, Choice, Selection
from builder.templating import environment
from builder.themes import adapt_theme, load_theme
from builder.verify.budget import within_budget
from builder.world import World
from builder.xhtml import Renderer

Begun = Callable[[Theme, dict[str, str], Document], None]
"""Is given a theme, the interface words, and a document without its text."""


def document_of(
    project: Project,
    job: Job,
    world: World,
    choice: Choice | None = None,
    renderer: type[Renderer] = Renderer,
    viewer: Viewer | None = None,
    passes: Sequence[Callable[[Any], None]] = PASSES,
    begun: Begun | None = None,
) -> Checked[Any]:
    """Runs the steps from select to resolve; the value is (selection, theme, words, document) or None.

    An edition that is to fit its budget is shortened until it has no more words than it may have. `begun` hears of any
    other as soon as all but its text is known. Only copies for review give a renderer, a viewer or passes of their own.
    """
    how = (renderer, viewer, passes)
    made = resolved(project, job, world, choice or WHOLE, *how, begun)
    if made.value is None or not made.value[0].edition.fit or not within_budget(made.value[3], b"", None):
        return made
    shorter = shorten(
        made.value[0],
        lambda alternatives: resolved(
            project, job, world, replace(choice or WHOLE, alternatives=alternatives), *how
        ),
        lambda each: None if each.value is None else not within_budget(each.value[3], b"", None),
    )
    return shorter or made


def resolved(
    project: Project,
    job: Job,
    world: World,
    choice: Choice,
    renderer: type[Renderer] = Renderer,
    viewer: Viewer | None = None,
    passes: Sequence[Callable[[Any], None]] = PASSES,
    begun: Begun | None = None,
) -> Checked[Any]:
    """The same as `document_of`, with the bodies that a choice names, however long the document becomes."""
    selected = select(project, job, world, choice, viewer)
    if selected.value is None:
        return selected
    selection: Selection = selected.value
    source = selection.publication.source
    language = selection.publication.shape.language
    words = load_words(world, language, source.place("language"))
    if has_errors(words.problems):
        return Checked(None, (*selected.problems, *words.problems))
    try:
        theme = load_theme(world, selection.theme)
        layout = selection.edition.layout or theme.layout
        grid = grid_of(selection.format, layout, job.kind)
        theme = adapt_theme(theme, layout, grid, job.kind.is_grey)
    except BuildProblem as problem:
        return Checked(None, (*selected.problems, *problem.problems))
    components = environment(world).get_template("shared/components.html").module
    numbers = Checked(None)
    if selection.numbering == "stable" and viewer is None:
        from builder.numbering import stable_numbers

        numbers = stable_numbers(project, job, world)
        if numbers.value is None:
            return Checked(None, (*selected.problems, *words.problems, *numbers.problems))
    tell = partial(begun, theme, words.value) if begun is not None and not selection.edition.fit else None
    resolved = resolve(selection, theme, words.value, components, world, passes, renderer, numbers.value, tell)
    problems = (*selected.problems, *words.problems, *resolved.problems)
    if resolved.value is None:
        return Checked(None, problems)
    return Checked((selection, theme, words.value, resolved.value), problems)
