"""Inline tokens to XHTML: text, links, notes, citations, pictures."""

from __future__ import annotations

from html import escape
from typing import Any

from markdown_it.token import Token
from msgspec import Struct, field

from builder.html_source import clean_inline
from builder.language import direction
from builder.markdown.attributes import EMPTY, Attributes
from builder.markdown.tree import closing, text_of
from builder.model import Asset, Metadata, Note
from builder.passes.draft import Draft, Target, Work
from builder.passes.text import WORD_JOINER

CHAPTER_FILE = "chapter-{:02d}.xhtml"
NOTES_FILE = "notes.xhtml"


class InlineRenderer(Struct):
    """The half of the renderer that sets text; keeps what both halves must remember."""

    work: Work
    components: Any
    """The module of component macros."""
    bibliography_chapter: int
    metadata: Metadata
    """What the edition says of itself, for the components that print it."""
    assets: dict[str, Asset] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    draft: Draft | None = None
    _numbers: dict[int, str] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)
    _in_title: bool = False

    @property
    def is_epub(self) -> bool:
        """Whether the ebook is in the making."""
        return self.work.target == "epub"

    def blocks(self, tokens: list[Token]) -> str:
        """XHTML of block tokens; the other half of the renderer knows how."""
        raise NotImplementedError

    def title(self, tokens: list[Token]) -> str:
        """Inline XHTML of a title: no notes, no links."""
        self._in_title = True
        html = self.inline(tokens)
        self._in_title = False
        return html

    def inline(self, tokens: list[Token]) -> str:
        """XHTML of inline tokens."""
        parts, index = [], 0
        tokens = clean_inline(self.work, tokens)
        while index < len(tokens):
            token = tokens[index]
            end = closing(tokens, index) if token.nesting == 1 else index
            parts.append(self._inline(token, tokens[index + 1 : end]))
            index = end + 1
        return "".join(parts)

    def _inline(self, token: Token, inner: list[Token]) -> str:
        render = getattr(self, f"_inline_{token.type.removesuffix('_open')}", None)
        if render is None:
            raise LookupError(f"no rule for the token '{token.type}'")
        return render(token, inner)

    def traced(self, token: Token) -> str:
        """Attributes that say where an element comes from: none in an edition, whose readers need not know."""
        return ""

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

    def _inline_redaction(self, token: Token, inner: list[Token]) -> str:
        return str(self.components.redaction(token.content, token.meta["reason"]))

    def _inline_html(self, token: Token, inner: list[Token]) -> str:
        return token.content

    def _inline_abbreviation(self, token: Token, inner: list[Token]) -> str:
        return f'<abbr title="{escape(token.meta["title"])}">{escape(token.content, quote=False)}</abbr>'

    def _inline_link(self, token: Token, inner: list[Token]) -> str:
        html, kind = self.inline(inner), token.meta.get("kind")
        if self._in_title or kind is None:
            return html
        if kind == "external":
            there = token.meta.get("attributes", EMPTY).get("hreflang")
            tongue = f' hreflang="{there}"' if there else ""
            return f'<a class="external" href="{escape(str(token.attrs["href"]))}"{tongue}>{html}</a>'
        target: Target = token.meta["target"]
        is_page = token.meta.get("page")
        after = ""
        if is_page and not html:
            # The style sheet puts the number at the end of the link.
            before, _, after = self.work.words["page"].replace(" ", "\u00a0").partition("{number}")
            html, after = escape(before), escape(after)
        name = "xref page" if is_page else "xref"
        if token.meta.get("is_counted") and not self.is_epub:
            name += " counter"
        return f'<a class="{name}" href="{self.href(target)}">{html}</a>{after}'

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
        picture = token.meta.get("picture") or self.work.selection.pictures.get(key)
        if picture is None:
            return "", alt
        if picture.path not in self.assets:
            name = f"images/image-{len(self.assets) + 1}.{picture.suffix}"
            self.assets[picture.path] = Asset(picture.path, name, picture.media_type, picture.data)
        return self.assets[picture.path].name, alt

    def _inline_citation(self, token: Token, inner: list[Token]) -> str:
        cites = token.meta.get("known", ())
        if self._in_title or not cites:
            return ""
        file = CHAPTER_FILE.format(self.bibliography_chapter + 1) if self.is_epub else ""
        parts = []
        for prefix, mark, place in token.meta["citer"](cites):
            shown, _, locator = mark.partition("\0")
            before = f"{prefix} " if prefix else ""
            name = "citation counter" if self.work.has_numbered_sources and not self.is_epub else "citation"
            parts.append(f'{before}<a class="{name}" href="{file}#{place}">{shown}</a>{locator}')
        opening, ending = self.work.citation_brackets
        is_plain = opening == "[" and not any(cite.locator or cite.prefix for cite in cites)
        separator = ", " if is_plain else "; "
        return f'<span class="citation">{opening}{separator.join(parts)}{ending}</span>'

    def _inline_footnote_ref(self, token: Token, inner: list[Token]) -> str:
        if self._in_title or self.draft is None:
            return ""
        identity = token.meta["id"]
        body = self.draft.notes.get(identity)
        if body is None or not any(_is_shown(token) for token in body):
            return ""
        if identity in self._open:
            span = token.meta.get("span")
            self.work.warn("note-cycle", "a note calls itself", span, "take the call out of the note")
            return ""
        number = self._numbers.get(identity)
        if number is None:
            number = self._numbers[identity] = str(len(self.notes) + 1)
            anchor = self._note_anchor(self.draft, number)
            # The place is taken before the text is set, which may hold notes of its own.
            self.notes.append(Note(number, anchor, ""))
            self._open.add(identity)
            note = self.notes[int(number) - 1] = Note(number, anchor, self._note(body))
            self._open.discard(identity)
            if not self.is_epub:
                # A call never begins a line: WeasyPrint breaks before any inline box.
                return f'{WORD_JOINER}<span class="footnote" id="{anchor}">{note.html}</span>'
            return self._note_call(number, anchor, f"{anchor}-ref")
        anchor = self._note_anchor(self.draft, number)
        if not self.is_epub:
            return f'{WORD_JOINER}<a class="note-again" href="#{anchor}">{number}</a>'
        return self._note_call(number, anchor, "")

    def _note_anchor(self, draft: Draft, number: str) -> str:
        # A full stop, since no heading gets such an id.
        return f"fn.{self.work.drafts[draft.chapter].anchor.removeprefix('sec-')}.{number}"

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
        parts += [self._inline_redaction(token, []) for token in tokens if token.type == "redaction_block"]
        return " ".join(part.strip() for part in parts)

    @property
    def language(self) -> str:
        """The language of the section that is being set."""
        return self.draft.language if self.draft is not None else self.work.language

    def _tongue_of(self, language: str, around: str) -> dict[str, str]:
        """The attributes of words in a language, with their direction where two of them meet."""
        values = {"lang": language}
        if self.is_epub:
            values["xml:lang"] = language
        if "rtl" in map(direction, (language, around, self.work.language)):
            values["dir"] = direction(language)
        return values

    def tongue(self, language: str, around: str) -> str:
        """The attributes of words in a language that stand in text of another one, as text for a tag."""
        return "".join(f' {key}="{value}"' for key, value in self._tongue_of(language, around).items())

    def _attributes(self, attributes: Attributes, **extra: str) -> str:
        values = {
            "id": attributes.id,
            "class": " ".join([*attributes.classes, *filter(None, [extra.pop("class_", "")])]),
        }
        language = attributes.get("lang")
        if language:
            values |= self._tongue_of(language, self.language)
        if attributes.get("dir") in ("ltr", "rtl"):
            values["dir"] = attributes.get("dir") or ""
        values.update(extra)
        return "".join(f' {key}="{escape(str(value))}"' for key, value in values.items() if value)


def _is_shown(token: Token) -> bool:
    return bool(token.children) if token.type == "inline" else token.nesting == 0
