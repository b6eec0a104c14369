"""Bytes to text: one encoding, one kind of line end, no character that breaks a reader."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections import Counter

from builder.diagnostics import Checked, Diagnostic, Severity, Span

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""What XML forbids, what no text needs, and every line end but `\\n`, so that all count lines alike."""
_SPACES = "\x0b\x0c\x85\u2028\u2029"
_UTF8_HINT = "open the file in an editor and save it as UTF-8"


class Ruler:
    """Turns offsets in a text into places; lines end in `\\n` and nowhere else."""

    def __init__(self, text: str, path: str, first_line: int = 1):
        self.text, self.path, self.first_line = text, path, first_line
        self._starts = [0]
        while end := text.find("\n", self._starts[-1]) + 1:
            self._starts.append(end)

    def span(self, index: int) -> Span:
        """The place of the character at `index`."""
        line = bisect_right(self._starts, index) - 1
        return Span(self.path, self.first_line + line, index - self._starts[line] + 1)

    def line(self, index: int) -> str:
        """The whole line that holds the character at `index`."""
        line = bisect_right(self._starts, index) - 1
        return self.text[self._starts[line] : self.next_line(index)].removesuffix("\n")

    def next_line(self, index: int) -> int:
        """The offset at which the line after the one of `index` begins."""
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1


def decode(data: bytes, path: str) -> Checked[str | None]:
    """Reads UTF-8, or UTF-16 with a byte order mark, as text whose lines end in `\\n`.

    Control characters are replaced (warning `control-character`). The value is None after the error
    `not-utf8`, which counts bytes from 1.
    """
    marks = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding = "utf-16" if data.startswith(marks) else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as problem:
        return Checked(None, (_undecodable(data, path, encoding, problem.start),))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not (counts := Counter(FORBIDDEN.findall(text))):
        return Checked(text)
    if counts.total() > 8 and counts.total() * 4 > len(text):
        message = f"not UTF-8: {counts.total()} of {len(text)} characters are control characters"
        return Checked(None, (Diagnostic("not-utf8", message, Span(path), _UTF8_HINT),))
    ruler = Ruler(text, path)
    problems = tuple(_replaced(character, counts[character], ruler) for character in counts)
    return Checked(FORBIDDEN.sub(lambda match: _replacement(match[0]), text), problems)


def split_front_matter(text: str, path: str) -> tuple[str | None, int, str, int]:
    """The front matter and its first line, then the body and its first line.

    Front matter stands between a line `---`, the first that is not blank, and a line `---` or `...`.
    It is None where the text has none. Where it is never closed, all of the text counts as front matter
    and the body is empty: conditions must not turn into text that everybody may read.
    """
    del path
    lines = text.split("\n")
    opening = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[opening].strip() != "---":
        return None, 1, text, 1
    start = opening + 1
    end = next(
        (index for index in range(start, len(lines)) if lines[index].rstrip() in ("---", "...")), len(lines)
    )
    return "\n".join(lines[start:end]), start + 1, "\n".join(lines[end + 1 :]), end + 2


def name_character(character: str) -> str:
    """The code point of a character, as in U+000B."""
    return f"U+{ord(character):04X}"


def shorten(text: str) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


def _undecodable(data: bytes, path: str, encoding: str, start: int) -> Diagnostic:
    before = data[:start].decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    name = encoding.upper()
    what = "is the end of the file" if start >= len(data) else f"is 0x{data[start]:02X}"
    message = f"not {name}: byte {start + 1} {what}"
    return Diagnostic("not-utf8", message, Span(path, len(lines), len(lines[-1]) + 1), _UTF8_HINT)


def _replacement(character: str) -> str:
    return " " if character in _SPACES else "\ufffd"


def _replaced(character: str, count: int, ruler: Ruler) -> Diagnostic:
    by = "a space" if _replacement(character) == " " else "U+FFFD"
    times = f", {count} times" if count > 1 else ""
    message = f"the character {name_character(character)} is replaced by {by}{times}"
    span = ruler.span(ruler.text.index(character))
    return Diagnostic("control-character", message, span, "delete the character", Severity.WARNING)
