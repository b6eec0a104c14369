"""YAML as authors mean it: every scalar stays the text that was written, and nothing is executed.

PyYAML only cuts the text into events; it never constructs a value. That keeps `no`, `1.10`, `12:30` and
dates as written, and leaves no way to reach its tags, aliases and types.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

import yaml

from builder.diagnostics import Checked, Diagnostic, Severity, Span, has_errors
from builder.sources.places import Codes, Source, Tree, Unreadable
from builder.sources.text import FORBIDDEN, Ruler, name_character, shorten
from builder.sources.yaml_mistakes import explain

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Makes the events: libyaml where PyYAML has it, else the parser in Python."""
_CODES = Codes(
    key="yaml-key",
    duplicate="yaml-duplicate-key",
    too_deep="yaml-too-deep",
    character="yaml-bad-character",
)
_NOTHING = ("", "~", "null")
_LOST_TEXT = re.compile(r"[ \t]+(#[^\s#].*)")


def read_yaml(text: str, path: str, first_line: int = 1) -> Checked[Source | None]:
    """Reads one YAML document; `first_line` is the number of its first line in the file at `path`.

    Plain scalars are text, but for nothing, `~` and `null`, which are None. The value is None after
    any error: `yaml-syntax`, `yaml-empty`, `yaml-two-documents`, `yaml-alias`, `yaml-tag`, `yaml-key`,
    `yaml-duplicate-key`, `yaml-too-deep`, `yaml-bad-character`.
    """
    # A mark of byte order is no part of the text; libyaml does not count it, either.
    reader = _Reader(Ruler(text.lstrip("\ufeff"), path, first_line))
    try:
        reader.read()
    except Unreadable as stop:
        reader.tree.problems.append(stop.problem)
    problems = tuple(reader.tree.problems)
    return Checked(None if has_errors(problems) else Source(reader.tree.value, reader.tree.places), problems)


class _Reader:
    """Feeds the events of one text to a tree."""

    def __init__(self, ruler: Ruler):
        self.ruler = ruler
        self.tree = Tree(_CODES)
        self.last: yaml.Event | None = None
        self.documents = 0

    def read(self) -> None:
        if found := FORBIDDEN.search(self.ruler.text):
            message = f"the text holds the character {name_character(found[0])}"
            self._refuse(
                "yaml-bad-character", message, self.ruler.span(found.start()), "delete the character"
            )
        try:
            for event in yaml.parse(self.ruler.text, Loader=LOADER):
                self._take(event)
                self.last = event
        except yaml.MarkedYAMLError as problem:
            raise Unreadable(explain(problem, self.ruler, self.last)) from None
        # The parser in Python lets these out where it reads an absurd escape or version number.
        except (yaml.YAMLError, ValueError, OverflowError) as problem:
            message = f"can't read this as YAML: {str(problem).splitlines()[0]}"
            self._refuse("yaml-syntax", message, self.ruler.span(0), "look for an odd number or escape")
        if self.tree.value is None and not self.tree.problems:
            self._refuse(
                "yaml-empty", "no keys and values here", self.ruler.span(0), "write 'key: value' lines"
            )

    def _take(self, event: yaml.Event) -> None:
        span = self.ruler.span(event.start_mark.index)
        match event:
            case yaml.DocumentStartEvent():
                self._begin_document(span)
            case yaml.AliasEvent():
                self._refuse_alias(f"alias '*{shorten(event.anchor)}'", "*", span)
                self._scalar(event, None, span)
            case yaml.ScalarEvent():
                self._refuse_anchor_and_tag(event, span)
                self._scalar(event, event.value, span)
            case yaml.MappingStartEvent():
                self._refuse_anchor_and_tag(event, span)
                self.tree.open({}, span)
            case yaml.SequenceStartEvent():
                self._refuse_anchor_and_tag(event, span)
                self.tree.open([], span)
            case yaml.CollectionEndEvent():
                self.tree.close()

    def _begin_document(self, span: Span) -> None:
        self.documents += 1
        if self.documents > 1:
            hint = "delete the line '---', or move what follows to a file of its own"
            self._refuse("yaml-two-documents", "a second document begins here", span, hint)

    def _refuse_anchor_and_tag(self, event: yaml.Event, span: Span) -> None:
        if event.anchor is not None:
            self._refuse_alias(f"anchor '&{shorten(event.anchor)}'", "&", span)
        is_text = isinstance(event, yaml.ScalarEvent) and event.tag == "tag:yaml.org,2002:str"
        if event.tag is not None and not is_text:
            shown = shorten(event.tag.replace("tag:yaml.org,2002:", "!!"))
            hint = "delete the tag, or put the value in quotes if it begins with '!'"
            self.tree.report("yaml-tag", f"the tag '{shown}' is not allowed", span, hint)

    def _refuse_alias(self, what: str, sign: str, span: Span) -> None:
        # One report is enough: an alias bomb holds dozens.
        if not any(problem.code == "yaml-alias" for problem in self.tree.problems):
            hint = f"write the value out, or put it in quotes if it begins with '{sign}'"
            self.tree.report("yaml-alias", f"the {what} is not allowed", span, hint)

    def _scalar(self, event: yaml.Event, value: str | None, span: Span) -> None:
        is_plain = isinstance(event, yaml.ScalarEvent) and event.tag is None and event.implicit[0]
        if is_plain:
            self._warn_of_lost_text(event.end_mark.index)
        if self.tree.wants_key:
            if not value:
                hint = "write 'key: value', or put the text in quotes if it begins with ':'"
                self._refuse("yaml-key", "a key is missing before ':'", span, hint)
            self.tree.key(value, span)
            return
        if is_plain and value in _NOTHING:
            value, span = None, self.tree.key_place or span
        elif isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
            span = self._content_place(event)
        self.tree.scalar(value, span)

    def _content_place(self, event: yaml.ScalarEvent) -> Span:
        """The place of the first line of a block scalar's content: the line below its `|` or `>`."""
        header = self.ruler.text.index(event.style, event.start_mark.index)
        content = self.ruler.next_line(header)
        line = self.ruler.line(content)
        return self.ruler.span(content + len(line) - len(line.lstrip(" ")))

    def _warn_of_lost_text(self, end: int) -> None:
        if lost := _LOST_TEXT.match(self.ruler.text, end):
            message = f"'{lost[1][:40]}' is read as a comment, not as text"
            hint = "put the whole text in quotes, or write a space after '#'"
            span = self.ruler.span(lost.start(1))
            self.tree.problems.append(Diagnostic("yaml-comment", message, span, hint, Severity.WARNING))

    @staticmethod
    def _refuse(code: str, message: str, span: Span, hint: str) -> NoReturn:
        raise Unreadable(Diagnostic(code, message, span, hint))
