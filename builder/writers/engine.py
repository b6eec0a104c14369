"""The engine, WeasyPrint, made ready to set a piece: loaded once, with the theme's fonts and files and nothing else."""

from __future__ import annotations

import atexit
import ctypes.util
import gc
import io
import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from builder.diagnostics import BuildProblem, Diagnostic
from builder.model import Theme
from builder.seldom import seldom_needed
from builder.world import World
from builder.writers.fonts import BASE_URL, font_bytes, font_faces, hash_fonts, isolate_fonts
from builder.writers.unit import Remark

Result = TypeVar("Result")


@contextmanager
def running(cache: Path) -> Iterator[None]:
    """WeasyPrint with the fonts of the theme alone.

    Raises BuildProblem where it can't start, or the cache can't be written.
    """
    try:
        isolate_fonts(cache)
    except OSError as problem:
        message = f"can't write into '{cache}': {(problem.strerror or '').lower()}"
        raise BuildProblem([Diagnostic("environment", message, None, "free space for the cache")]) from None
    load_engine()
    clear_up()
    was_on = gc.isenabled()
    # What is laid out lives until its pages are written: looking for garbage meanwhile costs an eighth of the time.
    gc.disable()
    # Nor is anything garbage that was there before: to look through it after each unit costs a fortieth.
    gc.freeze()
    try:
        yield
    finally:
        _LITTER.append(was_on)
        if was_on:
            gc.enable()


_LITTER: list[bool] = []
"""Whether what a unit left is to be looked for, where there is any."""


def clear_up() -> None:
    """Gives back the memory that the last unit took: whoever waits for its pages need not wait for that as well."""
    if _LITTER:
        if _LITTER.pop():
            gc.collect()
        gc.unfreeze()


@lru_cache
def load_engine() -> None:
    """Loads WeasyPrint, which needs libraries of the system; raises BuildProblem where they are missing."""
    from builder.writers.declared import written_out  # it loads what whoever only asks others does not need

    was_on = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings(), _known_names(), seldom_needed(*_SELDOM), written_out():
            # That the machine's fonts are hidden is our will, and no news to anybody.
            warnings.filterwarnings("ignore", message="No fonts configured")
            import weasyprint  # noqa: F401

            from builder.writers.shortcuts import install_shortcuts
            from builder.writers.tagging.hooks import install

            install()
            install_shortcuts()
    except OSError as problem:
        hint = "install Pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0, or brew install pango"
        message = f"the typesetter WeasyPrint can't start: {str(problem).splitlines()[0]}"
        raise BuildProblem([Diagnostic("environment", message, None, hint)]) from problem
    finally:
        if was_on:
            gc.enable()


@contextmanager
def _known_names() -> Iterator[None]:
    """Has libraries opened by the names that they have on this system.

    Elsewhere than on Linux, nothing changes. There, for each other name that WeasyPrint tries first, the
    standard library would run a compiler and `ldconfig` to guess the file: half of the time to load.
    """
    found = ctypes.util.find_library
    if sys.platform.startswith("linux"):
        ctypes.util.find_library = lambda _: None
    try:
        yield
    finally:
        ctypes.util.find_library = found


_SELDOM = ("fontTools.subset", "fontTools.varLib.instancer")
"""What WeasyPrint takes for fonts that vary, and where it has no HarfBuzz: a fifth of the time to load."""


def with_room(call: Callable[..., Result], *arguments: Any) -> Result:
    """What a function returns that calls others to a great depth.

    CPython keeps the frames of its calls in blocks of 16 KB, and gives each back to the system as soon as it
    is empty. Where a loop stands at the end of one, every round asks for the next: that was a sixth of the
    time of all typesetting. The frame of this function is so large that it gets a block of 2 MB, in which the
    frames of the others find room.
    """
    return call(*arguments)


with_room.__code__ = with_room.__code__.replace(co_stacksize=2**17)

_FONTS: dict[str, Any] = {}
"""The fonts of the last few themes, ready to set with; reading them anew costs each piece 30 ms."""
# Later, when Python takes its modules down, they could not clear their folder away.
atexit.register(_FONTS.clear)


def fonts_of(theme: Theme, fetcher: Any, world: World) -> Any:
    """The fonts of a theme for WeasyPrint, and the style sheet that names them."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    if (key := hash_fonts(theme, world)) not in _FONTS:
        fonts = FontConfiguration()
        sheet = weasyprint.CSS(string=font_faces(theme), font_config=fonts, base_url=BASE_URL, url_fetcher=fetcher)
        while len(_FONTS) >= 4:
            del _FONTS[next(iter(_FONTS))]
        _FONTS[key] = fonts, sheet
    return _FONTS[key]


def cut_fonts(fonts: Sequence[Sequence[Any]], cache: Path, version: str) -> bytes:
    """A PDF with one subset of each font, for all units; the fonts of each are given as their records."""
    load_engine()
    from builder.writers.faces import fonts_pdf

    return fonts_pdf(fonts, cache, version)


def fetcher_of(files: Mapping[str, bytes], theme: Theme, world: World, cache: Path) -> Any:
    """Serves these files, and the fonts and logos of the theme, and nothing else: no network, no other file."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    known = {**files, **{logo.name: logo.data for logo in theme.logos}}
    fonts = {font["file"] for font in theme.fonts}

    class Served(URLFetcherResponse):
        """A file of the document, without the headers of a letter, which take longer to build than most files to read."""

        content_type, charset = "", None

        def __init__(self, url: str, data: bytes, content_type: str):
            self.url, self.status, self.content_type = url, 200, content_type
            self._file_obj = io.BytesIO(data)

    class Fetcher(URLFetcher):
        def fetch(self, url, headers=None):
            if url.startswith("data:"):
                return super().fetch(url, headers)
            parts = urlsplit(url)
            name = unquote(parts.path).lstrip("/")
            if f"{parts.scheme}://{parts.netloc}/" != BASE_URL:
                raise ValueError(f"'{url}' is outside the document")
            if name in known:
                return Served(url, known[name], _media_type(name))
            if name in fonts:
                return Served(url, font_bytes(world, name, cache), "font/ttf")
            raise ValueError(f"'{name}' is no file of this document")

    return Fetcher()


def _media_type(name: str) -> str:
    suffix = name.rsplit(".", 1)[-1]
    types = {
        "css": "text/css",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "gif": "image/gif",
    }
    return types.get(suffix, "application/octet-stream")


@contextmanager
def logged() -> Iterator[list[logging.LogRecord]]:
    """Keeps what the engine logs, in the list that it gives; silence is the only good answer."""
    records = _Records()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(records)
    propagate, logger.propagate = logger.propagate, False
    try:
        yield records.records
    finally:
        logger.removeHandler(records)
        logger.propagate = propagate


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def remarks_of(records: list[logging.LogRecord]) -> tuple[Remark, ...]:
    """Each record once: a missing sign of a font is an error, the rest are warnings."""
    found = []
    for record in records:
        # Its line counts in all style sheets together: nobody could look it up.
        text = re.sub(r" at \d+:\d+", "", record.getMessage()).rstrip(".")
        if "notdef" in text:
            hint = "add a font that has the sign to the theme, or write another sign"
            found.append(Remark("missing-glyph", text, hint, True))
        else:
            found.append(Remark("engine", text, "mend the style or the content that it names", False))
    return tuple(dict.fromkeys(found))
