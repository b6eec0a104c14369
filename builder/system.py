"""What is installed: Python's packages, and the libraries of the system that set and pack; none is loaded to know it."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable
from functools import cache

_Asked = Callable[[ctypes.CDLL], str]


def _said_by(function: str) -> _Asked:
    """Asks a function without arguments that returns a text."""

    def ask(library: ctypes.CDLL) -> str:
        call = getattr(library, function)
        call.restype = ctypes.c_char_p
        return call().decode()

    return ask


def _fontconfig(library: ctypes.CDLL) -> str:
    number = library.FcGetVersion()
    return f"{number // 10_000}.{number // 100 % 100}.{number % 100}"


def _freetype(library: ctypes.CDLL) -> str:
    face = ctypes.c_void_p()
    if library.FT_Init_FreeType(ctypes.byref(face)):
        return ""
    parts = [ctypes.c_int() for _ in range(3)]
    library.FT_Library_Version(face, *map(ctypes.byref, parts))
    library.FT_Done_FreeType(face)
    return ".".join(str(part.value) for part in parts)


def _fribidi(library: ctypes.CDLL) -> str:
    said = ctypes.c_char_p.in_dll(library, "fribidi_version_info").value or b""
    found = re.search(rb"\d+(\.\d+)+", said)
    return found[0].decode() if found else ""


LIBRARIES: dict[str, tuple[tuple[str, ...], _Asked]] = {
    "pango": (("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0.dylib"), _said_by("pango_version_string")),
    "harfbuzz": (("libharfbuzz.so.0", "libharfbuzz.0.dylib"), _said_by("hb_version_string")),
    "harfbuzz-subset": (
        ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
        _said_by("hb_version_string"),
    ),
    "fontconfig": (("libfontconfig.so.1", "libfontconfig.1.dylib"), _fontconfig),
    "freetype": (("libfreetype.so.6", "libfreetype.6.dylib"), _freetype),
    "fribidi": (("libfribidi.so.0", "libfribidi.0.dylib"), _fribidi),
    "zlib": (("libz.so.1", "libz.1.dylib"), _said_by("zlibVersion")),
}
"""By name: what the file is called on Linux and on macOS, and how it is asked for its version."""

FOLDERS = ("", "/opt/homebrew/lib/", "/usr/local/lib/")
"""Where the system looks itself, and where Homebrew keeps what macOS does not look for."""


@cache
def system_versions() -> dict[str, str]:
    """The version of each library that is there, as it says itself."""
    return {name: found for name, (files, ask) in LIBRARIES.items() if (found := _version(files, ask))}


def _version(files: tuple[str, ...], ask: _Asked) -> str:
    for file in (f"{folder}{file}" for folder in FOLDERS for file in files):
        try:
            return ask(ctypes.CDLL(file))
        except (OSError, AttributeError, ValueError):
            continue
    return ""


def packages() -> list[str]:
    """The installed packages, as the names of their folders of metadata say them: `weasyprint-70.0.dist-info`."""
    found: set[str] = set()
    for folder in sys.path:
        try:
            found.update(name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info")))
        except OSError:
            continue
    return sorted(found)
