"""Budgets: an edition that is to fit uses shorter alternatives, as many as it needs and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.project import BOOK, PUBLICATION, job, loaded, make_project, section

from builder import fit as fit_module
from builder.cli import main
from builder.document import document_of
from builder.examine import check_all
from builder.fit import steps_of
from builder.orders import Order
from builder.pipeline import build
from builder.select import select

SECTIONS = ("a", "b", "c", "d")


def words(name: str, count: int) -> str:
    return " ".join(f"{name}{number}" for number in range(count))


def world_of(root: Path, edition: str, priorities: dict[str, int] | None = None, length: int = 100):
    """Four sections of `length` words, each with a short text of 20 and one of 4 words."""
    files = {}
    for name in SECTIONS:
        front = f"short: {words(f'{name}short', 20)}\none_line: {words(f'{name}line', 4)}\n"
        if priorities and name in priorities:
            front += f"priority: {priorities[name]}\n"
        files[f"{BOOK}/{name}.md"] = section(words(name, length) + "\n", front, name).replace(
            "First things", name
        )
    text = PUBLICATION.replace("one.md, two.md", ", ".join(f"{name}.md" for name in SECTIONS))
    text = text.replace("public: {}", f"public: {{{edition}}}")
    return make_project(root, {f"{BOOK}/publication.yaml": text, **files})


def chosen(world, target: str = "epub") -> dict[str, str]:
    made = document_of(loaded(world), job(target=target), world)
    assert made.value is not None, made.problems
    return dict(made.value[0].alternatives)


def test_an_edition_within_its_budget_stays_whole(tmp_path: Path) -> None:
    """Nothing is shortened that fits."""
    assert chosen(world_of(tmp_path, "fit: true, max_words: 404")) == {}


def test_as_much_is_shortened_as_needed_and_no_more(tmp_path: Path) -> None:
    """404 words become fewer than 300 with two shorter texts, and the later sections go first."""
    assert chosen(world_of(tmp_path, "fit: true, max_words: 250")) == {"c": "short", "d": "short"}


def test_the_lowest_priority_goes_first(tmp_path: Path) -> None:
    """A section of a lower priority is as short as it can be before one of a higher is touched."""
    world = world_of(tmp_path, "fit: true, max_words: 250", {"a": 1, "b": 9, "c": 9, "d": 9})
    assert chosen(world) == {"a": "one_line", "d": "short"}


def test_all_of_one_priority_are_short_before_one_is_a_line(tmp_path: Path) -> None:
    """The steps of one priority go round its sections, from the back of the book."""
    world = world_of(tmp_path, "fit: true, max_words: 60")
    selection = select(loaded(world), job(), world).value
    assert steps_of(selection) == (
        *((name, "short") for name in "dcba"),
        *((name, "one_line") for name in "dcba"),
    )
    assert chosen(world) == {"a": "short", "b": "short", "c": "one_line", "d": "one_line"}


def test_an_edition_that_can_not_fit_is_over_budget(tmp_path: Path) -> None:
    """With everything as short as it can be, one word more is still an error."""
    world = world_of(tmp_path, "fit: true, max_words: 19")
    assert [problem.code for problem in check_all(loaded(world), [job()], world)] == ["over-budget"]


def test_without_fit_nothing_is_shortened(tmp_path: Path) -> None:
    """A budget alone never changes a text."""
    world = world_of(tmp_path, "max_words: 250")
    assert chosen(world) == {}
    assert [problem.code for problem in check_all(loaded(world), [job()], world)] == ["over-budget"]


def test_an_edition_can_choose_the_length_of_each_section(tmp_path: Path) -> None:
    """`alternatives` names a length for a section, which then stays as it is, whatever the budget."""
    world = world_of(tmp_path, "alternatives: {a: short, d: full}, fit: true, max_words: 150")
    document = document_of(loaded(world), job(), world).value
    assert dict(document[0].alternatives) == {"b": "short", "c": "one_line"}
    html = [chapter.html for chapter in document[3].chapters]
    assert "ashort0" in html[0]
    assert "d99" in html[3]


@pytest.mark.parametrize("steps", [1, 3, 8, 40])
def test_the_search_is_short_and_finds_the_fewest_steps(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each possible answer the fewest steps are found with a handful of tries."""
    monkeypatch.setattr(
        fit_module, "steps_of", lambda selection: tuple((f"s{n}", "short") for n in range(steps))
    )

    class Whole:
        alternatives = ()

    for wanted in range(1, steps + 1):
        tries: list[int] = []

        def make(alternatives: tuple, tries: list[int] = tries) -> int:
            tries.append(len(alternatives))
            return len(alternatives)

        assert fit_module.shorten(Whole, make, lambda count, wanted=wanted: count >= wanted) == wanted
        assert len(tries) <= steps.bit_length() + 1


def test_pages_are_fitted_by_setting_the_text_again(tmp_path: Path, cache: Path) -> None:
    """A page budget is met by shorter texts; the deliverable and build.json say which."""
    free = world_of(tmp_path / "free", "fit: true", length=900)
    order = Order(job(target="pdf"), free.root, free.templates, cache)
    pages = build(order).value.pages
    tight = world_of(tmp_path / "tight", f"fit: true, max_pages: {pages - 1}", {"a": 1}, length=900)
    made = build(Order(job(target="pdf"), tight.root, tight.templates, cache)).value
    assert made.pages <= pages - 1
    assert made.alternatives == (("a", "short"),)
    again = build(Order(job(target="pdf"), tight.root, tight.templates, cache)).value
    assert again.data == made.data


def test_the_manifest_names_what_was_chosen(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`build.json` and the output of a build say which sections are shorter."""
    from builder.diagnostics import Checked
    from builder.writers import epub as writer

    monkeypatch.setattr(writer, "draw_cover", lambda *_: Checked(b"\x89PNG\r\n\x1a\n"))
    world = world_of(tmp_path, "fit: true, max_words: 250")
    arguments = ["--project", str(world.root), "build", "--audience", "public", "--target", "epub"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "book/public/epub: shortened to fit its budget: c (short), d (short)" in result.stdout
    again = CliRunner().invoke(main, arguments)
    assert "book/public/epub: shortened to fit its budget: c (short), d (short)" in again.stdout
    files = json.loads((tmp_path / "output" / "build.json").read_text())["files"]
    assert files["book/public/book-public.epub"]["alternatives"] == {"c": "short", "d": "short"}
