"""What Vega draws, as an SVG for every engine: presentation attributes, no scripts, no addresses."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from builder.charts.hatch import hatch
from builder.charts.look import Look

SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = {
    "svg", "g", "path", "line", "rect", "circle", "ellipse", "polygon", "polyline", "text", "tspan",
    "defs", "clipPath",
}  # fmt: skip
_ATTRIBUTES = {
    "transform", "d", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "width",
    "height", "points", "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity",
    "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit",
    "opacity", "text-anchor", "font-family", "font-size", "font-style", "font-weight", "clip-path",
    "id", "viewBox",
}  # fmt: skip
_DROPPED = {"class", "role", "pointer-events", "version", "style", "cursor"}
_SCALED = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_NOTHING = re.compile(r"(M0,0h0v0h0Z)?")


class Unprintable(Exception):
    """Something in a drawing that not every engine can show."""


def clean_svg(drawn: str, look: Look, width: float, height: float, title: str, description: str) -> bytes:
    """The drawing at its final size, with its title and description; raises Unprintable.

    Sizes are points in print and units of a screen in the ebook, where the ground is white and opaque.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    source = etree.fromstring(drawn.encode(), parser)
    own = [float(part) for part in source.get("viewBox", "0 0 0 0").split()]
    width, height = width or own[2], height or own[3]
    if width > look.width and not look.is_screen:
        raise Unprintable(f"it is {width:.0f} wide, and its place {look.width:.0f}")
    root = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG})
    unit = "" if look.is_screen else "pt"
    root.set("width", _short(width) + unit)
    root.set("height", _short(height) + unit)
    root.set("viewBox", f"0 0 {_short(width)} {_short(height)}")
    etree.SubElement(root, f"{{{SVG}}}title").text = title
    etree.SubElement(root, f"{{{SVG}}}desc").text = description
    if look.is_screen:
        ground = {"width": _short(width), "height": _short(height), "fill": "#ffffff"}
        etree.SubElement(root, f"{{{SVG}}}rect", ground)
    _copy(source, root, look, {})
    if look.is_hatched:
        hatch(root, look)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _copy(source: Any, target: Any, look: Look, names: dict[str, str]) -> None:
    """Copies what can be printed into `target`; groups without a meaning of their own dissolve."""
    for element in source:
        name = etree.QName(element).localname
        if name not in _ELEMENTS:
            raise Unprintable(f"it holds <{name}>, which not every reader can show")
        if element.get("display") == "none" or (name == "path" and _is_nothing(element)):
            continue
        attributes = _attributes(element, look, names)
        if name == "g" and not attributes:
            _copy(element, target, look, names)
            continue
        made = etree.SubElement(target, f"{{{SVG}}}{name}", attributes)
        if name in ("text", "tspan"):
            made.text = element.text
        _copy(element, made, look, names)
        if name in ("g", "defs") and not len(made):
            target.remove(made)


def _is_nothing(element: Any) -> bool:
    is_bare = not (set(element.attrib) & {"fill", "stroke"}) and "background" in element.get("class", "")
    return is_bare or bool(_NOTHING.fullmatch(element.get("d", "")))


def _attributes(element: Any, look: Look, names: dict[str, str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for key, value in element.attrib.items():
        key = str(key)
        if key in _DROPPED or key.startswith("aria-"):
            continue
        if key not in _ATTRIBUTES:
            raise Unprintable(
                f"it uses the attribute '{etree.QName(key).localname}', which not every reader knows"
            )
        if key == "id":
            value = names.setdefault(value, f"part{len(names) + 1}")
        elif "url(" in value:
            match = re.fullmatch(r"url\(#(clip\w+)\)", value)
            if match is None:
                raise Unprintable("it uses a gradient or pattern, which print can't show")
            value = f"url(#{names.setdefault(match[1], f'part{len(names) + 1}')})"
        elif key == "font-size":
            value = value.removesuffix("px")
        elif key == "font-family":
            value = look.family
        elif (key, value) in (("opacity", "1"), ("transform", "translate(0,0)")):
            continue
        made[key] = _SCALED.sub(lambda match: _short(float(match[0])), value) if key != "id" else value
    return made


def _short(value: float) -> str:
    """A length to a hundredth, as short as it can be written."""
    return f"{round(value, 2) + 0.0:g}" if abs(value) < 1e5 else f"{value:.0f}"
