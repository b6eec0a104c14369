"""The house stands: imports go down the floors, every code is listed, files stay small."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from builder.codes import CODES

PACKAGE = Path(__file__).resolve().parents[1] / "builder"
MODULES = sorted(PACKAGE.rglob("*.py"))

FLOORS = {
    "codes": 0, "diagnostics": 0,
    "colour": 0, "conditions": 1, "formats": 1, "limits": 1, "model": 1, "paths": 1, "seldom": 1, "world": 1,
    "bare": 1, "futures": 1, "embedded": 1, "folders": 1, "system": 1, "images": 2, "language": 2, "markdown": 2, "schema": 2, "sources": 2, "stamps": 2, "store": 2, "standing": 3, "svg_source": 2, "qr": 2, "tables": 2, "templating": 2, "compiled": 2,
    "access": 3, "blank": 3, "charts": 3, "coverage": 3, "csl": 3, "fit": 3, "gather": 3, "lint": 3, "localize": 3, "numbering": 3, "translations": 3, "references": 3, "html_source": 3, "judge": 3, "reader": 3, "xhtml_inline": 3, "load": 3, "metadata": 3, "names": 3, "page_list": 3, "passes": 3, "project": 3, "render": 3, "resolve": 3, "sections": 3, "select": 3, "selection": 3,
    "table_html": 3, "wide_tables": 3, "themes": 3, "traced": 3, "verify": 3, "withhold": 3, "writers": 3, "xhtml": 3, "publications": 3,
    "diff": 4, "document": 4, "examine": 4, "matrix": 4, "orders": 4, "pipeline": 4, "proof": 4, "scheduling": 4,
    "desk": 5, "messages": 5, "save": 5,
    "cli": 6, "__main__": 6,
}  # fmt: skip
"""The floor of each module or folder of the package, as the handbook's chapter on architecture draws it."""


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("builder.")}
    return found


@pytest.mark.parametrize(
    "path", [p for p in MODULES if name_of(p) != "__init__"], ids=lambda p: str(p.relative_to(PACKAGE))
)
def test_imports_go_down_the_floors(path: Path) -> None:
    """No module imports from a floor above its own."""
    floor = FLOORS[name_of(path)]
    assert {name for name in imports_of(path) if FLOORS[name] > floor} == set()


def test_every_floor_is_lived_on() -> None:
    """The table of floors names no module that is gone."""
    assert set(FLOORS) == {name_of(path) for path in MODULES} - {"__init__"}


CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+|internal|engine|incomplete")
CALLS = {
    "Diagnostic", "ConditionError", "PathRefused", "add", "warn", "report", "_complain", "_no_picture", "_diagnostic",
    "_refuse", "problem", "error", "_error", "_problem", "_refused", "warning", "SvgRefused",
}  # fmt: skip


def codes_in(path: Path) -> set[str]:
    """The message codes that a module writes out."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in CALLS:
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if (
                    isinstance(argument, ast.Constant)
                    and isinstance(argument.value, str)
                    and CODE.fullmatch(argument.value)
                ):
                    found.add(argument.value)
    return found


def test_every_code_that_is_used_is_listed() -> None:
    """A message code in the source stands in the table of codes, with the sentence that the handbook prints."""
    used = set().union(*map(codes_in, MODULES))
    assert used - set(CODES) == set()


def test_every_listed_code_is_used() -> None:
    """The table of codes lists nothing that no module says."""
    text = "\n".join(path.read_text("utf-8") for path in MODULES if path.name != "codes.py")
    made = {f"unknown-{kind}" for kind in ("audience", "tag", "target")}  # by `parse_expression`
    assert {code for code in CODES if f'"{code}"' not in text} - made == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_public_thing_says_what_it_does(path: Path) -> None:
    """Modules, public classes and public functions have a docstring."""
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree), "the module"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_only_the_command_line_prints_and_ends_the_run() -> None:
    """`print`, `click.echo` and `exit` stand in the command line and in what it calls to print, nowhere below."""
    for path in MODULES:
        if FLOORS.get(name_of(path), 0) >= 5:
            continue
        names = {
            getattr(n.func, "id", "")
            for n in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(n, ast.Call)
        }
        assert not names & {"print", "exit", "quit"}, path


def test_the_style_check_finds_nothing() -> None:
    """`make lint` is clean."""
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(
        [ruff, "check", "--no-cache", "builder", "tests"], cwd=PACKAGE.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
