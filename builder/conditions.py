"""Who may see a unit: audience expressions, the clearance ladder, targets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from builder.diagnostics import did_you_mean


class Kind(Struct, frozen=True):
    """A kind of file that an edition can be made as."""

    title: str
    base: str
    """`pdf` or `epub`: whose templates make it. A condition on the base holds for its variants, too."""
    ending: str
    """What the file's name ends with."""
    is_large: bool = False
    """Large print: the text runs anew over more pages, to which no page budget applies."""
    is_grey: bool = False
    is_archive: bool = False
    """PDF 2.0, with the standards that go with it."""
    is_bound: bool = False
    """Printed on both sides and bound: chapters begin on right-hand pages, and the inner margin has room."""
    bleed: float = 0.0
    """How far grounds run over the edge of the page, in millimetres, to be cut off."""
    is_booklet: bool = False
    """Two pages side by side on each side of a sheet, which is folded and stapled in the fold."""
    joins: tuple[str, ...] = ()
    """Other kinds that it is a variant of, besides its base: a condition on one of them holds for it, too."""

    @property
    def is_paper(self) -> bool:
        """Whether it is for paper alone, and has no tags, links or outline."""
        return self.is_booklet or self.bleed > 0

    @property
    def has_page_budget(self) -> bool:
        """Whether `max_pages` holds: not where the text runs anew or pages are left blank."""
        return not (self.is_large or self.is_bound)


TARGETS = {
    "pdf": Kind("the PDF briefing", "pdf", ".pdf"),
    "pdf-large": Kind("the PDF in large print", "pdf", "-large.pdf", is_large=True),
    "pdf-grey": Kind("the PDF in greyscale", "pdf", "-grey.pdf", is_grey=True),
    "pdf-duplex": Kind("the PDF for both sides of the paper", "pdf", "-duplex.pdf", is_bound=True),
    "pdf-grey-duplex": Kind(
        "the PDF in greyscale for both sides of the paper", "pdf", "-grey-duplex.pdf", is_grey=True, is_bound=True,
        joins=("pdf-grey", "pdf-duplex"),
    ),
    "pdf-archive": Kind("the PDF for archives", "pdf", "-archive.pdf", is_archive=True),
    "pdf-print": Kind("the PDF for the printer", "pdf", "-print.pdf", is_bound=True, bleed=3.0),
    "booklet": Kind("the booklet", "pdf", "-booklet.pdf", is_bound=True, is_booklet=True),
    "epub": Kind("the ebook", "epub", ".epub"),
}  # fmt: skip
"""By name; a later kind is a row here and in `WRITERS`."""

CONDITION_KEYS = ("audience", "clearance", "target")
"""The attributes that decide who sees a unit; the same words in Markdown and in front matter."""

REDACT = "redact"
"""The attribute that leaves a bar where a unit is withheld, instead of nothing; its value is a reason."""

_TOKEN = re.compile(r"\s*(?:(\(|\)|,)|([^\s(),]+))")
_MAX_WORDS = 200


class ConditionError(Exception):
    """A condition that can't be read, or that names something nobody declared."""

    def __init__(self, code: str, message: str, hint: str = ""):
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Vocabulary(Struct, frozen=True):
    """The closed list of names that conditions may use."""

    audiences: tuple[str, ...]
    clearances: tuple[str, ...]
    """From open to closed."""
    tags: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    """Codes of the reasons for which a text may be redacted."""

    def check_reason(self, reason: str) -> None:
        """Raises ConditionError for a reason that nobody declared."""
        if reason not in self.reasons:
            hint = did_you_mean(reason, self.reasons) if self.reasons else ""
            raise ConditionError(
                "unknown-reason",
                f"unknown reason '{reason}' for a redaction",
                hint or "declare it under 'redaction_reasons' in audiences.yaml",
            )

    def rank(self, clearance: str) -> int:
        """The step of a clearance on the ladder, 0 the most open; raises ConditionError."""
        try:
            return self.clearances.index(clearance)
        except ValueError:
            raise ConditionError(
                "unknown-clearance",
                f"unknown clearance '{clearance}'",
                did_you_mean(clearance, self.clearances),
            ) from None


Expression = tuple
"""A parsed expression: `("name", x)`, `("not", e)`, `("and", e, e)` or `("or", e, e)`."""


def parse_expression(text: str, known: Iterable[str], kind: str) -> Expression:
    """Parses `a or b`, `not c`, `a and (b or c)`, `a, b`; raises ConditionError on anything else.

    `kind` is the word for what is named ("audience", "tag"), as it stands in messages.
    """
    names = tuple(known)
    words = _split(text)
    if not words:
        raise ConditionError(
            "empty-condition", f"empty {kind} condition", f"name an {kind}, or take the condition away"
        )
    if len(words) > _MAX_WORDS:
        raise ConditionError("bad-condition", f"{kind} condition of more than {_MAX_WORDS} words")
    expression, rest = _parse_or(words, names, kind)
    if rest:
        raise ConditionError(
            "bad-condition",
            f"unexpected '{rest[0]}' in {kind} condition '{text.strip()}'",
            "join names with and, or, not, and brackets",
        )
    return expression


def _split(text: str) -> list[str]:
    words, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        words.append(match.group(1) or match.group(2))
        position = match.end()
    return words


def _parse_or(words, names, kind):
    left, words = _parse_and(words, names, kind)
    while words and words[0] in ("or", ","):
        right, words = _parse_and(words[1:], names, kind)
        left = ("or", left, right)
    return left, words


def _parse_and(words, names, kind):
    left, words = _parse_not(words, names, kind)
    while words and words[0] == "and":
        right, words = _parse_not(words[1:], names, kind)
        left = ("and", left, right)
    return left, words


def _parse_not(words, names, kind):
    if not words:
        raise ConditionError("bad-condition", f"{kind} condition ends too early", f"add the missing {kind}")
    word, rest = words[0], words[1:]
    if word == "not":
        inner, rest = _parse_not(rest, names, kind)
        return ("not", inner), rest
    if word == "(":
        inner, rest = _parse_or(rest, names, kind)
        if not rest or rest[0] != ")":
            raise ConditionError("bad-condition", f"missing ')' in {kind} condition", "close the bracket")
        return inner, rest[1:]
    if word in ("and", "or", ")", ","):
        raise ConditionError("bad-condition", f"unexpected '{word}' in {kind} condition", f"name an {kind}")
    if word not in names:
        raise ConditionError(f"unknown-{kind}", f"unknown {kind} '{word}'", did_you_mean(word, names))
    return ("name", word), rest


def holds(expression: Expression, names: Iterable[str]) -> bool:
    """Evaluates an expression where exactly the given names are true."""
    true = frozenset(names)
    kind = expression[0]
    if kind == "name":
        return expression[1] in true
    if kind == "not":
        return not holds(expression[1], true)
    if kind == "and":
        return holds(expression[1], true) and holds(expression[2], true)
    return holds(expression[1], true) or holds(expression[2], true)


class Verdict(Struct, frozen=True):
    """The answer of a viewer about one unit."""

    is_in: bool
    rule: str


class Viewer(Struct, frozen=True):
    """One job's right to see: its audience, its ceiling on the ladder, its target."""

    vocabulary: Vocabulary
    audience: str
    ceiling: str
    target: str
    redacts: bool = False
    """Whether bars stand where this viewer's clearance is too low, also without a reason."""

    def judge(self, conditions: Mapping[str, str]) -> Verdict:
        """Decides one unit by its own conditions; each that is present must pass.

        Raises ConditionError for an unknown name or an empty or malformed condition.
        """
        verdicts = [
            self._judge_one(key, conditions[key]) for key in CONDITION_KEYS if conditions.get(key) is not None
        ]
        for verdict in verdicts:
            if not verdict.is_in:
                return verdict
        return verdicts[-1] if verdicts else Verdict(True, "no condition")

    def bar(self, conditions: Iterable[tuple[str, str]], reason: str | None) -> str | None:
        """The reason on the bar that a withheld unit leaves, "" for none; None where it leaves nothing.

        A reason of the unit's own counts wherever its audience or clearance withholds it. Where the
        edition redacts, every unit leaves a bar that is for these readers and this file, but above
        their clearance. Raises ConditionError as `judge` does, and for an unknown reason.
        """
        if reason is not None:
            self.vocabulary.check_reason(reason)
        failing = {key for key, text in conditions if not self._judge_one(key, text).is_in}
        if reason is not None:
            return reason if failing and "target" not in failing else None
        return "" if self.redacts and failing == {"clearance"} else None

    def _judge_one(self, key: str, text: str) -> Verdict:
        if key == "clearance":
            name = text.strip()
            if not name:
                raise ConditionError("empty-condition", "empty clearance", "name a clearance")
            ceiling = self.vocabulary.rank(self.ceiling)
            is_in = self.vocabulary.rank(name) <= ceiling
            return Verdict(
                is_in, f"clearance {name} is {'within' if is_in else 'above'} the ceiling {self.ceiling}"
            )
        if key == "audience":
            expression = parse_expression(text, self.vocabulary.audiences, "audience")
            is_in = holds(expression, [self.audience])
            return Verdict(
                is_in, f"audience '{text}' {'holds' if is_in else 'does not hold'} for {self.audience}"
            )
        expression = parse_expression(text, TARGETS, "target")
        # What is kept from the PDF is kept from its variants, and what is for the PDF is in all of them.
        kind = TARGETS[self.target]
        is_in = holds(expression, {self.target, kind.base, *kind.joins})
        return Verdict(is_in, f"target '{text}' {'holds' if is_in else 'does not hold'} for {self.target}")


class AllSeeing(Viewer, frozen=True):
    """A viewer who sees everything, to count what a publication holds; nothing is ever printed for it."""

    def judge(self, conditions: Mapping[str, str]) -> Verdict:
        """Lets every unit in whose conditions can be read."""
        Viewer.judge(self, conditions)
        return Verdict(True, "everything is counted")
