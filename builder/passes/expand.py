"""Puts snippets and variables in their places."""

from __future__ import annotations

import copy

from markdown_it.token import Token

from builder.diagnostics import did_you_mean
from builder.markdown.attributes import Attributes
from builder.markdown.tree import attributes_of, closing
from builder.passes.draft import Draft, Work, div, place_tokens, text_token


def expand(work: Work) -> None:
    """Pass: replaces each snippet div by the snippet's tokens, and each `[]{var=name}` by its text."""
    publication = work.selection.publication
    for draft in work.sections():
        variables = publication.texts(draft.language).variables
        draft.tokens = _snippets(work, draft, draft.tokens, variables, draft.language)
        for key in list(draft.notes):
            draft.notes[key] = _snippets(work, draft, draft.notes[key], variables, draft.language)
        for tokens in draft.token_lists():
            _variables(work, tokens, variables)


def _snippets(
    work: Work, draft: Draft, tokens: list[Token], variables: dict[str, str], language: str
) -> list[Token]:
    found: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type != "div_open" or token.info != "snippet":
            found.append(token)
            index += 1
            continue
        end = closing(tokens, index)
        if end > index + 1:
            work.add(
                "bad-snippet",
                "text in the div of a snippet, which is not printed",
                token.meta["span"],
                "close the div on the line below its opening, and put the text outside",
            )
        attributes = attributes_of(token)
        name = attributes.get("ref") or ""
        pruned = work.selection.snippets.get((name, language))
        if pruned is not None:
            snippet = work.selection.publication.snippets[name].in_language(language)
            inner, notes = place_tokens(pruned)
            _remember_use(token, [inner, *notes.values()])
            shift = max(draft.notes, default=-1) + 1
            _renumber(inner, shift)
            if snippet.language != language:
                # Words of the source in a translated text say which language they are in.
                inner = div("", Attributes(values=(("lang", snippet.language),)), inner, token)
            known = work.selection.publication.texts(snippet.language).variables
            local = {**variables, **known, **dict(attributes.values)}
            for part in (inner, *notes.values()):
                _variables(work, part, local)
            draft.notes.update({key + shift: value for key, value in notes.items()})
            found.extend(_snippets(work, draft, inner, local, snippet.language))
        index = end + 1
    return found


def _remember_use(use: Token, texts: list[list[Token]]) -> None:
    """Tells the tokens of a snippet in which place they are used, which has conditions of its own."""
    for token in (token for tokens in texts for token in tokens):
        token.meta = {**token.meta, "uses": (*use.meta.get("uses", ()), use.meta["span"])}


def _renumber(tokens: list[Token], shift: int) -> None:
    for token in tokens:
        if token.type == "footnote_ref":
            token.meta = {**token.meta, "id": token.meta["id"] + shift}
        _renumber(token.children or [], shift)


def _variables(work: Work, tokens: list[Token], variables: dict[str, str]) -> None:
    """Replaces the variables among inline tokens, in place."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.children:
            _variables(work, token.children, variables)
        name = token.meta["attributes"].get("var") if token.type == "span_open" else None
        if name is not None:
            end = closing(tokens, index)
            value = variables.get(name)
            if value is None and name in work.selection.publication.shape.variables:
                message = f"the variable '{name}' is not translated into '{work.language}'"
                hint = f"add '{name}: …' to 'variables' below 'translations: {work.language}'"
                work.add("missing-translation", message, token.meta.get("span"), hint)
            elif value is None:
                work.add(
                    "unknown-variable", f"unknown variable '{name}'", token.meta.get("span"),
                    did_you_mean(name, variables),
                )  # fmt: skip
            replacement = text_token(value or "")
            replacement.meta = copy.copy(token.meta)
            tokens[index : end + 1] = [replacement]
        index += 1
