"""Greyscale: every colour of a finished PDF becomes the grey of the same luminance."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from builder.colour import BLACK, grey_of, toned

_RGB = {"rg": "g", "RG": "G"}
_SPACES = ("cs", "CS")
_PAINTS = {"sc": "cs", "scn": "cs", "SC": "CS", "SCN": "CS"}


def to_grey(data: bytes) -> bytes:
    """The same PDF in greys: text, lines and areas, gradients and pictures; contrasts stay as they were."""
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            page.contents_coalesce()
            page.Contents.write(grey_contents(page))
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream):
                if thing.get("/Subtype") == "/Form" or thing.get("/PatternType") == 1:
                    thing.write(grey_contents(thing))
                elif thing.get("/Subtype") == "/Image":
                    _fade(thing)
            elif isinstance(thing, pikepdf.Dictionary) and "/ShadingType" in thing:
                _recolour_function(thing.Function)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def grey_contents(stream: Any) -> bytes:
    """The contents of a page, form or pattern with every colour as grey."""
    import pikepdf

    return pikepdf.unparse_content_stream(list(_instructions(pikepdf.parse_content_stream(stream))))


def _instructions(found: list[Any]) -> Iterator[Any]:
    import pikepdf

    spaces: dict[str, str] = {}
    for operands, operator in found:
        name = str(operator)
        if name in _SPACES:
            spaces[name] = str(operands[0])
        if name in _RGB:
            yield [_grey([float(part) for part in operands])], pikepdf.Operator(_RGB[name])
        elif name in _PAINTS and len(operands) >= 3 and spaces.get(_PAINTS[name]) != "/Pattern":
            parts = [float(part) for part in operands]
            stroke_or_fill = "g" if name.islower() else "G"
            yield [_of_space(spaces.get(_PAINTS[name], ""), parts)], pikepdf.Operator(stroke_or_fill)
        else:
            yield operands, operator


def _grey(parts: list[float]) -> float:
    return round(grey_of((parts[0], parts[1], parts[2])), 4)


def _of_space(space: str, parts: list[float]) -> float:
    """The grey of a colour that is not RGB: its lightness in Lab, its light behind four inks."""
    if "lab" in space.lower():
        return int(toned(BLACK, parts[0])[1:3], 16) / 255
    if len(parts) == 4:
        return _grey([(1 - ink) * (1 - parts[3]) for ink in parts[:3]])
    return _grey(parts)


def _recolour_function(function: Any) -> None:
    """The ends of each step of a gradient; it keeps its colour space."""
    for inner in function.get("/Functions", []):
        _recolour_function(inner)
    for key in ("/C0", "/C1"):
        if key in function and len(function[key]) == 3:
            function[key] = [_grey([float(part) for part in function[key]])] * 3


def _fade(image: Any) -> None:
    """A picture of three or four channels as one of greys."""
    import pikepdf

    if image.get("/ColorSpace") == "/DeviceGray" or image.get("/ImageMask"):
        return
    made = pikepdf.PdfImage(image).as_pil_image().convert("L")
    image.write(made.tobytes())
    image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceGray, 8
    for key in ("/DecodeParms", "/Decode"):
        if key in image:
            del image[key]
