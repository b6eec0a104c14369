"""Raw HTML that authors write: a small safe set is kept as clean XHTML, the rest goes with a warning."""

from __future__ import annotations

import re
from html import escape, unescape
from xml.etree import ElementTree

from markdown_it.token import Token

from builder.diagnostics import Severity
from builder.passes.draft import Work, text_token
from builder.passes.headings import has_words, no_words

PHRASES = {
    "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s",
    "samp", "small", "span", "strong", "sub", "sup", "u", "var", "wbr",
}  # fmt: skip
BLOCKS = {
    "p", "div", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "hr", "table", "thead", "tbody", "tr", "th",
    "td", "h2", "h3", "h4", "h5", "h6", "section", "aside", "details", "summary", "figure", "figcaption",
    "caption", "tfoot", "colgroup", "col",
}  # fmt: skip
_ROWS = {"li", "p", "div", "tr", "dt", "dd", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}
"""Blocks that begin a line of their own, also where only their words are kept."""
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
_VOID = {"br", "wbr", "hr", "col"}
_EMPTY = re.compile(r"<([a-z0-9]+)([^<>]*?) ?/>")
_TAG = re.compile(r"<(?P<close>/)?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<rest>[^>]*)>", re.DOTALL)
_KEPT_ATTRIBUTE = re.compile(r"""(?P<key>lang|dir|title|class)\s*=\s*(?:"(?P<d>[^"<>]*)"|'(?P<s>[^'<>]*)')""")


_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


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
    values = {
        m["key"]: unescape(m["d"] if m["d"] is not None else m["s"]) for m in _KEPT_ATTRIBUTE.finditer(source)
    }
    return f"<{name}{''.join(f' {key}={chr(34)}{escape(value)}{chr(34)}' for key, value in values.items())}>"


def clean_block(work: Work, token: Token) -> str:
    """A block of raw HTML as clean XHTML: sanitised by `nh3`, read as a browser reads it by `tinyhtml5`."""
    import nh3
    import tinyhtml5

    source = re.sub(r"<!--.*?(-->|\Z)", "", token.content, flags=re.DOTALL)
    if not source.strip():
        return ""
    allowed = PHRASES | BLOCKS | {"a"}
    for name in sorted({match["name"].lower() for match in _TAG.finditer(source)} - allowed):
        _removed(work, token, name)
    attributes = {"*": {"lang", "dir", "title", "class"}, "a": {"href"}}
    attributes |= {tag: {"colspan", "rowspan", "scope"} for tag in ("th", "td")}

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href" and not value.startswith(("https://", "http://", "mailto:", "tel:")):
            work.warn(
                "html-removed",
                f"the link to '{value[:60]}' in raw HTML is not kept",
                token.meta.get("span"),
                "write links inside the publication in Markdown",
            )
            return None
        return value

    clean = nh3.clean(
        source,
        tags=allowed,
        attributes=attributes,
        link_rel=None,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "tel"},
    )
    if _FORBIDDEN.search(clean):
        clean = _FORBIDDEN.sub("\ufffd", clean)
        work.warn(
            "control-character", "a character that can't be printed", token.meta.get("span"), "delete it"
        )
    body = tinyhtml5.parse(f"<body>{clean}</body>", namespace_html_elements=False).find("body")
    _mend(body)
    for heading in (each for each in body.iter() if each.tag in _HEADINGS):
        if not has_words([text_token("".join(heading.itertext()))]):
            no_words(work, "", token.meta.get("span"))
    parts = [escape(body.text or "", quote=False)]
    parts += [ElementTree.tostring(child, encoding="unicode", method="xml") for child in body]
    html = _EMPTY.sub(lambda m: m[0] if m[1] in _VOID else f"<{m[1]}{m[2]}></{m[1]}>", "".join(parts))
    return html + "\n" if html.strip() else ""


_ITEMS = {"ul": ("li", {"li"}), "ol": ("li", {"li"}), "dl": ("dd", {"dt", "dd"})}


def _mend(element: ElementTree.Element) -> None:
    """Puts right what a browser lets pass and XHTML does not: a second `thead`, loose words in a list."""
    for child in list(element):
        _mend(child)
        if child.tag == "a" and "href" not in child.attrib:
            child.tag = "span"
    heads = [child for child in element if child.tag == "thead"]
    for extra in heads[1:]:
        extra.tag = "tbody"
    if element.tag in _ITEMS:
        item, allowed = _ITEMS[element.tag]
        loose = [(-1, element.text)] + [(index, child.tail) for index, child in enumerate(element)]
        for index, child in enumerate(list(element)):
            if child.tag not in allowed:
                wrapper = ElementTree.Element(item)
                wrapper.append(child)
                element[index] = wrapper
        for index, text in reversed(loose):
            if text and text.strip():
                wrapper = ElementTree.Element(item)
                wrapper.text = text
                element.insert(index + 1, wrapper)
        element.text = None
        for child in element:
            child.tail = None
