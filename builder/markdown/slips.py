"""Finds what was meant as a condition and can't be read as one: it is an error, never visible text."""

from __future__ import annotations

import re

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from builder.markdown.blocks import report
from builder.markdown.vocabulary import fold, mentions_condition

_LOOSE_END = re.compile(r"\w\s*=\s*[\w\"'][^{}\n]*\}")
_TAG_CONDITION = re.compile(r"<[a-z][^<>]*\s(audience|clearance)\s*=")
_NOTE_CALL = re.compile(r"\[\^[^\]\s]+\]")


def check_text(state: StateCore, token: Token) -> None:
    """Braces that were meant as a condition, and note calls that lead nowhere, are never just text."""
    row = (token.map or [0])[0]
    for child in token.children or ():
        if child.type == "html_inline":
            _tag(state, child.content, row)
        if child.attrs and mentions_condition(str(child.attrs.get("title", ""))):
            message = "a condition in the title of a link or image, where it is not read"
            report(
                state.env,
                "stray-attributes",
                message,
                row,
                hint="put the attributes behind the bracket",
            )
        if child.type == "text_special" and "\ufffd" in child.content and "\ufffd" not in child.markup:
            message = f"'{child.markup}' stands for a character that can't be printed"
            report(state.env, "control-character", message, row, hint="delete it")
        note = _NOTE_CALL.search(child.content) if child.type == "text" else None
        if note is not None:
            message = f"the note '{note.group()}' is not defined in this text"
            hint = f"add a line '{note.group()}: …', or write \\[ to print the bracket"
            report(state.env, "undefined-note", message, row, hint=hint)
        row += child.type in ("softbreak", "hardbreak")
    words = "".join(child.content for child in token.children or () if child.type == "text")
    _brackets(state, token, words)
    if mentions_condition(words) or ("}" in words and _LOOSE_END.search(words)) or words.lstrip().startswith(":::"):
        start, end = token.map or (0, 1)
        known = [problem[2] for problem in state.env.get("problems", ())]
        known += [problem[2].map[0] for problem in state.env.get("inline_problems", ()) if problem[2]]
        if any(start <= line < end for line in known):
            return  # The slip is reported already, with its column.
        report(
            state.env,
            "stray-attributes",
            "braces that look like a condition, but can't be read as one",
            start,
            hint='write {audience="a or b"}, {clearance=name} or {target=name}; write \\{ to print a brace',
        )


def _brackets(state: StateCore, token: Token, words: str) -> None:
    """Beside an inline condition, a bracket that is never closed may be where the withheld text begins."""
    if words.count("[") > words.count("]") and any(
        place.block is token and not place.attributes.is_empty for place in state.env.get("inline_places", ())
    ):
        message = "'[' is never closed, beside attributes that may have been meant for it"
        hint = "close the bracket, or write \\[ to print it"
        report(state.env, "stray-attributes", message, (token.map or [0])[0], hint=hint)


def check_unread(state: StateCore, token: Token) -> None:
    """Raw HTML and indented code are not read as Markdown: a condition in them would show its text."""
    if token.type == "html_block" and "<!--" in token.content.rsplit("-->", 1)[-1]:
        message = "a comment that is never closed: nothing below it is printed"
        report(state.env, "unclosed-comment", message, token.map[0], hint="close it with -->")
        return
    if token.type == "html_block":
        _tag(state, token.content, token.map[0])
    for number, line in enumerate(token.content.split("\n"), token.map[0]):
        if line.lstrip().startswith(":::") or mentions_condition(line):
            what = "raw HTML" if token.type == "html_block" else "indented code"
            hint = (
                "put an empty line before it"
                if token.type == "html_block"
                else "take the indent away; show code between ``` lines"
            )
            report(
                state.env,
                "stray-attributes",
                f"a condition inside {what}, where it is not read",
                number,
                hint=hint,
            )
            return


def _tag(state: StateCore, html: str, line: int) -> None:
    found = _TAG_CONDITION.search(fold(html))
    if found:
        message = f"'{found[1]}' on an HTML tag, where it is not read"
        hint = "write ::: {audience=…} around the text, or [text]{audience=…}"
        report(state.env, "stray-attributes", message, line, hint=hint)
