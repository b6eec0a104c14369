"""Themes: a folder of tokens, fonts and styles below `templates/themes`."""

from __future__ import annotations

from builder.diagnostics import BuildProblem, Diagnostic, Span, did_you_mean
from builder.model import Theme
from builder.schema import ThemeShape
from builder.sources import read_shape, read_yaml
from builder.world import World, theme_names


def load_theme(world: World, name: str) -> Theme:
    """Reads one theme; raises BuildProblem where it is unknown or its tokens can't be read."""
    names = theme_names(world)
    if name not in names:
        hint = did_you_mean(name, names)
        raise BuildProblem([Diagnostic("unknown-theme", f"unknown theme '{name}'", None, hint)])
    folder = world.templates / "themes" / name
    path = f"templates/themes/{name}/theme.yaml"
    source = read_yaml((folder / "theme.yaml").read_text(encoding="utf-8"), path)
    if source.value is None:
        raise BuildProblem(source.problems)
    shape = read_shape(ThemeShape, source.value)
    if shape.value is None:
        raise BuildProblem(shape.problems)
    faces = [(font.family, font.weight, font.style) for font in shape.value.fonts]
    for index, face in enumerate(faces):
        if face in faces[:index]:
            # WeasyPrint 70 keys embedded fonts by family, weight and style: a second file prints wrong letters.
            message = f"two fonts share {', '.join(face)}"
            raise BuildProblem(
                [Diagnostic("font-clash", message, Span(path), "give one of them its own family")]
            )
    own = folder / "theme.css"
    css = own.read_text(encoding="utf-8") if own.is_file() else ""
    fonts = tuple(font.model_dump() for font in shape.value.fonts)
    return Theme(name, shape.value.layout, dict(shape.value.tokens), css, fonts)
