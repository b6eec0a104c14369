"""Stable numbers: the same section, figure or table has the same number in every edition."""

from __future__ import annotations

from markdown_it.token import Token

from builder.charts.block import read_block
from builder.diagnostics import Checked
from builder.markdown.attributes import Attributes
from builder.markdown.tree import is_chart
from builder.model import Job
from builder.passes.draft import Draft, Work, block, div, place_tokens, text_token
from builder.passes.expand import expand
from builder.passes.number import number, place_of
from builder.passes.shape import shape
from builder.project import Project
from builder.resolve import drafts_of
from builder.select import select_all
from builder.selection import Selection
from builder.world import World


def stable_numbers(project: Project, job: Job, world: World) -> Checked[dict[str, str] | None]:
    """The number of everything that a publication numbers, by its place in the source, for all editions.

    Places and numbers are all that leaves this function: no word of what an edition withholds.
    """
    selected = select_all(project, job, world)
    if selected.value is None:
        return selected
    work = Work(selected.value, _NoWords(), "report", drafts_of(selected.value), world=world)
    for draft in work.sections():
        for pruned in draft.selected.others:
            draft.tokens += place_tokens(pruned)[0]
    expand(work)
    shape(work)
    for draft in work.sections():
        draft.tokens = [each for token in draft.tokens for each in _stand_in(work.selection, draft, token)]
    number(work)
    found = {place_of(draft): draft.number for draft in work.sections() if draft.number}
    tokens = [token for draft in work.sections() for token in draft.tokens if token.meta.get("number")]
    return Checked(found | {place_of(token): token.meta["number"] for token in tokens})


class _NoWords(dict):
    """The words of no language: nothing that is counted here is printed."""

    def __missing__(self, key: str) -> str:
        return ""


def _stand_in(selection: Selection, draft: Draft, token: Token) -> list[Token]:
    """A figure with a caption in the place of a chart, which need not be drawn to be counted."""
    if not is_chart(token):
        return [token]
    path = token.meta["span"].path
    texts = (draft.selected.body, *draft.selected.others, *selection.snippets.values())
    line = token.meta["span"].line
    pruned = max(
        (t for t in texts if t is not None and t.path == path and t.first_line <= line),
        key=lambda t: t.first_line,
    )
    read = read_block(token, pruned.text.split("\n"), pruned.first_line)
    if read.value is None:
        return []
    flags = () if read.value.shape.numbered else ("unnumbered",)
    caption = block("inline", "", 0, token)
    caption.children, caption.content = [text_token("")], "caption"
    made = div("figure", Attributes(flags=flags), [caption], token)
    made[0].meta = {**made[0].meta, "has_caption": True}
    return made
