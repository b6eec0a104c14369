"""Quotes, dashes, spaces and abbreviations in the text that is printed, by the manner of its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from markdown_it.token import Token

from builder.passes.draft import Draft, Work, text_token
from builder.passes.manners import Manner, manner_of, rules_of

_DASHED_YEARS = re.compile(r"(?<=\d)\s?–\s?(?=\d)")
_QUOTE = re.compile("[\"']")
_STOPPED_CAPITAL = re.compile(r"[A-ZА-ЯӨҮ]\.")
_INITIAL = re.compile(r"\b((?:[A-ZА-ЯӨҮ]\.)+) ?(?=[A-ZА-ЯӨҮ][a-zа-яөү])")
_MINUS = re.compile(r"(?<![\w\d–-])-(?=\d)")
ZERO_WIDTH_SPACE, WORD_JOINER, NO_BREAK_SPACE = "\u200b", "\u2060", "\u00a0"


def typeset_text(work: Work, units: Iterable[Draft] | None = None) -> None:
    """Pass: quotes by language, true dashes and spaces; abbreviations marked at their first use in a chapter.

    Of these units and all below them, once for each; else of the whole document.
    """
    publication = work.selection.publication
    markers: dict[str, _Abbreviations] = {}
    for draft in (draft for unit in (work.drafts if units is None else units) for draft in unit.walk()):
        language = draft.language
        if language not in markers:
            markers[language] = _Abbreviations(publication.texts(language).abbreviations)
        marker = markers[language]
        for tokens in (draft.title, draft.standfirst, draft.short_title):
            _inline(tokens, language, work.target)
        marker.start_chapter(draft.chapter)
        for tokens in (draft.tokens, *draft.notes.values()):
            in_heading = False
            for token in tokens:
                if token.type in ("heading_open", "heading_close", "th_open", "th_close"):
                    in_heading = token.nesting == 1
                if token.children is not None:
                    if not in_heading:
                        marker.mark(token.children)
                    _inline(token.children, language, work.target)
        for token in draft.tokens:
            image = token.meta.get("image") if token.meta else None
            if image is not None and image.children:
                _inline(image.children, language, "epub")


def smart(text: str, language: str) -> str:
    """A text outside the Markdown, such as a title or a source line, with true quotes, dashes and spaces."""
    return _typeset(text, " ", (), manner_of(language))[0]


def _texts(tokens: list[Token], language: str) -> Iterator[tuple[list[Token], int, str]]:
    """Each text token with its list, its index, and the language that it stands in."""
    stack = [language]
    for index, token in enumerate(tokens):
        if token.type == "span_open":
            stack.append(token.meta["attributes"].get("lang") or stack[-1])
        elif token.type == "span_close":
            stack.pop()
        elif token.type == "text":
            yield tokens, index, stack[-1]
        elif token.children:
            yield from _texts(token.children, stack[-1])


def _inline(tokens: list[Token], language: str, target: str) -> None:
    opened: tuple[str, ...] = ()
    before = " "
    for owner, index, tongue in list(_texts(tokens, language)):
        token = owner[index]
        manner = manner_of(tongue)
        token.content, opened = _typeset(token.content, before, opened, manner)
        if token.content:
            before = token.content[-1]
    if target != "epub":
        _hold_last_word(tokens)
        _break_before_tags(tokens)


def _hold_last_word(tokens: list[Token]) -> None:
    """A no-break space before a short last word, so that it never makes a line of its own (9.3c)."""
    last = next(
        (t for t in reversed(tokens) if t.type not in ("softbreak", "footnote_ref", "citation")), None
    )
    if last is None or last.type != "text" or sum(len(token.content) for token in tokens) < 40:
        return
    head, space, word = last.content.rpartition(" ")
    if space and head.strip() and len(word.strip(".,;:!?…”’»)")) < 7:
        last.content = head + NO_BREAK_SPACE + word


@lru_cache(maxsize=50_000)
def _typeset(text: str, before: str, opened: tuple[str, ...], manner: Manner) -> tuple[str, tuple[str, ...]]:
    """A text by the manner of its language, and the quotes that it leaves open.

    Remembered, since editions share most of their paragraphs, and an edit in a watch leaves most as they were.
    """
    left = list(opened)
    return _spaces(_quotes(text, before, left, manner), before, manner), tuple(left)


def _quotes(text: str, before: str, opened: list[str], manner: Manner) -> str:
    """Straight quotes turned by what stands beside them; `opened` carries over inline tags."""
    made: list[str] = []
    end = 0
    marks = manner.quotes
    openers = (marks[0][0], marks[2][0])
    for quote in _QUOTE.finditer(text):
        char, index = quote[0], quote.start()
        if index > end:
            made.append(text[end:index])
        end = index + 1
        last = made[-1][-1] if made else before
        following = text[index + 1] if index + 1 < len(text) else " "
        can_open = (
            last.isspace() or last in "([{—–-/¿¡（\u200b\u2060" or last in openers
        ) and not following.isspace()
        if not manner.is_spaced and char == '"':
            can_open = char not in opened
        if char == "'" and not can_open and last.isalnum() and (following.isalnum() or "'" not in opened):
            made.append("’")
        elif can_open and (char == '"' or following.isalpha() or following in '“"(¿¡'):
            depth = 0 if char == '"' else 2
            made.append(marks[depth])
            opened.append(char)
        elif char in opened:
            while opened and opened.pop() != char:
                pass
            made.append(marks[1 if char == '"' else 3])
        else:
            made.append("’" if char == "'" else char)
    return "".join([*made, text[end:]])


def _spaces(text: str, before: str, manner: Manner) -> str:
    if "--" in text:
        text = re.sub(r"(?<!-)---(?!-)", manner.dashes[1], text)
        text = re.sub(r"(?<!-)--(?!-)", manner.dashes[0], text)
    text = text.replace("...", manner.ellipsis)
    if "–" in text:
        text = _DASHED_YEARS.sub(f"{WORD_JOINER}–{WORD_JOINER}", text)
    if "-" in text:
        text = _MINUS.sub("−", text)
    text = before + text
    for pattern, made in rules_of(manner):
        text = pattern.sub(made, text)
    text = text[len(before) :]
    return _INITIAL.sub(rf"\1{NO_BREAK_SPACE}", text) if _STOPPED_CAPITAL.search(text) else text


def _break_before_tags(tokens: list[Token]) -> None:
    """U+200B after a space that precedes an inline tag: WeasyPrint 70 else breaks at the line's first word."""
    for token, following in pairwise(tokens):
        if (
            token.type == "text"
            and token.content.endswith(" ")
            and following.type not in ("text", "softbreak")
        ):
            token.content += ZERO_WIDTH_SPACE


class _Abbreviations:
    """Marks the first use of each abbreviation in every chapter."""

    def __init__(self, meanings: dict[str, str]):
        self.meanings = meanings
        names = sorted(map(re.escape, meanings), key=len, reverse=True)
        self.pattern = re.compile(r"(?<![\w-])(" + "|".join(names) + r")(?![\w-])") if names else None
        self.seen: set[str] = set()
        self.chapter = -1

    def start_chapter(self, chapter: int) -> None:
        if chapter != self.chapter:
            self.chapter, self.seen = chapter, set()

    def mark(self, tokens: list[Token]) -> None:
        if self.pattern is None:
            return
        index = 0
        while index < len(tokens):
            match = self._first(tokens[index].content) if tokens[index].type == "text" else None
            if match is None:
                index += 1
                continue
            content = tokens[index].content
            name = match.group(1)
            self.seen.add(name)
            abbreviation = text_token(name)
            abbreviation.type, abbreviation.meta = "abbreviation", {"title": self.meanings[name]}
            parts = [text_token(content[: match.start()]), abbreviation, text_token(content[match.end() :])]
            tokens[index : index + 1] = parts
            index += 2

    def _first(self, text: str):
        return next((m for m in self.pattern.finditer(text) if m.group(1) not in self.seen), None)
