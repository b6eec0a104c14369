"""`make bench`: one book, this builder and its peers that are installed; medians and their spread."""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from bench.book import long_book
from bench.measure import Cost, interleaved, median, spread, table
from bench.peers import BARE, Book, Program, peers

HEAD = ("", "pages", "wall s", "±", "CPU s", "±", "peak MB", "wall / bare", "CPU / bare", "peak / bare")
FIGURES = ("wall", "cpu", "peak")


def compare(folder: Path, length: int, runs: int, jobs: int) -> str:
    """The table for a book of about so many pages, and why a program is not in it."""
    book, ebook = Book(folder, long_book(length)), Book(folder / "ebook", long_book(length), ("epub",))
    book.prepare()
    ebook.fonts = book.fonts
    pages: dict[str, str] = {}

    def counted(name: str, program: Program, file: Path) -> Cost:
        cost = program()
        pages.setdefault(name, book.pages(file))
        return cost

    programs = {name: partial(counted, name, *each) for name, each in peers(book, ebook, jobs).items()}
    costs = interleaved(programs, runs)
    rows, said = [], []
    for name, found in costs.items():
        if isinstance(found, str):
            said.append(f"not measured: {name}: {found}")
            continue
        wall, cpu, peak = (median(found, what) for what in FIGURES)
        own = [f"{wall:.2f}", f"{spread(found, 'wall'):.0%}", f"{cpu:.2f}", f"{spread(found, 'cpu'):.0%}", f"{peak:.0f}"]
        bare = costs[BARE]
        ratios = [] if isinstance(bare, str) else [f"{median(found, what) / median(bare, what):.2f}" for what in FIGURES]
        rows.append([name, pages[name], *own, *ratios])
    return "\n".join([f"A book of about {length} pages, medians of {runs}", table(HEAD, rows), *said])


def main() -> None:
    """Prints a table for each length."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[10, 50, 200], help="lengths of the book")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program")
    parser.add_argument("--jobs", type=int, default=2, help="workers of this builder")
    options = parser.parse_args()
    for pages in options.pages:
        with tempfile.TemporaryDirectory() as folder:
            print(compare(Path(folder), pages, options.runs, options.jobs), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
