"""Gives the tokens their final shape: divs by name, figures, captioned tables, heading levels."""

from __future__ import annotations

import re

from markdown_it.token import Token

from builder.markdown.attributes import EMPTY, Attributes, joined
from builder.markdown.tree import attributes_of, closing, pair_captions, text_of
from builder.passes.data_table import data_table
from builder.passes.draft import Draft, Work, block, div, text_token
from builder.passes.timeline import timeline
from builder.passes.withheld import settled_block

_HOLDERS = {
    "bullet_list_open", "ordered_list_open", "list_item_open", "blockquote_open", "dl_open", "dt_open", "dd_open",
}  # fmt: skip
HOLDING = {
    "key-messages", "recommendation", "box", "quote", "key-figures", "facts", "note", "warning", "tip", "timeline",
}  # fmt: skip
"""Components that are nothing without what they hold: one whose content is withheld goes with its title."""


def shape(work: Work) -> None:
    """Pass: forms figures and tables, and sets the levels of headings."""
    for draft in work.sections():
        draft.tokens = _blocks(work, draft, draft.tokens)
        _levels(work, draft)
        draft.notes = {key: _blocks(work, draft, tokens) for key, tokens in draft.notes.items()}


def _blocks(work: Work, draft: Draft, tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    captions = pair_captions(tokens)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = closing(tokens, index) if token.nesting == 1 else index
        if token.type == "div_open":
            found.extend(_div(work, draft, token, tokens[index + 1 : end], tokens[end]))
        elif token.type == "table_open":
            caption = captions.get(index)
            words = tokens[caption : caption + 3] if caption is not None else []
            found.extend(_table(token, words, tokens[index : end + 1]))
        elif token.meta.get("caption"):
            if index not in captions.values():
                work.add(
                    "stray-caption", "a caption with no table above or below it", token.meta["span"],
                    "put 'Table: …' directly next to a table",
                )  # fmt: skip
        elif token.type == "paragraph_open" and (image := _lone_image(tokens, index)) is not None:
            found.extend(_figure(token, image))
        elif token.type != "attribute_line":
            # Lists and quotations hold tables and divs of their own.
            inner = (
                _blocks(work, draft, tokens[index + 1 : end])
                if token.type in _HOLDERS
                else tokens[index + 1 : end]
            )
            found.extend([token, *inner, *tokens[end : end + 1]] if end > index else [token])
        index = end + 1
    return found


def _div(work: Work, draft: Draft, token: Token, inner: list[Token], closer: Token) -> list[Token]:
    attributes = attributes_of(token)
    if decision := work.selection.withheld.get(f"data {attributes.get('data')}"):
        what = f"data '{attributes.get('data')}'"
        return settled_block(work, what, decision, attributes, token, token.info)
    if token.info == "figure":
        return _figure_div(work, draft, token, attributes, inner)
    if token.info == "table":
        return _table_div(work, draft, token, attributes, inner)
    if token.info == "timeline" and attributes.get("data"):
        inner = timeline(work, token, attributes)
        return div("timeline", attributes, inner, token) if inner else []
    inner = _blocks(work, draft, inner)
    if token.info == "timeline":
        inner = _without_bare_dates(work, token, inner)
    if token.info in HOLDING and not inner:
        return []
    if not token.info and not (attributes.id or attributes.classes or _tongue(attributes)):
        return inner
    token.meta = {**token.meta, "attributes": attributes}
    return [token, *inner, closer]


def _without_bare_dates(work: Work, opener: Token, inner: list[Token]) -> list[Token]:
    """The list without each item that lost its event and kept only what is bold; empty where none is left."""
    kept: list[Token] = []
    index = 0
    while index < len(inner):
        token = inner[index]
        end = closing(inner, index) if token.type == "list_item_open" else index
        item = inner[index : end + 1]
        if end == index or not (_is_bare(item) and work.selection.loses(token.meta["span"], token.map)):
            kept += item
        index = end + 1
    return kept if any(token.type == "list_item_open" for token in kept) else []


def _is_bare(item: list[Token]) -> bool:
    """Whether a list item holds one line of bold words and nothing else."""
    lines = [token.children or [] for token in item if token.type == "inline"]
    words = [t for line in lines for t in line if t.type != "text" or t.content.strip()]
    if len(lines) != 1 or len(item) > 5 or not words or words[0].type != "strong_open":
        return False
    return closing(words, 0) == len(words) - 1


def _tongue(attributes: Attributes) -> bool:
    return attributes.get("lang") is not None or attributes.get("dir") is not None


def _lone_image(tokens: list[Token], index: int) -> Token | None:
    children = [
        child
        for child in tokens[index + 1].children or ()
        if child.type != "softbreak" and (child.type != "text" or child.content.strip())
    ]
    return children[0] if len(children) == 1 and children[0].type == "image" else None


def _figure(paragraph: Token, image: Token) -> list[Token]:
    attributes = joined(image.meta.get("attributes", EMPTY), paragraph.meta.get("line_attributes", EMPTY))
    image.meta = {**image.meta, "attributes": attributes}
    caption: list[Token] = []
    text = image.attrs.pop("title", None) or attributes.get("caption")
    if text:
        caption = [_inline(paragraph, [text_token(str(text))])]
    return _make_figure(paragraph, attributes, image, caption)


def _inline(like: Token, children: list[Token]) -> Token:
    token = block("inline", "", 0, like)
    token.children = children
    token.content = text_of(children)
    return token


def _make_figure(like: Token, attributes: Attributes, image: Token, caption: list[Token]) -> list[Token]:
    made = div("figure", attributes, caption, like)
    made[0].meta = {**made[0].meta, "image": image, "has_caption": bool(caption)}
    return made


def _figure_div(
    work: Work, draft: Draft, token: Token, attributes: Attributes, inner: list[Token]
) -> list[Token]:
    image: Token | None = None
    caption: list[Token] = []
    for index, child in enumerate(inner):
        if child.type != "inline":
            continue
        lone = _lone_image(inner, index - 1)
        if lone is not None and image is None:
            image = lone
        else:
            if caption:
                caption[-1].children.append(text_token(" "))
                caption[-1].children.extend(child.children or ())
            else:
                caption.append(_inline(token, list(child.children or ())))
    if image is None:
        work.add(
            "figure-without-image",
            "a figure without an image",
            token.meta["span"],
            "put ![alt](file) on a line of its own in it",
        )
        return []
    if not caption and attributes.get("caption"):
        caption = [_inline(token, [text_token(attributes.get("caption") or "")])]
    return _make_figure(token, attributes, image, caption)


def _table(like: Token, caption: list[Token], table: list[Token]) -> list[Token]:
    own = attributes_of(caption[0]) if caption else EMPTY
    attributes = joined(own, attributes_of(table[0]))
    inner = [_inline(like, caption[1].children or [])] if caption else []
    made = div("table", attributes, [*inner, *table], like)
    made[0].meta = {**made[0].meta, "has_caption": bool(caption)}
    return made


def _table_div(
    work: Work, draft: Draft, token: Token, attributes: Attributes, inner: list[Token]
) -> list[Token]:
    caption: list[Token] = []
    text = attributes.get("caption")
    if text:
        caption = [_inline(token, [text_token(text)])]
    if attributes.get("data"):
        table = data_table(work, draft.language, token, attributes)
    else:
        start = next((i for i, child in enumerate(inner) if child.type == "table_open"), None)
        if start is None:
            work.add(
                "table-without-rows",
                "a table div without a table",
                token.meta["span"],
                "put a pipe table into it, or name data=…",
            )
            return []
        table = inner[start : closing(inner, start) + 1]
        for index, child in enumerate(inner):
            if child.meta.get("caption") and not caption:
                caption = [_inline(token, inner[index + 1].children or [])]
    made = div("table", attributes, [*caption, *table], token)
    made[0].meta = {**made[0].meta, "has_caption": bool(caption)}
    return made if table else []


def _levels(work: Work, draft: Draft) -> None:
    """Headings of the text lie below the section's own title, and none skips a level."""
    shift = draft.depth + (1 if work.layout == "brief" else 0)
    previous = 1
    for index, token in enumerate(draft.tokens):
        if token.type == "html_block":
            previous = _raw_levels(work, token, previous, shift)
        if token.type not in ("heading_open", "heading_close"):
            continue
        level = int(token.tag[1])
        if token.type == "heading_open":
            if level == 1:
                work.warn(
                    "heading-level", "a heading of level 1 inside a section", token.meta["span"],
                    "the title stands in the front matter; begin with '##'",
                )  # fmt: skip
            elif level > previous + 1:
                work.warn(
                    "heading-skipped", f"a heading of level {level} below one of level {previous}",
                    token.meta["span"], f"write it with {previous + 1} '#'",
                )  # fmt: skip
            own = min(max(level, 2), previous + 1)
            previous = own
            tag = f"h{min(own + shift, 6)}"
            token.meta = {**token.meta, "own_level": own}
            token.tag = tag
            for later in draft.tokens[index + 1 :]:
                if later.type == "heading_close":
                    later.tag = tag
                    break


_RAW_HEADING = re.compile(r"<!--.*?(?:-->|\Z)|<(?P<close>/?)h(?P<level>[2-6])(?=[\s>])", re.S | re.I)


def _raw_levels(work: Work, token: Token, previous: int, shift: int) -> int:
    """Sets the levels of headings in raw HTML as those of Markdown; returns the level of the last one."""
    tags = []

    def level(match: re.Match) -> str:
        nonlocal previous
        if match["level"] is None:
            return match[0]
        if not match["close"]:
            own = int(match["level"])
            if own > previous + 1:
                work.warn(
                    "heading-skipped", f"a heading of level {own} below one of level {previous}",
                    token.meta.get("span"), f"write it as h{previous + 1}",
                )  # fmt: skip
            previous = min(own, previous + 1)
            tags.append(min(previous + shift, 6))
        return f"<{match['close']}h{tags[-1] if tags else match['level']}"

    token.content = _RAW_HEADING.sub(level, token.content)
    return previous
