"""Chapters are set one by one and kept: what is unchanged is not set again, and nothing kept is ever wrong."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.project import AUDIENCES, BOOK, TEMPLATES, job, make_project

from builder import store
from builder.diagnostics import BuildProblem, Diagnostic
from builder.futures import Submit, at_once
from builder.orders import Order
from builder.pipeline import build, pieces_of
from builder.store import Contents, Store, sound_file
from builder.themes import load_theme
from builder.world import World
from builder.writers import fonts, pdf, typeset
from builder.writers.fonts import font_bytes
from builder.writers.unit import Unit, pack, unpack

SECTIONS = ("one", "two", "three", "four")
PUBLICATION = """\
title: A stock book
language: en
date: 2026-11-24
default_clearance: public
sections: [SECTIONS]
editions: {public: {layout: report}, analysts: {layout: report}}
"""
FILLER = "A line of words that goes on for a while, so that pages fill up and numbers move. " * 8


def publication(sections: tuple[str, ...]) -> str:
    return PUBLICATION.replace("SECTIONS", ", ".join(f"{name}.md" for name in sections))


def chapter(name: str, text: str) -> str:
    after = SECTIONS[(SECTIONS.index(name) + 1) % len(SECTIONS)]
    see = f'See [](#sec-{after}){{page}}, and a note.^[Of {name}.]' if name == "two" else ""
    table = f"| Name |\n|---|\n| {name} |\n\nTable: Of {name} {{#tbl-{name}}}\n\nSee [](#tbl-{name})."
    return f"---\nid: {name}\ntitle: Chapter {name}\n---\n{text} {see}\n\n## More of {name}\n\n{FILLER}\n\n{table}\n"


def elsewhere(*task: Any, **more: Any) -> Future:
    """Has a task done as if by another process, so that the builder has time meanwhile."""
    return at_once(*task, **more)


@pytest.fixture
def book(tmp_path: Path) -> World:
    files = {f"{BOOK}/{name}.md": chapter(name, "Text.") for name in SECTIONS}
    return make_project(tmp_path / "project", {f"{BOOK}/publication.yaml": publication(SECTIONS), **files})


@pytest.fixture
def made(book: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Builds an edition and returns the anchors of the pieces that were set for it."""
    done: list[str] = []
    really = typeset._set

    def counted(typesetter: typeset._Typesetter, *rest: object) -> Unit:
        done.append(typesetter.piece.prefix.rstrip("."))
        return really(typesetter, *rest)

    monkeypatch.setattr(typeset, "_set", counted)

    def make(audience: str = "public", submit: Submit = at_once) -> list[str]:
        done.clear()
        result = build(Order(job(audience, "pdf"), book.root, TEMPLATES, tmp_path / "cache"), submit=submit)
        assert result.value is not None, result.problems
        make.data = result.value.data
        return sorted(set(done))

    return make


def test_nothing_is_set_twice(made) -> None:
    """A second build finds every piece, and makes the same file."""
    assert made() == ["front0", "front1", "sec-four", "sec-one", "sec-three", "sec-two"]
    first = made.data
    assert made() == []
    assert made.data == first


def test_a_changed_word_costs_its_chapter(made, book: World) -> None:
    """One chapter is set again; the contents, whose page numbers are the same, are not."""
    made()
    (book.root / BOOK / "three.md").write_text(chapter("three", "Words."), "utf-8")
    assert made() == ["sec-three"]


def test_what_is_sewn_while_a_chapter_is_set_makes_the_same_file(made, book: World) -> None:
    """Units that are kept are added to the file before those that others set, and stand in their places all the same."""
    made()
    for name in ("three", "one", "four"):
        (book.root / BOOK / f"{name}.md").write_text(chapter(name, f"{FILLER}\n\n" * 7), "utf-8")
        assert f"sec-{name}" in made(submit=elsewhere)
        data = made.data
        assert made() == []
        assert made.data == data


def test_moved_pages_cost_what_prints_their_numbers(made, book: World) -> None:
    """Chapters behind one that grew are not set again, nor the contents; who refers to a page amid its text is."""
    made()
    (book.root / BOOK / "one.md").write_text(chapter("one", f"{FILLER}\n\n" * 12), "utf-8")
    assert made() == ["front0", "sec-one", "sec-two"]


def test_editions_share_what_is_the_same_for_them(made, book: World) -> None:
    """The second edition sets its cover and the chapter that only it has; the rest is that of the first."""
    text = chapter("four", "Text.") + "\n::: {audience=analysts}\nFor analysts.\n:::\n"
    (book.root / BOOK / "four.md").write_text(text, "utf-8")
    made("public")
    assert made("analysts") == ["front0", "sec-four"]


def test_what_is_kept_is_found_by_content_alone(made, tmp_path: Path) -> None:
    """A kept file that was cut short, changed or exchanged for another is not used."""
    made()
    data, folder = made.data, tmp_path / "cache/units"
    paths = sorted(folder.iterdir())
    paths[0].write_bytes(paths[0].read_bytes()[:-9])
    paths[1].write_bytes(b"")
    middle = bytearray(paths[2].read_bytes())
    middle[len(middle) // 2] ^= 1
    paths[2].write_bytes(middle)
    paths[3].write_bytes(paths[4].read_bytes())
    assert made()
    assert made.data == data
    shutil.rmtree(tmp_path / "cache/faces")
    assert made()
    assert made.data == data


def damage(folder: Path) -> list[Path]:
    """Cuts one file of a folder short, empties another and changes a bit of a third; says what stood there."""
    files = sorted(folder.iterdir())
    first, second, third = files[:3]
    first.write_bytes(first.read_bytes()[: first.stat().st_size // 2])
    second.write_bytes(b"")
    bits = bytearray(third.read_bytes())
    bits[500] ^= 1
    third.write_bytes(bits)
    return files


def test_a_damaged_font_in_the_cache_is_made_anew(made, tmp_path: Path) -> None:
    """Fonts that were cut short, emptied or changed in one bit cost the time to set their chapters again, and no build."""
    made()
    data, faces = made.data, tmp_path / "cache/faces"
    damaged = damage(faces)
    store._SOUND.clear()
    assert made()
    assert made.data == data
    assert all(Contents(faces).has(path.name) for path in damaged)


def test_a_damaged_decoded_font_is_decoded_anew(tmp_path: Path) -> None:
    """What is kept of fonts that come as WOFF2 is read whole or made again."""
    names = [path.relative_to(TEMPLATES).as_posix() for path in sorted(TEMPLATES.rglob("*.woff2"))][:3]
    world = World(tmp_path, TEMPLATES)
    decoded = [font_bytes(world, name, tmp_path) for name in names]
    kept = damage(tmp_path / "fonts")
    assert [font_bytes(world, name, tmp_path) for name in names] == decoded
    assert sorted((tmp_path / "fonts").iterdir()) == kept


def test_a_file_is_found_whole_under_its_own_hash_or_not_at_all(tmp_path: Path) -> None:
    """What stands under the hash of other bytes is not there; a sound file is not made twice."""
    contents, made = Contents(tmp_path / "kept"), []
    key = hashlib.sha256(b"whole").hexdigest()
    contents.remember_bytes(key, b"whole")
    assert (contents.has(key), contents.recall_bytes(key)) == (True, b"whole")
    (tmp_path / "kept" / key).write_bytes(b"who")
    assert (contents.has(key), contents.recall_bytes(key)) == (False, None)

    def make() -> bytes:
        made.append(1)
        return b"whole"

    path = sound_file(tmp_path, "name", ".ttf", make)
    assert (sound_file(tmp_path, "name", ".ttf", make), len(made)) == (path, 1)
    path.write_bytes(b"who")
    assert (sound_file(tmp_path, "name", ".ttf", make), path.read_bytes(), len(made)) == (path, b"whole", 2)


def test_a_unit_survives_packing(made, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unpacked is what was packed, with every line, anchor and font."""
    found: list[Unit] = []
    really = typeset.pack
    monkeypatch.setattr(typeset, "pack", lambda unit, key: found.append(unit) or really(unit, key))
    made()
    for unit in found:
        assert unpack(pack(unit, "key"), "key") == replace(unit, seen=None)
        assert unpack(pack(unit, "key"), "other") is None


def test_a_store_keeps_within_its_limit(tmp_path: Path) -> None:
    """What was not asked for the longest goes first."""
    store = Store(tmp_path / "store", limit=3000)
    for name in "abc":
        store.remember_bytes(name, bytes(1000))
    assert store.recall_bytes("a") is not None
    store.remember_bytes("d", bytes(1000))
    assert [name for name in "abcd" if store.has(name)] == ["a", "c", "d"]


@pytest.mark.parametrize("seed", range(3))
def test_random_edits_never_leave_anything_old(book: World, tmp_path: Path, seed: int) -> None:
    """After each edit the file is, byte for byte, the one that a clean cache gives."""
    chance = random.Random(seed)
    kept = tmp_path / "kept"
    sections = list(SECTIONS)
    words = ["Text.", "Other text.", f"{FILLER}\n\n" * 9, "A word with a note.^[It is here.]", "[Less.]{audience=analysts} More."]

    def edit() -> None:
        match chance.randrange(5):
            case 0 | 1:
                name = chance.choice(SECTIONS)
                (book.root / BOOK / f"{name}.md").write_text(chapter(name, chance.choice(words)), "utf-8")
            case 2:
                chance.shuffle(sections)
                left_out = chance.choice(["one", "four", ""])
                text = publication(tuple(name for name in sections if name != left_out))
                (book.root / BOOK / "publication.yaml").write_text(text, "utf-8")
            case 3:
                theme = chance.choice(["meridian", "steppe"])
                text = AUDIENCES.replace("clearance: public}", f"clearance: public, theme: {theme}}}", 1)
                (book.root / "content/audiences.yaml").write_text(text, "utf-8")
            case 4:
                path = book.root / BOOK / "publication.yaml"
                text = path.read_text("utf-8").splitlines()
                text[0] = f"title: {chance.choice(['A stock book', 'Another book'])}"
                path.write_text("\n".join(text), "utf-8")

    for step in range(5):
        edit()
        clean = tmp_path / f"clean-{step}"
        for target in ("pdf", "pdf-print"):
            audience = chance.choice(["public", "analysts"])
            orders = [Order(job(audience, target), book.root, TEMPLATES, cache) for cache in (kept, clean)]
            files = [build(orders[0], submit=elsewhere), build(orders[1])]
            assert files[0].problems == files[1].problems
            assert files[0].value.data == files[1].value.data


def test_a_word_leaves_the_cover_as_it_is(made, book: World) -> None:
    """The cover is drawn from the length of the chapters, in two digits that count."""
    text = f"{FILLER}\n\n" * 9
    (book.root / BOOK / "one.md").write_text(chapter("one", f"{text} Words."), "utf-8")
    made()
    (book.root / BOOK / "one.md").write_text(chapter("one", f"{text} More words."), "utf-8")
    assert made() == ["sec-one"]


def written_last(book: World, name: str) -> None:
    """Lets the file of a chapter be the youngest."""
    for each in SECTIONS:
        os.utime(book.root / f"{BOOK}/{each}.md", (1e9, 1e9 + (each == name)))


def test_the_chapter_that_was_written_last_is_set_while_the_document_is_made(book: World, tmp_path: Path) -> None:
    """It is the very piece that the finished document has; where it is kept already, the first that is missing is begun."""
    order = Order(job("public", "pdf"), book.root, TEMPLATES, tmp_path / "cache")
    asked: list[str] = []

    def submit(task: Callable[..., Any], *arguments: Any, **more: Any) -> Future:
        asked.extend(each.prefix for each in arguments if isinstance(each, typeset.Piece))
        return at_once(task, *arguments, **more)

    written_last(book, "three")
    missing = pieces_of(order, "one run", submit)
    assert asked[0] == "sec-three."
    assert {"sec-one.", "sec-four."} <= {piece.prefix for piece in missing.values()}
    assert "sec-three." not in {piece.prefix for piece in missing.values()}
    made = build(order, "one run", submit).value
    assert asked.count("sec-three.") == 1
    apart = Order(order.job, book.root, TEMPLATES, tmp_path / "other cache")
    assert made.data == build(apart).value.data
    (book.root / f"{BOOK}/four.md").write_text(chapter("four", "Other words."))
    written_last(book, "one")
    asked.clear()
    assert pieces_of(order, "another run", submit) == {}
    assert asked == ["sec-four."]


def test_a_chapter_that_can_not_be_begun_is_none(book: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with it is said when the document is made, with all else that is wrong."""
    order = Order(job("public", "pdf"), book.root, TEMPLATES, tmp_path / "cache")
    problem = Diagnostic("bad-template", "a template fails", None)

    def fail(*_: Any) -> None:
        raise BuildProblem([problem])

    monkeypatch.setattr(pdf, "render", fail)
    assert build(order, submit=elsewhere).value is not None


def test_whether_digits_are_even_is_measured_once(book: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next process finds it in the cache; what is damaged there is measured again."""
    theme, cache, measured = load_theme(book, "meridian"), tmp_path / "cache", []
    really = fonts._is_even
    monkeypatch.setattr(fonts, "_is_even", lambda *given: measured.append(given) or really(*given))

    def ask() -> int:
        measured.clear()
        monkeypatch.setattr(fonts, "_EVEN", {})
        assert fonts.has_even_digits(theme, book, cache, ("tnum",))
        return len(measured)

    files = len({font["file"] for font in theme.fonts})
    assert [ask(), ask()] == [files, 0]
    for kept in (cache / "digits").iterdir():
        kept.write_bytes(b"even")
    assert [ask(), ask()] == [files, 0]
