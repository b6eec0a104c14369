"""Renders XHTML in which each element says where it comes from, for what only authors and reviewers read."""

from __future__ import annotations

import re
from html import escape

from markdown_it.token import Token

from builder.xhtml import Renderer

_FIRST_TAG = re.compile(r"\s*<[a-zA-Z][a-zA-Z0-9]*")


class TracedRenderer(Renderer):
    """Writes `data-at="file:line"` on every block and note, and `data-uses` on what a snippet brought."""

    def traced(self, token: Token) -> str:
        """Where the element stands in the source, and where the snippets that hold it are used."""
        span = token.meta.get("span")
        found = f' data-at="{escape(f"{span.path}:{span.line}")}"' if span is not None else ""
        uses = " ".join(f"{use.path}:{use.line}" for use in token.meta.get("uses", ()))
        return found + (f' data-uses="{escape(uses)}"' if uses else "")

    def block_marks(self, token: Token) -> str:
        """The attributes of a block."""
        return self.traced(token)

    def _block(self, token: Token, inner: list[Token]) -> str:
        html = super()._block(token, inner)
        return html if token.type == "inline" or token.hidden else _with(html, self.block_marks(token))

    def _inline(self, token: Token, inner: list[Token]) -> str:
        html = super()._inline(token, inner)
        if token.type != "footnote_ref" or self.draft is None:
            return html
        body = self.draft.notes.get(token.meta["id"]) or [token]
        return _with(html, self.traced(body[0]))


def _with(html: str, attributes: str) -> str:
    """The XHTML with attributes on its first element, where it begins with one."""
    match = _FIRST_TAG.match(html)
    return html[: match.end()] + attributes + html[match.end() :] if match else html
