"""Keys of both kinds for the tests, made by the programs that they are for; `.ci/setup.sh` installs these."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

INSTALL = {
    "minisign": "apt-get install minisign (macOS: brew install minisign)",
    "ssh-keygen": "apt-get install openssh-client",
}


def make_keys(command: str, folder: Path, name: str, passphrase: str = "") -> tuple[Path, Path]:
    """A new secret key and its public one; skips the test where the program is missing."""
    need(command)
    secret, public = folder / name, folder / f"{name}.pub"
    words = {
        "minisign": ["minisign", "-G", *([] if passphrase else ["-W"]), "-p", str(public), "-s", str(secret)],
        "ssh-keygen": ["ssh-keygen", "-q", "-t", "ed25519", "-C", name, "-N", passphrase, "-f", str(secret)],
    }[command]
    typed = f"{passphrase}\n" * 2 if command == "minisign" else ""
    subprocess.run(words, input=typed, capture_output=True, text=True, check=True)
    return secret, public


def need(command: str) -> None:
    """Skips the test where a program is missing."""
    if shutil.which(command) is None:
        _do_without(command, INSTALL[command])


def _do_without(missing: str, remedy: str) -> NoReturn:
    message = f"signatures need {missing}; run: {remedy}"
    if os.environ.get("CI"):  # there, a check that is skipped in silence is worse than a red build
        pytest.fail(message)
    pytest.skip(message)
