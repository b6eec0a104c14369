"""The benchmark runs: its book is the same each time, its tables are whole. Nothing here depends on time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from bench.book import chapter, sentences, write_book
from bench.goals import verdicts
from bench.measure import Cost, interleaved, median, run, spread, table
from bench.peers import BARE, Book, peers
from bench.scale import drawing
from lxml import etree


def test_the_book_is_the_same_each_time(tmp_path: Path) -> None:
    """Two books of one length are equal, and chapters differ from each other."""
    assert len(sentences()) > 200
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_book(tmp_path / name, 6)
    assert (tmp_path / "one/book.md").read_text() == (tmp_path / "two/book.md").read_text()
    assert chapter(0, 2) != chapter(1, 2)


def test_a_page_is_set_by_this_builder_and_by_the_bare_engine(tmp_path: Path) -> None:
    """Both make a file of the one book, and each run has a cost."""
    book = Book(tmp_path, 1)
    book.prepare()
    programs, files, _ = peers(book, 1)
    names = (BARE, "this builder, PDF")
    costs = interleaved({name: programs[name] for name in names}, 1)
    for name in names:
        assert int(book.pages(files[name])) >= 1
        assert median(costs[name], "cpu") > 0
        assert median(costs[name], "peak") > 10


def test_a_program_that_fails_is_told(tmp_path: Path) -> None:
    """A failure is an error with what was printed, never a time."""
    with pytest.raises(RuntimeError, match="no paper"):
        run([sys.executable, "-c", "raise SystemExit('no paper')"], tmp_path)



def test_tables_and_drawings_are_whole() -> None:
    """Figures stand to the right, goals are judged, drawings are XML with a dot for each figure."""
    costs = [Cost(1.0, 2.0, 30.0), Cost(3.0, 4.0, 50.0), Cost(2.0, 3.0, 40.0)]
    assert (median(costs, "cpu"), round(spread(costs, "cpu"), 2)) == (3.0, 0.33)
    assert table(("", "s"), [("a", "1"), ("bc", "10")]) == "     s\n--  --\na    1\nbc  10"
    assert [line.split()[-1] for line in verdicts([("a", 1.0, 1.0), ("b", 1.0, 1.1)]).splitlines()[2:]] == ["met", "met"]
    assert "not met" in verdicts([("b", 1.0, 1.1)])
    svg = etree.fromstring(drawing("t", "pages", [(1, costs[0]), (9, costs[1])]))
    assert len(svg.findall("{*}circle")) == 2
