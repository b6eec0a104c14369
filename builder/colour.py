"""Colours as people see them: contrast, difference, colour-blind and grey vision, the nearest that passes.

A colour is written `#RRGGBB` in sRGB everywhere in the builder.
"""

from __future__ import annotations

import re
from cmath import rect
from collections.abc import Callable
from functools import lru_cache
from math import dist, radians

HEX = re.compile(r"#[0-9A-Fa-f]{6}")
WHITE, BLACK = "#FFFFFF", "#000000"

_MACHADO = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}  # fmt: skip
"""Machado, Oliveira and Fernandes 2009, severity 1, on linear light."""
VISIONS = ("normal", *_MACHADO, "grey")
"""Ways of seeing in which the colours of a palette must stay apart."""

Triple = tuple[float, float, float]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def difference(one: str, other: str, vision: str = "normal") -> float:
    """How far apart two colours are in CIELAB (CIE 1976), to one of the eyes in `VISIONS`."""
    return dist(_seen(one, vision), _seen(other, vision))


@lru_cache(maxsize=4096)
def _seen(colour: str, vision: str) -> Triple:
    return _lab(seen(colour, vision))


def seen(colour: str, vision: str) -> Triple:
    """The linear light of a colour as one of the eyes in `VISIONS` takes it."""
    light = _linear(colour)
    if vision == "grey":
        return (luminance(colour),) * 3
    if vision == "normal":
        return light
    red, green, blue = (sum(a * b for a, b in zip(row, light, strict=True)) for row in _MACHADO[vision])
    return _clipped((red, green, blue))


def grey_of(parts: Triple) -> float:
    """The value, 0 to 1, of the grey with the luminance of an sRGB colour whose values are 0 to 1."""
    red, green, blue = map(_light_of, parts)
    return _value_of(0.2126 * red + 0.7152 * green + 0.0722 * blue)


def mix(one: str, other: str, share: float) -> str:
    """`one` with a share of `other` in it, 0 to 1, as ink on paper would look: mixed in sRGB values."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02X}" for a, b in pairs)


def lightness(colour: str) -> float:
    """The lightness of a colour, 0 to 100 (CIELAB)."""
    return _lab(_linear(colour))[0]


def toned(colour: str, level: float, turn: float = 0) -> str:
    """The colour at another lightness, its hue turned by an angle in degrees; what does not fit is clipped."""
    _, a, b = _lab(_linear(colour))
    turned = complex(a, b) * rect(1, radians(turn))
    return _hex(_clipped(_light((level, turned.real, turned.imag))))


def nearest(colour: str, is_good: Callable[[str], bool]) -> str | None:
    """The nearest colour that passes a test: of the same hue where one passes, else of any; None where none does."""
    for turns in ((0,), range(0, 360, 15)):
        made = {toned(colour, level / 2, turn) for turn in turns for level in range(201)}
        for each in sorted(made, key=lambda other: (difference(colour, other), other)):
            if is_good(each):
                return each
    return None


def _parts(colour: str) -> Triple:
    red, green, blue = (int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5))
    return red, green, blue


def _linear(colour: str) -> Triple:
    red, green, blue = map(_light_of, _parts(colour))
    return red, green, blue


def _light_of(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _value_of(light: float) -> float:
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _hex(light: Triple) -> str:
    return "#" + "".join(f"{round(255 * _value_of(part)):02X}" for part in light)


def _clipped(light: Triple) -> Triple:
    red, green, blue = (min(max(part, 0.0), 1.0) for part in light)
    return red, green, blue


_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_RGB = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
_D65 = (0.95047, 1.0, 1.08883)


def _lab(light: Triple) -> Triple:
    x, y, z = (
        _root(sum(m * part for m, part in zip(row, light, strict=True)) / white)
        for row, white in zip(_XYZ, _D65, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _light(lab: Triple) -> Triple:
    y = (lab[0] + 16) / 116
    xyz = [
        _cube(part) * white for part, white in zip((y + lab[1] / 500, y, y - lab[2] / 200), _D65, strict=True)
    ]
    red, green, blue = (sum(m * part for m, part in zip(row, xyz, strict=True)) for row in _RGB)
    return red, green, blue


def _root(value: float) -> float:
    return value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116


def _cube(value: float) -> float:
    return value**3 if value**3 > 216 / 24389 else (116 * value - 16) * 27 / 24389
