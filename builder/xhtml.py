"""Tokens to XHTML: inline text here, components through the macros of `templates/shared/components.html`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Any

from markdown_it.token import Token
from markupsafe import Markup

from builder.html_source import clean_block, clean_inline
from builder.markdown.attributes import EMPTY, Attributes
from builder.markdown.tree import attributes_of, closing, text_of
from builder.model import Asset, Note
from builder.passes.draft import Draft, Target, Work
from builder.table_html import render_table

CHAPTER_FILE = "chapter-{:02d}.xhtml"
NOTES_FILE = "notes.xhtml"


@dataclass
class Renderer:
    """Renders the drafts of one document; remembers the pictures that it showed and the notes it set."""

    work: Work
    components: Any
    """The module of component macros."""
    bibliography_chapter: int
    assets: dict[str, Asset] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    draft: Draft | None = None
    _numbers: dict[int, str] = field(default_factory=dict)
    _called: set[int] = field(default_factory=set)
    _in_title: bool = False

    @property
    def is_epub(self) -> bool:
        """Whether the ebook is in the making."""
        return self.work.target == "epub"

    def chapter(self, draft: Draft) -> str:
        """The body of a top-level unit, subsections included."""
        self.notes = []
        return self._section_body(draft)

    def _section_body(self, draft: Draft) -> str:
        outer = self.draft, self._numbers, self._called
        self.draft, self._numbers, self._called = draft, {}, set()
        html = self.blocks(draft.tokens)
        self.draft, self._numbers, self._called = outer
        return html + "".join(self._subsection(child) for child in draft.children)

    def _subsection(self, draft: Draft) -> str:
        level = min(draft.depth + 1 + (self.work.layout == "brief"), 6)
        number = f'<span class="section-number">{draft.number}</span> ' if draft.number else ""
        standfirst = (
            f'<p class="standfirst">{self.inline(draft.standfirst)}</p>\n' if draft.standfirst else ""
        )
        return (
            f'<section class="section" id="{draft.anchor}">\n'
            f"<h{level}>{number}{self.title(draft.title)}</h{level}>\n{standfirst}{self._section_body(draft)}</section>\n"
        )

    def title(self, tokens: list[Token]) -> str:
        """Inline XHTML of a title: no notes, no links."""
        self._in_title = True
        html = self.inline(tokens)
        self._in_title = False
        return html

    # -- blocks -----------------------------------------------------------------------------------

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

    def _attributes(self, attributes: Attributes, **extra: str) -> str:
        values = {
            "id": attributes.id,
            "class": " ".join([*attributes.classes, *filter(None, [extra.pop("class_", "")])]),
        }
        language = attributes.get("lang")
        if language:
            values["lang"] = language
            if self.is_epub:
                values["xml:lang"] = language
        if attributes.get("dir") in ("ltr", "rtl"):
            values["dir"] = attributes.get("dir") or ""
        values.update(extra)
        return "".join(f' {key}="{escape(str(value))}"' for key, value in values.items() if value)

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
        html = self.blocks(inner)
        return f"<li>{html}</li>\n" if html.strip() else ""

    def _block_ordered_list(self, token: Token, inner: list[Token]) -> str:
        start = str(token.attrs.get("start", ""))
        return self._wrap(token, "\n" + self.blocks(inner), start=start)

    def _block_bullet_list(self, token: Token, inner: list[Token]) -> str:
        html = self.blocks(inner)
        return self._wrap(token, "\n" + html) if html.strip() else ""

    def _block_fence(self, token: Token, inner: list[Token]) -> str:
        language = (token.info or "").strip().split(maxsplit=1)
        name = "".join(c for c in language[0].split(",")[0] if c.isalnum() or c in "-+#") if language else ""
        kind = f' class="language-{escape(name)}"' if name else ""
        return f"<pre><code{kind}>{escape(token.content, quote=False)}</code></pre>\n"

    _block_code_block = _block_fence

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
        return {key: attributes.get(key) or "" for key in keys if attributes.get(key)}

    def _call(self, macro: Any, token: Token, **values: Any) -> str:
        identity = token.meta.get("anchor") or attributes_of(token).id
        return str(macro(words=self.work.words, target=self.work.target, id=identity, **values)) + "\n"

    def _div_key_messages(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        return self._call(self.components.key_messages, token, inner=Markup(self.blocks(inner)))

    def _div_recommendation(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        values = {
            "owner": attributes.get("owner") or "",
            "due": attributes.get("date") or "",
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

    def _items(self, tokens: list[Token]) -> list[dict[str, Markup]]:
        """List items that begin with a figure in bold, as figure and text."""
        items = []
        for token in tokens:
            if token.type != "inline":
                continue
            children = list(token.children or [])
            figure: list[Token] = []
            if children and children[0].type == "text" and not children[0].content.strip():
                children = children[1:]
            if children and children[0].type == "strong_open":
                end = closing(children, 0)
                figure, children = children[1:end], children[end + 1 :]
            text = self.inline(children).strip().lstrip("\u200b ")
            items.append({"figure": Markup(self.inline(figure)), "text": Markup(text)})
        return items

    def _div_figure(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        image = token.meta["image"]
        source, alt = self._picture(image)
        values: dict[str, Any] = {
            "number": token.meta.get("number", ""),
            "caption": Markup(self.blocks(inner)),
        }
        for key in ("source", "credit"):
            values[key] = attributes.get(key) or ""
        if not source:
            text = escape(alt) or escape(self.work.words["missing_image"])
            values["inner"] = Markup(f'<p class="missing-image">{text}</p>')
        is_decorative = "decorative" in (attributes.flags + image.meta.get("attributes", EMPTY).flags)
        return self._call(
            self.components.figure, token, src=source, alt=alt, decorative=is_decorative, **values
        )

    def _div_table(self, token: Token, attributes: Attributes, inner: list[Token]) -> str:
        caption = ""
        if token.meta.get("has_caption"):
            caption, inner = self.blocks(inner[:1]), inner[1:]
        table = render_table(self, inner[0], inner[1:-1], attributes)
        columns = max((sum(t.type in ("th_open", "td_open") for t in row) for row in _rows(inner)), default=0)
        values = {
            "number": token.meta.get("number", ""),
            "caption": Markup(caption),
            "source": attributes.get("source") or "",
        }
        rows = len(_rows(inner))
        return self._call(
            self.components.table, token, inner=Markup(table), columns=columns, rows=rows, **values
        )

    # -- inlines ----------------------------------------------------------------------------------

    def inline(self, tokens: list[Token]) -> str:
        """XHTML of inline tokens."""
        parts, index = [], 0
        tokens = clean_inline(self.work, tokens)
        while index < len(tokens):
            token = tokens[index]
            end = closing(tokens, index) if token.nesting == 1 else index
            kind = token.type.removesuffix("_open")
            render = getattr(self, f"_inline_{kind}", None)
            if render is None:
                raise LookupError(f"no rule for the token '{token.type}'")
            parts.append(render(token, tokens[index + 1 : end]))
            index = end + 1
        return "".join(parts)

    def _inline_text(self, token: Token, inner: list[Token]) -> str:
        return escape(token.content, quote=False)

    _inline_text_special = _inline_text

    def _inline_softbreak(self, token: Token, inner: list[Token]) -> str:
        return "\n"

    def _inline_hardbreak(self, token: Token, inner: list[Token]) -> str:
        return " <br/>\n"

    def _inline_code_inline(self, token: Token, inner: list[Token]) -> str:
        own = token.meta.get("attributes", EMPTY)
        return f"<code{self._attributes(own)}>{escape(token.content, quote=False)}</code>"

    def _inline_em(self, token: Token, inner: list[Token]) -> str:
        return f"<{token.tag}>{self.inline(inner)}</{token.tag}>"

    _inline_strong = _inline_s = _inline_em

    def _inline_span(self, token: Token, inner: list[Token]) -> str:
        own, html = token.meta["attributes"], self.inline(inner)
        attributes = self._attributes(own)
        return f"<span{attributes}>{html}</span>" if attributes else html

    def _inline_html(self, token: Token, inner: list[Token]) -> str:
        return token.content

    def _inline_abbreviation(self, token: Token, inner: list[Token]) -> str:
        return f'<abbr title="{escape(token.meta["title"])}">{escape(token.content, quote=False)}</abbr>'

    def _inline_link(self, token: Token, inner: list[Token]) -> str:
        html, kind = self.inline(inner), token.meta.get("kind")
        if self._in_title or kind is None:
            return html
        if kind == "external":
            return f'<a class="external" href="{escape(str(token.attrs["href"]))}">{html}</a>'
        target: Target = token.meta["target"]
        is_page = token.meta.get("page")
        if is_page and not html:
            html = escape(self.work.words["page"]) + "\u00a0"
        name = "xref page" if is_page else "xref"
        return f'<a class="{name}" href="{self.href(target)}">{html}</a>'

    def href(self, target: Target) -> str:
        """The address of a target inside the deliverable."""
        return (CHAPTER_FILE.format(target.chapter + 1) if self.is_epub else "") + f"#{target.anchor}"

    def _inline_image(self, token: Token, inner: list[Token]) -> str:
        source, alt = self._picture(token)
        if not source:
            return f'<span class="missing-image">{escape(alt)}</span>'
        own = token.meta.get("attributes", EMPTY)
        if token.attrs.get("title"):
            self.work.warn(
                "inline-caption",
                f"the caption of '{token.attrs.get('src', '')}' is not printed inside a paragraph",
                token.meta.get("span"),
                "put the image into a paragraph of its own",
            )
        role = ' role="presentation"' if "decorative" in own.flags else ""
        return f'<img src="{source}" alt="{escape(alt)}"{role}{self._attributes(own, class_="inline")}/>'

    def _picture(self, token: Token) -> tuple[str, str]:
        """The neutral name of a picture in the deliverable, empty where it can't be shown; its alt text."""
        alt = " ".join(text_of(token.children or []).split())
        own = token.meta.get("attributes", EMPTY)
        if not alt and "decorative" not in own.flags:
            self.work.add(
                "missing-alt", f"no alternative text for '{token.attrs.get('src', '')}'", token.meta.get("span"),
                "write ![what the picture shows](file), or mark it {decorative}",
            )  # fmt: skip
        key = f"{token.meta.get('folder')}|{token.attrs.get('src', '')}"
        picture = self.work.selection.pictures.get(key)
        if picture is None:
            return "", alt
        if picture.path not in self.assets:
            name = f"images/image-{len(self.assets) + 1}.{picture.suffix}"
            self.assets[picture.path] = Asset(picture.path, name, picture.media_type, picture.data)
        return self.assets[picture.path].name, alt

    def _inline_citation(self, token: Token, inner: list[Token]) -> str:
        cites = token.meta.get("numbers", ())
        if self._in_title or not cites:
            return ""
        file = CHAPTER_FILE.format(self.bibliography_chapter + 1) if self.is_epub else ""
        parts = []
        for cite, number in cites:
            prefix = escape(cite.prefix + " ", quote=False) if cite.prefix else ""
            locator = ", " + escape(cite.locator, quote=False) if cite.locator else ""
            parts.append(f'{prefix}<a class="citation" href="{file}#ref-{number}">{number}</a>{locator}')
        joined = "; ".join(parts) if any(c.locator or c.prefix for c, _ in cites) else ", ".join(parts)
        return f'<span class="citation">[{joined}]</span>'

    def _inline_footnote_ref(self, token: Token, inner: list[Token]) -> str:
        if self._in_title or self.draft is None:
            return ""
        identity = token.meta["id"]
        body = self.draft.notes.get(identity)
        if body is None:
            return ""
        number = self._numbers.get(identity)
        if number is None:
            number = self._numbers[identity] = str(len(self.notes) + 1)
            anchor = f"fn-{self.draft.chapter + 1}-{number}"
            note = Note(number, anchor, self._note(body))
            self.notes.append(note)
            if not self.is_epub:
                return f'<span class="footnote" id="{anchor}">{note.html}</span>'
            return self._note_call(number, anchor, f"{anchor}-ref")
        anchor = f"fn-{self.draft.chapter + 1}-{number}"
        if not self.is_epub:
            return f'<a class="note-again" href="#{anchor}">{number}</a>'
        return self._note_call(number, anchor, "")

    def _note_call(self, number: str, anchor: str, identity: str) -> str:
        return (
            f'<a epub:type="noteref" role="doc-noteref" class="noteref"'
            f'{f" id={chr(34)}{identity}{chr(34)}" if identity else ""} href="{NOTES_FILE}#{anchor}">{number}</a>'
        )

    def _note(self, tokens: list[Token]) -> str:
        if self.is_epub:
            return self.blocks(tokens)
        # A footnote is inline in print: a block inside a paragraph would end the paragraph.
        parts = [self.inline(token.children or []) for token in tokens if token.type == "inline"]
        parts += [escape(token.content) for token in tokens if token.type in ("fence", "code_block")]
        return " ".join(part.strip() for part in parts)


_PLAIN_BLOCKS = {"blockquote", "dl", "dt", "dd"}


def _rows(tokens: list[Token]) -> list[list[Token]]:
    rows = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append(tokens[index : closing(tokens, index)])
    return rows
