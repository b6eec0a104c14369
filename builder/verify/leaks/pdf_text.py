"""What the content streams of a PDF show, letter by letter, by their fonts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from msgspec import Struct

from builder.verify.leaks.pdf_fonts import Font
from builder.verify.leaks.pdf_strings import hex_bytes, literal_end, name_text, text_string, unescaped
from builder.verify.leaks.words import LINE

_TOKEN = re.compile(
    rb"\[(?P<array>(?:\s*+(?:<[0-9A-Fa-f]*+>|[-+.\d]++))*+)\s*\]\s*TJ\b"
    rb"|<(?P<hex>[0-9A-Fa-f\s]+)>|<<(?P<down>)|>>(?P<up>)|\((?P<open>)|%(?P<comment>[^\r\n]*)"
    rb"|/(?P<name>[^\s/<>\[\]()%{}]+)(?:\s+[-+.\d]+\s+Tf\b(?P<font>)|\s*<<\s*/MCID\s+\d+\s*>>\s*BDC\b(?P<mark>))?"
    rb"|T(?<!\w.)[dDm*](?![\w*])(?P<gap>)|E(?<!\w.)T(?![\w*])(?P<end>)|I(?<!\w.)D\s(?P<image>)"
)
"""Each branch begins with a sign of its own, so that whatever begins with none of them is passed over fast."""
_IMAGE_END = re.compile(rb"\sEI\b")
_HEX = re.compile(rb"<([0-9A-Fa-f]*)>")
_HEAD_AND_FOOT = re.compile(rb"\n/Artifact\s*<<\s*/Type\s*/Pagination\b")
"""Where what changes when a page moves begins in its stream (ISO 32000-2, 14.8.2.2.2)."""
KEPT = 8192
"""Parts of streams of which a process remembers what they say: some kilobytes each."""
Shown = tuple[str, str, frozenset[str]]
"""What fonts show, what marked content says, and the names of fonts whose codes mean no letters."""
_READ: dict[tuple[bytes, str], list[Reading]] = {}
"""By the hash of a part and the font that it begins with: what it said with one set of fonts or another."""
_READINGS = 8
"""Of one part; a page that many editions share is read anew where the codes of its fonts mean something else."""


def shown_text(data: bytes, fonts: dict[str, Font]) -> Shown:
    """The text of a content stream, wherever it is painted and in whatever colour.

    What the same bytes said a moment ago, with fonts in which the codes that they use mean the same, is not worked out
    again: editions share pages, and an edit leaves most of them as they were but for their numbers.
    """
    found: list[Reading] = []
    end = match.start() if (match := _HEAD_AND_FOOT.search(data)) else len(data)
    for part in filter(None, (data[:end], data[end:])):
        found.append(_reading(part, fonts, found[-1].last if found else ""))
        if not found[-1].is_whole:
            # A string or a picture goes on behind the sign that looked like the beginning of a part.
            found = [_reading(data, fonts, "")]
            break
    said = dict.fromkeys(each for reading in found for each in reading.said)
    unread = frozenset().union(*(reading.unread for reading in found))
    return "".join(reading.shown for reading in found), "\0".join(said), unread


def _reading(part: bytes, fonts: dict[str, Font], name: str) -> Reading:
    key = hashlib.sha256(part).digest(), name
    for reading in _READ.get(key, ()):
        if reading.holds(fonts):
            return reading
    reading = _read(part, fonts, name)
    _READ[key] = [*_READ.get(key, ()), reading][-_READINGS:]
    while len(_READ) > KEPT:
        _READ.pop(next(iter(_READ)))
    return reading


class Reading(Struct):
    """What a part of a stream said, and all that this depended on: what its fonts made of the codes that it uses."""

    shown: str
    said: tuple[str, ...]
    unread: frozenset[str]
    last: str
    """The font in use behind it."""
    is_whole: bool
    """Whether nothing of it goes on behind it."""
    uses: list[tuple[str, Font | None, dict[int, str], frozenset[int]]]
    """Each font with the codes that meant letters, and those that did not."""

    def holds(self, fonts: dict[str, Font]) -> bool:
        """Whether the part says the same with these fonts."""
        return all(
            (now := fonts.get(name)) is was
            or (
                now is not None
                and was is not None
                and (now.width, now.is_readable) == (was.width, was.is_readable)
                and known.items() <= now.table.items()
                and unknown.isdisjoint(now.table)
            )
            for name, was, known, unknown in self.uses
        )


def _read(data: bytes, fonts: dict[str, Font], name: str) -> Reading:
    shown: list[str] = []
    font = fonts.get(name)
    used: dict[str, list[str]] = {name: []} if name else {}
    said: dict[str, None] = {}
    unread: set[str] = set()
    depth, is_whole = 0, True
    for kind, match, raw in _tokens(data):
        if kind in ("array", "hex", "open"):
            if depth and kind != "array":
                said[text_string(raw)] = None
            elif depth or font is None:
                shown.append(raw.decode("latin-1"))
            else:
                if raw and not font.is_readable:
                    unread.add(name)
                codes = font.codes(raw)
                used[name].append(codes)
                shown.append(codes.translate(font.table))
        elif kind in ("gap", "end"):
            shown.append(LINE)
        elif kind == "font":
            name = name_text(match["name"])
            font = fonts.get(name)
            used.setdefault(name, [])
        elif kind in ("name", "mark"):
            said[name_text(match["name"])] = None
        elif kind == "down":
            depth += 1
        elif kind == "up":
            depth = max(depth - 1, 0)
        elif kind == "comment":
            said[match["comment"].decode("latin-1")] = None
        elif kind is None:
            is_whole = False
    uses = [_use(each, fonts.get(each), "".join(codes)) for each, codes in used.items()]
    return Reading("".join(shown), tuple(said), frozenset(unread), name, is_whole and not depth, uses)


def _use(name: str, font: Font | None, shown: str) -> tuple[str, Font | None, dict[int, str], frozenset[int]]:
    table = font.table if font is not None else {}
    codes = frozenset(map(ord, set(shown)))
    known = {code: table[code] for code in codes & table.keys()}
    return name, font, known, codes - known.keys()


def _tokens(data: bytes) -> Iterator[tuple[str | None, re.Match[bytes] | None, bytes]]:
    """The tokens of a content stream by kind, with the bytes of strings; pictures within it are passed over.

    The last one has no kind where a string or picture may go on behind the data.
    """
    position: int | None = 0
    while position is not None:
        start, position = position, None
        for match in _TOKEN.finditer(data, start):
            kind, raw = match.lastgroup, b""
            if kind == "array":
                raw = hex_bytes(b"".join(_HEX.findall(match["array"])))
            elif kind == "hex":
                raw = hex_bytes(match["hex"])
            elif kind == "open":
                position = literal_end(data, match.start())
                raw = unescaped(data[match.start() + 1 : position - 1])
            elif kind == "image":
                end = _IMAGE_END.search(data, match.end())
                position = end.end() if end else len(data)
            yield kind, match, raw
            if position is not None:
                break
        if position == len(data):
            yield None, None, b""
