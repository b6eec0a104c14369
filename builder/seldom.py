"""Modules that libraries load for what is seldom asked of them: loaded when it is."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module of which functions and classes are called and nothing else, and loads it at the first call."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *values, **options: getattr(importlib.import_module(self.__name__), name)(*values, **options)


@contextmanager
def seldom_needed(*names: str) -> Iterator[None]:
    """Has what is loaded meanwhile load these modules when it needs them."""
    later = {name: _Later(name) for name in names if name not in sys.modules}
    sys.modules.update(later)
    try:
        yield
    finally:
        for name in later:
            del sys.modules[name]
