"""Settles references from visible text to what the edition withholds: an error, nothing, or other words."""

from __future__ import annotations

import re

from markdown_it.token import Token
from msgspec import Struct

from builder.diagnostics import Diagnostic, Span
from builder.markdown.attributes import Attributes
from builder.model import Decision
from builder.passes.draft import Work, block, text_token
from builder.project import Section
from builder.selection import Selection


class Whereabouts(Struct, frozen=True):
    """Where something that the edition does not contain stands, and where the rule that withholds it."""

    span: Span
    rule: Span | None
    """None where it is left out by no rule: the text of another alternative, or this run's choice."""

    def __str__(self) -> str:
        if self.rule is None:
            return f"which stands at {self.span}, in text that is not used"
        if self.rule == self.span:
            return f"which is withheld at {self.span}"
        return f"which stands at {self.span} and is withheld by the rule at {self.rule}"


def settle(
    work: Work, what: str, place: Whereabouts, attributes: Attributes, span: Span | None, kind: str
) -> str | None:
    """The words that stand in the place of a reference; None where nothing does, or after an error.

    A reference's own `fallback` or `drop` comes first, then `withheld_references` of the publication,
    then that of the project. `kind` is the word for what refers: "link", "snippet", "data", "citation".
    """
    fallback, policy = attributes.get("fallback"), work.selection.withheld_references
    if fallback is not None:
        return fallback
    if "drop" in attributes.flags or policy.action == "drop":
        return None
    if policy.text is not None:
        return policy.text
    own = (
        ""
        if kind == "chart"
        else f'add {{fallback="available in the full report"}} or {{drop}} to the {kind}, '
    )
    hint = f"{own}{'or ' if own else ''}put the same condition on it"
    editions = (work.selection.job.edition,)
    work.problems.append(Diagnostic("link-withheld", f"{what}, {place}", span, hint, editions=editions))
    return None


def settled_block(
    work: Work, what: str, decision: Decision, attributes: Attributes, token: Token, kind: str
) -> list[Token]:
    """The tokens in the place of a block that shows something withheld: a paragraph, or none."""
    place = Whereabouts(decision.span, decision.rule_span)
    text = settle(work, what, place, attributes, token.meta["span"], kind)
    if text is None:
        return []
    inline = block("inline", "", 0, token)
    inline.children, inline.content = [text_token(text)], text
    return [block("paragraph_open", "p", 1, token), inline, block("paragraph_close", "p", -1, token)]


def find_withheld(selection: Selection, anchor: str) -> Whereabouts | None:
    """Where an id stands that the edition does not contain; None where the publication has no such id."""
    publication = selection.publication
    for section in publication.walk():
        line = _line_of(section, anchor)
        if line is not None:
            return Whereabouts(Span(section.path, line), _rule(selection, section, line))
    for snippet in (s for each in publication.snippets.values() for s in (each, *each.translations.values())):
        found = _mark(anchor).search(snippet.body.text)
        if found:
            line = snippet.body.first_line + snippet.body.text.count("\n", 0, found.start())
            decision = selection.withheld.get(f"snippet {snippet.name}")
            rule = decision.rule_span if decision else _rule_in_text(selection, snippet.path, line)
            return Whereabouts(Span(snippet.path, line), rule)
    return None


def _line_of(section: Section, anchor: str) -> int | None:
    """The line of the file on which a section has an id: its own, one in its text, or one of a heading."""
    if section.anchor == anchor:
        return section.span.line
    for body in section.bodies.values():
        found = _mark(anchor).search(body.text)
        if found:
            return body.first_line + body.text.count("\n", 0, found.start())
    if section.kind == "section" and anchor.startswith(f"{section.id}-"):
        return section.span.line
    return None


def _mark(anchor: str) -> re.Pattern:
    """An id in an attribute block, or in a line of its own in a chart."""
    name = re.escape(anchor)
    return re.compile(rf"\{{[^{{}}\n]*#{name}[\s}}]|^[ \t>]*id:[ \t]*[\"']?{name}[\"']?[ \t]*$", re.MULTILINE)


def _rule(selection: Selection, section: Section, line: int) -> Span | None:
    """The rule that withholds a line of a section: that of the section, of one around it, or of a unit in it."""
    out = {
        each.span: each for each in selection.decisions if not each.is_in and each.kind in ("section", "part")
    }
    decision = out.get(section.span)
    while decision is not None and decision.rule_span in out and decision.rule_span != decision.span:
        decision = out[decision.rule_span]
    if decision is not None:
        return decision.rule_span
    return _rule_in_text(selection, section.path, line)


def _rule_in_text(selection: Selection, path: str, line: int) -> Span | None:
    units = [
        each.span
        for each in selection.decisions
        if not each.is_in and each.span.path == path and each.span.line <= line <= each.last_line
    ]
    return min(units, default=None)
