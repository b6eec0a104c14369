"""What an edition offers readers who don't see, or see otherwise: read off what it holds."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from builder.model import Asset, Document

if TYPE_CHECKING:
    from lxml.html import HtmlElement


_PICTURE = re.compile(r"""<img\b(?:[^>"']|"[^"]*"|'[^']*')*>""")


class Access(Struct, frozen=True):
    """The accessibility of an edition, in the words of schema.org and in sentences for its imprint."""

    modes: tuple[str, ...]
    """The senses that the whole needs: `textual`, and `visual` where there are pictures beside the cover."""
    sufficient: tuple[str, ...]
    """Sets of modes, joined by commas, each of which is enough."""
    features: tuple[str, ...]
    hazards: tuple[str, ...]
    sentences: tuple[str, ...]
    """None in what is made for paper alone: it would promise what only the other files hold."""

    @property
    def statement(self) -> str:
        """The sentences as one text; a full-width stop holds its own space."""
        return " ".join(self.sentences).replace("。 ", "。")


def access_of(document: Document, words: dict[str, str], has_pages: bool = False) -> Access:
    """Looks at every picture of a document (EPUB Accessibility 1.1, section 2).

    `has_pages` says that an ebook has the page list of its PDF.
    """
    pictures = [picture for text in _texts(document) for picture in _pictures(text)]
    is_described = all(picture.get("alt", "").strip() for picture in pictures)
    has_data = any(picture.get("aria-details") for picture in pictures)
    # A brief prints no contents; its sections stand in the outline of the PDF.
    has_contents = document.layout != "brief" or document.job.kind.base == "epub"
    is_moving = any(_moves(asset) for asset in document.assets)
    features = ["displayTransformability", "readingOrder", "structuralNavigation", "tableOfContents"]
    features += ["alternativeText"] if pictures and is_described else []
    features += ["longDescription"] if has_data else []
    features += ["pageBreakMarkers", "pageNavigation"] if has_pages else []
    named = {
        "access_reflow": document.job.kind.base == "epub",
        "access_structure": has_contents,
        "access_bookmarks": not has_contents,
        "access_pages": has_pages,
        "access_pictures": pictures and is_described,
        "access_pictures_missing": not is_described,
        "access_no_pictures": not pictures,
        "access_chart_data": has_data,
        "access_no_hazards": not is_moving,
        "access_moving": is_moving,
    }
    return Access(
        modes=("textual", "visual") if pictures else ("textual",),
        sufficient=(("textual",) if is_described else ()) + (("textual,visual",) if pictures else ()),
        features=tuple(sorted(features)),
        hazards=("unknownFlashingHazard", "unknownMotionSimulationHazard", "noSoundHazard")
        if is_moving
        else ("none",),
        sentences=()
        if document.job.kind.is_paper
        else tuple(words[name] for name, holds in named.items() if holds),
    )


def _texts(document: Document) -> Iterator[str]:
    for chapter in document.chapters:
        yield chapter.html
        yield from (note.html for note in chapter.notes)


def _pictures(text: str) -> Iterator[HtmlElement]:
    """The pictures of a text that are more than decoration."""
    if not (tags := _PICTURE.findall(text)):
        return
    from lxml import html

    for picture in html.fromstring(f"<div>{''.join(tags)}</div>").iter("img"):
        if picture.get("role") != "presentation":
            yield picture


def _moves(asset: Asset) -> bool:
    """Whether a picture has more than one frame: SVG that moves is refused before it gets here."""
    from PIL import Image

    if not asset.media_type.startswith("image/") or asset.media_type == "image/svg+xml":
        return False
    with Image.open(io.BytesIO(asset.data)) as image:
        return getattr(image, "n_frames", 1) > 1
