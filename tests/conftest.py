"""What the tests share: an option that writes expectations afresh, and one cache for the typesetter."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--accept`."""
    text = "Write what the builder says now into tests/cases; read the difference before you commit."
    parser.addoption("--accept", action="store_true", help=text)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the decoded fonts, so that each worker decodes them once."""
    return tmp_path_factory.mktemp("cache")
