"""Gives the tokens their final shape: divs by name, figures, captioned tables, heading levels."""

from __future__ import annotations

import re

from markdown_it.token import Token

from builder.diagnostics import did_you_mean
from builder.markdown.attributes import EMPTY, Attributes
from builder.markdown.tree import attributes_of, closing, text_of
from builder.passes.data_table import data_table
from builder.passes.draft import Draft, Work, block, div, text_token

EVERYWHERE = {"audience", "clearance", "target", "lang", "dir"}
"""Attributes that any block or span may carry."""

COMPONENTS: dict[str, set[str]] = {
    "": set(),
    "key-messages": {"title"},
    "recommendation": {"owner", "date", "title"},
    "box": {"title"},
    "quote": {"by"},
    "key-figures": {"title"},
    "facts": {"title"},
    "note": {"title"},
    "warning": {"title"},
    "tip": {"title"},
    "figure": {"credit", "source", "caption", "width"},
    "table": {
        "data", "columns", "labels", "where", "caption", "source", "widths", "header-columns",
        "header-rows", "align",
    },
}  # fmt: skip
"""The named divs and the attributes of each beside those of EVERYWHERE; a component is a row here
and a macro of the same name in `templates/shared/components.html`."""

LINK_KEYS = {"fallback", "title"}
IMAGE_KEYS = COMPONENTS["figure"] | {"title"}
_NOTE_CALL = re.compile(r"\[\^[^\]\s]+\]")
FLAGS = {"page", "decorative", "unnumbered"}


def shape(work: Work) -> None:
    """Pass: checks attributes against the table, forms figures and tables, sets heading levels."""
    for draft in work.sections():
        _check_inline(work, draft)
        draft.tokens = _blocks(work, draft, draft.tokens)
        _levels(work, draft)
        draft.notes = {key: _blocks(work, draft, tokens) for key, tokens in draft.notes.items()}


def _check(work: Work, token: Token, attributes: Attributes, allowed: set[str], what: str) -> None:
    for key, _ in attributes.values:
        if key not in allowed and not key.startswith(("data-", "aria-")):
            work.add(
                "unknown-attribute", f"unknown attribute '{key}' on {what}", token.meta.get("span"),
                did_you_mean(key, sorted(allowed)),
            )  # fmt: skip
    for flag in attributes.flags:
        if flag not in FLAGS:
            work.add(
                "unknown-attribute", f"unknown attribute '{flag}' on {what}", token.meta.get("span"),
                did_you_mean(flag, sorted(FLAGS | allowed)),
            )  # fmt: skip


def _check_inline(work: Work, draft: Draft) -> None:
    def walk(tokens: list[Token]) -> None:
        for token in tokens:
            note = _NOTE_CALL.search(token.content) if token.type == "text" else None
            if note is not None:
                work.add(
                    "undefined-note",
                    f"the note '{note.group()}' is not defined in this text",
                    token.meta.get("span"),
                    f"add a line '{note.group()}: …', or write \\[ to print the bracket",
                )
            attributes = token.meta.get("attributes") if token.meta else None
            if attributes is not None and token.type in _INLINE_KEYS:
                _check(
                    work, token, attributes, EVERYWHERE | _INLINE_KEYS[token.type], _INLINE_WORDS[token.type]
                )
            walk(token.children or [])

    for tokens in draft.token_lists():
        walk(tokens)


_INLINE_KEYS = {
    "span_open": {"var"},
    "link_open": LINK_KEYS,
    "image": IMAGE_KEYS,
    "code_inline": set(),
    "footnote_ref": set(),
    "citation": set(),
}
_INLINE_WORDS = {
    "span_open": "a span", "link_open": "a link", "image": "an image", "code_inline": "code",
    "footnote_ref": "a note", "citation": "a citation",
}  # fmt: skip


def _blocks(work: Work, draft: Draft, tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "attribute_line":
            index += 1
        elif token.type == "div_open":
            end = closing(tokens, index)
            found.extend(_div(work, draft, token, tokens[index + 1 : end], tokens[end]))
            index = end + 1
        elif token.type == "paragraph_open" and (image := _lone_image(tokens, index)) is not None:
            found.extend(_figure(work, token, image))
            index += 3
        elif token.type == "paragraph_open" and token.meta.get("caption"):
            following = index + 3
            if following < len(tokens) and tokens[following].type == "table_open":
                end = closing(tokens, following)
                found.extend(_table(work, token, tokens[index : index + 3], tokens[following : end + 1]))
                index = end + 1
            else:
                work.add(
                    "stray-caption", "a caption with no table above or below it", token.meta["span"],
                    "put 'Table: …' directly next to a table",
                )  # fmt: skip
                index += 3
        elif token.type == "table_open":
            end = closing(tokens, index)
            table, following = tokens[index : end + 1], end + 1
            caption: list[Token] = []
            if following < len(tokens) and tokens[following].meta.get("caption"):
                after = following + 3
                if not (
                    after < len(tokens)
                    and tokens[after].type == "table_open"
                    and tokens[after].map[0] <= tokens[following].map[1] + 1
                    and tokens[following].map[0] > table[0].map[1] + 1
                ):
                    caption, following = tokens[following:after], after
            found.extend(_table(work, token, caption, table))
            index = following
        else:
            found.append(token)
            index += 1
    return found


def _div(work: Work, draft: Draft, token: Token, inner: list[Token], closer: Token) -> list[Token]:
    attributes = attributes_of(token)
    allowed = COMPONENTS.get(token.info)
    if allowed is None:
        work.add(
            "unknown-component",
            f"unknown div '{token.info}'",
            token.meta["span"],
            did_you_mean(token.info, COMPONENTS),
        )
        return []
    _check(work, token, attributes, EVERYWHERE | allowed, f"a '{token.info}' div" if token.info else "a div")
    if token.info == "figure":
        return _figure_div(work, draft, token, attributes, inner)
    if token.info == "table":
        return _table_div(work, draft, token, attributes, inner)
    inner = _blocks(work, draft, inner)
    if not token.info and not (attributes.id or attributes.classes or _tongue(attributes)):
        return inner
    token.meta = {**token.meta, "attributes": attributes}
    return [token, *inner, closer]


def _tongue(attributes: Attributes) -> bool:
    return attributes.get("lang") is not None or attributes.get("dir") is not None


def _lone_image(tokens: list[Token], index: int) -> Token | None:
    children = [
        child
        for child in tokens[index + 1].children or ()
        if child.type != "softbreak" and (child.type != "text" or child.content.strip())
    ]
    return children[0] if len(children) == 1 and children[0].type == "image" else None


def _figure(work: Work, paragraph: Token, image: Token) -> list[Token]:
    own = image.meta.get("attributes", EMPTY)
    line = paragraph.meta.get("line_attributes", EMPTY)
    attributes = Attributes(
        own.id or line.id, own.classes + line.classes, own.values + line.values, own.flags + line.flags
    )
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


def _table(work: Work, like: Token, caption: list[Token], table: list[Token]) -> list[Token]:
    attributes = attributes_of(caption[0]) if caption else attributes_of(table[0])
    line = table[0].meta.get("line_attributes", EMPTY)
    if caption and line is not EMPTY:
        attributes = Attributes(
            attributes.id or line.id, attributes.classes, attributes.values + line.values, attributes.flags
        )
    _check(work, like, attributes, EVERYWHERE | COMPONENTS["table"], "a table")
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
        table = data_table(work, token, attributes)
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
