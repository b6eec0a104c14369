"""Pictures as a search knows them: by their bytes, by their pixels, and by what their metadata say."""

from __future__ import annotations

import hashlib
import io
from typing import Any


def picture_digests(data: bytes, media_type: str) -> tuple[str, ...]:
    """The hash of a picture's bytes, and that of its size and pixels where it has any."""
    digests = [hashlib.sha256(data).hexdigest()]
    if media_type != "image/svg+xml" and (pixels := pixel_digest(data)):
        digests.append(pixels)
    return tuple(digests)


def pixel_digest(data: Any) -> str:
    """The hash of the pixels of a picture, given as bytes or as a Pillow image; empty where it can't be read."""
    from PIL import Image

    try:
        image = data if isinstance(data, Image.Image) else Image.open(io.BytesIO(data))
        # Transparency is another object in a PDF: only what is below it is compared.
        pixels = image.convert("RGBA").convert("RGB")
    except (OSError, ValueError, SyntaxError):
        return ""
    return hashlib.sha256(f"{pixels.size}".encode() + pixels.tobytes()).hexdigest()


def metadata_texts(data: bytes) -> list[str]:
    """What a picture's own metadata say in words: text chunks, comments and EXIF fields."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            values = [*image.info.values(), *image.getexif().values()]
            values += image.getexif().get_ifd(0x8769).values()
    except (OSError, ValueError, SyntaxError):
        return []
    texts = []
    for value in values:
        if isinstance(value, bytes) and len(value) < 100_000:
            value = value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0").decode("utf-8", "replace")
        if isinstance(value, str) and sum(char.isalpha() for char in value) > 3:
            texts.append(value)
    return texts
