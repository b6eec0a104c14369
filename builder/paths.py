"""References as authors write them, and the paths that they name: inside the project folder, or refused."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

MAX_LENGTH = 4096
"""The longest reference, in characters."""
_REMOTE = re.compile(r"(https?|ftps?):|//", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_INSIDE = "copy the file into the project and write its path from the file that names it"


class PathRefused(Exception):
    """A path that leads out of the project, or to something that can't be read as a file."""

    def __init__(self, code: str, message: str, hint: str = ""):
        super().__init__(code, message, hint)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


def forms_of(reference: str) -> list[str]:
    """The ways to read a reference: as it is written, and each time with one more layer of `%20` and the like decoded.

    Raises PathRefused: `remote-file`, `outside-project`, `bad-path`.
    """
    check_local(reference, reference)
    if len(reference) > MAX_LENGTH:
        raise PathRefused("bad-path", f"'{_short(reference)}' is too long for a path", "shorten the name")
    forms = [reference]
    while (decoded := _unquote(forms[-1])) != forms[-1]:
        check_local(decoded, reference)
        forms.append(decoded)
    return forms


def check_local(form: str, reference: str) -> None:
    """Raises PathRefused for addresses, absolute paths and characters that no path may hold."""
    bare = form.strip()
    if "\0" in form:
        raise outside(reference.replace("\0", "\\0"), "holds the character U+0000 and may lead")
    if _REMOTE.match(bare):
        message = f"'{_short(reference)}' is on the network, outside the project folder; nothing is fetched"
        raise PathRefused("remote-file", message, "save the file in the project folder and name it there")
    if _SCHEME.match(bare) or bare.startswith(("/", "\\")):
        raise outside(reference)
    if "\\" in form:
        right = form.replace("\\", "/")
        if ".." in right.split("/"):
            raise outside(reference)
        raise PathRefused("bad-path", f"'{_short(reference)}' holds a backslash", f"write '{_short(right)}'")


def join(folder: str, reference: str, shown: str) -> str:
    """The folder and the reference as one path without `.` and `..`; raises PathRefused at the root."""
    parts: list[str] = []
    for part in (*folder.split("/"), *reference.split("/")):
        if part == "..":
            if not parts:
                raise outside(shown)
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def outside(reference: str, what: str = "is") -> PathRefused:
    """The refusal of what lies outside the project folder."""
    return PathRefused("outside-project", f"'{_short(reference)}' {what} outside the project folder", _INSIDE)


def printable(path: str) -> str:
    """The path, if its name can be printed; raises PathRefused (`bad-path`) for one that is not UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode(errors="surrogateescape").decode(errors="replace")
        raise PathRefused("bad-path", f"the file name '{shown}' is not UTF-8", "rename the file") from None
    return path


def fold_name(name: str) -> str:
    """A name as file systems compare it that know neither case nor Unicode forms."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _unquote(reference: str) -> str:
    try:
        return unquote(reference, errors="strict")
    except UnicodeDecodeError:
        return reference


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:79] + "…"
