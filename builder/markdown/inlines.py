"""Inline syntax beyond CommonMark: spans, attached attributes, citations, and where each stands."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from msgspec import Struct

from builder.markdown.attributes import (
    Attributes,
    BadAttributes,
    assigns,
    looks_like_attributes,
    read_attributes,
)
from builder.markdown.vocabulary import BAR, mentions_condition

_ATTACHABLE = {
    "link_close": "link", "image": "image", "code_inline": "code", "footnote_ref": "note call", "citation": "citation",
}  # fmt: skip
_CITES = re.compile(r"(?:^|[\s;\-])@[\w]")
_CITE = re.compile(
    r"^(?P<prefix>.*?)(?P<suppress>-)?@(?P<key>[\w][\w:.#$%&\-+?<>~/]*)(?P<locator>.*)$", re.DOTALL
)


class InlinePlace(Struct, frozen=True):
    """A stretch of the inline content of one block, with the attributes that stand on it."""

    block: Token
    start: int
    end: int
    attributes: Attributes
    element: str = "span"
    """`span`, `link`, `image`, `code`, `note call` or `citation`."""


class Cite(Struct, frozen=True):
    """One source named in a citation: `see @key, p. 12`."""

    key: str
    prefix: str = ""
    locator: str = ""


def inline_with_block(state: StateCore) -> None:
    """Core rule: as markdown-it's own, but inline rules can know the block that they are in."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = token.children if token.children is not None else []
            state.env["block"] = token
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _mark(state: StateInline, start: int, end: int, attributes: Attributes, element: str = "span") -> None:
    base = state.env.get("base", 0)
    place = InlinePlace(state.env.get("block"), base + start, base + end, attributes, element)
    state.env.setdefault("inline_places", []).append(place)


def _complain(state: StateInline, code: str, message: str, position: int, hint: str = "") -> None:
    problem = (code, message, state.env.get("block"), state.env.get("base", 0) + position, hint)
    problems = state.env.setdefault("inline_problems", [])
    if problem not in problems:
        problems.append(problem)


@lru_cache(maxsize=64)
def _last(text: str, sign: str) -> int:
    """Where a sign stands last in a text; without it, no bracket need be looked at."""
    return text.rfind(sign)


def span(state: StateInline, silent: bool) -> bool:
    """Inline rule `[text]{attributes}`; goes before links, so it wins over a shortcut reference."""
    if state.src[state.pos] != "[" or state.src[state.pos + 1 : state.pos + 2] == "^":
        return False
    start, maximum = state.pos, state.posMax
    if _last(state.src, "]{") < start:
        return False
    label_end = state.md.helpers.parseLinkLabel(state, start)
    brace = label_end + 1
    if label_end < 0 or brace >= maximum or state.src[brace] != "{":
        return False
    try:
        attributes, end = read_attributes(state.src, brace)
    except BadAttributes as problem:
        _complain(
            state,
            "bad-attributes",
            problem.message,
            problem.position,
            "write \\{ where the brace is meant to be printed",
        )
        return False
    if not silent and attributes.get(BAR) is not None:
        token = state.push("redaction", "", 0)
        token.meta = {"reason": attributes.get(BAR)}
        _mark(state, start, end, attributes)
    elif not silent:
        token = state.push("span_open", "span", 1)
        token.meta = {"attributes": attributes}
        state.pos, state.posMax = start + 1, label_end
        is_citation = _push_citation(state, state.src[start + 1 : label_end])
        _mark(state, start, end, attributes, "citation" if is_citation else "span")
        if is_citation:
            state.tokens[-1].meta["attributes"] = attributes
        else:
            state.md.inline.tokenize(state)
        state.push("span_close", "span", -1)
    state.pos, state.posMax = end, maximum
    return True


def attached(state: StateInline, silent: bool) -> bool:
    """Inline rule: attributes directly after a link, image, code, note call or citation."""
    if state.src[state.pos] != "{":
        return False
    last = state.tokens[-1] if state.tokens and not state.pending else None
    if last is None or last.type not in _ATTACHABLE or not looks_like_attributes(state.src, state.pos):
        if not silent and assigns(state.src, state.pos):
            _complain(
                state,
                "stray-attributes",
                "attributes that belong to nothing",
                state.pos,
                "put them directly after ']' or on a line above a block; write \\{ to print a brace",
            )
        return False
    try:
        attributes, end = read_attributes(state.src, state.pos)
    except BadAttributes as problem:
        _complain(state, "bad-attributes", problem.message, problem.position, "write \\{ to print a brace")
        return False
    if not silent:
        opener = _opener(state.tokens)
        opener.meta = {**opener.meta, "attributes": attributes}
        _mark(state, opener.meta["start"], end, attributes, _ATTACHABLE[last.type])
    state.pos = end
    return True


def _opener(tokens: list[Token]) -> Token:
    if tokens[-1].type != "link_close":
        return tokens[-1]
    return next(t for t in reversed(tokens) if t.type == "link_open" and t.level == tokens[-1].level)


def citation(state: StateInline, silent: bool) -> bool:
    """Inline rule `[@key, p. 12; see @other]`."""
    if state.src[state.pos] != "[" or _last(state.src, "@") < state.pos:
        return False
    label_end = state.md.helpers.parseLinkLabel(state, state.pos)
    if label_end < 0 or state.src[label_end + 1 : label_end + 2] in ("(", "[", "{"):
        return False
    text = state.src[state.pos + 1 : label_end]
    if _cites(text) is None:
        return False
    if not silent:
        if mentions_condition(text):
            hint = "close the citation before it, or put the condition behind its bracket"
            _complain(state, "stray-attributes", "a condition inside a citation", state.pos, hint)
        _push_citation(state, text)
    state.pos = label_end + 1
    return True


def _cites(text: str) -> tuple[Cite, ...] | None:
    """The sources that the words between two brackets name; None where they are other words."""
    if "[" in text or not _CITES.search(text):
        return None  # Brackets inside are citations of their own, in words that are none.
    cites = []
    for part in text.split(";"):
        match = _CITE.match(part.strip())
        if match is None:
            return None
        key = match["key"].rstrip(".:-,?")
        locator = match["key"][len(key) :] + match["locator"]
        cites.append(Cite(key, match["prefix"].strip(), locator.strip(" ,")))
    return tuple(cites)


def _push_citation(state: StateInline, text: str) -> bool:
    cites = _cites(text)
    if cites is None:
        return False
    token = state.push("citation", "", 0)
    token.content, token.meta = text, {"cites": cites}
    return True


class Helpers:
    """markdown-it's own helpers, but a span inside the words of a link is no link inside a link."""

    parseLinkDestination = staticmethod(parseLinkDestination)  # noqa: N815 (markdown-it's own name)
    parseLinkTitle = staticmethod(parseLinkTitle)  # noqa: N815 (markdown-it's own name)

    @staticmethod
    def parseLinkLabel(state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: N802, N803
        """The offset of the bracket that closes the label which opens at `start`; -1 where none does."""
        level, old, found = 1, state.pos, -1
        state.pos = start + 1
        while state.pos < state.posMax:
            char, before = state.src[state.pos], state.pos
            if char == "]":
                level -= 1
                if level == 0:
                    found = state.pos
                    break
            state.md.inline.skipToken(state)
            if char == "[":
                if before == state.pos - 1:
                    level += 1
                elif disableNested and state.src[state.pos - 1 : state.pos] != "}":
                    break
        state.pos = old
        return found


def remember_start(
    md: MarkdownIt, name: str, sign: str, types: tuple[str, ...], label_offset: int | None = None
) -> None:
    """Wraps an inline rule so that its first token of one of `types` knows the offset where it began.

    All that the rule finds begins with `sign`. `label_offset` is where the text begins that the rule parses afresh
    (image alt text, inline notes), so that offsets inside it count from the start of the block too.
    """
    rule = next(entry.fn for entry in md.inline.ruler.__rules__ if entry.name == name)

    def wrapped(state: StateInline, silent: bool) -> bool:
        if state.src[state.pos] != sign:
            return False
        start, count, env = state.pos, len(state.tokens), state.env
        base = env.get("base", 0)
        if label_offset is not None:
            env["base"] = base + start + label_offset
        try:
            matched = rule(state, silent)
        finally:
            env["base"] = base
        if matched and not silent:
            for token in state.tokens[count:]:
                if token.type in types and "start" not in token.meta:
                    token.meta = {**token.meta, "start": start}
                    break
        return matched

    md.inline.ruler.at(name, wrapped)


def cites_of(tokens: list[Token]) -> list[Any]:
    """Every source key that the tokens cite, in order."""
    found: list[Any] = []
    for token in tokens:
        if token.type == "citation":
            found.extend(cite.key for cite in token.meta["cites"])
        if token.children:
            found.extend(cites_of(token.children))
    return found
