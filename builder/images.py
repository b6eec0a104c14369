"""Pictures: found inside the project, known by their first bytes, of a bearable size."""

from __future__ import annotations

import io
from urllib.parse import unquote

from msgspec import Struct

from builder.bare import bare
from builder.diagnostics import Checked, Diagnostic, Severity, Span, nearest
from builder.embedded import with_bare_pictures
from builder.svg_source import MAX_PIXELS, SvgRefused, clean_svg, open_raster
from builder.world import ABSENT, PathRefused, World

MAX_BYTES = 40_000_000
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".svg")
_REMEDIES = {
    "bad-image": "save it again: PNG, JPEG in RGB, GIF with one frame and plain SVG can be shown",
    "image-too-large": f"make it smaller: at most {MAX_PIXELS // 1_000_000} million pixels and {MAX_BYTES // 1_000_000} MB",
    "unsafe-svg": "save it again as plain SVG, with all that it shows in the file itself",
}
_FORMATS = {"PNG": ("image/png", "png"), "JPEG": ("image/jpeg", "jpg"), "GIF": ("image/gif", "gif")}


class Picture(Struct, frozen=True):
    """A picture that both engines can show."""

    path: str
    data: bytes
    media_type: str
    suffix: str
    width: int
    """In pixels; 0 where an SVG does not say."""
    height: int


def read_picture(world: World, reference: str, folder: str, span: Span) -> Checked[Picture | None]:
    """Finds and checks one picture.

    What can't be shown is an error: nobody gets a page with a hole. Only a picture on the network is a warning,
    since the builder never asks for it, and the edition prints its alternative text in its place.
    """
    given, reference = reference, unquote(reference)
    try:
        path = world.locate(given, folder)
    except PathRefused as problem:
        weight = Severity.WARNING if problem.code == "remote-file" else Severity.ERROR
        return Checked(None, (Diagnostic(problem.code, problem.message, span, problem.hint or None, weight),))
    status = world.status(path)
    if status != "file":
        message = f"'{reference}' {ABSENT.get(status, status)}"
        return _no_picture(message, span, "missing-image", _nearest(world, reference, folder))
    try:
        data = world.read_bytes(path)
    except PathRefused as problem:
        return _no_picture(f"'{reference}' {problem.message}", span)
    if len(data) > MAX_BYTES:
        return _no_picture(
            f"'{reference}' has {len(data) // 1_000_000} MB", span, "image-too-large"
        )
    if data.lstrip()[:256].startswith((b"<?xml", b"<svg", b"<!--")) or path.lower().endswith(".svg"):
        return _svg(path, data, reference, span)
    return _raster(path, data, reference, span)


def _no_picture(message: str, span: Span, code: str = "bad-image", hint: str = "") -> Checked[Picture | None]:
    return Checked(None, (Diagnostic(code, message, span, hint or _REMEDIES[code]),))


def _nearest(world: World, reference: str, folder: str) -> str:
    """The picture below the folder that is called most alike."""
    start = f"{folder}/" if folder else ""
    known = [name.removeprefix(start) for name in world.files(folder) if name.lower().endswith(_ENDINGS)]
    near = nearest(reference, known)
    return f"did you mean '{near}'?" if near else "correct the name, or add the file"


def _raster(path: str, data: bytes, reference: str, span: Span) -> Checked[Picture | None]:
    from PIL import Image, UnidentifiedImageError

    try:
        with open_raster(data) as image:
            kind, (width, height), mode = image.format, image.size, image.mode
            frames = getattr(image, "n_frames", 1)
    except Image.DecompressionBombError:
        limit = f"more than {MAX_PIXELS // 1_000_000} million pixels"
        return _no_picture(f"'{reference}' has {limit}", span, "image-too-large")
    except (UnidentifiedImageError, OSError, ValueError):
        what = "is empty" if not data else "is no picture that can be read"
        return _no_picture(f"'{reference}' {what}", span)
    if width * height > MAX_PIXELS:
        size = f"{width} x {height} pixels, more than {MAX_PIXELS // 1_000_000} million"
        return _no_picture(f"'{reference}' has {size}", span, "image-too-large")
    if kind not in _FORMATS:
        return _no_picture(f"'{reference}' is {kind}, which not every ebook reader can show", span)
    if frames > 1 or mode in ("CMYK", "I;16", "I;16B"):
        what = "is animated" if frames > 1 else f"has the colour mode {mode}"
        return _no_picture(f"'{reference}' {what}", span)
    if not _is_whole(data):
        return _no_picture(f"'{reference}' is cut off or damaged", span)
    media_type, suffix = _FORMATS[kind]
    try:
        data = bare(data, kind)
    except ValueError:
        return _no_picture(f"'{reference}' is cut off or damaged", span)
    return Checked(Picture(path, data, media_type, suffix, width, height))


def _is_whole(data: bytes) -> bool:
    """Whether the pixels can be read to the end."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError):
        return False
    return True


def _svg(path: str, data: bytes, reference: str, span: Span) -> Checked[Picture | None]:
    def read(inner: bytes, number: int) -> Checked[Picture | None]:
        return _raster(path, inner, f"{reference}: picture {number}", span)

    try:
        stripped = with_bare_pictures(clean_svg(data), read)
    except SvgRefused as refusal:
        return _no_picture(f"'{reference}' {refusal}", span, refusal.code)
    except ValueError as problem:
        what = f"'{reference}' refers to '{str(problem)[:60]}'"
        return _no_picture(what, span, "unsafe-svg")
    if stripped.value is None:
        return stripped
    return Checked(Picture(path, stripped.value, "image/svg+xml", "svg", 0, 0))
