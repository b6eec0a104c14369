"""Renders a proof copy: the same XHTML as a report, in which each element says where it comes from."""

from __future__ import annotations

from html import escape

from markdown_it.token import Token
from msgspec.structs import replace

from builder.markdown.attributes import EMPTY, Attributes
from builder.markdown.tree import attributes_of
from builder.passes.draft import Work
from builder.proof.marks import column_label, data_labels, label_of
from builder.traced import TracedRenderer
from builder.withhold import conditions_of


class ProofRenderer(TracedRenderer):
    """Writes `data-mark` on spans, too, and `data-column` and `data-chart` on what data fills."""

    def traced(self, token: Token) -> str:
        """As the other, and the condition of a column on its head."""
        label = self._column(token) if token.type == "th_open" else ""
        return super().traced(token) + _attributes({"data-column": label})

    def _column(self, token: Token) -> str:
        if "column" in token.meta:
            return column_label(self.work.selection.publication, *token.meta["column"])
        return label_of(conditions_of(attributes_of(token)))

    def block_marks(self, token: Token) -> str:
        """As the other, and on a figure its own condition and those of its data."""
        if "image" not in token.meta:
            return self.traced(token)
        values = {"data-mark": label_of(conditions_of(attributes_of(token)))}
        selection = self.work.selection
        path = selection.data_paths.get(str(token.meta["image"].attrs.get("src", "")))
        if "data" in token.meta and path is not None and self.work.world is not None:
            labels = [label for _, label in data_labels(selection.publication, path, self.work.world)]
            values["data-chart"] = "|".join(dict.fromkeys(labels))
        return self.traced(token) + _attributes(values)

    def _div_redactions(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        words = "Here each edition lists what is redacted in it. In this copy nothing is."
        return f'<div class="redactions" lang="en" dir="ltr">{self.blocks(inner)}<p>{words}</p></div>'

    def _inline(self, token: Token, inner: list[Token]) -> str:
        html = super()._inline(token, inner)
        label = label_of(conditions_of(token.meta.get("attributes", EMPTY)))
        return f'<span data-mark="{escape(label)}">{html}</span>' if label and html.strip() else html


def _attributes(values: dict[str, str]) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in values.items() if value)


def distinct(work: Work) -> None:
    """Pass: units that never stand in one edition may share an id; the second of them gets one of its own."""
    seen: set[str] = set()
    for draft in work.sections():
        for tokens in draft.token_lists():
            _distinct(tokens, seen)


def _distinct(tokens: list[Token], seen: set[str]) -> None:
    for token in tokens:
        for key in ("attributes", "line_attributes"):
            attributes = token.meta.get(key, EMPTY)
            name, count = attributes.id, 1
            while name and name in seen:
                count += 1
                name = f"{attributes.id}-{count}"
            if name:
                seen.add(name)
            if name != attributes.id:
                token.meta = {**token.meta, key: replace(attributes, id=name)}
        _distinct(token.children or [], seen)
