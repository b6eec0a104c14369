"""Citations by CSL: marks in the text, and a bibliography of what this edition cites and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from functools import lru_cache
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from markdown_it.token import Token
from msgspec import Struct, field
from msgspec.structs import replace

from builder.diagnostics import BuildProblem, Diagnostic, Span, did_you_mean
from builder.markdown.attributes import EMPTY
from builder.markdown.inlines import Cite, cites_of
from builder.model import Decision
from builder.passes.draft import Draft, Work, text_token
from builder.passes.text import ZERO_WIDTH_SPACE
from builder.passes.withheld import Whereabouts, settle
from builder.world import PathRefused, World

STYLES = ("numeric", "author-date", "notes")
"""The styles that come with the builder, in `templates/styles`; any other CSL file can be named."""
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_ADDRESS = re.compile(r"https?://[^\s<>]+[^\s<>.,;]")
_LOCATORS = {
    "p": "page",
    "pp": "page",
    "ch": "chapter",
    "chap": "chapter",
    "sec": "section",
    "vol": "volume",
    "fig": "figure",
}
_LOCATOR = re.compile(
    r"(?P<label>[a-z]+)\.?\s*(?P<value>[\divxlc][\w–-]*(?:\s*[,–-]\s*\d+)*)(?P<rest>.*)", re.DOTALL
)


class _Citer(Struct):
    """Works through the citations of one edition in reading order."""

    work: Work
    style: _Style
    order: list[str] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    """By source, what parts its mark from others that would be alike."""

    def walk(self, draft: Draft, tokens: list[Token]) -> None:
        for index, token in enumerate(tokens):
            if token.type == "citation":
                self._one(draft, tokens, index)
            elif token.children:
                self.walk(draft, token.children)

    def _one(self, draft: Draft, tokens: list[Token], index: int) -> None:
        token, references = tokens[index], self.work.selection.publication.references
        known: list[Cite] = []
        texts: list[str] = []
        for item in token.meta["cites"]:
            if decision := self.work.selection.withheld.get(f"source {item.key}"):
                texts += self._withheld(item, decision, token)
                continue
            if item.key in references:
                known.append(item)
                if item.key not in self.order:
                    self.order.append(item.key)
                continue
            hint = (
                did_you_mean(item.key, references)
                if references
                else "name a file of sources under 'references'"
            )
            self.work.add("unknown-source", f"unknown source '{item.key}'", token.meta.get("span"), hint)
        if texts or not known:
            tokens[index + 1 : index + 1] = [text_token(f" ({text})") for text in dict.fromkeys(texts)]
        if not known:
            tokens[index] = text_token("")
            if index and tokens[index - 1].type == "text":
                tokens[index - 1].content = tokens[index - 1].content.rstrip(f" {ZERO_WIDTH_SPACE}")
        elif self.style.is_note:
            tokens[index] = self._note(draft, token, known)
        else:
            token.meta = {**token.meta, "known": tuple(known), "citer": self.marks}

    def _withheld(self, item: Cite, decision: Decision, token: Token) -> list[str]:
        """The words in the place of a source that the edition may not name."""
        place = Whereabouts(decision.span, decision.rule_span)
        attributes = token.meta.get("attributes", EMPTY)
        text = settle(
            self.work, f"citation of '{item.key}'", place, attributes, token.meta.get("span"), "citation"
        )
        return [] if text is None else [text]

    def _note(self, draft: Draft, token: Token, cites: list[Cite]) -> Token:
        """A note style prints each citation as a footnote."""
        text = "; ".join(self.style.mark(self._item(cite), cite) for cite in cites)
        key = max(draft.notes, default=-1) + 1
        inner = Token("inline", "", 0, children=[Token("html", "", 0, content=_linked(text))], content="")
        draft.notes[key] = [Token("paragraph_open", "p", 1), inner, Token("paragraph_close", "p", -1)]
        return Token("footnote_ref", "", 0, meta={**token.meta, "id": key})

    def _item(self, cite: Cite) -> dict[str, Any]:
        return self.work.selection.publication.references[cite.key]

    def finish(self) -> None:
        """Puts the bibliography into its order, and with it the letters that part like marks."""
        if not self.style.is_numeric:
            items = [self.work.selection.publication.references[key] for key in self.order]
            self.order = self.style.sorted(items)
        self.letters = {} if self.style.is_numeric or self.style.is_note else self._letters()

    def _letters(self) -> dict[str, str]:
        """`a`, `b`, … for sources whose marks would be the same, such as two reports of one house in a year."""
        groups: dict[str, list[str]] = {}
        for key in self.order:
            groups.setdefault(self.style.mark(self._item(Cite(key)), Cite(key)), []).append(key)
        return {
            key: chr(97 + place)
            for group in groups.values()
            if len(group) > 1
            for place, key in enumerate(group[:26])
        }

    def marks(self, cites: tuple[Cite, ...]) -> list[tuple[str, str, str]]:
        """Words before, mark and anchor in the bibliography of each source of one citation."""
        found = []
        for cite in cites:
            if self.style.is_numeric:
                locator = f", {cite.locator}" if cite.locator else ""
                mark = f"{self.order.index(cite.key) + 1}\0{escape(locator, quote=False)}"
            else:
                mark = _lettered(self.style.mark(self._item(cite), cite), self.letters.get(cite.key, ""))
            found.append((escape(cite.prefix, quote=False), mark, anchor_of(cite.key)))
        return found

    def bibliography(self) -> dict[str, str]:
        """Each cited source as XHTML, by its anchor."""
        return {
            anchor_of(key): _linked(_lettered(self.style.entry(self._item(Cite(key))), self.letters.get(key, "")))
            for key in self.order
        }


def anchor_of(key: str) -> str:
    """The anchor of a source in the bibliography: the same in every edition, and not the key, which is for its authors."""
    return f"ref-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def cite(work: Work, world: World) -> None:
    """Pass: gives each citation its mark and the edition its bibliography."""
    if not any(cites_of(tokens) for draft in work.sections() for tokens in draft.token_lists()):
        return
    publication = work.selection.publication
    shape, place = publication.shape, publication.source.place("citation_style")
    try:
        style = _load_style(shape.citation_style, publication.folder, work.language, world, place)
    except BuildProblem as problem:
        work.problems.extend(problem.problems)
        return
    citer = _Citer(work, style)
    for draft in work.sections():
        for tokens in (draft.title, draft.standfirst, draft.tokens, *list(draft.notes.values())):
            citer.walk(draft, tokens)
    if citer.order:
        citer.finish()
        work.bibliography.update(citer.bibliography())
        work.citation_brackets = style.brackets
        work.has_numbered_sources = style.is_numeric


def _load_style(name: str, folder: str, language: str, world: World, span: Span) -> _Style:
    if name in STYLES:
        return _Style((world.templates / "styles" / f"{name}.csl").read_text(encoding="utf-8"), language)
    try:
        text = world.read_bytes(world.locate(name, folder)).decode("utf-8")
        return _Style(text, language)
    except PathRefused as problem:
        diagnostic = Diagnostic(problem.code, problem.message, None, problem.hint or None)
    except (ValueError, SyntaxError, AttributeError, KeyError, TypeError) as problem:
        hint = f"name a CSL 1.0 file, or one of {', '.join(STYLES)}"
        diagnostic = Diagnostic("bad-style", f"can't read the citation style '{name}': {problem}", None, hint)
    raise BuildProblem([replace(diagnostic, span=span)])


class _Style:
    """A CSL style, through citeproc-py."""

    def __init__(self, text: str, language: str):
        self.text, self.language = text, language
        root = _parsed(text, language).root
        layout = root.citation.layout
        self.is_note = root.get("class") == "note"
        self.is_numeric = 'variable="citation-number"' in text.split("<bibliography")[0]
        self.brackets = (layout.get("prefix") or "", layout.get("suffix") or "")

    def entry(self, item: dict[str, Any]) -> str:
        """One line of the bibliography."""
        return _entry(json.dumps(_clean(item), sort_keys=True), self.text, self.language)

    def mark(self, item: dict[str, Any], cite: Cite) -> str:
        """What stands in the text for one source, without the brackets of the style."""
        label, value, rest = _locator(cite.locator)
        made = _mark(json.dumps(_clean(item), sort_keys=True), label, value, self.text, self.language)
        return made.removeprefix(self.brackets[0]).removesuffix(self.brackets[1]) + escape(rest, quote=False)

    def sorted(self, items: list[dict[str, Any]]) -> list[str]:
        """The ids of the items in the order of the bibliography."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = _bibliography([_clean(item) for item in items], self.text, self.language)
            made.sort()
            by_lower = {item["id"].lower(): item["id"] for item in items}
            return [by_lower[key] for key in made.keys]


def _bibliography(items: list[dict[str, Any]], text: str, language: str) -> Any:
    from citeproc import Citation, CitationItem, CitationStylesBibliography, formatter
    from citeproc.source.json import CiteProcJSON

    made = CitationStylesBibliography(_parsed(text, language), CiteProcJSON(items), formatter.html)
    for item in items:
        made.register(Citation([CitationItem(item["id"])]))
    return made


@lru_cache(maxsize=4096)
def _entry(item: str, text: str, language: str) -> str:
    """One source as XHTML; made once for all editions of a run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(_bibliography([json.loads(item)], text, language).bibliography()[0])


@lru_cache(maxsize=4096)
def _mark(item: str, label: str, value: str, text: str, language: str) -> str:
    from citeproc import Citation, CitationItem, Locator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = json.loads(item)
        made = _bibliography([source], text, language)
        options = {"locator": Locator(label, value)} if value else {}
        citation = Citation([CitationItem(source["id"], **options)])
        made.register(citation)
        return str(made.cite(citation, lambda missing: None))


@lru_cache(maxsize=8)
def _parsed(text: str, language: str) -> Any:
    import io

    from citeproc import PRIMARY_DIALECTS, CitationStylesStyle

    base = language.split("-")[0]
    locale = "en-GB" if base == "en" else PRIMARY_DIALECTS.get(base, "en-GB")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CitationStylesStyle(io.BytesIO(text.encode()), validate=False, locale=locale)


def _locator(text: str) -> tuple[str, str, str]:
    """Kind, value and rest of words such as `p. 12, my translation`."""
    match = _LOCATOR.match(text)
    if match is None or match["label"] not in _LOCATORS:
        return "", "", f", {text}" if text else ""
    return _LOCATORS[match["label"]], match["value"], match["rest"]


def _lettered(text: str, letter: str) -> str:
    """The text with a letter behind its first year in brackets, else behind its last year."""
    if not letter:
        return text
    bracketed = re.compile(r"(\((?:1[5-9]|20)\d\d)\)")
    if bracketed.search(text):
        return bracketed.sub(rf"\g<1>{letter})", text, count=1)
    return re.sub(
        r"(.*\b(?:1[5-9]|20)\d\d)\b(?![^<]*>)(?!\S*/)", rf"\g<1>{letter}", text, count=1, flags=re.DOTALL
    )


def _clean(item: dict[str, Any]) -> dict[str, Any]:
    """The item without what no style of ours prints, and without keys that citeproc-py refuses."""
    return {key: value for key, value in item.items() if key not in ("note", "accessed", "archive")}


def _linked(entry: str) -> str:
    entry = _BARE_AMPERSAND.sub("&amp;", entry)

    def anchor(match: re.Match) -> str:
        address = match.group(0)
        # Readers see the address in its own letters, with places where a line may break; the link keeps it whole.
        shown = escape(unquote(unescape(address)), quote=False)
        shown = shown.replace("/", "/\u200b").replace("/\u200b/\u200b", "//\u200b")
        return f'<a class="external" href="{address}">{shown}</a>'

    return _ADDRESS.sub(anchor, entry)
