"""Signatures of the sums of an edition, by `minisign` or `ssh-keygen -Y`; which of them is told by the key."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from msgspec import Struct
from msgspec.structs import replace

from builder.desk.outcome import Outcome
from builder.diagnostics import BuildProblem, Diagnostic, Span, has_errors, unique
from builder.save import save

SUMS = "SHA256SUMS"
"""In the folder of each edition, as `sha256sum --check` reads it."""
_NAMESPACE = "file"
"""What SSH signatures of files are for (ssh-keygen(1), -Y sign)."""
_SIGNER = "signer"
"""Who signed, where a public SSH key is given alone."""
_SSH_KEY = re.compile(r"(ssh-|ecdsa-|sk-)\S+ AAAA\S+")


class Tool(Struct, frozen=True):
    """A program that signs files and checks signatures."""

    command: str
    ending: str
    """Of the file that holds the signature of `SHA256SUMS`."""
    install: str
    sign: Callable[[str, list[str]], list[str]]
    """The words that sign files with a key, each into a file beside it."""
    check: Callable[[Path, Path, Path], str]
    """Checks the signature of a file with a public key: who signed; raises ValueError, what is wrong."""


class Key(Struct, frozen=True):
    """A file with a key, and the program that it is for."""

    path: Path
    tool: Tool


def _check_minisign(sums: Path, signature: Path, key: Path) -> str:
    run = _run(["minisign", "-V", "-p", str(key), "-x", str(signature), "-m", str(sums)])
    if run.returncode == 0:
        return f"the key '{key.name}'"
    if "key id" in run.stderr:
        raise ValueError(f"it was made with another key than '{key.name}'")
    raise ValueError(_reason(run.stderr))


def _check_ssh(sums: Path, signature: Path, key: Path) -> str:
    # Lines with a key alone are made lines of an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS).
    lines = key.read_text("utf-8", "replace").splitlines()
    allowed = signature.with_name("signers")
    allowed.write_text("".join(f"{f'{_SIGNER} ' * bool(_SSH_KEY.match(line))}{line}\n" for line in lines))
    about = ["-s", str(signature), "-f", str(allowed)]
    found = _run(["ssh-keygen", "-Y", "find-principals", *about])
    if found.returncode:
        days = re.search(r"key (has expired|is not yet valid).*", found.stderr)
        raise ValueError(days[0] if days else f"it was made with a key that '{key.name}' does not name")
    who = found.stdout.splitlines()[0]
    run = _run(["ssh-keygen", "-Y", "verify", "-n", _NAMESPACE, "-I", who, *about], sums.read_bytes())
    if run.returncode:
        raise ValueError(_reason(run.stderr))
    return f"the key '{key.name}'" if who == _SIGNER else f"'{who}'"


def _reason(said: str) -> str:
    """What a program said last, as a part of a sentence of ours."""
    clean = (re.sub(r"^(\S*?:\d+|Enter passphrase[^:]*|Password): ", "", line) for line in said.splitlines())
    lines = [line.strip().rstrip(".") for line in clean if line.strip()]
    text = lines[-1] if lines else "it says no more"
    if "verification failed" in text.lower():
        return "the sums are not those that were signed"
    return text[0].lower() + text[1:]


MINISIGN = Tool(
    "minisign", ".minisig", "apt-get install minisign (macOS: brew install minisign)",
    lambda key, files: ["-S", "-s", key, "-m", *files],
    _check_minisign,
)  # fmt: skip
SSH = Tool(
    "ssh-keygen", ".sig", "apt-get install openssh-client",
    lambda key, files: ["-q", "-Y", "sign", "-f", key, "-n", _NAMESPACE, *files],
    _check_ssh,
)  # fmt: skip
TOOLS = (MINISIGN, SSH)
"""A new way of signing is a row here, and a form of keys in `read_key`."""


def read_key(path: Path, option: str, is_secret: bool) -> Key:
    """The key in a file, known by its form; raises click.BadParameter for none, or for the other half of a pair."""
    try:
        text = path.read_bytes()[:100_000].decode("utf-8", "replace")
    except OSError as problem:
        raise click.BadParameter(f"'{path}': {(problem.strerror or '').lower()}", param_hint=option) from None
    tool, has_secret = _form(text)
    if tool is None:
        raise click.BadParameter(f"'{path}' holds neither a minisign key nor an SSH key", param_hint=option)
    if has_secret and not is_secret:
        message = f"'{path}' is a secret key: give it to nobody, and name the public one"
        raise click.BadParameter(message, param_hint=option)
    if is_secret and not has_secret and tool is MINISIGN:
        raise click.BadParameter(f"'{path}' is a public key: name the secret one", param_hint=option)
    return Key(path.resolve(), tool)


def _form(text: str) -> tuple[Tool | None, bool]:
    """Whose key it is, and whether it is a secret one; an SSH key may be public and its secret with an agent."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if lines and re.match(r"-----BEGIN .*PRIVATE KEY-----", lines[0]):
        return SSH, True
    if any(re.search(rf"(^|\s){_SSH_KEY.pattern}", line) for line in lines):
        return SSH, False
    try:
        data = base64.b64decode(lines[1] if lines[0].startswith("untrusted comment:") else lines[0], validate=True)
    except (IndexError, ValueError):
        return None, False
    # The key's algorithm, then its number and the key; or how it is encrypted, and its checksum (jedisct1's format).
    if data[:2] == b"Ed" and len(data) in (42, 158):
        return MINISIGN, len(data) == 158
    return None, False


def needed_key(path: Path) -> Key:
    """A secret key whose program is installed; raises click.BadParameter and BuildProblem, before anything is built."""
    key = read_key(path, "--sign", is_secret=True)
    need(key.tool)
    return key


def signed(outcome: Outcome, folder: Path, key: Key) -> Outcome:
    """Signs the editions of a build in which nothing was wrong; the outcome has what was wrong with the signing, too."""
    if not outcome.made or has_errors(outcome.problems):
        return outcome
    try:
        sign_sums(sorted({(folder / each.job.path).parent for each in outcome.made}), key)
    except BuildProblem as problem:
        return replace(outcome, problems=unique([*outcome.problems, *problem.problems]))
    return outcome


def need(tool: Tool) -> None:
    """Raises BuildProblem where a program is not installed."""
    if shutil.which(tool.command) is None:
        message = f"{tool.command}, which the key is for, can't be found"
        raise BuildProblem([Diagnostic("environment", message, None, f"install it: {tool.install}")])


def save_sums(folder: Path, data: bytes) -> None:
    """Writes the sums of an edition; a signature of other sums goes, since it would only raise alarm."""
    path = folder / SUMS
    if path.is_file() and path.read_bytes() != data:
        for tool in TOOLS:
            path.with_name(SUMS + tool.ending).unlink(missing_ok=True)
    save(path, data)


def sign_sums(folders: Sequence[Path], key: Key) -> None:
    """Signs the sums of editions, all in one run, so that a passphrase is asked for once; raises BuildProblem.

    The program asks on the terminal itself: nothing of the key or of its passphrase passes through here.
    """
    need(key.tool)
    for folder in folders:
        if not (folder / SUMS).is_file():
            message = f"there is no '{SUMS}' in '{folder}'"
            raise BuildProblem([Diagnostic("unsigned", message, None, "remove the folder, and build it again")])
    with TemporaryDirectory(prefix="sign-") as place:
        files = [Path(place, str(number), SUMS) for number in range(len(folders))]
        for file, folder in zip(files, folders, strict=True):
            file.parent.mkdir()
            shutil.copyfile(folder / SUMS, file)
        words = [key.tool.command, *key.tool.sign(str(key.path), [str(file) for file in files])]
        # On a terminal its questions must be seen; elsewhere its last words belong into the message.
        is_seen = os.isatty(0) or os.isatty(2)
        run = subprocess.run(
            words, stdout=subprocess.DEVNULL, stderr=None if is_seen else subprocess.PIPE, env=_plain(),
            text=True, errors="replace", check=False,
        )  # fmt: skip
        made = [file.with_name(SUMS + key.tool.ending) for file in files]
        if run.returncode or not all(each.is_file() for each in made):
            said = "" if is_seen else f": {_reason(run.stderr or '').replace(place, '')}"
            message = f"'{key.path.name}' could not sign the sums{said}"
            hint = f"try the key alone: {key.tool.command} {' '.join(key.tool.sign(str(key.path), ['FILE']))}"
            raise BuildProblem([Diagnostic("unsigned", message, None, hint)])
        for each, folder in zip(made, folders, strict=True):
            save(folder / each.name, each.read_bytes())


def signer_of(file: Path, shown: str, key: Key) -> str:
    """Who signed the sums that a finished file lies beside and is named in.

    Raises BuildProblem: `unsigned` where there are no sums or no signature, `bad-signature`, `wrong-sum`.
    """
    sums = file.parent / SUMS
    signature = file.parent / (SUMS + key.tool.ending)
    if not sums.is_file():
        hint = f"put it beside the {SUMS} and the signature that it came with"
        raise _problem("unsigned", shown, f"there is no '{SUMS}' beside it", hint)
    if not signature.is_file():
        others = [tool for tool in TOOLS if sums.with_name(SUMS + tool.ending).is_file()]
        hint = f"put it beside the {SUMS} and the signature that it came with"
        if others:
            hint = f"its sums are signed with {others[0].command}: name a key of that kind"
        raise _problem("unsigned", shown, f"there is no '{signature.name}' beside it", hint)
    need(key.tool)
    data = sums.read_bytes()
    with TemporaryDirectory(prefix="verify-") as place:
        # What is checked is what is read: nobody can change it between the two.
        copy = Path(place, SUMS)
        copy.write_bytes(data)
        mark = Path(place, signature.name)
        mark.write_bytes(signature.read_bytes())
        try:
            who = key.tool.check(copy, mark, key.path)
        except ValueError as problem:
            hint = "trust neither the file nor its sums: get them, or the public key, from whom they come"
            message = f"the signature of its '{SUMS}' does not fit: {problem}"
            raise _problem("bad-signature", shown, message, hint) from None
    _check_sum(file, shown, data)
    return who


def _check_sum(file: Path, shown: str, sums: bytes) -> None:
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    lines = (line.split("  ", 1) for line in sums.decode("utf-8", "replace").splitlines())
    known = {parts[1]: parts[0] for parts in lines if len(parts) == 2}
    if file.name not in known:
        hint = "give it the name and the folder that it came with"
        raise _problem("wrong-sum", shown, f"the signed '{SUMS}' beside it does not name it", hint)
    if known[file.name] != found:
        message = f"its SHA-256 is {found[:12]}…, the signed '{SUMS}' says {known[file.name][:12]}…"
        hint = "the file was changed or damaged on its way: get it again from whom it comes"
        raise _problem("wrong-sum", shown, message, hint)


def _problem(code: str, shown: str, message: str, hint: str) -> BuildProblem:
    return BuildProblem([Diagnostic(code, message, Span(shown), hint)])


def _plain() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def _run(words: list[str], data: bytes = b"") -> subprocess.CompletedProcess[str]:
    run = subprocess.run(words, input=data, capture_output=True, env=_plain(), check=False)
    said = (each.decode("utf-8", "replace") for each in (run.stdout, run.stderr))
    return subprocess.CompletedProcess(words, run.returncode, *said)
