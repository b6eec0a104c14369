"""What a page draws, in two streams: its text, which is finished, and its head and foot, which know where it stands."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import pydyf

from builder.writers import counters, folios

_HEAD_AND_FOOT = b"\n/Artifact\n<</Type /Pagination"
"""Where they begin, which are drawn last (ISO 32000-2, 14.8.2.2.2)."""


def part(pdf: pydyf.PDF, streams: Sequence[pydyf.Stream]) -> None:
    """Parts the contents of each page whose text leaves no number open (ISO 32000-2, 7.7.3.3).

    The text is compressed as small as it gets, once for all files that show it; `streams` are those of the pages, in their order.
    """
    for number, stream in zip(pdf.pages["Kids"][::3], streams, strict=True):
        content = stream.data.partition(b"stream\n")[2].removesuffix(b"\nendstream")
        text, sign, rest = content.partition(_HEAD_AND_FOOT)
        if not sign or folios.is_open(text) or counters.is_open(text):
            continue
        stream.stream, stream.extra["Filter"] = [zlib.compress(text, 9)], "/FlateDecode"
        last = pydyf.Stream([sign.lstrip() + rest])
        pdf.add_object(last)
        pdf.objects[number]["Contents"] = pydyf.Array([stream.reference, last.reference])
