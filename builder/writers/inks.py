"""Colours as inks: what cyan, magenta, yellow and black print an sRGB colour on a given paper."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

Inks = tuple[float, float, float, float]
"""Cyan, magenta, yellow and black, each 0 to 1."""
BLACK: Inks = (0.0, 0.0, 0.0, 1.0)
_NEAR_GREY = 0.1
"""How far the values of a dark colour may lie apart, and still be printed in black alone."""
_DARK = 60
"""Lightness in CIELAB below which it may: a light tint keeps its warmth."""


class Press:
    """A printing condition: the profile of inks on paper, and the way from sRGB to it."""

    def __init__(self, profile: bytes):
        from PIL import ImageCms

        self.profile = profile
        self._inks = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
        screen = ImageCms.createProfile("sRGB")
        self._print = ImageCms.buildTransform(screen, self._inks, "RGB", "CMYK", intent, flags)
        lab = ImageCms.createProfile("LAB")
        self._sight = ImageCms.buildTransform(screen, lab, "RGB", "LAB", intent)
        proof = ImageCms.buildTransform(self._inks, lab, "CMYK", "LAB", intent)
        self._blacks = [self._lightness(proof, "CMYK", (0, 0, 0, ink)) for ink in range(256)]

    @lru_cache(maxsize=4096)  # noqa: B019 (a press lives as long as the file that it prints)
    def inks(self, red: float, green: float, blue: float) -> Inks:
        """The inks of a colour of letters, lines and areas; greys and dark near-greys are black ink alone.

        Four inks never meet exactly: a thin letter in all of them has coloured edges.
        """
        parts = (red, green, blue)
        spread = max(parts) - min(parts)
        rounded = tuple(round(255 * part) for part in parts)
        lightness = self._lightness(self._sight, "RGB", rounded)
        if spread < 0.004 or (spread <= _NEAR_GREY and lightness < _DARK):
            ink = min(range(256), key=lambda each: abs(self._blacks[each] - lightness))
            return 0.0, 0.0, 0.0, round(ink / 255, 4)
        return self.process(red, green, blue)

    def process(self, red: float, green: float, blue: float) -> Inks:
        """The inks of a colour that is part of a picture or gradient: all four, whatever its hue."""
        from PIL import Image, ImageCms

        dot = Image.new("RGB", (1, 1), tuple(round(255 * part) for part in (red, green, blue)))
        made = ImageCms.applyTransform(dot, self._print).getpixel((0, 0))
        return tuple(round(part / 255, 4) for part in made)

    def picture(self, image: Any) -> Any:
        """A picture of Pillow, RGB in, CMYK out."""
        from PIL import ImageCms

        return ImageCms.applyTransform(image, self._print)

    @staticmethod
    def _lightness(transform: Any, mode: str, colour: tuple[int, ...]) -> float:
        from PIL import Image, ImageCms

        dot = ImageCms.applyTransform(Image.new(mode, (1, 1), colour), transform)
        return dot.getpixel((0, 0))[0] / 2.55
