"""Reads sources to cite: CSL-JSON, the same in YAML, or BibTeX; the value is CSL-JSON items by id."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

from msgspec import Struct

from builder.csl import read_item
from builder.diagnostics import Checked, Diagnostic, Span
from builder.markdown.vocabulary import is_like_condition
from builder.sources import read_json, read_yaml

_FIELDS = {
    "address": "publisher-place", "booktitle": "container-title", "doi": "DOI", "edition": "edition",
    "institution": "publisher", "isbn": "ISBN", "issn": "ISSN", "journal": "container-title",
    "journaltitle": "container-title", "location": "publisher-place", "number": "issue", "organization": "publisher",
    "pages": "page", "publisher": "publisher", "school": "publisher", "series": "collection-title", "title": "title",
    "url": "URL", "volume": "volume",
}  # fmt: skip
_TYPES = {
    "article": "article-journal", "book": "book", "booklet": "pamphlet", "conference": "paper-conference",
    "dataset": "dataset", "inbook": "chapter", "incollection": "chapter", "inproceedings": "paper-conference",
    "manual": "book", "mastersthesis": "thesis", "misc": "document", "online": "webpage", "phdthesis": "thesis",
    "proceedings": "book", "report": "report", "techreport": "report", "thesis": "thesis", "unpublished": "manuscript",
}  # fmt: skip
_KEY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^\s,{}]+)\s*,", re.MULTILINE | re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Sources(Struct, frozen=True):
    """What a file of sources holds."""

    items: dict[str, dict[str, Any]]
    """CSL-JSON items by id."""
    conditions: dict[str, tuple[tuple[str, str, Span], ...]]
    """By id; key, value and place of each condition on a source."""


def read_references(text: str, path: str) -> Checked[Sources]:
    """The sources of a file, its kind known by its suffix: .json, .yaml or .bib."""
    if path.endswith(".bib"):
        return _bibtex(text, path)
    source = (read_yaml if path.endswith((".yaml", ".yml")) else read_json)(text, path)
    problems = list(source.problems)
    made = Sources({}, {})
    items = made.items
    if source.value is None:
        return Checked(made, tuple(problems))
    if not isinstance(source.value.value, list):
        hint = "begin the file with a list, one item for each source"
        problems.append(Diagnostic("wrong-type", "expected a list of CSL items", Span(path, 1, 1), hint))
        return Checked(made, tuple(problems))
    # Styles make no difference between capitals and small letters in an id.
    seen: set[str] = set()
    for index, item in enumerate(source.value.value):
        key = item.get("id") if isinstance(item, dict) else None
        place = source.value.place(index)
        if not isinstance(key, str) or not key:
            problems.append(Diagnostic("wrong-type", f"item {index + 1} has no id", place, "give it an id"))
        elif key.lower() in seen:
            problems.append(_second(key, place))
        else:
            seen.add(key.lower())
            places = {name: source.value.place(index, name) for name in item}
            items[key], wrong = read_item(item, places.__getitem__)
            problems += wrong
            _keep_conditions(made, key, items[key], places, problems)
    return Checked(made, tuple(problems))


def _keep_conditions(
    made: Sources, key: str, item: dict[str, Any], places: dict[str, Span], problems: list[Diagnostic]
) -> None:
    """Moves the conditions of a source out of its item, where nothing would print or obey them."""
    conditions = []
    for name in [name for name in item if is_like_condition(name)]:
        value = item.pop(name)
        if name not in ("audience", "clearance"):
            hint = "a source takes the conditions 'audience' and 'clearance'"
            problems.append(Diagnostic("unknown-key", f"unknown key '{name}'", places[name], hint))
        elif not isinstance(value, str) or not value.strip():
            hint = f"name {'an audience' if name == 'audience' else 'a clearance'}, or take the line away"
            message = f"'{name}' is there but says nothing"
            problems.append(Diagnostic("empty-condition", message, places[name], hint))
        else:
            conditions.append((name, value.strip(), places[name]))
    if conditions:
        made.conditions[key] = tuple(conditions)


def _second(key: str, place: Span) -> Diagnostic:
    return Diagnostic("duplicate-id", f"a second source with the id '{key}'", place, "delete or rename one")


def _bibtex(text: str, path: str) -> Checked[Sources]:
    from citeproc.source.bibtex.bibparse import BibTeXParser

    problems: list[Diagnostic] = []
    made = Sources({}, {})
    items, keys = made.items, _keys(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = BibTeXParser(io.StringIO(text))
            for key, entry in parsed.items():
                items[key] = {"id": key, **_entry(entry.document_type.lower(), entry)}
                conditions = {name: str(entry[name]) for name in entry if is_like_condition(name)}
                items[key] |= conditions
                place = Span(path, _line(text, key))
                items[key], wrong = read_item(items[key], lambda name, place=place: place)
                # What was read as one entry with another after it is told below.
                problems += wrong if key in keys else []
                places = dict.fromkeys(conditions, place)
                _keep_conditions(made, key, items[key], places, problems)
        except (SyntaxError, ValueError, KeyError, IndexError, AttributeError, AssertionError) as problem:
            message = f"can't read the BibTeX: {problem or type(problem).__name__}"
            problems.append(
                Diagnostic("bad-bibtex", message, Span(path, 1), "mend the entry, or export CSL-JSON instead")
            )
    for key in dict.fromkeys(keys):
        if keys.count(key) > 1:
            problems.append(_second(key, Span(path, _line(text, key))))
        elif key not in items and not problems:
            message, hint = f"the entry '{key}' was not read", "close the braces of the entry before it"
            problems.append(Diagnostic("bad-bibtex", message, Span(path, _line(text, key)), hint))
    return Checked(made, tuple(problems))


def _keys(text: str) -> list[str]:
    return _KEY.findall(text)


def _line(text: str, key: str) -> int:
    return text[: text.find(key)].count("\n") + 1


def _entry(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    item: dict[str, Any] = {"type": _TYPES.get(kind, "document")}
    for name, value in fields.items():
        if name in ("author", "editor"):
            item[name] = _names(str(value))
        elif name in _FIELDS:
            item[_FIELDS[name]] = _plain(str(value)).replace("--", "–")
    date = _date(fields)
    if date:
        item["issued"] = {"date-parts": [date]}
    return item


def _date(fields: dict[str, Any]) -> list[int]:
    parts = str(fields.get("date") or fields.get("year") or "").strip().split("-")
    if not parts[0].isdigit():
        return []
    month = str(fields.get("month", "")).strip().lower()
    if len(parts) == 1 and month:
        parts.append(str(_MONTHS.index(month[:3]) + 1) if month[:3] in _MONTHS else month)
    return [int(part) for part in parts if part.isdigit()]


def _names(text: str) -> list[dict[str, str]]:
    from citeproc.source.bibtex.bibtex import parse_name, split_names

    names = []
    for name in split_names(text):
        stripped = name.strip()
        if stripped.startswith("{") and stripped.endswith("}"):
            names.append({"literal": _plain(stripped)})
            continue
        first, von, last, junior = parse_name(name)
        parts = {"given": first, "non-dropping-particle": von, "family": last, "suffix": junior}
        names.append({key: _plain(part) for key, part in parts.items() if part})
    return names


def _plain(text: str) -> str:
    """The text without LaTeX commands and braces."""
    from citeproc.source.bibtex.latex import parse_latex

    return " ".join(str(parse_latex(text, {})).replace("{", "").replace("}", "").split())
