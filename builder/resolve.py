"""Works out every number, link, note and list of an edition, and sets its text as XHTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from builder.coverage import covered
from builder.diagnostics import Checked, has_errors, unique
from builder.language import count_words
from builder.markdown.tree import text_of
from builder.metadata import metadata_of
from builder.model import Chapter, Document, Entry, Theme
from builder.passes.art import art
from builder.passes.bidi import bidi
from builder.passes.chart import chart
from builder.passes.cite import cite
from builder.passes.draft import Draft, Target, Work, inline_of, place_tokens
from builder.passes.expand import expand
from builder.passes.headings import headings
from builder.passes.links import link
from builder.passes.number import number
from builder.passes.redact import redact
from builder.passes.shape import shape
from builder.passes.signs import shown_in, signs
from builder.passes.text import ZERO_WIDTH_SPACE, typeset_text
from builder.selection import Selected, Selection
from builder.world import World
from builder.xhtml import Renderer

PASSES = (expand, redact, shape, chart, number, link)
"""The passes in their order; `cite` and `typeset_text` follow, and see finished links; `headings`, `bidi` and `signs` look."""
_BEFORE_TAG = re.compile("(?<= )(?=<[a-z])")


def resolve(
    selection: Selection,
    theme: Theme,
    words: dict[str, str],
    components: Any,
    world: World,
    passes: Sequence[Callable[[Work], None]] = PASSES,
    renderer: type[Renderer] = Renderer,
    numbers: dict[str, str] | None = None,
    begun: Callable[[Document], None] | None = None,
) -> Checked[Document | None]:
    """Turns a selection into the document that templates print; the value is None after any error.

    `numbers` are stable ones, where the edition has them; `begun` is given the document with the text of one chapter
    at the most, as soon as that much is known. Only the proof copy gives passes and a renderer of its own.
    """
    drafts = drafts_of(selection)
    work = Work(selection, words, theme.layout, drafts, theme=theme, world=world, numbers=numbers)
    for run in passes:
        run(work)
    cite(work, world)
    # Before spaces come that are for the eye: they part no words.
    for draft in work.sections():
        draft.words = _words(draft)
    ahead = None
    if begun is not None and not has_errors(work.problems):
        ahead = _edited_last(work)
        typeset_text(work, [ahead] if ahead else [])
        begun(_outline(work, theme, renderer(work, components, len(drafts), metadata_of(selection, words)), ahead))
    typeset_text(work, [draft for draft in drafts if draft is not ahead])
    headings(work)
    shown = shown_in(work)
    bidi(work, shown)
    signs(work, shown, covered(theme, world))
    if has_errors(work.problems):
        return Checked(None, unique(work.problems))
    document = _document(work, theme, components, renderer)
    problems = unique(work.problems)
    return Checked(None if has_errors(problems) else document, problems)


def drafts_of(selection: Selection) -> list[Draft]:
    """A draft for each unit that begins on a page of its own."""
    drafts: list[Draft] = []
    for selected in selection.sections:
        _flatten(selected, drafts)
    return drafts


def _flatten(selected: Selected, drafts: list[Draft], is_in_part: bool = False) -> None:
    """Parts stand beside their chapters: both are units that begin on a page of their own."""
    drafts.append(_draft(selected, 0))
    drafts[-1].is_in_part = is_in_part
    if selected.section.kind == "part":
        for child in selected.children:
            _flatten(child, drafts, is_in_part=True)


def _draft(selected: Selected, depth: int) -> Draft:
    section = selected.section
    tokens, notes = place_tokens(selected.body) if selected.body is not None else ([], {})
    is_part = section.kind == "part"
    children = [] if is_part else [_draft(child, depth + 1) for child in selected.children]
    return Draft(
        selected=selected,
        kind=section.kind,
        role="part" if is_part else section.front.role,
        depth=depth,
        anchor=section.anchor,
        title=inline_of(selected.title),
        standfirst=inline_of(selected.standfirst),
        short_title=inline_of(selected.short_title),
        tokens=tokens,
        notes=notes,
        children=children,
    )


def _edited_last(work: Work) -> Draft | None:
    """The chapter of a report whose text somebody wrote last: most likely, it is the one that has to be set."""
    if work.target == "epub" or work.layout == "brief":
        return None
    chapters = [draft for draft in work.drafts if draft.kind == "section" and draft.role != "bibliography"]

    def edited(chapter: Draft) -> int:
        return max(work.world.edited(draft.selected.section.span.path) for draft in chapter.walk())

    return max(chapters, key=edited, default=None)


def _outline(work: Work, theme: Theme, renderer: Renderer, ahead: Draft | None) -> Document:
    """The document without its text but for that of one chapter: what it says of itself, how long each chapter is."""
    chapters = tuple(
        _chapter(work, renderer, draft)
        if draft is ahead
        else Chapter(
            draft.kind, draft.role, draft.selected.section.id, draft.anchor, draft.number, "", "", "", "", "", (),
            draft.all_words, draft.language,
        )
        for draft in work.drafts
    )  # fmt: skip
    # Its page says that a chapter stands in a part, which the contents tell.
    contents = _contents(work, renderer, []) if ahead is not None and ahead.is_in_part else ()
    assets = tuple(renderer.assets.values())
    return Document(
        work.selection.job, renderer.metadata, theme.name, work.layout, chapters, contents, (), (), assets, 0, None, None,
        art=art(work),
    )  # fmt: skip


def _document(work: Work, theme: Theme, components: Any, make_renderer: type[Renderer]) -> Document:
    home = next((i for i, draft in enumerate(work.drafts) if draft.role == "bibliography"), len(work.drafts))
    metadata = metadata_of(work.selection, work.words)
    renderer = make_renderer(work, components, home, metadata)
    chapters = [_chapter(work, renderer, draft) for draft in work.drafts]
    if work.bibliography:
        if work.target != "epub":
            held = {anchor: _BEFORE_TAG.sub(ZERO_WIDTH_SPACE, entry) for anchor, entry in work.bibliography.items()}
            work.bibliography.update(held)
        entries = "".join(f'<li id="{anchor}">{entry}</li>\n' for anchor, entry in work.bibliography.items())
        kind = ("ol", "") if work.has_numbered_sources else ("ul", " by-name")
        html = f'<{kind[0]} class="references{kind[1]}">\n{entries}</{kind[0]}>\n'
        if home < len(chapters):
            chapters[home] = replace(chapters[home], html=chapters[home].html + html)
        else:
            chapters.append(_bibliography(work, html))
    contents = _contents(work, renderer, chapters)
    selection = work.selection
    return Document(
        job=selection.job,
        metadata=metadata,
        theme=theme.name,
        layout=work.layout,
        chapters=tuple(chapters),
        contents=contents,
        figures=tuple(_entry(renderer, target) for target in work.figures),
        tables=tuple(_entry(renderer, target) for target in work.tables),
        assets=tuple(renderer.assets.values()),
        words=sum(chapter.words for chapter in chapters),
        max_pages=selection.max_pages,
        max_words=selection.max_words,
        max_pages_at=selection.budget_places.get("max_pages"),
        max_words_at=selection.budget_places.get("max_words"),
        thickness=selection.booklet.thickness if selection.job.kind.is_booklet else 0,
        art=art(work),
        sections=tuple((draft.selected.section.id, draft.words) for draft in work.sections()),
    )


def _chapter(work: Work, renderer: Renderer, draft: Draft) -> Chapter:
    html = renderer.chapter(draft)
    plain = " ".join(text_of(draft.title).split())
    return Chapter(
        kind=draft.kind,
        role=draft.role,
        id=draft.selected.section.id if draft.kind == "section" else draft.anchor,
        anchor=draft.anchor,
        number=draft.number,
        title=renderer.title(draft.title),
        plain_title=plain,
        short_title=" ".join(text_of(draft.short_title).split()) or plain,
        standfirst=renderer.title(draft.standfirst),
        html=html,
        notes=tuple(renderer.notes) if work.target == "epub" else (),
        words=draft.all_words,
        language=draft.language,
        source=draft.selected.section.span,
    )


def _bibliography(work: Work, html: str) -> Chapter:
    title = work.words["bibliography"]
    return Chapter(
        "section", "bibliography", "bibliography", "sec-bibliography", "", escape(title), title, title, "", html, (),
        0, work.language,
    )  # fmt: skip


def _words(draft: Draft) -> int:
    """Words of a section's title and text, notes included, as a reader counts them."""
    texts = [text_of(draft.title), text_of(draft.standfirst)]
    for tokens in (draft.tokens, *draft.notes.values()):
        texts.extend(
            text_of(token.children or []) if token.type == "inline" else token.content for token in tokens
        )
    return sum(map(count_words, texts))


def _contents(work: Work, renderer: Renderer, chapters: list[Chapter]) -> tuple[Entry, ...]:
    entries: list[Entry] = []
    inside_part = False
    for draft in work.drafts:
        entry = _draft_entry(work, renderer, draft, 1)
        if draft.kind == "part":
            entries.append(entry)
            inside_part = True
        elif inside_part and draft.is_in_part:
            part = entries[-1]
            entries[-1] = _append(part, entry)
        else:
            inside_part = False
            entries.append(entry)
    for chapter in chapters[len(work.drafts) :]:
        entries.append(Entry(chapter.title, chapter.plain_title, "", chapter.anchor, 1, "section"))
    return tuple(entries)


def _append(part: Entry, entry: Entry) -> Entry:
    return replace(part, children=(*part.children, entry))


def _draft_entry(work: Work, renderer: Renderer, draft: Draft, level: int) -> Entry:
    children: list[Entry] = []
    for token, inline in pairwise([*draft.tokens, None]):
        if token.type == "heading_open" and token.meta.get("own_level") == 2:
            plain = " ".join(text_of(inline.children or []).split())
            title = renderer.title(inline.children or [])
            children.append(Entry(title, plain, "", token.meta["anchor"], level + 1, "heading"))
    children.extend(_draft_entry(work, renderer, child, level + 1) for child in draft.children)
    plain = " ".join(text_of(draft.title).split())
    kind = "part" if draft.kind == "part" else "section"
    title = renderer.title(draft.title)
    if draft.language != work.language:
        title = f"<span{renderer.tongue(draft.language, work.language)}>{title}</span>"
    return Entry(title, plain, draft.number, draft.anchor, level, kind, tuple(children))


def _entry(renderer: Renderer, target: Target) -> Entry:
    plain = " ".join(text_of(target.title).split())
    title = renderer.title(target.title)
    return Entry(title, plain, target.number, target.anchor, 1, target.kind, source=target.span)
