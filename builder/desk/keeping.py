"""Finds the deliverables that need not be made again: the same inputs, and a file that nobody has touched."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from builder.desk.certificates import is_certified
from builder.load import AUDIENCES, PUBLICATIONS
from builder.model import Deliverable
from builder.pipeline import Order
from builder.store import Store, hash_folders, hash_program, library_versions
from builder.world import PathRefused, World


class Keeper:
    """Knows what each finished file was made from.

    Only files without a problem are kept: a warning is worth saying at every build.
    """

    def __init__(self, world: World, folder: Path, cache: Path):
        self.world, self.folder = world, folder
        self.store = Store(cache / "done")
        self.program = hash_program(library_versions())
        self.folders: dict[str, str] = {}

    def key(self, order: Order) -> str | None:
        """The hash of all that a deliverable depends on inside its publication; None where it can't be known."""
        name = order.job.publication
        if name not in self.folders:
            own = [self.world.root / AUDIENCES, self.world.root / PUBLICATIONS / name, self.world.templates]
            try:
                self.folders[name] = hash_folders(own)
            except OSError:
                return None
        parts = [self.program, self.folders[name], str(order.job), order.job.language, repr(order.choice)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def find(self, order: Order) -> Deliverable | None:
        """The finished file of an order, where it stands in its place and nothing that it was made from has changed."""
        key = self.key(order)
        record = self.store.recall(key) if key else None
        if record is None:
            return None
        try:
            data = (self.folder / order.job.path).read_bytes()
            changed = [path for path, digest in record["elsewhere"].items() if self._hash(path) != digest]
            if changed or hashlib.sha256(data).hexdigest() != record["sha256"]:
                return None
            if not is_certified(self.folder, self.world.root, order.job, record["sha256"]):
                return None
            return Deliverable(
                order.job,
                data,
                record["pages"],
                record["words"],
                0.0,
                fingerprint=record["inputs"],
                elsewhere=record["elsewhere"],
                is_kept=True,
                alternatives=tuple(sorted(record["alternatives"].items())),
            )
        except (OSError, KeyError, AttributeError, PathRefused):
            return None

    def keep(self, order: Order, made: Deliverable) -> None:
        """Remembers a finished file that was saved."""
        key = self.key(order)
        if key and not made.problems:
            record = {
                "sha256": hashlib.sha256(made.data).hexdigest(),
                "pages": made.pages,
                "words": made.words,
                "inputs": made.fingerprint,
                "elsewhere": made.elsewhere,
                "alternatives": dict(made.alternatives),
            }
            self.store.remember(key, record)

    def _hash(self, path: str) -> str:
        return hashlib.sha256(self.world.read_bytes(path)).hexdigest()
