"""What a YAML parser complains about, in the words of somebody who writes a report."""

from __future__ import annotations

import re

import yaml
from msgspec import Struct

from builder.diagnostics import Diagnostic
from builder.sources.text import Ruler

_QUOTE = "put the value in quotes"
_KEY_AND_VALUE = re.compile(r"""\s*(?:- +)*([^\s:#"'\[{|>&*!%@`-][^:]*): +([^"'\[{|>&*!].*)""")


class _Mistake(Struct, frozen=True):
    """One kind of mistake, known by what both parsers of PyYAML say about it.

    In message and hint `{found}` is the character at which the parser gave up, `{opener}` the one at
    which the construct begins; `{closing}` reminds of the end of front matter.
    """

    pattern: str
    """Searched for in `context: problem`."""
    message: str
    hint: str
    is_at_opener: bool = False
    """Whether the place of the mistake is where the construct begins."""
    code: str = "yaml-syntax"


_MISTAKES = (
    _Mistake(
        "quoted scalar: .*(end of stream|document)",
        "the quote {opener} that opens here is never closed",
        "close it with {opener} at the end of the text",
        is_at_opener=True,
    ),
    _Mistake(
        "Unicode character escape",
        "the escape stands for no character",
        "write the character itself",
        is_at_opener=True,
        code="yaml-bad-character",
    ),
    _Mistake(
        "quoted scalar: .*(escape|hexa?decimal)",
        "a backslash that begins no escape",
        "use single quotes, or write the backslash twice",
        is_at_opener=True,
    ),
    _Mistake(
        "cannot start any token|node content|mapping keys are not allowed",
        "a value can't begin with '{found}'",
        _QUOTE,
    ),
    _Mistake(
        "entries are not allowed",
        "a list can't begin on the line of its key",
        "begin the list on the next line, or put the value in quotes if it begins with '-'",
    ),
    _Mistake("(alias|anchor): ", "a value can't begin with '{opener}'", _QUOTE, is_at_opener=True),
    _Mistake(
        "tag: |tag handle", "a value can't begin with '{opener}'", _QUOTE, is_at_opener=True, code="yaml-tag"
    ),
    _Mistake(
        "block scalar: ",
        "a text can't begin on the line of '{opener}'",
        "begin the text on the next line, indented, or put the value in quotes",
        is_at_opener=True,
    ),
    _Mistake(
        "simple key: ",
        "a line without ': '",
        "write 'key: value', or indent the line if it goes on from the one above{closing}",
        is_at_opener=True,
    ),
    _Mistake(
        "directive|incompatible",
        "a line can't begin with '%'",
        "delete the line, or put the text in quotes",
        is_at_opener=True,
    ),
    _Mistake(
        "flow (sequence|mapping): ",
        "the '{opener}' that opens here lacks a ',' or its closing bracket",
        "close the bracket, or put the text in quotes if it begins with '{opener}'",
        is_at_opener=True,
    ),
    _Mistake(
        "",
        "this line fits neither the ones above nor their indentation",
        "line up the keys of one mapping in one column, and the dashes of one list",
    ),
)
"""The first one that fits counts."""


def explain(problem: yaml.MarkedYAMLError, ruler: Ruler, last: yaml.Event | None) -> Diagnostic:
    """The parser's complaint as a diagnostic; `last` is the event that came before it."""
    text = ruler.text
    index = problem.problem_mark.index if problem.problem_mark else 0
    opener = problem.context_mark.index if problem.context_mark else index
    complaint = f"{problem.context}: {problem.problem}"
    found = text[index : index + 1]
    if not found and "node content" in complaint:
        return Diagnostic("yaml-syntax", "the text ends too early", ruler.span(index), "close the bracket")
    if found == "\t" or "tab character" in complaint:
        return Diagnostic("yaml-syntax", "a tab can't indent YAML", ruler.span(index), "indent with spaces")
    if "mapping values" in complaint:
        return _second_colon(ruler, index)
    if text[:index].rstrip(" ")[-1:] in ('"', "'", "]", "}") and not re.search("flow|scalar:", complaint):
        return _text_after_end(ruler, index, last)
    mistake = next(mistake for mistake in _MISTAKES if re.search(mistake.pattern, complaint))
    closing = ", or end the front matter above with '---'" if ruler.first_line > 1 else ""
    names = {"found": found, "opener": text[opener : opener + 1], "closing": closing}
    span = ruler.span(opener if mistake.is_at_opener else index)
    return Diagnostic(mistake.code, mistake.message.format(**names), span, mistake.hint.format(**names))


def _second_colon(ruler: Ruler, index: int) -> Diagnostic:
    span = ruler.span(index)
    match = _KEY_AND_VALUE.match(ruler.line(index))
    if match and match.start(2) < span.column:
        key, value = match[1].strip(), match[2].strip()
        message, hint = "a second ':' in one value", f"{_QUOTE}: {key}: {_quoted(value)}"
    elif ":" in ruler.line(index)[: span.column - 1]:
        message, hint = "a second ':' in one value", _QUOTE
    else:
        message = "a key can't stand here"
        hint = "line it up with the keys above, and check that the line above reads 'key: value'"
    return Diagnostic("yaml-syntax", message, span, hint)


def _quoted(value: str) -> str:
    if len(value) > 60:
        return '"…"'
    return "'" + value.replace("'", "''") + "'" if '"' in value or "\\" in value else f'"{value}"'


def _text_after_end(ruler: Ruler, index: int, last: yaml.Event | None) -> Diagnostic:
    """Text behind a closing quote or bracket, often because a quote further up was never closed."""
    closing = ruler.text[:index].rstrip(" ")[-1]
    hint = "put the whole value in quotes"
    if closing in "\"'":
        hint += f", and write {closing} inside it " + ("as ''" if closing == "'" else 'as \\"')
    span = ruler.span(index)
    if isinstance(last, yaml.ScalarEvent) and last.style in ('"', "'"):
        start = ruler.span(last.start_mark.index)
        if start.line != span.line:
            hint = f"close the quote that opens on line {start.line}"
    return Diagnostic("yaml-syntax", f"text after the closing {closing}", span, hint)
