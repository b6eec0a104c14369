"""Finds the files that need not be made again: the same inputs, and a file that nobody has touched."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from builder.model import Deliverable, Job
from builder.stamps import Listing, Stamps, hash_machine
from builder.store import Store
from builder.world import AUDIENCES, PRIVATE, PUBLICATIONS, PathRefused, World

if TYPE_CHECKING:
    from builder.orders import Order

_LOOK = 1.0
"""Seconds after which a build looks again whether anything was touched: for each file it would take too long."""


class Keeper:
    """Knows what each finished file was made from, and what a build without anything to make has to say.

    It looks at everything once, before the project is loaded. Only files without a problem are kept: a warning is worth
    saying at every build. What was touched while a file was made is not kept either, nor is anything where the program
    was touched since this process began to load it: nobody can tell what the file was made from.
    """

    def __init__(self, world: World, folder: Path):
        self.world, self.folder = world, folder
        self.store = _store(world)
        self.stamps = Stamps(self.store)
        self.program, self.listing = self._look()
        self.tools = _hash([self.program, self.listing.below("templates").digest]) if self.listing else ""
        self._owned: dict[str, tuple[Listing, str]] = {}
        self._pending: list[tuple[Job, str, str, dict[str, Any]]] = []
        self._looked = time.monotonic()
        self._seen: tuple[str, Listing | None] | None = None
        """What there was when it was last looked after a file was made."""

    def find(self, order: Order) -> Deliverable | None:
        """The finished file of an order, where it stands in its place and nothing that it was made from has changed."""
        from builder.desk.certificates import is_certified

        key = self._key(order)
        record = self.store.recall(key) if key else None
        if record is None:
            return None
        try:
            path = self.folder / order.job.path
            if self.stamps.look(str(path))[1] != record["sha256"]:
                return None
            if not is_certified(self.folder, self.world.root, order.job, record["sha256"]):
                return None
            if not self._is_as_read(record["elsewhere"]):
                return None
            return _kept(order.job, record, path.stat().st_size, record["elsewhere"])
        except (OSError, LookupError, TypeError, ValueError, AttributeError):
            return None

    def keep(self, order: Order, made: Deliverable) -> None:
        """Remembers a finished file that was saved, at the latest when `finish` is called."""
        key = self._key(order)
        if key is not None and not made.problems:
            own = self._own(order.job.publication)[0]
            elsewhere = {path: sha256 for path, sha256 in made.elsewhere.items() if path not in own.files}
            record = {**_record(made), "elsewhere": elsewhere}
            self._pending.append((order.job, key, made.setting, record))
            if time.monotonic() - self._looked > _LOOK:
                self.finish()

    def finish(self) -> None:
        """Looks again, and remembers the files for which nothing was touched since the first look."""
        self._seen = program, listing = self._look()
        same: dict[str, bool] = {}
        for job, key, setting, record in self._pending:
            name = job.publication
            if name not in same:
                was = self._own(name)[0]
                same[name] = program == self.program and listing is not None and _own(listing, name) == was
            if same[name]:
                self.store.remember(key, record)
                self.store.remember(setting, {"sha256": record["sha256"], "pages": record["pages"]})
        self._pending.clear()
        self._looked = time.monotonic()

    def recall(self, request: list[Any]) -> list[Deliverable] | None:
        """The files of an earlier build of the same request, where everything is as that build left it.

        Then a build would find no problem, make no file and write nothing new; None where it might.
        """
        record = self.store.recall(_key_of(request, self.world, self.folder)) if self.listing is not None else None
        if record is None:
            return None
        try:
            made = [_kept(Job(**each["job"]), each, each["size"], record["elsewhere"]) for each in record["files"]]
            is_same = (
                record["program"] == self.program
                and record["content"] == self.listing.digest
                and self._is_as_read(record["elsewhere"])
                and record["output"] == self._output(made).digest
                and record["source"] == _source(self.world.root)
            )
        except (OSError, LookupError, TypeError, ValueError, AttributeError):
            return None
        self.stamps.save()
        return made if is_same else None

    def settle(self, request: list[Any], made: list[Deliverable], read: dict[str, str]) -> None:
        """Remembers a build that has no problem to tell, with what the project was loaded from.

        What was touched since `finish` looked is another content than the one that is remembered.
        """
        program, listing = self._seen or self._look()
        elsewhere: dict[str, str] = {}
        is_steady = listing is not None and (program, listing) == (self.program, self.listing)
        for path, sha256 in (pair for each in (read, *(one.elsewhere for one in made)) for pair in each.items()):
            is_steady &= elsewhere.setdefault(path, sha256) == sha256
        output = self._output(made)
        if is_steady and all(self._stands(each.job, each.sha256, output) for each in made):
            record = {
                "program": program,
                "content": listing.digest,
                "elsewhere": {path: sha256 for path, sha256 in elsewhere.items() if path not in listing.files},
                "output": output.digest,
                "source": _source(self.world.root),
                "files": [{**_record(each), "size": each.size, "job": asdict(each.job)} for each in made],
            }
            self.store.remember(_key_of(request, self.world, self.folder), record)
        self.stamps.save()

    def _look(self) -> tuple[str, Listing | None]:
        """The program, and all content and templates; None where something can't be read."""
        folders = {"content": self.world.root / "content", "templates": self.world.templates}
        listing = self.stamps.listing(folders)
        program, is_as_loaded = hash_machine(self.stamps)
        return program, listing if listing.is_whole and is_as_loaded else None

    def _own(self, name: str) -> tuple[Listing, str]:
        """What the files of a publication depend on beside the program, and its digest."""
        if name not in self._owned:
            own = _own(self.listing, name)
            self._owned[name] = own, own.digest
        return self._owned[name]

    def _key(self, order: Order) -> str | None:
        """The hash of all that a file depends on inside its publication; None where it can't be known."""
        if self.listing is None:
            return None
        own = self._own(order.job.publication)[1]
        return _hash([self.program, own, str(order.job), order.job.language, repr(order.choice)])

    def _output(self, made: list[Deliverable]) -> Listing:
        """Everything that lies in the folders of some editions, their private reports, and `build.json`."""
        editions = sorted({each.job.folder for each in made})
        private = self.world.root / PRIVATE
        return self.stamps.listing(
            {
                "build.json": self.folder / "build.json",
                **{edition: self.folder / edition for edition in editions},
                **{f"private {edition}": private / edition for edition in editions},
            }
        )

    def _stands(self, job: Job, sha256: str, output: Listing) -> bool:
        """Whether a file lies among those of its edition as it was made, and its certificates speak of it."""
        from builder.desk.certificates import is_certified

        _, there = output.files.get(job.path, (None, ""))
        return there == sha256 and is_certified(self.folder, self.world.root, job, sha256)

    def _is_as_read(self, elsewhere: dict[str, str]) -> bool:
        try:
            return all(
                hashlib.sha256(self.world.read_bytes(path)).hexdigest() == sha256
                for path, sha256 in elsewhere.items()
            )
        except PathRefused:
            return False


def has_record(request: list[Any], world: World, folder: Path) -> bool:
    """Whether an earlier build of the same request left something to recall, before anything is looked at."""
    return _store(world).has(_key_of(request, world, folder))


def _store(world: World) -> Store:
    return Store(world.root / "output" / ".cache" / "done")


def _key_of(request: list[Any], world: World, folder: Path) -> str:
    return f"request-{_hash([str(world.root), str(world.templates), str(folder), request])}"


def _own(listing: Listing, name: str) -> Listing:
    return listing.below(AUDIENCES, f"{PUBLICATIONS}/{name}", "templates")


def _kept(job: Job, record: dict[str, Any], size: int, elsewhere: dict[str, str]) -> Deliverable:
    alternatives = tuple(sorted(record["alternatives"].items()))
    return Deliverable(
        job,
        b"",
        record["pages"],
        record["words"],
        0.0,
        fingerprint=record["inputs"],
        elsewhere=elsewhere,
        is_kept=True,
        alternatives=alternatives,
        sha256=record["sha256"],
        size=size,
    )


def _record(made: Deliverable) -> dict[str, Any]:
    return {
        "sha256": made.sha256,
        "pages": made.pages,
        "words": made.words,
        "inputs": made.fingerprint,
        "alternatives": dict(made.alternatives),
    }


def _source(root: Path) -> dict[str, Any] | None:
    from builder.desk.history import source_of

    return source_of(root)


def _hash(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
