"""The closed list of attributes, by what they stand on; a component is a row here and a macro."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator

from builder.conditions import CONDITION_KEYS, REDACT
from builder.diagnostics import did_you_mean
from builder.markdown.attributes import Attributes

EVERYWHERE = {*CONDITION_KEYS, REDACT, "lang", "dir"}
"""Attributes that anything may carry, an id and classes beside them."""

COMPONENTS: dict[str, set[str]] = {
    "": set(),
    "key-messages": set(),
    "recommendation": {"owner", "date"},
    "box": {"title"},
    "quote": {"by"},
    "key-figures": set(),
    "facts": {"title"},
    "note": {"title"},
    "warning": {"title"},
    "tip": {"title"},
    "figure": {"credit", "source", "caption"},
    "table": {
        "data", "columns", "labels", "where", "caption", "source", "widths", "header-columns", "header-rows",
        "decimals", "fallback",
    },
    "timeline": {"data", "date", "event", "text", "sources", "where", "fallback"},
    "authors": set(),
    "contact": set(),
    "cite-as": set(),
    "redactions": set(),
    "snippet": {"ref", "fallback"},
}  # fmt: skip
"""The named divs and the attributes of each beside those of EVERYWHERE; a snippet takes any key
as a variable of its own. The macros stand in `templates/shared/components.html`."""

BAR = "redacted"
"""What stands in a text where a unit was redacted: `[]{redacted=code}`, or a line `::: redacted {reason=code}`.
Select writes it; an author who does so meets an unknown attribute or component."""

ELEMENTS: dict[str, set[str]] = {
    "span": {"var"},
    "link": {"fallback", "hreflang"},
    "image": COMPONENTS["figure"],
    "code": set(),
    "note call": set(),
    "citation": {"fallback"},
    "heading": set(),
    "row": set(),
    "column": set(),
    "block": COMPONENTS["table"] | COMPONENTS["figure"],
    "caption": COMPONENTS["table"],
}
FLAGS = {
    "link": {"page", "drop"},
    "citation": {"drop"},
    "image": {"decorative"},
    "block": {"unnumbered"},
    "caption": {"unnumbered"},
}
_DIV_FLAGS = {
    "figure": {"unnumbered", "decorative"},
    "table": {"unnumbered", "drop"},
    "timeline": {"drop"},
    "snippet": {"drop"},
    "recommendation": {"unnumbered"},
}

# Letters of other scripts that look like Latin ones: a condition spelled with them must not be passed over.
_LOOK_ALIKES = str.maketrans("аеорсухіԁѕӏһтпԛԝɡαεορντυ", "aeopcyxidslhtnqwgaeopvtu")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_SIGNS = re.compile(
    r"\{[^{}]*(audience|clearance|target)"
    r"|\b(audience|clearance|target)\s*=\s*[\w\"'(]"
    r"|\b(audience|clearance)[^\w\s]?\w*\}"
)
_BRACES = re.compile(r"\{([^{}]*)\}")
_BROKEN = re.compile(r"\{\s*(\w[\w{}]*)\s*(?:=|$)")


def fold(text: str) -> str:
    """The text with look-alike letters, full-width signs, case and invisible signs evened out."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold().translate(_LOOK_ALIKES)
    return "".join(char for char in text if unicodedata.category(char) != "Cf")


def is_like_condition(word: str) -> bool:
    """Whether a word is the name of a condition, or so near it that a slip is likelier than another word."""
    folded = fold(word)
    return folded in CONDITION_KEYS or bool(difflib.get_close_matches(folded, CONDITION_KEYS, 1, 0.8))


def mentions_condition(text: str) -> bool:
    """Whether braces or brackets in a text hold what was meant as a condition."""
    text = fold(text)
    if not ("{" in text or "}" in text or "=" in text):
        return False
    if _SIGNS.search(text) or any(
        is_like_condition(word) for inner in _BRACES.findall(text) for word in re.findall(r"\w+", inner)
    ):
        return True
    # A brace that fell into the middle, as in `{audienc{=press}`, or a line that ends there.
    return any(is_like_condition(re.sub("[{}]", "", word)) for word in _BROKEN.findall(text))


def check_attributes(kind: str, name: str, attributes: Attributes) -> Iterator[tuple[str, str, str]]:
    """Yields code, message and hint for each attribute that does not belong where it stands.

    `kind` is `div` (with the component's `name`) or a row of ELEMENTS.
    """
    if kind == "div" and name not in COMPONENTS:
        yield "unknown-component", f"unknown div '{name}'", did_you_mean(name, [c for c in COMPONENTS if c])
        return
    what = f"the div '{name}'" if name else ("a div" if kind == "div" else f"a {kind}")
    allowed = EVERYWHERE | (COMPONENTS[name] if kind == "div" else ELEMENTS[kind])
    flags = (_DIV_FLAGS.get(name) if kind == "div" else FLAGS.get(kind)) or set()
    for flag in attributes.flags:
        if flag == REDACT:
            yield "bad-redaction", f"a redaction without its reason on {what}", "write redact=code"
        elif flag in CONDITION_KEYS:
            yield "empty-condition", f"'{flag}' on {what} says nothing", f'write {flag}="…"'
        elif flag not in flags:
            hint = (
                "put an expression of several words in quotes"
                if attributes.values
                else did_you_mean(flag, sorted(flags))
            )
            yield "unknown-attribute", f"unknown attribute '{flag}' on {what}", hint
    for key, value in attributes.values:
        takes_any = name == "snippet" and not is_like_condition(key)
        if key not in allowed and not takes_any:
            yield (
                "unknown-attribute",
                f"unknown attribute '{key}' on {what}",
                did_you_mean(key, sorted(allowed)),
            )
        if key == REDACT and not any(other in CONDITION_KEYS for other, _ in attributes.values):
            hint = "add the condition that withholds the text, such as clearance=…"
            yield "bad-redaction", f"'redact' on {what} without a condition", hint
        if key in ("lang", "hreflang") and not LANGUAGE.fullmatch(value):
            yield (
                "bad-value",
                f"'{value}' is no language tag",
                "write a tag such as en, mn or zh-Hans (BCP 47)",
            )
        if key == "dir" and value not in ("ltr", "rtl"):
            yield "bad-value", f"'{value}' is no direction", "write dir=ltr or dir=rtl"
        if mentions_condition(value):
            yield (
                "stray-attributes",
                f"the value of '{key}' holds a condition, which is not read there",
                "put the condition on the element itself",
            )
