"""Numbers what is left after selection, and keeps the index of everything a reference can point to."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise

from markdown_it.token import Token

from builder.markdown.tree import attributes_of, text_of
from builder.passes.draft import Draft, Target, Work, text_token

_RESERVED = re.compile(r"fn\..+\.\d+(-ref)?|ref-[0-9a-f]{10}|part-\d+|data-\d+-\d+")
UNNUMBERED = {"summary", "preface", "conclusion", "glossary", "bibliography", "authors"}
"""Roles of sections that carry no number unless their front matter says so."""
ALPHABETS = {
    "en": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ru": "АБВГДЕЖИКЛМНПРСТУФХЦШЩЭЮЯ",
    "mn": "АБВГДЕЖЗИКЛМНОӨПРСТУҮФХЦЧШЭЮЯ",
    "ar": "أبجدهوزحطيكلمنسعفصقرشت",
}
"""The letters of appendices by language; a language without a row takes those of English."""
_PARTS_IN_FIGURES = {"ar", "zh"}
"""Languages that number parts 1, 2, 3 and not I, II, III."""
_NUMBERED_DIVS = {"figure": "figure", "table": "table", "recommendation": "recommendation", "box": "block"}


def number(work: Work) -> None:
    """Pass: numbers chapters, sections, figures, tables and recommendations; fills the index."""
    counts = {"chapter": 0, "appendix": 0, "part": 0}
    for chapter, draft in enumerate(work.drafts):
        _parts_and_chapters(work, draft, counts)
        for section in draft.walk():
            section.chapter = chapter
            if section.number and work.numbers is not None:
                section.number = work.numbers[place_of(section)]
    tallies = {"figure": 0, "table": 0, "recommendation": 0, "block": 0}
    for draft in work.sections():
        own: Counter[str] = Counter()
        kind = "part" if draft.kind == "part" else ("section" if draft.depth else _kind_of_chapter(draft))
        _enter(work, draft, Target(kind, draft.anchor, draft.number, draft.title, draft.chapter))
        for token, inline in pairwise([*draft.tokens, None]):
            if token.type == "heading_open":
                _heading(work, draft, token, inline)
            elif token.type == "div_open":
                _div(work, draft, token, inline, tallies, own)
            elif token.nesting == 1 and attributes_of(token).id:
                _enter(work, draft, Target("block", attributes_of(token).id, "", [], draft.chapter), token)
            _inline_ids(work, draft, token.children or [])


def place_of(thing: Draft | Token) -> str:
    """Where a section or a numbered div stands in the source; the same in every edition."""
    if isinstance(thing, Draft):
        return str(thing.selected.section.span)
    return " ".join([thing.info, *map(str, thing.meta.get("uses", ())), str(thing.meta["span"])])


def _inline_ids(work: Work, draft: Draft, tokens: list[Token]) -> None:
    for token in tokens:
        identity = token.meta["attributes"].id if token.meta.get("attributes") else ""
        if identity:
            _enter(work, draft, Target("block", identity, "", [], draft.chapter), token)
        _inline_ids(work, draft, token.children or [])


def _parts_and_chapters(work: Work, draft: Draft, counts: dict[str, int]) -> None:
    base = work.language.split("-")[0]
    if draft.kind == "part":
        counts["part"] += 1
        draft.number = str(counts["part"]) if base in _PARTS_IN_FIGURES else roman(counts["part"])
        draft.anchor = f"part-{counts['part']}"
        return
    if not _is_numbered(draft) or work.layout == "brief":
        return
    if draft.role == "appendix":
        counts["appendix"] += 1
        draft.number = letter(counts["appendix"], ALPHABETS.get(base, ALPHABETS["en"]))
    else:
        counts["chapter"] += 1
        draft.number = str(counts["chapter"])
    _sections(draft)


def _kind_of_chapter(draft: Draft) -> str:
    return "appendix" if draft.role == "appendix" else "chapter"


def _is_numbered(draft: Draft) -> bool:
    front = draft.selected.section.front
    if front is not None and front.numbered is not None:
        return front.numbered
    return draft.role not in UNNUMBERED


def _sections(draft: Draft) -> None:
    count = 0
    for child in draft.children:
        if _is_numbered(child):
            count += 1
            child.number = f"{draft.number}.{count}"
            _sections(child)


def roman(value: int) -> str:
    """The number in Roman numerals, 1 to 3999."""
    digits = zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    )
    text = ""
    for weight, sign in digits:
        text += sign * (value // weight)
        value %= weight
    return text


def letter(value: int, alphabet: str) -> str:
    """A, B, … Z, AA, AB, … for the appendices."""
    text = ""
    while value:
        value, rest = divmod(value - 1, len(alphabet))
        text = alphabet[rest] + text
    return text


def slug(text: str) -> str:
    """An ASCII-safe id from a heading; empty where no letter or digit is left."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _heading(work: Work, draft: Draft, token: Token, inline: Token) -> None:
    given = attributes_of(token).id
    title = inline.children or []
    if given:
        anchor = given
    else:
        # An id of our own is never the author's error: it steps aside for one that is written.
        base = f"{draft.anchor.removeprefix('sec-')}-{slug(text_of(title)) or 'heading'}"
        anchor, count = base, 1
        while anchor in work.index:
            count += 1
            anchor = f"{base}-{count}"
    token.meta = {**token.meta, "anchor": anchor}
    _enter(work, draft, Target("heading", anchor, "", title, draft.chapter), token if given else None)


def _div(
    work: Work, draft: Draft, token: Token, inline: Token | None, tallies: dict[str, int], own: Counter[str]
) -> None:
    kind = _NUMBERED_DIVS.get(token.info)
    identity = attributes_of(token).id
    is_counted = kind is not None and (token.info == "recommendation" or token.meta.get("has_caption"))
    if "unnumbered" in attributes_of(token).flags:
        is_counted = False
    number_text = ""
    if is_counted:
        tallies[kind] += 1
        number_text = str(tallies[kind]) if work.numbers is None else work.numbers[place_of(token)]
    if not identity and not is_counted:
        return
    prefix = {"figure": "fig", "table": "tbl", "recommendation": "rec"}.get(token.info, "block")
    own[prefix] += bool(is_counted)
    # Of the section and not of the edition: other editions have the same, whatever stands before it.
    anchor = identity or f"{draft.anchor.removeprefix('sec-')}-{prefix}-{own[prefix]}"
    while not identity and anchor in work.index:
        anchor += "a"
    token.meta = {**token.meta, "anchor": anchor, "number": number_text}
    caption = inline.children if token.meta.get("has_caption") and inline is not None else []
    title = attributes_of(token).get("title")
    words = caption or ([text_token(title)] if title else [])
    target = Target(kind or "block", anchor, number_text, words, draft.chapter, token.meta["span"])
    _enter(work, draft, target, token)
    if is_counted and kind in ("figure", "table"):
        (work.figures if kind == "figure" else work.tables).append(target)


def _enter(work: Work, draft: Draft, target: Target, token: Token | None = None) -> None:
    if token is not None and _RESERVED.fullmatch(target.anchor):
        message = f"the id '{target.anchor}' is one that the builder gives itself"
        work.add("duplicate-id", message, token.meta["span"], "choose another id")
        return
    first = work.index.get(target.anchor)
    if first is not None:
        span = token.meta["span"] if token is not None else draft.selected.section.span
        work.add(
            "duplicate-id",
            f"a second thing with the id '{target.anchor}'",
            span,
            "give one of them another id",
        )
        return
    work.index[target.anchor] = target
