"""Block tokens to XHTML; components through the macros of `templates/shared/components.html`."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from markdown_it.token import Token
from markupsafe import Markup
from msgspec import field

from builder.html_source import clean_block
from builder.language import is_date, language_name, parted_date, readable_date
from builder.markdown.attributes import EMPTY, Attributes
from builder.markdown.tree import attributes_of, closing, text_of
from builder.passes.draft import Draft
from builder.passes.links import numbered_name
from builder.passes.text import smart
from builder.table_html import render_table
from builder.xhtml_inline import InlineRenderer


class Renderer(InlineRenderer):
    """Renders the drafts of one document; remembers the pictures that it showed and the notes it set."""

    data: list[dict[str, Any]] = field(default_factory=list)
    """The tables behind the charts of a chapter, which the ebook prints at its end."""

    def chapter(self, draft: Draft) -> str:
        """The body of a top-level unit, subsections included."""
        self.notes, self.data = [], []
        html = self._notice(draft, None) + self._section_body(draft)
        return html + (str(self.components.chart_data(self.data, self.work.words)) if self.data else "")

    def _section_body(self, draft: Draft) -> str:
        outer = self.draft, self._numbers, self._open
        self.draft, self._numbers, self._open = draft, {}, set()
        html = self.blocks(draft.tokens)
        self.draft, self._numbers, self._open = outer
        return html + "".join(self._subsection(child, draft) for child in draft.children)

    def _notice(self, draft: Draft, above: Draft | None) -> str:
        """Says of a section that it is a draft or not translated, unless the section around it says so."""
        words, key = self.work.words, ""
        if draft.language != self.work.language:
            key = "" if above and above.language == draft.language else "not_translated"
        elif draft.selected.section.is_draft:
            key = "" if above and above.selected.section.is_draft else "draft_translation"
        if not key:
            return ""
        text = words[key].replace("{language}", language_name(draft.language, self.work.language))
        tongue = (
            self.tongue(self.work.language, draft.language) if draft.language != self.work.language else ""
        )
        return str(self.components.notice(text=text, tongue=Markup(tongue), target=self.work.target)) + "\n"

    def _subsection(self, draft: Draft, above: Draft) -> str:
        tongue = self.tongue(draft.language, above.language) if draft.language != above.language else ""
        level = min(draft.depth + 1 + (self.work.layout == "brief"), 6)
        number = f'<span class="section-number">{draft.number}</span> ' if draft.number else ""
        standfirst = (
            f'<p class="standfirst">{self.inline(draft.standfirst)}</p>\n' if draft.standfirst else ""
        )
        return (
            f'<section class="section" id="{draft.anchor}"{tongue}>\n'
            f"<h{level}>{number}{self.title(draft.title)}</h{level}>\n{standfirst}{self._notice(draft, above)}"
            f"{self._section_body(draft)}</section>\n"
        )

    def blocks(self, tokens: list[Token], is_tight: bool = False) -> str:
        """XHTML of block tokens."""
        parts, index = [], 0
        while index < len(tokens):
            token = tokens[index]
            end = closing(tokens, index) if token.nesting == 1 else index
            parts.append(self._block(token, tokens[index + 1 : end]))
            index = end + 1
        return "".join(parts)

    def _block(self, token: Token, inner: list[Token]) -> str:
        kind = token.type.removesuffix("_open")
        render: Callable[[Token, list[Token]], str] | None = getattr(self, f"_block_{kind}", None)
        if render is not None:
            return render(token, inner)
        if kind in _PLAIN_BLOCKS:
            return self._wrap(token, self.blocks(inner))
        raise LookupError(f"no rule for the token '{token.type}'")

    def _wrap(self, token: Token, inner: str, **extra: str) -> str:
        attributes = self._attributes(attributes_of(token), **extra)
        return f"<{token.tag}{attributes}>{inner}</{token.tag}>\n"

    def _block_paragraph(self, token: Token, inner: list[Token]) -> str:
        html = self.blocks(inner)
        if not html.strip():
            return ""
        return html + "\n" if token.hidden else self._wrap(token, html)

    def _block_inline(self, token: Token, inner: list[Token]) -> str:
        return self.inline(token.children or [])

    def _block_heading(self, token: Token, inner: list[Token]) -> str:
        attributes = self._attributes(attributes_of(token), id=token.meta["anchor"])
        return f"<{token.tag}{attributes}>{self.blocks(inner)}</{token.tag}>\n"

    def _block_list_item(self, token: Token, inner: list[Token]) -> str:
        html = self.blocks(inner).strip()
        return f"<li>{html}</li>\n" if html else ""

    def _block_ordered_list(self, token: Token, inner: list[Token]) -> str:
        start = str(token.attrs.get("start", ""))
        return self._wrap(token, "\n" + self.blocks(inner), start=start)

    def _block_bullet_list(self, token: Token, inner: list[Token]) -> str:
        html = self.blocks(inner)
        return self._wrap(token, "\n" + html) if html.strip() else ""

    def _block_dd(self, token: Token, inner: list[Token]) -> str:
        return self._wrap(token, self.blocks(inner).strip())

    def _block_fence(self, token: Token, inner: list[Token]) -> str:
        language = (token.info or "").strip().split(maxsplit=1)
        name = "".join(c for c in language[0].split(",")[0] if c.isalnum() or c in "-+#") if language else ""
        kind = f' class="language-{escape(name)}"' if name else ""
        return f"<pre><code{kind}>{escape(token.content, quote=False)}</code></pre>\n"

    _block_code_block = _block_fence

    def _block_redaction_block(self, token: Token, inner: list[Token]) -> str:
        return str(self.components.redaction_block(token.content, token.meta["reason"])) + "\n"

    def _block_hr(self, token: Token, inner: list[Token]) -> str:
        return "<hr/>\n"

    def _block_html_block(self, token: Token, inner: list[Token]) -> str:
        return clean_block(self.work, token)

    def _block_table(self, token: Token, inner: list[Token]) -> str:
        return render_table(self, token, inner, EMPTY)

    def _block_div(self, token: Token, inner: list[Token]) -> str:
        attributes = attributes_of(token)
        if token.info == "":
            return f"<div{self._attributes(attributes)}>\n{self.blocks(inner)}</div>\n"
        render = getattr(self, f"_div_{token.info.replace('-', '_')}", None)
        if render is not None:
            return render(token, attributes, inner)
        macro = getattr(self.components, token.info.replace("-", "_"))
        return self._call(macro, token, inner=Markup(self.blocks(inner)), **self._given(attributes, "title"))

    def _given(self, attributes: Attributes, *keys: str) -> dict[str, str]:
        return {key: self._value(attributes, key) for key in keys if attributes.get(key)}

    def _value(self, attributes: Attributes, key: str) -> str:
        """An attribute that readers see, with true quotes and dashes."""
        return smart(attributes.get(key) or "", self.language)

    def _call(self, macro: Any, token: Token, **values: Any) -> str:
        identity = token.meta.get("anchor") or attributes_of(token).id
        return str(macro(words=self.work.words, target=self.work.target, id=identity, **values)) + "\n"

    def _div_key_messages(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        return self._call(self.components.key_messages, token, inner=Markup(self.blocks(inner)))

    def _div_recommendation(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        values = {
            "owner": self._value(attributes, "owner"),
            "due": readable_date(attributes.get("date") or "", self.language),
            "number": token.meta.get("number", ""),
        }
        return self._call(self.components.recommendation, token, inner=Markup(self.blocks(inner)), **values)

    def _div_quote(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        values = self._given(attributes, "by")
        return self._call(self.components.pull_quote, token, inner=Markup(self.blocks(inner)), **values)

    def _div_key_figures(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        return self._call(self.components.key_figures, token, items=self._items(inner))

    def _div_facts(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        values = self._given(attributes, "title")
        return self._call(self.components.facts, token, items=self._items(inner), **values)

    def _div_timeline(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        return self._call(self.components.timeline, token, items=self._items(inner))

    def _div_authors(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        macro = self.components.about_authors
        return self._call(macro, token, meta=self.metadata, inner=Markup(self.blocks(inner)))

    def _div_contact(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        macro = self.components.contact
        return self._call(macro, token, meta=self.metadata, inner=Markup(self.blocks(inner)))

    def _div_cite_as(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        macro = self.components.cite_as
        return self._call(macro, token, meta=self.metadata, inner=Markup(self.blocks(inner)))

    def _div_redactions(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        """The log: each reason of this edition with its words and with the places of its bars."""
        items = []
        for reason, drafts in sorted(self.work.redactions.items()):
            sections: dict[str, dict[str, Any]] = {}
            for draft in drafts:
                target = self.work.index[draft.anchor]
                name = Markup(self.title(draft.title))
                if target.number:
                    name = smart(numbered_name(self.work, target), self.work.language)
                sections.setdefault(draft.anchor, {"name": name, "href": self.href(target)})
            text = self.work.selection.reasons.get(reason, self.work.words["no_reason"])
            items.append(
                {"code": reason, "text": text, "count": len(drafts), "places": list(sections.values())}
            )
        return self._call(self.components.redactions, token, items=items, inner=Markup(self.blocks(inner)))

    def _items(self, tokens: list[Token]) -> list[dict[str, Any]]:
        """List items that begin with a figure or a date in bold, as figure and text; a date in its parts too."""
        items = []
        for token in tokens:
            if token.type != "inline":
                continue
            children = list(token.children or [])
            figure: list[Token] = []
            date = ""
            if children and children[0].type == "text" and not children[0].content.strip():
                children = children[1:]
            if children and children[0].type == "strong_open":
                end = closing(children, 0)
                date = children[0].meta.get("date") or text_of(children[1:end]).strip()
                figure, children = children[1:end], children[end + 1 :]
            text = self.inline(children).strip().lstrip("\u200b ")
            item: dict[str, Any] = {"figure": Markup(self.inline(figure)), "text": Markup(text), "date": ""}
            item["traced"] = Markup(self.traced(token))
            if is_date(date):
                year, day = parted_date(date, self.language)
                written = readable_date(date, self.language)
                item |= {"figure": year, "day": day, "date": date, "written": written}
            items.append(item)
        return items

    def _div_figure(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        image = token.meta["image"]
        source, alt = self._picture(image)
        values: dict[str, Any] = {
            "number": token.meta.get("number", ""),
            "caption": Markup(self.blocks(inner)),
        }
        for key in ("source", "credit"):
            values[key] = self._value(attributes, key)
        if "data" in token.meta:
            values |= {key: token.meta[key] for key in ("subtitle", "is_wide")}
            values["data"] = self._keep_data(token, values) if self.is_epub else ""
            values["is_chart"] = True
        if not source:
            text = escape(alt) or escape(self.work.words["missing_image"])
            values["inner"] = Markup(f'<p class="missing-image">{text}</p>')
        is_decorative = "decorative" in (attributes.flags + image.meta.get("attributes", EMPTY).flags)
        return self._call(
            self.components.figure, token, src=source, alt=alt, decorative=is_decorative, **values
        )

    def _keep_data(self, token: Token, values: dict[str, Any]) -> str:
        """Keeps the table behind a chart for the end of the chapter; returns its anchor."""
        chapter = self.draft.chapter + 1 if self.draft else 0
        anchor = f"data-{chapter}-{len(self.data) + 1}"
        rows = token.meta["data"]
        own = Attributes(values=(("header-columns", "1"),))
        table = Markup(render_table(self, rows[0], rows[1:-1], own))
        own_values = {"id": anchor, "figure": token.meta.get("anchor", ""), "table": table}
        self.data.append({**values, **own_values})
        return anchor

    def _div_table(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        caption = ""
        if token.meta.get("has_caption"):
            caption, inner = self.blocks(inner[:1]), inner[1:]
        table = render_table(self, inner[0], inner[1:-1], attributes)
        columns = max((sum(t.type in ("th_open", "td_open") for t in row) for row in _rows(inner)), default=0)
        values = {
            "number": token.meta.get("number", ""),
            "caption": Markup(caption),
            "source": self._value(attributes, "source"),
        }
        rows = len(_rows(inner))
        return self._call(
            self.components.table, token, inner=Markup(table), columns=columns, rows=rows, **values
        )


_PLAIN_BLOCKS = {"blockquote", "dl", "dt"}


def _rows(tokens: list[Token]) -> list[list[Token]]:
    rows = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append(tokens[index : closing(tokens, index)])
    return rows
