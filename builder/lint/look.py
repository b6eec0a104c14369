"""What a rule looks at: the visible texts of one edition, token by token, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token
from msgspec import Struct

from builder.diagnostics import Span
from builder.markdown.tree import text_of
from builder.model import Document
from builder.passes.draft import place_tokens
from builder.selection import Selected, Selection
from builder.withhold import Pruned


class Finding(Struct, frozen=True):
    """What a rule found; its code and its weight are those of the rule."""

    message: str
    span: Span | None
    hint: str
    editions: tuple[str, ...] = ()
    """The edition, where the others may have nothing to hear."""


class Text(Struct, frozen=True):
    """One visible text of an edition: the body of a section, or a snippet."""

    pruned: Pruned
    tokens: tuple[Token, ...]
    """Block tokens, those of the notes at the end."""
    language: str

    def span(self, token: Token, words: str = "") -> Span:
        """The place of a token, to the column where one of its lines holds `words`."""
        at: Span = token.meta["span"]
        lines = self.pruned.text.split("\n")
        row = at.line - self.pruned.first_line
        for number in range(row, min(row + 12, len(lines))):
            if words and words in lines[number]:
                return Span(at.path, self.pruned.first_line + number, lines[number].index(words) + 1)
            if words and not lines[number].strip():
                break
        return at

    def inlines(self) -> Iterator[list[Token]]:
        """The inline tokens of each block that holds words."""
        for token in self.tokens:
            if token.children:
                yield token.children


class Look(Struct, frozen=True):
    """One edition as the rules see it."""

    selection: Selection
    document: Document
    sections: tuple[Selected, ...]
    """Every section and part, in reading order."""
    texts: tuple[Text, ...]


def look_at(selection: Selection, document: Document) -> Look:
    """The sections and texts of an edition, without anything that it withholds."""
    sections = tuple(each for top in selection.sections for each in _walk(top))
    bodies = [(each.body, each.section.language) for each in sections if each.body is not None]
    bodies += [(pruned, language) for (_, language), pruned in selection.snippets.items()]
    texts = []
    for pruned, language in bodies:
        tokens, notes = place_tokens(pruned)
        tokens += [token for note in notes.values() for token in note]
        texts.append(Text(pruned, tuple(tokens), language or document.metadata.language))
    return Look(selection, document, sections, tuple(texts))


def _walk(selected: Selected) -> Iterator[Selected]:
    yield selected
    for child in selected.children:
        yield from _walk(child)


def plain(tokens: list[Token]) -> str:
    """The words of inline tokens on one line."""
    return " ".join(text_of(tokens).split())


def same(text: str) -> str:
    """A text without case, signs and spaces, to compare what two texts say."""
    return re.sub(r"[\W_]+", "", text).casefold()
