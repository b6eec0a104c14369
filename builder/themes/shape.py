"""The shape of theme.yaml, and every token that a theme can set."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, create_model

from builder.colour import HEX
from builder.schema import Layout, Name, Shape, matching
from builder.sources import Flag, Text

SMALLEST = 6.75
"""Points of the smallest letters that a page may have."""
ROLE = re.compile(r"(?:italic )?[1-9]00 (\d+(?:\.\d+)?)pt/(\d+(?:\.\d+)?)pt (.+)")
"""Weight, size, leading and families of a role of type."""


def _check_role(value: str) -> str:
    found = ROLE.fullmatch(value)
    if found is None:
        hint = "write weight, size, leading and families, as in '400 10.5pt/14pt var(--font-text)'"
        raise ValueError("expected a role of type", hint)
    if float(found[1]) < SMALLEST:
        raise ValueError(f"expected letters of {SMALLEST} pt or more", f"write {SMALLEST}pt or more")
    return value


Colour = Annotated[
    Text,
    matching(HEX, "a colour", 'write six hexadecimal digits, as in "#0F3557"'),
    AfterValidator(str.upper),
]
Families = Annotated[
    Text,
    matching(r"'[^']+'(, '[^']+')*", "families", "write \"'First Family', 'Second Family'\""),
]
TypeRole = Annotated[Text, AfterValidator(_check_role)]
Width = Annotated[Text, matching(r"\d+(\.\d+)?", "a width in points", 'write "15.1"')]
Tracking = Annotated[
    Text,
    matching(r"0|-?\d*\.?\d+(em|pt)", "a letter space", 'write it in em, as in "0.09em"'),
]

COLOURS = (
    "ink", "mute", "primary", "accent", "tint", "tint2", "rule", "paper",
    "ground", "gold", "on-ground", "on-ground-mute", "art-line", "art-bright",
    "c1", "c2", "c3", "c4", "sequence-1", "sequence-2", "sequence-3", "sequence-4", "sequence-5",
)  # fmt: skip
FAMILIES = ("font-text", "font-display", "font-lead", "font-sans", "font-mono")
TYPE_ROLES = tuple(
    f"type-{role}"
    for role in (
        "text", "title", "title-long", "title-longest", "subtitle", "h1", "h2", "sub", "h3", "h4", "standfirst", "quote",
        "figure", "figure-small", "date", "numeral", "count", "entry", "message", "box", "box-title", "table", "small",
        "headline", "label", "head", "folio", "source", "code",
    )
)  # fmt: skip
WIDTHS = ("letter-title", "letter-h1", "letter-h2", "letter-standfirst", "letter-lead")
TRACKINGS = ("tracking-title", "tracking-h1", "tracking-h2", "tracking-label")
TOKENS: dict[str, Any] = {
    **dict.fromkeys(COLOURS, Colour),
    **dict.fromkeys(FAMILIES, Families),
    **dict.fromkeys(TYPE_ROLES, TypeRole),
    **dict.fromkeys(WIDTHS, Width),
    **dict.fromkeys(TRACKINGS, Tracking),
}
"""Each token becomes a custom property of the same name; one of its own a theme sets in theme.css."""

TokensShape: Any = create_model(
    "TokensShape",
    __base__=Shape,
    __doc__="The tokens that a theme sets itself; it inherits the others.",
    **{name: (kind, Field(default=None)) for name, kind in TOKENS.items()},
)


class FontShape(Shape):
    """One face of a theme; no two may share family, weight and style.

    A file below `fonts/` is the theme's own and says where it comes from; every other one lies in
    `templates/fonts`, whose record says it.
    """

    family: Text
    weight: Text
    style: Literal["normal", "italic"] = "normal"
    file: Text
    package: Text | None = None
    version: Text | None = None
    sha256: Annotated[str, matching("[0-9a-f]{64}", "a SHA-256", "write sha256sum's 64 digits")] | None = None
    licence: Text | None = None


class ThemeShape(Shape):
    """theme.yaml."""

    title: Text
    inherits: Name | None = None
    layout: Layout | None = None
    hatch: Flag | None = None
    logo: Text | None = None
    logo_on_ground: Text | None = None
    tokens: TokensShape = TokensShape()
    fonts: list[FontShape] = Field(default_factory=list)
