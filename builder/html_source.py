"""Raw HTML that authors write: a small safe set is kept as clean XHTML, the rest goes with a warning."""

from __future__ import annotations

import re

from markdown_it.token import Token

from builder.diagnostics import Severity
from builder.passes.draft import Work

PHRASES = {
    "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s",
    "samp", "small", "span", "strong", "sub", "sup", "u", "var", "wbr",
}  # fmt: skip
BLOCKS = {
    "p", "div", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "hr", "table", "thead", "tbody", "tr", "th",
    "td", "h2", "h3", "h4", "h5", "h6", "section", "aside", "details", "summary", "figure", "figcaption",
}  # fmt: skip
_ROWS = {"li", "p", "div", "tr", "dt", "dd", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
"""Blocks that begin a line of their own, also where only their words are kept."""
_VOID = {"br", "wbr", "hr"}
_TAG = re.compile(r"<(?P<close>/)?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<rest>[^>]*)>", re.DOTALL)
_KEPT_ATTRIBUTE = re.compile(
    r"""(?P<key>lang|dir|title|class)\s*=\s*(?:"(?P<d>[^"<>&]*)"|'(?P<s>[^'<>&]*)')"""
)


def _removed(work: Work, token: Token, name: str) -> None:
    work.add(
        "html-removed", f"<{name}> is not printed", token.meta.get("span"),
        "use Markdown for it; the handbook lists the HTML that is kept", Severity.WARNING,
    )  # fmt: skip


def clean_inline(work: Work, tokens: list[Token]) -> list[Token]:
    """The tokens with phrase tags that are paired and safe; comments and every other tag fall away."""
    if not any(token.type == "html_inline" for token in tokens):
        return tokens
    keep: dict[int, str] = {}
    opened: list[tuple[str, int, int]] = []
    for index, token in enumerate(tokens):
        match = _TAG.fullmatch(token.content) if token.type == "html_inline" else None
        if token.type != "html_inline":
            continue
        if match is None:
            if not token.content.startswith(("<!--", "<!", "<?")):
                _removed(work, token, token.content[1:20])
            continue
        name = match["name"].lower()
        if name not in PHRASES:
            if not match["close"]:
                _removed(work, token, name)
                if name in _ROWS and any(
                    earlier.content.strip() for earlier in tokens[:index] if earlier.type == "text"
                ):
                    keep[index] = " <br/>"
            elif name in BLOCKS:
                keep[index] = " "
        elif name in _VOID:
            keep[index] = f" <{name}/>" if name == "br" else f"<{name}/>"
        elif not match["close"]:
            opened.append((name, index, token.level))
        elif opened and opened[-1][0] == name and opened[-1][2] == token.level:
            _, start, _ = opened.pop()
            keep[start], keep[index] = _opening(name, tokens[start].content), f"</{name}>"
        else:
            _removed(work, token, f"/{name}")
    for name, index, _ in opened:
        _removed(work, tokens[index], name)
    cleaned = []
    for index, token in enumerate(tokens):
        if token.type != "html_inline":
            cleaned.append(token)
        elif index in keep:
            cleaned.append(Token("html", "", 0, content=keep[index]))
    return cleaned


def _opening(name: str, source: str) -> str:
    attributes = "".join(
        f' {m["key"]}="{m["d"] if m["d"] is not None else m["s"]}"' for m in _KEPT_ATTRIBUTE.finditer(source)
    )
    return f"<{name}{attributes}>"


def clean_block(work: Work, token: Token) -> str:
    """A block of raw HTML as clean XHTML, by `nh3` (Ammonia) and lxml's serialiser."""
    import nh3
    from lxml import etree, html

    source = re.sub(r"<!--.*?(-->|\Z)", "", token.content, flags=re.DOTALL)
    if not source.strip():
        return ""
    allowed = PHRASES | BLOCKS
    for name in sorted({match["name"].lower() for match in _TAG.finditer(source)} - allowed):
        _removed(work, token, name)
    attributes = {
        "*": {"lang", "dir", "title", "class"},
        "th": {"colspan", "rowspan", "scope"},
        "td": {"colspan", "rowspan"},
    }
    clean = nh3.clean(source, tags=allowed, attributes=attributes, strip_comments=True)
    if not clean.strip():
        return ""
    root = html.fragment_fromstring(clean, create_parent="div")
    inner = etree.tostring(root, encoding="unicode", method="xml")
    return inner + "\n"
