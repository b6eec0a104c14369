"""The benchmark runs: its books are the same each time, its tables are whole. Nothing here depends on time."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from bench import goals, scale
from bench.__main__ import compare
from bench.book import MATRIX_PAGES, Chapter, brief, chapter, long_book, matrix, sentences, write_book
from bench.goals import GOALS, SECOND, SITTINGS, Goal, judged, row
from bench.measure import Cost, Failed, interleaved, median, run, spread, table
from bench.peers import BARE, Book
from lxml import etree

COSTS = [Cost(1.0, 2.0, 30.0), Cost(3.0, 4.0, 50.0), Cost(2.0, 3.0, 40.0)]
GOAL = Goal("a", "one / other", "x", "one", "other", "cpu", 1.0)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no peer is installed that is a program of its own."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)


def test_a_book_is_the_same_each_time(tmp_path: Path) -> None:
    """Two books of one length are equal, and chapters differ from each other."""
    assert len(sentences()) > 200
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_book(tmp_path / name, long_book(6))
    assert (tmp_path / "one/e0.md").read_text() == (tmp_path / "two/e0.md").read_text()
    assert chapter(0, 2) != chapter(1, 2)


def test_six_editions_differ_as_those_of_a_report_do(tmp_path: Path) -> None:
    """76 uses of 30 chapters, of which four are longer in one edition and two are not in the largest."""
    chapters = matrix(MATRIX_PAGES)
    lengths = [
        sum(each.pages + each.more * (edition == 0) for each in chapters if edition in each.editions)
        for edition in range(6)
    ]
    assert lengths == [824, 412, 355, 319, 238, 28]
    assert sum(len(each.editions) for each in chapters) == 76
    assert len(chapters) + sum(each.more > 0 for each in chapters) == 30
    files = write_book(tmp_path, matrix(12))
    assert len({(tmp_path / f"e{edition}.md").read_text() for edition in range(6)}) == 6
    grown = [name for name in files if "{audience=e0}" in (tmp_path / f"content/publications/book/{name}").read_text()]
    assert len(grown) == 4


def test_the_table_has_a_row_for_each_program_and_a_reason_for_each_that_is_missing(tmp_path: Path, alone: None) -> None:
    """A book of two pages is set by this builder and by the bare engines; peers that are not installed are named."""
    said = compare(tmp_path, 2, 1, 1)
    lines = said.splitlines()
    pages = {line.split("  ")[0]: line.split()[-8:] for line in lines[3:] if not line.startswith("not measured")}
    assert {BARE, f"{BARE}, no tags", "this builder, PDF", "this builder, EPUB", "bare EbookLib"} <= pages.keys()
    assert "not measured: pandoc + typst: not installed: typst" in lines
    assert "not measured: pandoc, EPUB: not installed: pandoc" in lines
    assert "not measured: Chromium, print to PDF: not installed: chromium" in lines


def test_what_a_program_started_is_counted_too(tmp_path: Path) -> None:
    """Memory and time of a process whose parent did not wait for it, and of the largest alone."""
    work = "b = bytearray(200_000_000); [hash(str(n)) for n in range(1_000_000)]"
    start = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {work!r}])"
    cost = run([sys.executable, "-c", start], tmp_path)
    if sys.platform == "linux":
        assert cost.peak > 180
        assert cost.cpu > 0.1


def test_a_program_that_fails_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """A failure is a reason, never a time, and never the end of a table."""
    with pytest.raises(Failed, match="exit code 1: no paper"):
        run([sys.executable, "-c", "raise SystemExit('no paper')"], tmp_path)

    def broken() -> Cost:
        raise Failed("no ink")

    assert interleaved({"good": lambda: COSTS[0], "bad": broken}, 2) == {"good": [COSTS[0]] * 2, "bad": "no ink"}


def test_tables_and_drawings_are_whole() -> None:
    """Figures stand to the right, goals are judged, drawings are XML with a dot for each figure."""
    assert (median(COSTS, "cpu"), round(spread(COSTS, "cpu"), 2)) == (3.0, 0.33)
    assert COSTS[0] + COSTS[1] == Cost(4.0, 6.0, 50.0)
    assert COSTS[1].per(2) == Cost(1.5, 2.0, 50.0)
    assert table(("", "s"), [("a", "1"), ("bc", "10"), ("d",)]) == "     s\n--  --\na    1\nbc  10\nd"
    assert row(GOAL, COSTS, COSTS)[3:] == ["1.00", "1.000", "33%", "1.000", "1.000", "met"]
    assert row(GOAL, COSTS, COSTS[:1])[-1] == "not met"
    assert row(GOAL, COSTS, "no ink")[3:] == ["1.00", "", "", "", "", "not measured"]
    svg = etree.fromstring(scale.drawing("t", "pages", [(1, 2.0), (9, 12.0)]).encode())
    assert len(svg.findall("{*}circle")) == 2


def test_each_goal_is_measured_in_a_sitting() -> None:
    """Names are unique, and every row names a sitting there is."""
    assert len({goal.name for goal in GOALS}) == len(GOALS)
    assert {goal.sitting for goal in GOALS} == SITTINGS.keys()


@pytest.mark.parametrize("names", [("cold-one", "memory"), ("epub", "nothing"), ("checks",)])
def test_goals_are_measured_on_a_short_book(
    names: tuple[str, ...], tmp_path: Path, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gets its figures, or the reason why there are none."""
    monkeypatch.setattr(goals, "SHORT_RUNS", 1)
    monkeypatch.setattr(goals, "matrix", lambda pages: [Chapter(0.5, (0, 1)), Chapter(0.5, (0,))])
    chosen = tuple(goal for goal in GOALS if goal.name in names)
    for goal, costs, others in judged(tmp_path, 2, 1, chosen):
        assert isinstance(costs, list), costs
        assert costs[0].cpu > 0
        if goal.name == "epub":
            assert others == "not installed: pandoc"
        else:
            assert others[0].cpu > 0
            assert row(goal, costs, others)[-1] in ("met", "not met")
        assert goal.other != SECOND or others == [Cost(1.0, 1.0, 1.0)]


def test_a_watch_says_what_an_edit_cost(tmp_path: Path) -> None:
    """From the edit to the line that says what was built."""
    book = Book(tmp_path, brief(), ("pdf",), "brief")
    with book.watch("--jobs", "1") as change:
        cost = change(lambda: book.edit(0))
    assert cost.cpu > 0
    assert "Word1." in (tmp_path / f"project/content/publications/book/{book.files[0]}").read_text()


def test_scale_draws_what_it_prints(tmp_path: Path) -> None:
    """A row for each number, and a drawing."""
    said = scale.scale([1], "editions", tmp_path, 1)
    assert said.splitlines()[2].startswith("1 editions")
    assert (tmp_path / "editions.svg").is_file()
