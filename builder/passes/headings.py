"""Finds headings of which no word is left: readers who don't see, and every list of contents, need one."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from markdown_it.token import Token

from builder.diagnostics import Span
from builder.markdown.tree import text_of
from builder.passes.draft import Draft, Work

HINT = "write words; what withholds a heading with all that lies under it stands behind it: ## Words {audience=…}"
TITLE_HINT = "write words; what withholds a whole section stands in its front matter"


def headings(work: Work) -> None:
    """Pass: a title or heading without words is an error, whether it never had any or they are withheld."""
    for draft in work.sections():
        _title(work, draft)
        for token, inline in pairwise([*draft.tokens, None]):
            if token.type == "heading_open" and not has_words(
                inline.children or [], inline.meta.get("cut", False)
            ):
                no_words(work, text_of(inline.children or []), token.meta["span"])


def _title(work: Work, draft: Draft) -> None:
    pruned = draft.selected.title
    if pruned is not None and not has_words(draft.title, any(not each.is_in for each in pruned.decisions)):
        no_words(work, text_of(draft.title), pruned.span(0), TITLE_HINT)


def no_words(work: Work, left: str, span: Span | None, hint: str = HINT) -> None:
    """Notes a heading of which only signs are left, or nothing."""
    left = " ".join(left.split())
    what = (
        f"only '{left}' is left of this heading" if left.isprintable() and left else "a heading without words"
    )
    work.add("empty-heading", what, span, hint)


def has_words(tokens: list[Token], is_cut: bool = False) -> bool:
    """Whether inline tokens show anything; where some are withheld, a full stop that is left is nothing."""
    if any(token.type == "code_inline" and token.content.strip() for token in tokens):
        return True
    kinds = "LNS" if is_cut else "LNSPM"
    return any(unicodedata.category(sign)[0] in kinds for sign in text_of(tokens))
