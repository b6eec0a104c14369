"""What follows from a brand's two colours, so that nobody has to write twenty."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from builder.colour import lightness, mix, toned
from builder.themes.colours import PALETTE, apart, is_line

Tokens = dict[str, str]
_SHADES = (0.9, 0.75, 0.5, 0.25)
"""Shares of paper in the steps of a sequence, from light to dark; the last step is the primary colour."""


def derive(own: Mapping[str, str], inherited: Mapping[str, str]) -> Tokens:
    """The tokens that follow from the primary colour and the accent that a theme sets itself.

    What it sets itself stays. Where the brand's colours make no palette whose colours everybody can
    tell apart, the inherited palette stays.
    """
    if not inherited or not {"primary", "accent"} & own.keys():
        return {}
    tokens = {**inherited, **own}
    made: Tokens = {}
    if "primary" in own:
        if inherited["ground"] == inherited["primary"]:
            made["ground"] = own["primary"]
        ground, on = made.get("ground", tokens["ground"]), tokens["on-ground"]
        for name, share in (("on-ground-mute", 0.86), ("art-line", 0.17), ("art-bright", 0.58)):
            made[name] = mix(ground, on, share)
        for step, share in enumerate(_SHADES, 1):
            made[f"sequence-{step}"] = mix(own["primary"], tokens["paper"], share)
        made["sequence-5"] = own["primary"]
    made.update(_palette(tokens))
    return {name: value for name, value in made.items() if name not in own}


def _palette(tokens: Tokens) -> Tokens:
    """The hues of the brand at lightnesses that even grey keeps apart, with the parent's where hues are too alike."""
    first, second = tokens["primary"], tokens["accent"]
    choices = [
        [toned(first, level) if lightness(first) > level else first for level in (26, 22)] + [tokens["c1"]],
        [second, toned(second, 44), toned(second, 41), tokens["c2"]],
        [toned(first, 61), toned(second, 61), tokens["c3"]],
        [tokens["c4"], toned(second, 81), toned(first, 81)],
    ]
    for palette in product(*choices):
        if all(is_line(colour, tokens["paper"]) for colour in palette[:3]) and apart(palette):
            return dict(zip(PALETTE, palette, strict=True))
    return {}
