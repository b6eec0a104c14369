"""The one Jinja environment: sandboxed, escaping, strict; content is never template source."""

from __future__ import annotations

import re
from typing import Any
from unicodedata import east_asian_width

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from builder import TOOL
from builder.compiled import compiled
from builder.diagnostics import BuildProblem, Diagnostic, Span
from builder.language import counted, direction, long_date, numbered
from builder.limits import limited
from builder.qr import qr_code
from builder.world import World


def environment(world: World) -> ImmutableSandboxedEnvironment:
    """The environment over the project's templates folder."""
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(world.templates, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
        bytecode_cache=compiled(world.root),
    )
    for filter_ in (counted, direction, long_date, numbered):
        made.filters[filter_.__name__] = filter_
    made.filters["html"] = Markup
    made.filters["size_of"] = _size_of
    made.filters["rough"] = _rough
    made.filters["shortened"] = _shortened
    made.filters["balanced"] = _balanced
    made.filters["qr_code"] = qr_code
    made.globals["tool"] = TOOL
    return made


def _size_of(role: str) -> float:
    """The size in points of a role of type, such as `300 56pt/56pt var(--font-display)`."""
    found = re.search(r"([\d.]+)pt", role)
    if found is None:
        raise TemplateRuntimeError(f"no size in points in '{role}'")
    return float(found[1])


def _rough(number: int) -> int:
    """A number with two digits that count, for a drawing that need not change with each word."""
    return round(number, 2 - len(str(number)))


_LETTER = 0.46
"""The width of a letter in a line of small sans serif, as a share of its size; signs of East Asia are square."""


def _shortened(text: str, width: float, size: float) -> str:
    """As many words of a text as go into a line of a width in points, in letters of a size, and an ellipsis for the rest.

    The engine's own `text-overflow` is no way out: it says that the ellipsis means all the words which it hides.
    """
    room, kept = width / size, 0
    for sign in text:
        room -= 1.0 if east_asian_width(sign) in "WF" else _LETTER
        if room < 0:
            break
        kept += 1
    if kept == len(text):
        return text
    whole = text[: max(kept - 1, 0)]
    return f"{(whole.rpartition(' ')[0] or whole).rstrip(' ,;:.–—-')}…"


_NARROW, _WIDE = frozenset("ijltfr.,;:'’I1"), frozenset("mwMW—")


def _balanced(title: str, letter: float, measure: float) -> str:
    """The narrowest width at which a title still takes no more lines than in the whole measure: they are of like length.

    All in points; `letter` is the width of an ordinary small letter, against which narrow and wide ones and capitals are
    weighed, which is near enough for a heading. Print has no `text-wrap: balance`.
    """
    space = letter * 0.42
    words = [sum(map(_weight, word)) * letter for word in str(title).split()]
    allowed, best = _lines(words, space, measure), measure
    for step in range(1, 26):
        width = measure * (1 - step * 0.02)
        if _lines(words, space, width) > allowed:
            break
        best = width
    return f"{min(measure, max(best * 1.01 + letter * 0.5, max(words, default=0) * 1.1 + letter)):.1f}pt"


def _weight(sign: str) -> float:
    return 0.6 if sign in _NARROW else 1.67 if sign in _WIDE else 1.13 if sign.isupper() else 1


def _lines(words: list[float], space: float, width: float) -> int:
    """How many lines words of these widths take."""
    lines, line = 1, 0.0
    for word in words:
        if line and line + space + word > width:
            lines, line = lines + 1, word
        else:
            line += (space if line else 0) + word
    return lines


def fill(env: ImmutableSandboxedEnvironment, name: str, **values: Any) -> str:
    """The text that a template makes of its values; raises BuildProblem with the template's place, or its name."""
    try:
        with limited(f"templates/{name}"):
            return env.get_template(name).render(**values)
    except (TemplateError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as problem:
        line = getattr(problem, "lineno", None) or _line_in_template(problem, name)
        message = str(problem) or type(problem).__name__
        if isinstance(problem, TemplateError):
            message = problem.message or type(problem).__name__
        diagnostic = Diagnostic(
            "template-error", message.split("\n")[0].rstrip("."), Span(f"templates/{name}", line or 0),
            "mend the template",
        )  # fmt: skip
        raise BuildProblem([diagnostic]) from problem


def _line_in_template(problem: BaseException, name: str) -> int:
    line, trace = 0, problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(name):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
