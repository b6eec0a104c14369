"""The dialects of the source Markdown in the builder's own; the words stay as they are."""

from __future__ import annotations

import re
from html import unescape

from masks import outside_code
from myst import directives, roles

_LISTING = re.compile(
    r"^(?P<quote>[ >]*)<Listing(?P<attributes>(?:[^<>\"]|\"[^\"]*\")*)>[ \t]*\n"
    r"(?P<body>.*?)^(?P=quote)</Listing>[ \t]*$",
    re.M | re.S,
)
_FIGURE = re.compile(
    r"^<figure>\s*(?P<img><img[^>]*>)\s*<figcaption>(?P<caption>.*?)</figcaption>\s*</figure>", re.M | re.S
)
_CAPTIONED = re.compile(
    r"^(?P<img><img[^>]*>)\s*\n\n<span class=\"caption\">(?P<caption>.*?)</span>[ \t]*$", re.M | re.S
)
_IMG = re.compile(r"<img\s[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w-]+)=(?:"([^"]*)"|'([^']*)')""", re.S)
_LINK = re.compile(r"<a\s[^>]*?href=\"(?P<href>[^\"]*)\"[^>]*>(?P<words>.*?)</a>", re.S)
_KRAMDOWN = re.compile(r"[ \t]*\{:?[ \t]*(?:\.[\w:-]+[ \t]*)+\}(?=[ \t]*(?:\||$)|[,.]|\s)", re.M)


def to_builder(text: str) -> str:
    """The text of a piece in the builder's Markdown; headings, labels and links are not touched."""
    return outside_code(_plain_fences(roles(directives(text))), _outside_code)


def _plain_fences(text: str) -> str:
    """mdBook's `rust,ignore` names a language and what its test runner does; the language stays."""
    return re.sub(r"^([ >]*`{3,}\w+),[\w,]+$", r"\1", text, flags=re.M)


def _outside_code(text: str) -> str:
    text = _LISTING.sub(_listing, text)
    text = _FIGURE.sub(_figure, text)
    text = _CAPTIONED.sub(_figure, text)
    text = _IMG.sub(lambda match: _image(match.group()), text)
    text = _KRAMDOWN.sub("", text)
    # A template tag stood here; the line that is left would end the block of HTML.
    text = re.sub(r"(?<=>\n)[ \t]+\n(?=[ \t]*<)", "", text)
    return "\n".join(line if line.lstrip().startswith("<") else _links(line) for line in text.split("\n"))


def _links(line: str) -> str:
    """Links of HTML inside a paragraph; those inside a block of HTML can't be written in Markdown."""
    return _LINK.sub(lambda match: f"[{match['words']}]({match['href']})", line)


def _attributes(tag: str) -> dict[str, str]:
    return {key: unescape(double or single) for key, double, single in _ATTRIBUTE.findall(tag)}


def _listing(match: re.Match[str]) -> str:
    """As mdBook prints it: the name of the file above the code, number and caption below."""
    found = _attributes(match["attributes"])
    above = f"Filename: {found['file-name']}" if "file-name" in found else ""
    label = f"Listing {found['number']}" if "number" in found else ""
    below = ": ".join(filter(None, [label, found.get("caption", "")]))
    quote = match["quote"]
    return f"{quote}{above}\n{quote}\n{match['body']}{quote}\n{quote}{below}"


def _image(tag: str) -> str:
    found = _attributes(tag)
    alt = " ".join(found.get("alt", "").split())
    alt = re.sub(r"([][])", r"\\\1", alt)
    return f"![{alt}]({found['src']})" if alt else f"![]({found['src']}){{decorative}}"


def _figure(match: re.Match[str]) -> str:
    return f"::: figure\n{_image(match['img'])}\n\n{match['caption'].strip()}\n:::"
