"""Reads a theme and the themes that it inherits from, and makes one of them."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from builder.diagnostics import BuildProblem, Diagnostic, Span, did_you_mean, has_errors
from builder.formats import FORMATS, Grid, adapt, adapt_tokens
from builder.images import read_picture
from builder.model import Asset, Theme
from builder.sources import Source, read_shape, read_yaml
from builder.sources.places import KEY
from builder.themes.colours import check_colours
from builder.themes.derive import derive
from builder.themes.fonts import read_fonts
from builder.themes.shape import ROLE, TOKENS, ThemeShape
from builder.world import World, theme_names


class Layer(Struct, frozen=True):
    """One theme.yaml of a line of inheritance."""

    name: str
    folder: Path
    shape: ThemeShape
    source: Source

    @property
    def tokens(self) -> dict[str, str]:
        """The tokens that this file sets itself."""
        return self.shape.tokens.model_dump(exclude_none=True)


def load_theme(world: World, name: str) -> Theme:
    """Reads one theme with all that it inherits.

    Raises BuildProblem: `unknown-theme`, `theme-cycle`, `missing-key`, `low-contrast`, `colours-alike`,
    `font-clash`, `font-changed`, and those of its files.
    """
    layers = _line(world, name)
    leaf = layers[-1]
    tokens: dict[str, str] = {}
    origins: dict[str, tuple[int, Span]] = {}
    """By token: how near to the theme itself it was set, and where."""
    for level, layer in enumerate(layers):
        own = layer.tokens
        for token in derive(own, tokens):
            source = "accent" if "primary" not in own else "primary"
            origins[token] = level, layer.source.place("tokens", source)
        tokens = {**tokens, **derive(own, tokens), **own}
        origins.update((token, (level, layer.source.place("tokens", token))) for token in own)
    problems = _missing(leaf, layers, tokens)
    fonts = read_fonts([(layer.folder, layer.shape.fonts, layer.source) for layer in layers], world)
    problems.extend(fonts.problems)
    if not problems:
        problems.extend(check_colours(tokens, lambda one, other: max(origins[one], origins[other])[1]))
        problems.extend(_check_families(tokens, origins, [font["family"] for font in fonts.value]))
    logos = {key: _logo(layers, key, world, problems) for key in ("logo", "logo_on_ground")}
    if has_errors(problems):
        raise BuildProblem(problems)
    layout = next(layer.shape.layout for layer in reversed(layers) if layer.shape.layout is not None)
    hatch = next((layer.shape.hatch for layer in reversed(layers) if layer.shape.hatch is not None), False)
    css = "\n".join(
        path.read_text(encoding="utf-8") for layer in layers if (path := layer.folder / "theme.css").is_file()
    )
    return Theme(name, layout, FORMATS["A4"][layout], tokens, css, fonts.value, hatch, **logos)


def adapt_theme(theme: Theme, layout: str, grid: Grid, is_grey: bool = False) -> Theme:
    """The theme with its sizes adapted to the grid of a layout; in greyscale its charts are hatched."""
    css = adapt(theme.css, grid)
    return replace(
        theme,
        layout=layout,
        grid=grid,
        tokens=adapt_tokens(theme.tokens, grid),
        css=css,
        is_hatched=theme.is_hatched or is_grey,
    )


def _line(world: World, name: str) -> list[Layer]:
    """The themes from the farthest ancestor to the theme itself."""
    names = theme_names(world)
    if name not in names:
        raise BuildProblem(
            [Diagnostic("unknown-theme", f"unknown theme '{name}'", None, did_you_mean(name, names))]
        )
    line = [_read(world, name)]
    while (parent := line[0].shape.inherits) is not None:
        place = line[0].source.place("inherits")
        known = [each.name for each in line]
        if parent in known:
            chain = (
                " → ".join([name, *reversed(known[:-1]), parent]) if len(known) > 1 else f"{name} → {name}"
            )
            message = f"themes inherit from each other: {chain}"
            raise BuildProblem([Diagnostic("theme-cycle", message, place, "let one of them stand alone")])
        if parent not in names:
            others = [each for each in names if each not in known]
            message = f"unknown theme '{parent}'"
            raise BuildProblem([Diagnostic("unknown-theme", message, place, did_you_mean(parent, others))])
        line.insert(0, _read(world, parent))
    return line


def _read(world: World, name: str) -> Layer:
    folder = world.templates / "themes" / name
    path = f"templates/themes/{name}/theme.yaml"
    source = read_yaml((folder / "theme.yaml").read_text(encoding="utf-8"), path)
    if source.value is None:
        raise BuildProblem(source.problems)
    shape = read_shape(ThemeShape, source.value)
    if shape.value is None:
        raise BuildProblem((*source.problems, *shape.problems))
    return Layer(name, folder, shape.value, source.value)


def _missing(leaf: Layer, layers: list[Layer], tokens: dict[str, str]) -> list[Diagnostic]:
    """What neither the theme nor a parent says."""
    hint = "add it, or let the theme inherit from one that has it: 'inherits: meridian'"
    absent = [f"tokens.{name}" for name in TOKENS if name not in tokens]
    if all(layer.shape.layout is None for layer in layers):
        absent.insert(0, "layout")
    if not any(layer.shape.fonts for layer in layers):
        absent.append("fonts")
    if not absent:
        return []
    shown = ", ".join(f"'{name}'" for name in absent[:4])
    more = f" and {len(absent) - 4} more" if len(absent) > 4 else ""
    verb = "is" if len(absent) == 1 else "are"
    return [Diagnostic("missing-key", f"{shown}{more} {verb} missing", leaf.source.place("title", KEY), hint)]


def _check_families(
    tokens: dict[str, str], origins: dict[str, tuple[int, Span]], families: list[str]
) -> list[Diagnostic]:
    """A family that no font has would be set in whatever comes next."""
    found = []
    for token, value in tokens.items():
        role = ROLE.fullmatch(value)
        for family in re.findall("'([^']+)'", role[3] if role else value):
            if family not in families:
                hint = did_you_mean(family, dict.fromkeys(families))
                message = f"'{token}' names the family '{family}', which no font has"
                found.append(Diagnostic("unknown-value", message, origins[token][1], hint))
        if role:
            for name in re.findall(r"var\(--([\w-]+)\)", role[3]):
                if name not in tokens:
                    hint = did_you_mean(name, [each for each in tokens if each.startswith("font-")])
                    message = f"'{token}' names the token '{name}', which does not exist"
                    found.append(Diagnostic("unknown-value", message, origins[token][1], hint))
    return found


def _logo(layers: list[Layer], key: str, world: World, problems: list[Diagnostic]) -> Asset | None:
    """The logo that is nearest to the theme itself; a logo for the ground goes with one for paper."""
    for layer in reversed(layers):
        reference = getattr(layer.shape, key)
        if reference is None:
            if key == "logo_on_ground" and layer.shape.logo is not None:
                return None
            continue
        read = read_picture(World(layer.folder, world.templates), reference, "", layer.source.place(key))
        if read.value is None:
            problems.extend(
                Diagnostic(each.code, each.message, each.span, "correct the name or the file of the logo")
                for each in read.problems
            )
            return None
        name = f"{key.replace('_', '-')}.{read.value.suffix}"
        path = f"templates/themes/{layer.name}/{reference}"
        return Asset(path, name, read.value.media_type, read.value.data)
    return None
