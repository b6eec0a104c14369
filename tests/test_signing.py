"""Who has the signature, the sums and a public key can tell whether a file is the one that was sent."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from support.project import BOOK, job, make_project, section
from support.signing import make_keys

from builder.cli import main
from builder.desk.signing import MINISIGN, SSH, SUMS, TOOLS, read_key, save_sums, sign_sums, signer_of
from builder.diagnostics import BuildProblem

BOTH = pytest.mark.parametrize("command", ["minisign", "ssh-keygen"])
FILE = job("public", "pdf").file_name
ENDINGS = {tool.command: tool.ending for tool in TOOLS}


def edition(folder: Path, data: bytes = b"A finished file.") -> Path:
    """A folder of an edition with one file and its sums."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(data)
    save_sums(folder, f"{hashlib.sha256(data).hexdigest()}  {FILE}\n".encode())
    return folder / FILE


def signed(command: str, tmp_path: Path) -> tuple[Path, Path]:
    """A file whose sums are signed, and the public key."""
    secret, public = make_keys(command, tmp_path, "key")
    file = edition(tmp_path / "book/public")
    sign_sums([file.parent], read_key(secret, "--sign", is_secret=True))
    return file, public


def signer(file: Path, public: Path) -> str:
    return signer_of(file, str(file), read_key(public, "--key", is_secret=False))


def refusal(file: Path, public: Path) -> str:
    """The code and the message of what is wrong with a signature."""
    with pytest.raises(BuildProblem) as stop:
        signer(file, public)
    (problem,) = stop.value.problems
    assert problem.hint
    return f"{problem.code}: {problem.message}"


@BOTH
def test_a_signature_says_who_signed(command: str, tmp_path: Path) -> None:
    """A signature lies beside the sums under the name that its program gives it, and fits them; the key says whose it is."""
    file, public = signed(command, tmp_path)
    assert sorted(path.name for path in file.parent.iterdir()) == sorted([FILE, SUMS, SUMS + ENDINGS[command]])
    assert signer(file, public) == "the key 'key.pub'"


@BOTH
def test_several_editions_are_signed_in_one_run(command: str, tmp_path: Path) -> None:
    """Each edition gets a signature of its own sums, and that of another does not fit it."""
    secret, public = make_keys(command, tmp_path, "key")
    files = [edition(tmp_path / name, name.encode()) for name in ("one", "two")]
    sign_sums([file.parent for file in files], read_key(secret, "--sign", is_secret=True))
    assert [signer(file, public) for file in files] == ["the key 'key.pub'"] * 2
    name = SUMS + ENDINGS[command]
    (files[0].parent / name).write_bytes((files[1].parent / name).read_bytes())
    assert refusal(files[0], public).endswith("does not fit: the sums are not those that were signed")


@BOTH
def test_another_key_is_told_apart(command: str, tmp_path: Path) -> None:
    """A signature by somebody else is refused, though the sums are right."""
    file, _ = signed(command, tmp_path)
    _, other = make_keys(command, tmp_path, "other")
    assert refusal(file, other).startswith(
        "bad-signature: the signature of its 'SHA256SUMS' does not fit: it was made with a"
    )


@BOTH
@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (lambda folder, ending: (folder / FILE).write_bytes(b"Another file."), "wrong-sum: its SHA-256 is"),
        (lambda folder, ending: (folder / FILE).rename(folder / "x.pdf"), "wrong-sum: the signed 'SHA256SUMS'"),
        (lambda folder, ending: (folder / SUMS).write_text(f"{'0' * 64}  {FILE}\n"), "bad-signature: the signature"),
        (lambda folder, ending: (folder / (SUMS + ending)).write_text("junk\n"), "bad-signature: the signature"),
        (lambda folder, ending: (folder / (SUMS + ending)).write_bytes(b""), "bad-signature: the signature"),
        (lambda folder, ending: (folder / (SUMS + ending)).unlink(), "unsigned: there is no 'SHA256SUMS."),
        (lambda folder, ending: (folder / SUMS).unlink(), "unsigned: there is no 'SHA256SUMS' beside it"),
    ],
    ids=["file", "name", "sums", "no signature", "empty signature", "signature gone", "sums gone"],
)
def test_whatever_was_changed_on_the_way_is_named(
    command: str, tamper: Callable, expected: str, tmp_path: Path
) -> None:
    """A changed file, changed sums, a changed or missing signature: each is told apart from the others."""
    file, public = signed(command, tmp_path)
    tamper(file.parent, ENDINGS[command])
    assert refusal(next(file.parent.glob("*.pdf")), public).startswith(expected)


def test_a_signature_of_the_other_kind_is_named(tmp_path: Path) -> None:
    """Who asks with an SSH key for a signature by minisign is told which key to name."""
    file, _ = signed("minisign", tmp_path)
    _, public = make_keys("ssh-keygen", tmp_path, "other")
    with pytest.raises(BuildProblem) as stop:
        signer(file, public)
    assert stop.value.problems[0].hint == "its sums are signed with minisign: name a key of that kind"


def allowed_signers(line: str, public: Path) -> Path:
    """A file of allowed signers with one line, in which the key stands where the braces are."""
    path = public.with_name("allowed_signers")
    path.write_text(f"# Who may sign\n{line.format(public.read_text())}\n")
    return path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("desk@example.org {}", "'desk@example.org'"),
        ('*@example.org namespaces="file" {}', "'*@example.org'"),
        ('desk valid-after="20200101" {}', "'desk'"),
    ],
    ids=["a name", "a pattern", "since a day"],
)
def test_allowed_signers_are_named(line: str, expected: str, tmp_path: Path) -> None:
    """A file of allowed signers says who may sign: whoever did is named as there."""
    file, public = signed("ssh-keygen", tmp_path)
    assert signer(file, allowed_signers(line, public)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('desk valid-before="20200101" {}', "key has expired"),
        ('desk valid-after="20990101" {}', "key is not yet valid"),
        ('desk namespaces="git" {}', 'not permitted for use in signature namespace "file"'),
    ],
    ids=["expired", "not yet", "for another use"],
)
def test_allowed_signers_count_for_what_and_while_they_may(line: str, expected: str, tmp_path: Path) -> None:
    """A key that has expired, does not count yet or is for something else signs nothing here."""
    file, public = signed("ssh-keygen", tmp_path)
    found = refusal(file, allowed_signers(line, public))
    assert found.startswith("bad-signature: ")
    assert expected in found


def test_a_signer_who_is_not_on_the_list_is_unknown(tmp_path: Path) -> None:
    """The list counts, and not that the signature is somebody's."""
    file, _ = signed("ssh-keygen", tmp_path)
    _, other = make_keys("ssh-keygen", tmp_path, "other")
    assert refusal(file, allowed_signers("desk {}", other)).endswith("it was made with a key that 'allowed_signers' does not name")


@BOTH
def test_the_halves_of_a_pair_are_told_apart(command: str, tmp_path: Path) -> None:
    """A secret key is never taken for a public one; minisign's public key can't sign; SSH's may, through an agent."""
    secret, public = make_keys(command, tmp_path, "key")
    with pytest.raises(click.BadParameter, match="is a secret key: give it to nobody"):
        read_key(secret, "--key", is_secret=False)
    assert read_key(secret, "--sign", is_secret=True).tool is {"minisign": MINISIGN, "ssh-keygen": SSH}[command]
    if command == "minisign":
        with pytest.raises(click.BadParameter, match="is a public key: name the secret one"):
            read_key(public, "--sign", is_secret=True)
    else:
        assert read_key(public, "--sign", is_secret=True).tool is SSH


@pytest.mark.parametrize("text", ["", "\n", "words", "# ssh-ed25519 AAAA", "untrusted comment: x\nRWQ=\n", "\x00\xff"])
def test_what_is_no_key_is_wrong_usage(text: str, tmp_path: Path) -> None:
    """Any other file is refused by name, before anything is built."""
    path = tmp_path / "no-key"
    path.write_text(text)
    with pytest.raises(click.BadParameter, match="holds neither a minisign key nor an SSH key"):
        read_key(path, "--sign", is_secret=True)


def test_a_key_that_is_not_there_is_wrong_usage(project: Path, tmp_path: Path) -> None:
    """The code is 2, and nothing is built."""
    result = run(project, *BUILD, "--sign", str(tmp_path / "nowhere"))
    assert (result.exit_code, "nowhere': no such file or directory" in result.stderr) == (2, True)


SIGN = """
import sys
from pathlib import Path
from builder.desk.signing import read_key, sign_sums
from builder.diagnostics import BuildProblem
try:
    sign_sums([Path(each) for each in sys.argv[2:]], read_key(Path(sys.argv[1]), "--sign", True))
except BuildProblem as stop:
    print(*stop.problems)
    sys.exit(1)
"""


def typed_in(words: list[str], passphrase: str) -> tuple[int, str]:
    """Runs a program on a terminal of its own and types one line when it asks: its exit code and what it said."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(words[0], words)
    said, is_typed = b"", False
    while True:
        try:
            part = os.read(terminal, 1024)
        except OSError:
            break
        said += part
        if not is_typed and b"ass" in said:
            os.write(terminal, f"{passphrase}\n".encode())
            is_typed = True
        if not part:
            break
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()


@BOTH
def test_an_encrypted_key_asks_for_its_passphrase_once_on_the_terminal(command: str, tmp_path: Path) -> None:
    """The passphrase is typed, not shown, and asked for once for all editions; a wrong one is an error."""
    secret, public = make_keys(command, tmp_path, "key", "zq secret")
    files = [edition(tmp_path / name, name.encode()) for name in ("one", "two")]
    words = [sys.executable, "-c", SIGN, str(secret), *(str(file.parent) for file in files)]
    code, said = typed_in(words, "wrong")
    assert (code, "could not sign the sums" in said) == (1, True), said
    assert not (files[0].parent / (SUMS + ENDINGS[command])).exists()
    code, said = typed_in(words, "zq secret")
    assert code == 0, said
    assert "zq secret" not in said
    assert [signer(file, public) for file in files] == ["the key 'key.pub'"] * 2


@BOTH
def test_without_a_terminal_an_encrypted_key_signs_nothing(command: str, tmp_path: Path) -> None:
    """Where nobody can be asked, the run ends with an error that says how to try the key."""
    secret, _ = make_keys(command, tmp_path, "key", "zq secret")
    file = edition(tmp_path / "one")
    with pytest.raises(BuildProblem) as stop:
        sign_sums([file.parent], read_key(secret, "--sign", is_secret=True))
    (problem,) = stop.value.problems
    assert (problem.code, problem.hint.split(":")[0]) == ("unsigned", "try the key alone")


@BOTH
def test_a_missing_program_is_named_with_how_to_install_it(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is built, and before a signature is looked at, the code is that of the environment."""
    secret, public = make_keys(command, tmp_path, "key")
    root = tmp_path / "project"
    make_project(root)
    file = edition(root / "output/book/public")
    sign_sums([file.parent], read_key(secret, "--sign", is_secret=True))
    monkeypatch.setenv("PATH", str(tmp_path))
    for words in (["build", "--sign", str(secret)], ["verify", str(file), "--key", str(public)]):
        result = run(root, *words)
        assert result.exit_code == 3
        assert f"error[environment]: {command}, which the key is for, can't be found" in result.stderr
        assert "hint: install it: apt-get install" in result.stderr


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--project", str(root), *words])


@BOTH
def test_new_sums_lose_the_signature_of_the_old_ones(command: str, tmp_path: Path) -> None:
    """Sums that stay as they are keep theirs: signing changes no byte that is compared."""
    file, public = signed(command, tmp_path)
    sums = (file.parent / SUMS).read_bytes()
    save_sums(file.parent, sums)
    assert signer(file, public)
    save_sums(file.parent, sums.upper())
    assert sorted(path.name for path in file.parent.iterdir()) == sorted([FILE, SUMS])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A project whose public PDF is built."""
    root = tmp_path_factory.mktemp("project")
    make_project(root)
    (root / "output/.cache").mkdir(parents=True)
    (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    result = run(root, *BUILD)
    assert result.exit_code == 0, result.output
    return root


BUILD = ("build", "--audience", "public", "--target", "pdf", "--jobs", "1")


@BOTH
def test_build_signs_and_verify_checks(command: str, project: Path, tmp_path: Path) -> None:
    """`build --sign` signs what stands there and changes no file; `verify --key` says by whom, then builds it again."""
    secret, public = make_keys(command, tmp_path, "key")
    file = project / "output/book/public" / FILE
    before = {path: path.read_bytes() for path in file.parent.iterdir()}
    result = run(project, *BUILD, "--sign", str(secret))
    assert (result.exit_code, f"signed with {command}" in result.stderr) == (0, True), result.output
    assert all(path.read_bytes() == data for path, data in before.items())
    result = run(project, "verify", str(file), "--key", str(public), "--json")
    record = json.loads(result.stdout)
    assert (result.exit_code, record["is_same"], record["signed_by"]) == (0, True, "the key 'key.pub'")
    result = run(project, "verify", str(file), "--key", str(public))
    assert "for book/public/pdf, and signed by the key 'key.pub'" in result.stdout


def test_nothing_is_signed_where_not_all_is_well(project: Path, tmp_path: Path) -> None:
    """A build with an error leaves no signature that says that all was well."""
    secret, _ = make_keys("minisign", tmp_path, "key")
    root = tmp_path / "project"
    make_project(root, {f"{BOOK}/one.md": section("See [](#nowhere).\n")})
    file = edition(root / "output/book/public")
    result = run(root, *BUILD, "--sign", str(secret))
    assert result.exit_code == 1
    assert "nothing is signed" in result.stderr
    assert not (file.parent / f"{SUMS}.minisig").exists()


def test_a_file_that_fails_by_its_signature_is_not_built_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused for its signature is told at once, for scripts as well."""
    _, public = make_keys("minisign", tmp_path, "key")
    monkeypatch.setattr("builder.desk.verifying.build", lambda order: pytest.fail("was built"))
    for tool in TOOLS:
        (project / "output/book/public" / (SUMS + tool.ending)).unlink(missing_ok=True)
    file = project / "output/book/public" / FILE
    result = run(project, "verify", str(file), "--key", str(public), "--json")
    record = json.loads(result.stdout)
    assert (result.exit_code, record["is_same"], record["signed_by"]) == (1, False, None)
    assert [problem["code"] for problem in record["problems"]] == ["unsigned"]
    assert record["problems"][0]["file"] == f"output/book/public/{FILE}"


def test_a_file_from_elsewhere_is_judged_by_what_lies_beside_it(project: Path, tmp_path: Path) -> None:
    """A file in the folder of another publication, with that one's signed sums, is not named there; an unknown name is wrong usage."""
    secret, public = make_keys("minisign", tmp_path, "key")
    foreign = edition(tmp_path / "other/public")
    named = foreign.rename(foreign.with_name("other-public.pdf"))
    save_sums(named.parent, f"{hashlib.sha256(named.read_bytes()).hexdigest()}  {named.name}\n".encode())
    sign_sums([named.parent], read_key(secret, "--sign", is_secret=True))
    result = run(project, "verify", str(named), "--key", str(public))
    assert (result.exit_code, "does not say of which edition it is" in " ".join(result.stderr.split())) == (2, True)
    moved = named.with_name(FILE)
    moved.write_bytes((project / "output/book/public" / FILE).read_bytes())
    result = run(project, "verify", str(moved), "--key", str(public))
    assert result.exit_code == 1
    assert "error[wrong-sum]: the signed 'SHA256SUMS' beside it does not name it" in result.stderr
