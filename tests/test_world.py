"""The project folder is a wall: every way around it is tried here."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from builder import world as world_module
from builder.world import PathRefused, World, find_root

FOLDER = "content/publications/x"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A project with one publication, beside a secret that no edition may ever read."""
    root = tmp_path / "project"
    images = root / FOLDER / "images"
    images.mkdir(parents=True)
    (root / "templates").mkdir()
    (root / "content/audiences.yaml").write_text("audiences:\n")
    (root / FOLDER / "china.md").write_text("# China\n")
    (images / "map.png").write_bytes(b"map")
    (images / "my map.png").write_bytes(b"my map")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.txt").write_text("secret")
    return World(root, root / "templates")


def link(world: World, name: str, target: str | Path) -> str:
    path = world.root / FOLDER / name
    path.symlink_to(target)
    return f"{FOLDER}/{name}"


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("china.md", f"{FOLDER}/china.md"),
        ("./images/map.png", f"{FOLDER}/images/map.png"),
        ("images/../china.md", f"{FOLDER}/china.md"),
        ("../../audiences.yaml", "content/audiences.yaml"),
        ("images/my map.png", f"{FOLDER}/images/my map.png"),
        ("images/my%20map.png", f"{FOLDER}/images/my map.png"),
        ("not-written-yet.md", f"{FOLDER}/not-written-yet.md"),
        ("100%.png", f"{FOLDER}/100%.png"),
        ("%ff.png", f"{FOLDER}/%ff.png"),
        ("", FOLDER),
    ],
)
def test_a_reference_inside_becomes_a_path_from_the_root(world: World, reference: str, path: str) -> None:
    assert world.locate(reference, FOLDER) == path


def test_a_file_whose_very_name_holds_a_percent_sign_comes_before_the_decoded_one(world: World) -> None:
    (world.root / FOLDER / "%41.png").write_bytes(b"percent")
    (world.root / FOLDER / "A.png").write_bytes(b"letter")
    assert world.read_bytes(world.locate("%41.png", FOLDER)) == b"percent"


@pytest.mark.parametrize(
    "reference",
    [
        "../../../../secret.txt",
        "../../../../../../../../../../etc/passwd",
        "images/../../../../../secret.txt",
        "/etc/passwd",
        " /etc/passwd",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "file:secret.txt",
        "..\\..\\..\\..\\secret.txt",
        "\\\\host\\share",
        "\\secret.txt",
        "%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret.txt",
        "..%2f..%2f..%2f..%2fsecret.txt",
        "%252e%252e/%252e%252e/%252e%252e/%252e%252e/secret.txt",
        "%2fetc/passwd",
        "%5c..%5csecret.txt",
        "images/map.png\0.txt",
        "images/map.png%00.txt",
        "C:\\secret.txt",
        "C:/secret.txt",
        "c:secret.txt",
        "javascript:alert(1)",
        "data:text/html,x",
        "jar:file:///x!/y",
    ],
)
def test_a_reference_out_of_the_project_is_refused_in_the_words_of_the_contract(
    world: World, reference: str
) -> None:
    with pytest.raises(PathRefused) as refused:
        world.locate(reference, FOLDER)
    assert refused.value.code == "outside-project"
    assert "outside the project folder" in refused.value.message
    assert refused.value.hint
    assert "\0" not in refused.value.message


@pytest.mark.parametrize(
    "reference",
    [
        "http://127.0.0.1:80/x.png",
        "https://example.org/x.png",
        "HTTPS:x",
        "http:x",
        "//host/share",
        " //host/share",
        "%2f%2fhost/share",
        "ftp://example.org/x",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_remote_reference_is_refused_under_a_code_of_its_own(world: World, reference: str) -> None:
    with pytest.raises(PathRefused, match="nothing is fetched") as refused:
        world.locate(reference, FOLDER)
    assert refused.value.code == "remote-file"


def test_a_backslash_that_stays_inside_gets_a_hint_with_the_right_path(world: World) -> None:
    with pytest.raises(PathRefused) as refused:
        world.locate("images\\map.png", FOLDER)
    assert (refused.value.code, refused.value.hint) == ("bad-path", "write 'images/map.png'")


def test_an_absurdly_long_reference_is_refused_at_once(world: World) -> None:
    with pytest.raises(PathRefused, match="too long"):
        world.locate("%25" * 100_000, FOLDER)


def test_a_lone_surrogate_in_a_reference_is_refused(world: World) -> None:
    with pytest.raises(PathRefused) as refused:
        world.locate("\ud800.png", FOLDER)
    assert refused.value.code == "bad-path"
    refused.value.message.encode()


@pytest.mark.parametrize(
    "target",
    ["../../../../secret.txt", "/etc/passwd", "/proc/self/environ", "/dev/zero", "../../../../not-there"],
)
def test_a_link_to_a_file_outside_is_refused_wherever_it_is_met(world: World, target: str) -> None:
    path = link(world, "link.txt", target)
    for attempt in (lambda: world.locate("link.txt", FOLDER), lambda: world.read_bytes(path)):
        with pytest.raises(PathRefused, match="outside the project folder"):
            attempt()
    assert world.status(path) == "is outside the project folder"


def test_a_link_to_a_folder_outside_is_refused_for_every_file_below_it(world: World) -> None:
    link(world, "linked", "../../../../outside")
    for name in ("linked/secret.txt", "linked/not-there", "linked"):
        with pytest.raises(PathRefused, match="outside the project folder"):
            world.locate(name, FOLDER)
    with pytest.raises(PathRefused, match="outside the project folder"):
        world.files("content")


def test_a_chain_of_links_is_judged_by_where_it_ends(world: World) -> None:
    link(world, "one", "two")
    link(world, "two", "images/../three")
    link(world, "three", "../../../../secret.txt")
    with pytest.raises(PathRefused, match="outside the project folder"):
        world.locate("one", FOLDER)
    link(world, "good", "also-good")
    link(world, "also-good", "images/map.png")
    assert world.read_bytes(world.locate("good", FOLDER)) == b"map"


def test_a_loop_of_links_is_refused_and_does_not_hang(world: World) -> None:
    link(world, "ping", "pong")
    path = link(world, "pong", "ping")
    with pytest.raises(PathRefused, match="leads back to itself") as refused:
        world.locate("ping", FOLDER)
    assert refused.value.code == "outside-project"
    assert world.status(path) == "is outside the project folder"


def test_a_link_that_leads_inside_is_allowed(world: World) -> None:
    path = link(world, "shared", "images")
    assert world.read_bytes(f"{path}/map.png") == b"map"
    assert world.status(path) == "folder"


@pytest.mark.parametrize("swapped", ["file", "folder"])
def test_a_link_put_in_place_between_the_check_and_the_read_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch, swapped: str
) -> None:
    path = f"{FOLDER}/images/map.png"
    checked = world._real(path)

    def check_then_swap(self: World, path: str) -> str:
        victim = self.root / path
        if swapped == "folder":
            victim = victim.parent
            victim.rename(victim.with_name("moved"))
            victim.symlink_to(self.root.parent / "outside")
            (self.root.parent / "outside/map.png").write_text("secret")
        else:
            victim.unlink()
            victim.symlink_to(self.root.parent / "secret.txt")
        return checked

    monkeypatch.setattr(World, "_real", check_then_swap)
    with pytest.raises(PathRefused, match="outside the project folder"):
        world.read_bytes(path)


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "content/../../secret.txt", "https://x/y"])
def test_reading_checks_the_path_again_even_if_nobody_located_it(world: World, path: str) -> None:
    with pytest.raises(PathRefused):
        world.read_bytes(path)


def test_what_is_no_readable_file_is_a_refusal_and_never_another_error(world: World) -> None:
    os.mkfifo(world.root / FOLDER / "pipe")
    too_long = f"{FOLDER}/{'n' * 300}"
    expected = {
        f"{FOLDER}/gone.md": ("missing-file", "does not exist"),
        f"{FOLDER}/images": ("unreadable-file", "is a folder"),
        "": ("unreadable-file", "is a folder"),
        f"{FOLDER}/pipe": ("unreadable-file", "is neither a file nor a folder"),
        f"{FOLDER}/china.md/x": ("missing-file", "does not exist"),
        too_long: ("unreadable-file", "file name too long"),
    }
    for path, (code, words) in expected.items():
        with pytest.raises(PathRefused, match=words) as refused:
            world.read_bytes(path)
        assert refused.value.code == code


def test_a_huge_file_is_refused_by_its_size_before_it_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_module, "MAX_BYTES", 2)
    with pytest.raises(PathRefused, match="MB, more than"):
        world.read_bytes(f"{FOLDER}/images/map.png")


def test_status_names_what_stands_at_a_path(world: World) -> None:
    os.mkfifo(world.root / FOLDER / "pipe")
    link(world, "dangling", "nowhere")
    assert world.status(f"{FOLDER}/china.md") == "file"
    assert world.status(f"{FOLDER}/images") == "folder"
    assert world.status("") == "folder"
    assert world.status(f"{FOLDER}/gone.md") == "missing"
    assert world.status(f"{FOLDER}/china.md/x") == "missing"
    assert world.status(f"{FOLDER}/dangling") == "missing"
    assert world.status(f"{FOLDER}/{'n' * 300}") == "missing"
    assert world.status(f"{FOLDER}/pipe") == "is neither a file nor a folder"
    assert world.status("../secret.txt") == "is outside the project folder"


def test_status_names_the_right_spelling_of_a_wrong_case_in_any_part_of_the_path(world: World) -> None:
    right = f"is spelled '{FOLDER}/images/map.png' on the disk"
    assert world.status(f"{FOLDER}/images/Map.PNG") == right
    assert world.status(f"{FOLDER}/Images/map.png") == right


def test_status_tells_two_unicode_forms_of_one_name_apart(world: World) -> None:
    (world.root / FOLDER / "re\u0301sume\u0301.md").write_text("x")
    assert world.status(f"{FOLDER}/r\u00e9sum\u00e9.md").endswith("in another Unicode form")


def test_files_are_listed_sorted_from_the_root_and_without_hidden_ones(world: World) -> None:
    (world.root / FOLDER / ".#china.md").write_text("an editor's lock")
    (world.root / FOLDER / ".git").mkdir()
    (world.root / FOLDER / ".git/x.md").write_text("x")
    (world.root / FOLDER / "a.md").write_text("a")
    assert world.files("content", ".md") == [f"{FOLDER}/a.md", f"{FOLDER}/china.md"]
    assert world.files("content", "/china.md") == [f"{FOLDER}/china.md"]
    assert f"{FOLDER}/images/map.png" in world.files("")
    assert world.files("content/not-there") == []
    assert world.files(f"{FOLDER}/china.md") == []


def test_files_follow_a_linked_folder_once_and_refuse_a_circle(world: World) -> None:
    link(world, "shared", "images")
    assert f"{FOLDER}/shared/map.png" in world.files("content")
    link(world, "up", "..")
    with pytest.raises(PathRefused, match="link in a linked folder"):
        world.files("content")


def test_a_file_name_that_is_not_utf8_is_refused_in_printable_words(world: World) -> None:
    try:
        Path(os.fsdecode(os.fsencode(world.root / FOLDER) + b"/caf\xe9.md")).write_text("x")
    except OSError:
        pytest.skip("this file system allows UTF-8 names only")
    with pytest.raises(PathRefused, match="not UTF-8") as refused:
        world.files("content", ".md")
    refused.value.message.encode()


def test_the_root_is_found_from_any_folder_inside_it_and_nowhere_else(world: World) -> None:
    assert find_root(world.root / FOLDER) == world.root
    assert find_root(world.root) == world.root
    assert find_root(world.root / FOLDER / "not-there") == world.root
    assert find_root(world.root.parent) is None


def test_a_root_that_is_itself_a_link_works(world: World) -> None:
    alias = world.root.parent / "alias"
    alias.symlink_to(world.root)
    linked = World(alias, alias / "templates")
    assert linked.read_bytes(f"{FOLDER}/images/map.png") == b"map"
    assert linked.root == world.root


def test_a_world_and_a_refusal_can_go_to_another_process(world: World) -> None:
    assert pickle.loads(pickle.dumps(world)) == world
    refusal = pickle.loads(pickle.dumps(PathRefused("code", "message", "hint")))
    assert (refusal.code, refusal.message, refusal.hint, str(refusal)) == (
        "code",
        "message",
        "hint",
        "message",
    )
