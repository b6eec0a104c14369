"""Gives each bar the words that are read in its place, and counts the bars for the log of redactions."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.token import Token

from builder.passes.draft import Work


def redact(work: Work) -> None:
    """Pass: says in words, for readers who listen, what a bar is and why it stands there."""
    for draft in work.sections():
        for tokens in draft.token_lists():
            for token in _bars(tokens):
                reason = token.meta["reason"]
                token.content = spoken(work, reason)
                work.redactions.setdefault(reason, []).append(draft)


def spoken(work: Work, reason: str) -> str:
    """`[redacted: Personal data]`, in the language of the edition."""
    if not reason:
        return work.words["redacted"]
    return work.words["redacted_because"].replace("{reason}", work.selection.reasons[reason])


def _bars(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type in ("redaction", "redaction_block"):
            yield token
        yield from _bars(token.children or [])
