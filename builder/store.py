"""What was built from what: a finished file whose inputs are unchanged is not made again."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from builder.folders import hash_folders
from builder.system import packages, system_versions

LIBRARIES = (
    "weasyprint",
    "pydyf",
    "tinycss2",
    "cssselect2",
    "tinyhtml5",
    "pyphen",
    "pillow",
    "fonttools",
    "uharfbuzz",
    "pikepdf",
    "pypdfium2",
    "ebooklib",
    "lxml",
    "jinja2",
    "markdown-it-py",
    "mdit-py-plugins",
    "nh3",
    "citeproc-py",
    "babel",
    "segno",
    "vl-convert-python",
)
"""Libraries whose version can change the bytes of a deliverable; `build.json` names them."""

CODE = Path(__file__).resolve().parent
"""The folder of the builder's own program."""

_OWNER_ONLY = 0o600


@cache
def library_versions() -> dict[str, str]:
    """The versions of the libraries that set and pack the files.

    They stand in the names of folders, which takes a twentieth of the time that `importlib.metadata` needs.
    """
    found: dict[str, list[str]] = {}
    for name in packages():
        if name.endswith(".dist-info"):
            package, _, version = name.removesuffix(".dist-info").partition("-")
            found.setdefault(re.sub(r"[-_.]+", "-", package).lower(), []).append(version)
    return {name: found[name][0] if len(found.get(name, ())) == 1 else _installed(name) for name in LIBRARIES}


def _installed(name: str) -> str:
    """The version of a package that is installed in another way, or twice."""
    from importlib.metadata import version

    return version(name)


@cache
def hash_program() -> str:
    """A hash of the builder's own program, of Python, of the libraries that set and pack, and of the system's.

    Worked out once for each process, which runs what it loaded, whatever lies on the disk since.
    """
    words = json.dumps([sys.version, library_versions(), system_versions()], sort_keys=True)
    return hashlib.sha256(f"{hash_folders([CODE])}\0{words}".encode()).hexdigest()


def temporary_name() -> str:
    """A new name for what is half made, which says whose it is: what a killed build leaves, the next clears away."""
    return f".tmp-{os.getpid()}-{os.urandom(5).hex()}"


@contextmanager
def whole_file(path: Path, mode: int = _OWNER_ONLY, is_synced: bool = False) -> Iterator[BinaryIO]:
    """A file to write that takes its place when it is whole; whatever comes between leaves nothing behind.

    Nobody waits for the disk unless it `is_synced`: what a machine lost when it lost power is known by its hash where
    it is read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named before it is made: a signal can come while the system makes it.
    temporary = path.parent / temporary_name()
    try:
        with open(temporary, "xb", opener=_private) as file:
            yield file
            if is_synced:
                file.flush()
                os.fsync(file.fileno())
        if mode != _OWNER_ONLY:
            temporary.chmod(mode)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ONLY)


def clear_strays(*folders: Path) -> None:
    """Clears away what builds that were killed left half-written in folders that the builder writes into."""
    for folder in folders:
        for pattern in (".tmp-*", "*/.tmp-*", "*/*/.tmp-*"):
            for stray in folder.glob(pattern):
                if re.fullmatch(r"\.tmp-\d+-\w+", stray.name) and not _is_alive(stray.name):
                    if stray.is_dir() and not stray.is_symlink():
                        import shutil  # a run that has nothing to write does without it

                        shutil.rmtree(stray, ignore_errors=True)
                    else:
                        stray.unlink(missing_ok=True)


def _is_alive(name: str) -> bool:
    """Whether the process that a temporary file is named after still runs."""
    owner = name.split("-")[1]
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sound_file(folder: Path, name: str, ending: str, make: Callable[[], bytes]) -> Path:
    """A file that bears the SHA-256 of its own bytes in its name; one that was cut or damaged is made anew.

    Raises OSError where the folder can't be written.
    """
    for kept in folder.glob(f"{glob.escape(name)}-*{ending}"):
        if hashlib.sha256(kept.read_bytes()).hexdigest() == kept.name[len(name) + 1 : -len(ending)]:
            return kept
        kept.unlink(missing_ok=True)
    data = make()
    path = folder / f"{name}-{hashlib.sha256(data).hexdigest()}{ending}"
    with whole_file(path) as file:
        file.write(data)
    return path


def sealed(key: str, data: bytes) -> bytes:
    """Bytes that can be kept under a key: a hash of the key and of all of them stands before them."""
    return hashlib.sha256(key.encode() + data).digest() + data


def unsealed(key: str, kept: bytes | None) -> bytes | None:
    """What was sealed; None where there is nothing, it is not whole, or it was sealed under another key."""
    data = (kept or b"")[32:]
    return data if kept is not None and sealed(key, data) == kept else None


class Store:
    """Records and files by key in a folder that may be deleted at any time.

    It holds at most so many bytes; what was not asked for the longest goes first.
    """

    def __init__(self, folder: Path, limit: int = 1 << 30):
        self.folder, self.limit = folder, limit
        self._unseen = limit
        """Bytes that were written since it was last seen how much there is."""

    def recall(self, key: str) -> dict[str, Any] | None:
        """The record of a key; None where there is none, or none that can be read."""
        try:
            found = json.loads(self.recall_bytes(key) or b"")
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def remember(self, key: str, record: dict[str, Any]) -> None:
        """Keeps a record, whole or not at all; a store that can't be written costs time and nothing else."""
        self.remember_bytes(key, json.dumps(record, sort_keys=True).encode())

    def has(self, key: str) -> bool:
        """Whether something is kept under a key."""
        return (self.folder / key).is_file()

    def recall_bytes(self, key: str) -> bytes | None:
        """What is kept under a key; None where there is nothing."""
        path = self.folder / key
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def remember_bytes(self, key: str, data: bytes) -> None:
        """Keeps bytes, whole or not at all."""
        with suppress(OSError):
            with whole_file(self.folder / key) as file:
                file.write(data)
            self._unseen += len(data)
            if self._unseen > self.limit >> 6:
                self._make_room()
                self._unseen = 0

    def _make_room(self) -> None:
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    found.append((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path))
        size = sum(each[1] for each in found)
        for _, own, path in sorted(found):
            if size <= self.limit:
                break
            with suppress(OSError):
                os.unlink(path)
            size -= own


class Contents(Store):
    """A store of files that are named after their SHA-256; what is damaged in it is as good as gone."""

    def has(self, key: str) -> bool:
        """Whether the bytes with that hash are kept, to the last; asked once for each file in a process."""
        try:
            found = (self.folder / key).stat()
        except OSError:
            return False
        mark = (str(self.folder / key), found.st_ino, found.st_size)
        if mark not in _SOUND and self.recall_bytes(key) is not None:
            _SOUND.add(mark)
        return mark in _SOUND

    def recall_bytes(self, key: str) -> bytes | None:
        """The bytes with that hash; None where they are not kept, or others stand under their name."""
        data = super().recall_bytes(key)
        return data if data is not None and hashlib.sha256(data).hexdigest() == key else None


_SOUND: set[tuple[str, int, int]] = set()
"""Path, number on its disk and size of each file that was read and found whole."""
