"""What the tests share: an option that writes expectations afresh, and one cache for the typesetter."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--accept`."""
    text = "Write what the builder says now into tests/cases; read the difference before you commit."
    parser.addoption("--accept", action="store_true", help=text)


@pytest.fixture(scope="session")
def cache() -> Path:
    """The project's own cache: what lies in it is found by its hash, so fonts are decoded once for all."""
    folder = Path(__file__).resolve().parents[1] / "output/.cache"
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    return folder
