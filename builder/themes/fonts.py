"""The fonts of a theme: each file is there, is the one that was recorded, and has a name of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from builder.diagnostics import Checked, Diagnostic, Span, did_you_mean
from builder.sources import Source
from builder.themes.shape import FontShape
from builder.world import World

OWN = "fonts/"
"""How the name of a font begins that lies in the theme's own folder."""
_RECORD = ("package", "version", "sha256", "licence")
_NAMES = (".woff2", ".ttf", ".otf")


def read_fonts(
    layers: Sequence[tuple[Path, list[FontShape], Source]], world: World
) -> Checked[tuple[dict[str, str], ...]]:
    """The faces of a line of themes, the farthest ancestor's first; `file` counts from the templates' folder."""
    problems: list[Diagnostic] = []
    faces: dict[tuple[str, str, str], Span] = {}
    fonts: list[dict[str, str]] = []
    for folder, shapes, source in layers:
        for index, font in enumerate(shapes):
            face = (font.family, font.weight, font.style)
            span = source.place("fonts", index)
            if face in faces:
                # WeasyPrint 70 keys embedded fonts by family, weight and style: a second file prints wrong letters.
                message = f"two fonts share {', '.join(face)}"
                hint = f"give one of them its own family; the first is at {faces[face]}"
                problems.append(Diagnostic("font-clash", message, span, hint))
                continue
            faces[face] = span
            path = _locate(font, folder, source, index, world, problems)
            if path is not None:
                file = path.relative_to(world.templates).as_posix()
                keys = {"family": font.family, "weight": font.weight, "style": font.style}
                fonts.append({**keys, "file": file})
    return Checked(tuple(fonts), tuple(problems))


def _locate(
    font: FontShape, folder: Path, source: Source, index: int, world: World, problems: list[Diagnostic]
) -> Path | None:
    """The file of a face; a theme's own must be the one that was recorded, with a licence beside it."""
    is_own = font.file.startswith(OWN)
    home = folder if is_own else world.templates / "fonts"
    span = source.place("fonts", index, "file")
    path = _file(home, font.file, span, world, problems)
    if path is None or not is_own:
        return path
    lacking = [key for key in _RECORD if getattr(font, key) is None]
    if lacking:
        names = ", ".join(f"'{key}'" for key in lacking)
        hint = "say where the font comes from: package, version, sha256, and the file of its licence"
        problems.append(
            Diagnostic(
                "missing-key",
                f"{names} {'is' if len(lacking) == 1 else 'are'} missing for a font of the theme's own",
                span,
                hint,
            )
        )
        return None
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != font.sha256:
        message = f"'{font.file}' is not the file that was recorded: its SHA-256 is {found}"
        hint = "take the file from its package again, or write the new version and sha256"
        place = source.place("fonts", index, "sha256")
        problems.append(Diagnostic("font-changed", message, place, hint))
    licence = source.place("fonts", index, "licence")
    if _file(folder, font.licence or "", licence, world, problems) is None:
        return None
    return path


def _file(home: Path, name: str, span: Span, world: World, problems: list[Diagnostic]) -> Path | None:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        hint = "copy the file into the folder of the theme"
        problems.append(Diagnostic("outside-project", f"'{name}' is outside the folder of fonts", span, hint))
        return None
    if (home / name).is_file():
        return home / name
    known = [each.relative_to(home).as_posix() for each in sorted(home.rglob("*")) if each.suffix in _NAMES]
    message = f"'{name}' does not exist"
    problems.append(Diagnostic("missing-file", message, span, did_you_mean(name, known)))
    return None
