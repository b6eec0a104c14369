"""The draft that the passes of `resolve` work on: tokens that change, until they are XHTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markdown_it.token import Token
from msgspec import Struct, field

from builder.diagnostics import Diagnostic, Severity, Span
from builder.markdown.attributes import Attributes
from builder.model import Theme
from builder.selection import Selected, Selection
from builder.withhold import Pruned
from builder.world import World


class Target(Struct):
    """Something that a cross reference can point to."""

    kind: str
    """`part`, `chapter`, `appendix`, `section`, `heading`, `figure`, `table`, `recommendation` or `block`."""
    anchor: str
    number: str
    title: list[Token]
    """Inline tokens."""
    chapter: int
    """Index of the top-level unit that holds it."""
    span: Span | None = None
    """Where it stands, where that is asked for: figures and tables."""


class Draft(Struct):
    """One section on its way to XHTML."""

    selected: Selected
    kind: str
    role: str
    depth: int
    anchor: str
    title: list[Token]
    """Inline tokens."""
    standfirst: list[Token]
    short_title: list[Token]
    tokens: list[Token]
    notes: dict[int, list[Token]]
    """Block tokens of each footnote, by the id that its calls carry."""
    children: list[Draft]
    chapter: int = 0
    number: str = ""
    is_in_part: bool = False
    words: int = 0
    """Counted once its text is final; those of sections below it are theirs."""

    def walk(self) -> Iterator[Draft]:
        """The section and everything below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def all_words(self) -> int:
        """Words of the section and of those below it."""
        return sum(section.words for section in self.walk())

    def token_lists(self) -> Iterator[list[Token]]:
        """Every list of tokens that is printed: title, standfirst, body and notes."""
        yield self.title
        yield self.standfirst
        yield self.short_title
        yield self.tokens
        yield from self.notes.values()

    @property
    def language(self) -> str:
        """The language that the section is written in."""
        return self.selected.section.language

    @property
    def folder(self) -> str:
        """The folder of the section's file."""
        return self.selected.folder


class Work(Struct):
    """What the passes share: the selection, the drafts, the index, the problems."""

    selection: Selection
    words: dict[str, str]
    layout: str
    drafts: list[Draft]
    index: dict[str, Target] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    figures: list[Target] = field(default_factory=list)
    tables: list[Target] = field(default_factory=list)
    theme: Theme | None = None
    world: World | None = None
    numbers: dict[str, str] | None = None
    """Stable numbers by the place in the source; None where numbers are counted as they come."""
    redactions: dict[str, list[Draft]] = field(default_factory=dict)
    """By reason, the section of each bar, in reading order."""
    bibliography: dict[str, str] = field(default_factory=dict)
    """Finished XHTML of each source that the edition cites."""
    has_numbered_sources: bool = True
    """Whether citations are numbers, which the bibliography repeats."""
    citation_brackets: tuple[str, str] = ("[", "]")
    """What stands around a citation in the text."""

    @property
    def target(self) -> str:
        """What is in the making: `pdf`, whatever the variant, or `epub`."""
        return self.selection.job.kind.base

    @property
    def language(self) -> str:
        """The language of the edition."""
        return self.selection.publication.shape.language

    def sections(self) -> Iterator[Draft]:
        """Every draft in reading order."""
        for draft in self.drafts:
            yield from draft.walk()

    def add(
        self,
        code: str,
        message: str,
        span: Span | None,
        hint: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Notes one problem."""
        self.problems.append(Diagnostic(code, message, span, hint, severity))

    def warn(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        """Notes one warning."""
        self.add(code, message, span, hint, Severity.WARNING)


def place_tokens(pruned: Pruned) -> tuple[list[Token], dict[int, list[Token]]]:
    """A copy of the tokens in which each knows its place in the file, the notes set apart."""
    tokens = _copied(pruned.parsed.tokens)
    folder = pruned.path.rsplit("/", 1)[0]
    line, start = -1, {}
    for token in tokens:
        if (first := token.map[0] if token.map else max(line, 0)) != line:
            line, start = first, {"span": pruned.span(first), "folder": folder}
        token.meta.update(start)
        row, place = line, start
        for child in token.children or ():
            child.meta.update(place)
            if child.children:
                for each in _all(child.children):
                    each.meta.update(place)
            if child.type in ("softbreak", "hardbreak"):
                row += 1
                place = {"span": pruned.span(row), "folder": folder}
    return _split_notes(tokens)


def _copied(tokens: list[Token]) -> list[Token]:
    """The tokens again, for this use alone: a parse may serve several editions."""
    # By place and not by name: `Token.copy` takes ten times as long.
    return [
        Token(
            token.type,
            token.tag,
            token.nesting,
            dict(token.attrs),
            token.map,
            token.level,
            None if token.children is None else _copied(token.children),
            token.content,
            token.markup,
            token.info,
            dict(token.meta),
            token.block,
            token.hidden,
        )
        for token in tokens
    ]


def _all(tokens: list[Token] | None) -> Iterator[Token]:
    for token in tokens or ():
        yield token
        yield from _all(token.children)


def _split_notes(tokens: list[Token]) -> tuple[list[Token], dict[int, list[Token]]]:
    body: list[Token] = []
    notes: dict[int, list[Token]] = {}
    current = body
    for token in tokens:
        if token.type in ("footnote_block_open", "footnote_block_close", "footnote_anchor"):
            continue
        if token.type == "footnote_open":
            current = notes.setdefault(token.meta["id"], [])
        elif token.type == "footnote_close":
            current = body
        else:
            current.append(token)
    return body, notes


def inline_of(pruned: Pruned | None) -> list[Token]:
    """The inline tokens of a one-line text such as a title."""
    if pruned is None:
        return []
    tokens, _ = place_tokens(pruned)
    found: list[Token] = []
    for token in tokens:
        if token.type == "inline":
            if found:
                found.append(text_token(" "))
            found.extend(token.children or ())
    return found


def text_token(text: str) -> Token:
    """A token of plain text."""
    return Token("text", "", 0, content=text)


def block(kind: str, tag: str, nesting: int, like: Token, **meta: Any) -> Token:
    """A block token that stands where another one stands."""
    token = Token(kind, tag, nesting, block=True, map=like.map)
    token.meta = {**{key: like.meta[key] for key in ("span", "folder", "uses") if key in like.meta}, **meta}
    return token


def div(name: str, attributes: Attributes, inner: list[Token], like: Token) -> list[Token]:
    """Tokens wrapped into a named div."""
    opener = block("div_open", "div", 1, like, attributes=attributes)
    opener.info = name
    return [opener, *inner, block("div_close", "div", -1, like)]
