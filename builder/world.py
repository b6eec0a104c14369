"""The disk, seen from inside one project: nothing outside its folder can be named or read."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import unicodedata
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import force_setattr

from builder.paths import PathRefused, check_local, fold_name, forms_of, join, outside, printable

MAX_BYTES = 500_000_000
"""The largest file that is read, in bytes."""
SHIPPED = Path(__file__).resolve().parents[1] / "templates"
"""The templates that come with the builder."""
AUDIENCES = "content/audiences.yaml"
"""The file that makes a folder a project."""
PUBLICATIONS = "content/publications"
"""The folder of all publications, each in a folder of its own."""
PRIVATE = ".private"
"""A folder for what must never go out; hidden, so that nothing copies it.

What names withheld things lies in the one of the project folder, never below `output/`: files are handed
out from there, whatever folder they are built into.
"""

ABSENT = {"missing": "does not exist", "folder": "is a folder, not a file"}
"""What to say of a path that is no file; every other answer of `World.status` is a sentence already."""


class World(Struct, frozen=True, eq=False):
    """The project folder and the templates folder; the builder reads the disk here only."""

    root: Path
    """The project's folder, which holds `content/`; links in it are resolved once."""
    templates: Path
    """The templates' folder."""
    log: dict[str, str] = field(default_factory=dict)
    """The hash of each file that was read here, by its path from the root."""

    def __post_init__(self) -> None:
        force_setattr(self, "root", Path(os.path.realpath(self.root)))

    def __eq__(self, other: object) -> bool:
        """Whether both read the same folders, whatever has been read so far."""
        return isinstance(other, World) and (self.root, self.templates) == (other.root, other.templates)

    def __hash__(self) -> int:
        return hash((self.root, self.templates))

    def locate(self, reference: str, folder: str) -> str:
        """The path, from the root, of a reference written in a file of `folder`.

        The file need not exist. `%20` and the like are decoded, unless a file has that very name.
        Raises PathRefused: `remote-file`, `outside-project`, `bad-path`.
        """
        paths = [join(folder, form, reference) for form in forms_of(reference)]
        path = paths[0]
        if len(paths) > 1 and not os.path.lexists(self.root / path):
            path = paths[1]
        self._real(path)
        return path

    def status(self, path: str) -> str:
        """Says what stands at a path: `file`, `folder`, `missing`, or else what is wrong, as a predicate.

        A name that differs in case or Unicode form is wrong on every system, as it is on Linux.
        """
        try:
            path = join("", path, path)
            real = self._real(path)
        except PathRefused:
            return "is outside the project folder"
        spelled = self._spelling(path)
        if spelled is None:
            return "missing"
        if spelled != path:
            is_twin = unicodedata.normalize("NFC", spelled) == unicodedata.normalize("NFC", path)
            return f"is spelled '{spelled}' on the disk" + (", in another Unicode form" if is_twin else "")
        try:
            mode = os.stat(real).st_mode
        except OSError:
            return "missing"
        if stat.S_ISREG(mode):
            return "file"
        return "folder" if stat.S_ISDIR(mode) else "is neither a file nor a folder"

    def read_bytes(self, path: str) -> bytes:
        """The bytes of a file; `path` runs from the root, with forward slashes.

        Raises PathRefused: as `locate`, and `missing-file`, `unreadable-file`.
        """
        check_local(path, path)
        real = self._real(join("", path, path))
        try:
            descriptor = _open_step_by_step(self.root, real)
            try:
                _refuse_odd(os.fstat(descriptor), path)
                with open(descriptor, "rb", closefd=False) as file:
                    data = file.read()
                digest = hashlib.sha256(data).hexdigest()
                # What was changed between two readings has no hash that any file will ever have.
                self.log[path] = digest if self.log.get(path, digest) == digest else "changed while it was read"
                return data
            finally:
                os.close(descriptor)
        except (FileNotFoundError, NotADirectoryError):
            hint = "correct the name, or add the file"
            raise PathRefused("missing-file", f"'{path}' does not exist", hint) from None
        except OSError as problem:
            if problem.errno == errno.ELOOP:
                raise outside(path, "became a link while it was read and may lead") from None
            raise _unreadable(path, problem) from None

    def edited(self, path: str) -> int:
        """When a file was last written, in nanoseconds since 1970; 0 where that can't be known. No page depends on it."""
        try:
            return os.stat(self._real(path)).st_mtime_ns
        except (OSError, PathRefused):
            return 0

    def files(self, folder: str, suffix: str = "") -> list[str]:
        """The paths of all files below `folder` that end in `suffix`, sorted; hidden names are left out.

        Links to folders inside the project are followed. Raises PathRefused (`outside-project`,
        `bad-path`) for a link that leads out of it or in a circle: nothing is left out in silence.
        """
        found: list[str] = []
        pending = [(join("", folder, folder), False)]
        while pending:
            folder, is_linked = pending.pop()
            for entry in self._entries(folder):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_symlink():
                    self._real(path)
                if not entry.is_dir():
                    if path.endswith(suffix):
                        found.append(printable(path))
                elif entry.is_symlink() and is_linked:
                    # One level is enough for honest links; without a limit they multiply or go in circles.
                    raise PathRefused("bad-path", f"'{path}' is a link in a linked folder", "delete the link")
                else:
                    pending.append((path, is_linked or entry.is_symlink()))
        return sorted(found)

    def links_out(self) -> list[str]:
        """The links below the templates' folder that lead out of the project and of the builder's own templates."""
        homes = [str(self.root), os.path.realpath(SHIPPED)]
        found: list[str] = []
        if os.path.realpath(self.templates) == homes[1]:
            return found
        for folder, folders, names in os.walk(self.templates):
            for name in (*folders, *names):
                path = os.path.join(folder, name)
                if os.path.islink(path):
                    real = os.path.realpath(path)
                    if not any(real.startswith(os.path.join(home, "")) for home in homes):
                        found.append(os.path.relpath(path, self.templates))
        return sorted(found)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self._real(folder)) as entries:
                return [entry for entry in entries if not entry.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as problem:
            raise _unreadable(folder, problem) from None

    def _real(self, path: str) -> str:
        """The real path of a path inside the root; raises PathRefused where it leads out."""
        start = os.path.join(self.root, path)
        try:
            real = os.path.realpath(start, strict=True)
        except ValueError:
            raise PathRefused("bad-path", f"'{path!a}' is no path", "correct the name") from None
        except OSError as problem:
            if problem.errno == errno.ELOOP:
                raise outside(path, "is a link that leads back to itself and counts as") from None
            # The part that does not exist can't be a link; the part before it can.
            real = os.path.realpath(start)
        if real != str(self.root) and not real.startswith(os.path.join(self.root, "")):
            raise outside(path, "is a link that leads")
        return real

    def _spelling(self, path: str) -> str | None:
        """The path as the disk spells it; None where nothing has that name, however it is spelled."""
        spelled: list[str] = []
        for name in path.split("/") if path else ():
            try:
                names = os.listdir(os.path.join(self.root, *spelled))
            except OSError:
                return None
            folded = fold_name(name)
            like = [name] if name in names else sorted(other for other in names if fold_name(other) == folded)
            if not like:
                return None
            spelled.append(like[0])
        return "/".join(spelled)


def find_root(start: Path) -> Path | None:
    """The nearest folder, from `start` upwards, that holds `content/audiences.yaml`."""
    real = Path(os.path.realpath(start))
    return next((folder for folder in (real, *real.parents) if os.path.isfile(folder / AUDIENCES)), None)


def _open_step_by_step(root: Path, real: str) -> int:
    """Opens a real path folder by folder, without following a link, and returns the descriptor.

    A real path holds no links, so one that is met was put there after the path was checked.
    """
    # Without O_NONBLOCK a named pipe would keep the builder waiting for ever.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(root, flags)
    for name in os.path.relpath(real, root).split(os.sep):
        above = descriptor
        try:
            descriptor = os.open(name, flags, dir_fd=above)
        finally:
            os.close(above)
    return descriptor


def _refuse_odd(found: os.stat_result, path: str) -> None:
    """Raises PathRefused for what is no plain file of a bearable size."""
    if not stat.S_ISREG(found.st_mode):
        what = "is a folder" if stat.S_ISDIR(found.st_mode) else "is neither a file nor a folder"
        raise PathRefused("unreadable-file", f"'{path}' {what}", "name a file")
    if found.st_size > MAX_BYTES:
        size = f"has {found.st_size // 1_000_000} MB, more than {MAX_BYTES // 1_000_000}"
        raise PathRefused("unreadable-file", f"'{path}' {size}", "make the file smaller")


def _unreadable(path: str, problem: OSError) -> PathRefused:
    reason = (problem.strerror or "unknown reason").lower()
    hint = "check the file and its permissions"
    return PathRefused("unreadable-file", f"'{path}' can't be read: {reason}", hint)


def theme_names(world: World) -> list[str]:
    """The themes that the project can use."""
    return sorted(path.parent.name for path in (world.templates / "themes").glob("*/theme.yaml"))
