"""One form of text for the source and for finished files: what print changes in words is evened out."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_BROKEN = re.compile(
    r"[-\u00ad\u2010\u2011\u0002\ufffe](?<=[^\W\d_].)"
    r"(?:(?<=[-\u00ad\u2010\u2011])\s*[\r\n\1]+\s*|(?<=[\u0002\ufffe])\s*)(?=[^\W\d_])"
)
"""A hyphen at the end of a line; PDFium writes U+FFFE or U+0002 for one, with or without the line end."""
IDEOGRAPH = "\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"\d+(?:[.,]\d+)+|[{IDEOGRAPH}]|[^\W_{IDEOGRAPH}]+|\0|[\r\n\1]+")
_ASCII_SIGNS = bytes(code for code in range(1, 128) if not chr(code).isalnum())
_SIGNS = re.compile(rf"[^\w\0{IDEOGRAPH}]+")
"""Signs beyond ASCII that are no letters; those of ASCII are taken out first, which is faster."""
LINE = "\1"
"""Parts lines and blocks: a run of words goes across it, a short name does not."""
# Patterns that begin with what they look for, and look back from there, are searched for far faster.
_SPACED = re.compile(r"\d(?<![\w.,].)\d{0,2}(?: \d{3})+(?:[.,]\d+)?(?![\w])")
_NUMBER = re.compile(r"\d(?<![\w.,].)(?<!\w-.)\d*(?:[.,]\d+)*(?!\w|-\w)")
# What begins within a word is looked for from its beginning already: a word is read once, not from each of its letters.
_NAME = re.compile(r"(?<![^\W_])(?:[^\W_]++(?:[-_.:]+[^\W_]++)+|[^\W\d_]++\d\w*|\d++[^\W\d_]\w*)")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_POINTED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_DIGITS = {first + digit: str(digit) for first in (0x660, 0x6F0, 0x966, 0x1810) for digit in range(10)}
_DIGITS |= {0x66B: ".", 0x66C: ","}
"""Digits and separators of other scripts."""
FOREIGN_DIGIT = re.compile(f"[{''.join(map(chr, _DIGITS))}]")


def even(text: str) -> str:
    """The text without invisible signs and line-end hyphens, in compatible normal form, case folded."""
    text = _BROKEN.sub("", text)
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    if text.isascii():
        return text.casefold()
    # The second pass is for letters that case folding takes apart.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words_of(evened: str) -> list[str]:
    """The words of an evened text; an ideograph, a number and a break of lines are words of their own."""
    return _WORD.findall(evened)


def squeezed(evened: str) -> str:
    """The letters, digits and ideographs of an evened text, whatever print did to the spaces and lines between them."""
    raw = evened.encode("utf-8", "ignore").translate(None, _ASCII_SIGNS)
    return raw.decode("ascii") if raw.isascii() else _SIGNS.sub("", raw.decode("utf-8"))


def numbers_of(evened: str, is_source: bool = False) -> set[str]:
    """The numbers of an evened text, each in plain digits with a point.

    A number that can be read in two ways, as `1,234`, is there in both; in a source, a comma parts thousands.
    """
    found: set[str] = set()
    if FOREIGN_DIGIT.search(evened):
        evened = evened.translate(_DIGITS)
    for text in _NUMBER.findall(evened):
        if text[0] == "0" and text[1:2].isdigit():
            continue  # A code, not a number.
        if _POINTED.fullmatch(text):
            found.add(_plain(text.replace(".", "").replace(",", ".")))
        if _GROUPED.fullmatch(text):
            found.add(_plain(text.replace(",", "")))
            if is_source:
                continue
        if text.count(",") + text.count(".") <= 1:
            found.add(_plain(text.replace(",", ".")))
    for text in _SPACED.findall(evened):
        found.add(_plain(text.replace(" ", "").replace(",", ".")))
    return found


def _plain(number: str) -> str:
    whole, _, rest = number.partition(".")
    rest = rest.rstrip("0")
    whole = whole.lstrip("0") or "0"
    return f"{whole}.{rest}" if rest else whole


def names_of(evened: str) -> set[str]:
    """The names in an evened text that are made like ids and file names, and their parts between dots."""
    found = set(_NAME.findall(evened))
    return found | {part for name in found if "." in name for part in name.split(".") if part}
