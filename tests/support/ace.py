"""Runs Ace by DAISY, the accessibility checker of EPUB, for the tests; `.ci/setup.sh` installs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NoReturn

import pytest
from support.project import ROOT

FOLDERS = (ROOT / "tests/ace/node_modules/.bin", ROOT / "node_modules/.bin")
BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
INSTALL = "sh .ci/setup.sh ace"


def run_ace(path: Path | str) -> list[str]:
    """Returns what Ace finds wrong with an EPUB: file, weight and rule of each violation."""
    command, browser = _command()
    with tempfile.TemporaryDirectory() as folder:
        # The typesetter sees few fonts in this process; a browser that sees no other hangs.
        variables = {key: value for key, value in os.environ.items() if not key.startswith("FONTCONFIG")}
        variables |= {"PUPPETEER_EXECUTABLE_PATH": browser, "ACE_TIMEOUT_INITIAL": "60000"}
        run = subprocess.run(
            [command, "--force", "--silent", "--outdir", folder, str(path)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
            check=False,
            env=variables,
        )
        report = Path(folder, "report.json")
        # The exit code is 0 whatever Ace finds; a missing report says that it did not run.
        if not report.exists():
            raise RuntimeError(f"Ace did not run on {path}:\n{run.stdout}{run.stderr}")
        found = json.loads(report.read_text("utf-8"))
    violations = [
        f"{document['earl:testSubject']['url']}: {test['earl:impact']} {test['dct:title']}"
        for document in found["assertions"]
        for test in (each["earl:test"] for each in document["assertions"])
    ]
    assert (found["earl:result"]["earl:outcome"] == "pass") == (not violations)
    return violations


def _command() -> tuple[str, str]:
    places = os.pathsep.join([*map(str, FOLDERS), os.environ.get("PATH", "")])
    command = shutil.which("ace-puppeteer", path=places)
    if command is None:
        _do_without("ace-puppeteer", INSTALL)
    given = os.environ.get("PUPPETEER_EXECUTABLE_PATH")
    browser = next(filter(None, map(shutil.which, [given] if given else BROWSERS)), None)
    if browser is None:
        _do_without("a browser", "apt-get install chromium (or name one in PUPPETEER_EXECUTABLE_PATH)")
    return command, browser


def _do_without(missing: str, remedy: str) -> NoReturn:
    message = f"Ace needs {missing}; run: {remedy}"
    if os.environ.get("CI"):  # there, a check that is skipped in silence is worse than a red build
        pytest.fail(message)
    pytest.skip(message)
