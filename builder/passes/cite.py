"""Citations by CSL: numbers in the text, and a bibliography of what this edition cites and nothing else."""

from __future__ import annotations

import json
import re
import warnings
from functools import lru_cache
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from markdown_it.token import Token

from builder.diagnostics import did_you_mean
from builder.passes.draft import Work
from builder.world import World

STYLE = "styles/numeric.csl"
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_ADDRESS = re.compile(r"https?://[^\s<>]+[^\s<>.,;]")


def cite(work: Work, world: World) -> None:
    """Pass: gives each cited source its number, in the order of first use, and sets the bibliography."""
    references = work.selection.publication.references
    numbers: dict[str, int] = {}
    for draft in work.sections():
        for tokens in draft.token_lists():
            _number(work, tokens, references, numbers)
    if numbers:
        language = work.selection.publication.shape.language
        work.bibliography.extend(bibliography([references[key] for key in numbers], world, language))


def _number(work: Work, tokens: list[Token], references: dict[str, Any], numbers: dict[str, int]) -> None:
    for token in tokens:
        if token.type == "citation":
            _one(work, token, references, numbers)
        _number(work, token.children or [], references, numbers)


def _one(work: Work, token: Token, references: dict[str, Any], numbers: dict[str, int]) -> None:
    cites = []
    for item in token.meta["cites"]:
        if item.key not in references:
            hint = (
                did_you_mean(item.key, references)
                if references
                else "name a CSL-JSON file under 'references'"
            )
            work.add("unknown-source", f"unknown source '{item.key}'", token.meta.get("span"), hint)
            continue
        cites.append((item, numbers.setdefault(item.key, len(numbers) + 1)))
    token.meta = {**token.meta, "numbers": tuple(cites)}


def bibliography(items: list[dict[str, Any]], world: World, language: str) -> list[str]:
    """Each source as XHTML in the house style, in the given order."""
    style = str(world.templates / STYLE)
    return [_entry(json.dumps(_clean(item), sort_keys=True), style, language) for item in items]


@lru_cache(maxsize=4096)
def _entry(item: str, style: str, language: str) -> str:
    """One source as XHTML; made once for all editions of a run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from citeproc import Citation, CitationItem, CitationStylesBibliography, formatter
        from citeproc.source.json import CiteProcJSON

        source = json.loads(item)
        made = CitationStylesBibliography(_style(style, language), CiteProcJSON([source]), formatter.html)
        made.register(Citation([CitationItem(source["id"])]))
        return _linked(str(made.bibliography()[0]))


@lru_cache(maxsize=8)
def _style(path: str, language: str) -> Any:
    from citeproc import PRIMARY_DIALECTS, CitationStylesStyle

    base = language.split("-")[0]
    locale = "en-GB" if base == "en" else PRIMARY_DIALECTS.get(base, "en-GB")
    return CitationStylesStyle(path, validate=False, locale=locale)


def _clean(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what the style never prints, and without keys that citeproc-py refuses."""
    return {key: value for key, value in item.items() if key not in ("note", "accessed", "archive")}


def _linked(entry: str) -> str:
    entry = _BARE_AMPERSAND.sub("&amp;", entry)

    def anchor(match: re.Match) -> str:
        address = match.group(0)
        # Readers see the address with places where a line may break; the link keeps it whole.
        shown = escape(unquote(unescape(address)), quote=False)
        shown = shown.replace("/", "/\u200b").replace("/\u200b/\u200b", "//\u200b")
        return f'<a class="external" href="{address}">{shown}</a>'

    return _ADDRESS.sub(anchor, entry)
