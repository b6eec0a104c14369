"""What the tests share: an option that writes expectations afresh, one cache, and each finished file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from support.project import ROOT, TEMPLATES

from builder.model import Job
from builder.orders import Order
from builder.pipeline import build


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


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, cache: Path):
    """A function from a job of this project to the bytes of its file; each is built once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "finished"
    folder.mkdir(exist_ok=True)

    def get(job: Job) -> bytes:
        path = folder / job.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{path}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                made = build(Order(job, ROOT, TEMPLATES, cache))
                assert made.value is not None, "\n".join(map(str, made.problems))
                assert made.problems == (), "a good build has nothing to say"
                path.write_bytes(made.value.data)
        return path.read_bytes()

    return get
