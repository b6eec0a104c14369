"""The C functions that WeasyPrint calls, as cffi writes them out: to parse them takes a fifth of the time to start."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cffi

from builder.writers import declarations

OWN = "PangoLayout * pango_layout_copy (PangoLayout *src); int pango_layout_get_width (PangoLayout *layout);"
"""What the builder calls and WeasyPrint does not."""


_FFI = cffi.FFI


class Declared:
    """Stands for `cffi.FFI`: it knows what was written out, and has cffi parse all else."""

    def cdef(self, text: str) -> None:
        """Declares what a text of C says."""
        if hashlib.sha256(text.encode()).hexdigest() in declarations.TEXTS:
            self._become(declarations.ffi)
        else:
            plain = _FFI()
            plain.cdef(text)
            self._become(plain)

    def _become(self, ffi: Any) -> None:
        """Has all that it is asked for done by another, without looking for it each time."""
        vars(self).update({name: getattr(ffi, name) for name in dir(ffi) if not name.startswith("_")})


@contextmanager
def written_out() -> Iterator[None]:
    """Has WeasyPrint take the declarations that were written out while it is loaded."""
    cffi.FFI = Declared
    try:
        yield
    finally:
        cffi.FFI = _FFI
