"""The file around the objects of a PDF: its revisions, and what stands between its streams."""

from __future__ import annotations

import re

_OBJECT = re.compile(rb"(?:^|[\r\n])(\d{1,7}) (\d{1,5}) obj\b")
_STREAM = re.compile(rb"stream(?<!\wstream)\r?\n")
_STREAM_END = re.compile(rb"endstream(?<!\wendstream)")


def ends_of(data: bytes) -> list[str]:
    """Signs of more than one revision, or of bytes around it (ISO 32000-2, 7.5.6)."""
    faults = []
    for mark in (b"%%EOF", b"startxref"):
        if (count := data.count(mark)) != 1:
            faults.append(f"'{mark.decode()}' stands {count} times: an earlier revision may lie below")
    if not data.startswith(b"%PDF-"):
        faults.append("bytes stand before the header")
    after = data[data.rfind(b"%%EOF") + 5 :]
    if after.strip(b"\r\n"):
        faults.append(f"{len(after)} bytes stand after the end of the file")
    return faults


def without_streams(data: bytes) -> bytes:
    """The file without its streams, which are read decoded."""
    kept, position = [], 0
    while (begin := _STREAM.search(data, position)) and (end := _STREAM_END.search(data, begin.end())):
        kept.append(data[position : begin.start()])
        position = end.end()
    return b"".join([*kept, data[position:]])


def objects_in(plain: bytes) -> list[int]:
    """The numbers of the objects that begin in a file without its streams, each as often as it does."""
    return [int(number) for number, _ in _OBJECT.findall(plain)]
