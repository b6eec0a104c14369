"""The declarations that cffi wrote out are those of the WeasyPrint that is installed, and calls with them are the same."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import cffi
import pytest

from builder.writers import declarations
from builder.writers.declared import OWN, Declared

WRITTEN = Path(declarations.__file__)
HEAD = '''"""What `declared.py` reads: C functions of Pango, HarfBuzz, Fontconfig and GObject as cffi wrote them out.

Never edited: renewed by `pytest tests/test_declared.py --accept` after a new version of WeasyPrint.
"""

# ruff: noqa
'''


def texts() -> list[str]:
    """The C texts that WeasyPrint gives to cffi, and the builder's own."""
    from weasyprint.text import ffi

    tree = ast.parse(Path(ffi.__file__).read_text("utf-8"))
    calls = [each.value for each in tree.body if isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)]
    found = [call.args[0].value for call in calls if getattr(call.func, "attr", "") == "cdef"]
    assert found
    return [*found, OWN]


def written(folder: Path) -> str:
    """The module as cffi writes it now."""
    ffi = cffi.FFI()
    for text in texts():
        ffi.cdef(text)
    ffi.set_source("declarations", None)
    ffi.emit_python_code(str(folder / "declarations.py"))
    _, body = (folder / "declarations.py").read_text("ascii").split("\n", 1)
    hashes = sorted(hashlib.sha256(text.encode()).hexdigest() for text in texts())
    return f"{HEAD}{body}\nTEXTS = {hashes!r}\n"


def test_declarations_are_those_of_the_engine(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Whoever installs another WeasyPrint writes them out anew, with --accept; until then it parses its own."""
    now = written(tmp_path)
    if request.config.getoption("--accept"):
        WRITTEN.write_text(now, "ascii")
    assert WRITTEN.read_text("ascii") == now


def test_an_engine_is_loaded_without_a_parser_of_c() -> None:
    """Nothing of what WeasyPrint declares is parsed, also where it names a type later."""
    program = (
        "import sys\nfrom builder.writers.engine import load_engine\nload_engine()\n"
        "from weasyprint.text.ffi import ffi\n"
        "assert ffi.new('PangoRectangle *').width == 0\n"
        "assert not {'pycparser', 'cffi.cparser'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_was_not_written_out_is_parsed() -> None:
    """Another text than those that are known makes a plain FFI of it, which takes more texts, too."""
    ffi = Declared()
    ffi.cdef("typedef struct { int width; } odd;")
    ffi.cdef("typedef struct { odd inside; int more; } odder;")
    assert ffi.new("odder *").inside.width == 0
    assert ffi.sizeof("odder") == 8
