"""Problems as SARIF 2.1.0, which code hosts and editors show beside the lines that they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from builder import __version__
from builder.codes import CODES
from builder.diagnostics import Diagnostic, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif_log(problems: Sequence[Diagnostic]) -> dict[str, Any]:
    """A log of one run, with the sentence of each code that it uses (OASIS SARIF 2.1.0, 3.13)."""
    codes = sorted({problem.code for problem in problems})
    rules = [{"id": code, "shortDescription": {"text": CODES[code]}} for code in codes]
    driver = {"name": "builder", "semanticVersion": __version__, "rules": rules}
    results = [_result(problem, codes.index(problem.code)) for problem in problems]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(problem: Diagnostic, index: int) -> dict[str, Any]:
    hint = f"\n{problem.hint}" if problem.hint else ""
    result = {
        "ruleId": problem.code,
        "ruleIndex": index,
        "level": problem.severity.word,
        "message": {"text": problem.text + hint},
    }
    if problem.span is not None:
        result["locations"] = [{"physicalLocation": _place(problem.span)}]
    return result


def _place(span: Span) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(span.path)}}
    if span.line:
        place["region"] = {"startLine": span.line, **({"startColumn": span.column} if span.column else {})}
    return place
