"""The files below a folder, found in one way wherever they are listed, compared or hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

LINK = " (link)"
"""What follows the name of a link, which is listed beside the file that it leads to."""
UNREAD = "unread: "
"""How the note begins of what can't be looked into."""


def files_in(start: str, is_linked: bool = False) -> Iterator[tuple[str, str]]:
    """Every file below a folder, or the file itself; hidden ones are left out.

    Each is a path and a note: "" for a file, where it leads for a link, and why for what can't be looked into.
    """
    if not os.path.isdir(start):
        if os.path.isfile(start):
            yield start, ""
        return
    try:
        with os.scandir(start) as found:
            entries = [each for each in found if not each.name.startswith((".", "__pycache__"))]
    except OSError as problem:
        yield start, f"{UNREAD}{problem.strerror}"
        return
    for entry in entries:
        is_folder, is_link = entry.is_dir(), entry.is_symlink()
        if is_link:
            yield f"{entry.path}{LINK}", f"link to {os.path.realpath(entry.path)}"
        if is_folder and is_link and is_linked:
            # The project's own files are read so, too: without a limit, links multiply or go in circles.
            yield entry.path, f"{UNREAD}a link in a linked folder"
        elif is_folder:
            yield from files_in(entry.path, is_linked or is_link)
        else:
            yield entry.path, ""


def hash_folders(folders: Iterable[Path]) -> str:
    """A hash of the names and bytes of every file below some folders, the same on every machine.

    Raises OSError for what can't be read.
    """
    digest = hashlib.sha256()
    for number, folder in enumerate(map(str, folders)):
        for path, note in sorted(files_in(folder)):
            if note.startswith(UNREAD):
                raise OSError(f"'{path}' can't be read: {note.removeprefix(UNREAD)}")
            if not note:
                name, data = path[len(folder) + 1 :], b""
                # A pipe among the files would keep the reader waiting for ever.
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        data = file.read()
                digest.update(f"{number}\0{name}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return digest.hexdigest()
