"""Cross references: each link inside the publication finds its target, or is settled by its author."""

from __future__ import annotations

import re
from urllib.parse import unquote

from markdown_it.token import Token

from builder.diagnostics import Span, did_you_mean, has_errors
from builder.language import numbered
from builder.markdown.attributes import EMPTY, Attributes
from builder.markdown.traces import close_gap
from builder.markdown.tree import closing, text_of
from builder.passes.draft import Draft, Target, Work, text_token
from builder.passes.withheld import find_withheld, settle
from builder.withhold import BARE, BARE_HINT, words_left

_SAFE = re.compile(r"(https?:|mailto:|tel:)", re.IGNORECASE)


def link(work: Work) -> None:
    """Pass: turns references into links with the words of their targets; the rest is an error."""
    files = {}
    for section in work.selection.publication.walk():
        if section.kind == "section":
            # A text names the file of the source or of the translation; both mean the section as it is printed.
            files |= {each.path: section for each in (section, section.source) if each is not None}
    linker = _Linker(work, files, has_errors(work.problems))
    for draft in work.sections():
        for tokens in draft.token_lists():
            linker.walk(draft, tokens)


class _Linker:
    def __init__(self, work: Work, files: dict, has_failed: bool):
        self.work, self.files, self.has_failed = work, files, has_failed

    def walk(self, draft: Draft, tokens: list[Token]) -> None:
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.children:
                self.walk(draft, token.children)
            if token.type == "link_open":
                end = closing(tokens, index)
                known = len(self.work.problems)
                replaced = self._link(draft, token, tokens[index + 1 : end], tokens[end])
                tokens[index : end + 1] = replaced
                after = tokens[index] if index < len(tokens) else None
                is_dropped = not replaced and len(self.work.problems) == known
                if is_dropped:
                    if left := words_left(text_of(tokens[:index]), after.content if after else ""):
                        self.work.add("bare-sentence", BARE.format(left), token.meta.get("span"), BARE_HINT)
                    close_gap(tokens[:index], after)
                index += len(replaced) - 1
            index += 1

    def _link(self, draft: Draft, opener: Token, inner: list[Token], closer: Token) -> list[Token]:
        href = unquote(str(opener.attrs.get("href", "")))
        span = opener.meta.get("span")
        if _SAFE.match(href):
            opener.meta = {**opener.meta, "kind": "external"}
            if not text_of(inner).strip() and not inner:
                self.work.warn(
                    "empty-link",
                    f"a link to '{href}' without words",
                    span,
                    "write the words between the brackets",
                )
                inner = [text_token(href)]
            return [opener, *inner, closer]
        anchor = self._anchor(draft, href, span)
        if anchor is None:
            return inner
        target = self.work.index.get(anchor)
        attributes = opener.meta.get("attributes", EMPTY)
        if target is None:
            return self._unsettled(href, anchor, attributes, inner, span)
        opener.attrs["href"] = f"#{target.anchor}"
        wants_page = "page" in attributes.flags
        opener.meta = {
            **opener.meta,
            "kind": "xref",
            "target": target,
            "page": wants_page and self.work.target != "epub",
        }
        if wants_page and not text_of(inner).strip():
            inner = [] if self.work.target != "epub" else _words(self.work, target)
        elif not inner:
            inner, opener.meta["is_counted"] = _words(self.work, target), bool(target.number)
        return [opener, *inner, closer]

    def _anchor(self, draft: Draft, href: str, span: Span | None) -> str | None:
        """The anchor that a reference means; None (after a problem) where it can be none."""
        path, _, fragment = href.partition("#")
        if not path:
            if not fragment:
                self.work.add("unknown-reference", "a link to nothing", span, "write [](#id)")
                return None
            return fragment
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", path):
            self.work.add(
                "unsafe-link", f"a link to '{path[:60]}'", span, "link to https:, mailto: or a section"
            )
            return None
        section = self.files.get(_normal(f"{draft.folder}/{path}"))
        if section is None:
            known = [name.rsplit("/", 1)[1] for name in self.files]
            self.work.add(
                "unknown-reference",
                f"link to '{href}', which is no section file",
                span,
                did_you_mean(path, known),
            )
            return None
        if not fragment:
            return section.anchor
        inside = f"{section.id}-{fragment}"
        return inside if inside in self.work.index or fragment not in self.work.index else fragment

    def _unsettled(
        self, href: str, anchor: str, attributes: Attributes, inner: list[Token], span: Span | None
    ) -> list[Token]:
        place = find_withheld(self.work.selection, anchor)
        if place is None:
            known = list(self.work.index)
            near = did_you_mean(anchor, known) if known else ""
            self.work.add(
                "unknown-reference",
                f"link to '{href}', which nothing in the publication has as its id",
                span,
                near,
            )
            return inner
        if place.rule is None and self.has_failed:
            # What failed in an earlier pass is missing for that reason, which has been told.
            return inner or [text_token(anchor)]
        text = settle(self.work, f"link to '{href}'", place, attributes, span, "link")
        if text is None:
            return inner
        return [*inner, text_token(f" ({text})" if inner else text)]


def _normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _words(work: Work, target: Target) -> list[Token]:
    """What a reference without words prints: kind and number, and the title of sections."""
    label = work.words[target.kind]
    title = [token for token in target.title if token.type != "footnote_ref"]
    if target.kind in ("figure", "table", "recommendation", "block"):
        return (
            [text_token(f"{label} {target.number}")]
            if target.number
            else title or [text_token(target.anchor)]
        )
    if target.number:
        return [text_token(f"{numbered_name(work, target)}{work.words['pause']}"), *title]
    return title or [text_token(target.anchor)]


def numbered_name(work: Work, target: Target) -> str:
    """`chapter 2`: the kind of a section with its number."""
    label = work.words[target.kind]
    # The word of an appendix is also its heading's, and has its number behind it.
    return f"{label} {target.number}" if target.kind == "appendix" else numbered(label, target.number)
