"""Hatching: on paper without colour, areas of a chart are told apart by lines as well as by their greys."""

from __future__ import annotations

from typing import Any

from lxml import etree

from builder.charts.look import Look

_LINES = {"c2": (45, "c3"), "c3": (-45, "paper")}
"""The angle and the colour of the lines on an area of each colour; the darkest and the lightest stay plain."""
_STEP, _WIDTH = 3.5, 0.75
"""Points from line to line, and of a line: wide enough for the dots of a laser printer."""


def hatch(root: Any, look: Look) -> None:
    """Lays lines over the areas of a drawing; letters and the dots of lines stay as they are."""
    name = f"{{{root.nsmap[None]}}}"
    colours = {look.colour(token).lower(): token for token in _LINES}
    used: dict[str, None] = {}
    for element in list(root.iter(f"{name}path", f"{name}rect")):
        token = colours.get(element.get("fill", "").lower())
        # Only circles have arcs: a dot at the end of a line is too small for a pattern.
        if token is not None and "A" not in element.get("d", ""):
            # The area itself stays below: between the tiles of a pattern, its ground would show as a seam.
            lines = etree.Element(
                element.tag, {k: v for k, v in element.items() if "stroke" not in k and k != "id"}
            )
            lines.set("fill", f"url(#hatch-{token})")
            element.addnext(lines)
            used[token] = None
    if used:
        root.insert(2, _patterns(list(used), look, name))


def _patterns(tokens: list[str], look: Look, name: str) -> Any:
    defs = etree.Element(f"{name}defs")
    for token in tokens:
        angle, line = _LINES[token]
        pattern = etree.SubElement(
            defs,
            f"{name}pattern",
            {
                "id": f"hatch-{token}",
                "width": str(_STEP),
                "height": str(_STEP),
                "patternUnits": "userSpaceOnUse",
                "patternTransform": f"rotate({angle})",
            },
        )
        stroke = {"width": str(_WIDTH), "height": str(_STEP), "fill": look.colour(line)}
        etree.SubElement(pattern, f"{name}rect", stroke)
    return defs
