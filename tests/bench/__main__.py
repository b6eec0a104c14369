"""`make bench`: one book, this builder and its peers that are installed; medians and their spread."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.measure import interleaved, median, spread, table
from bench.peers import BARE, Book, peers

HEAD = ("", "pages", "wall s", "CPU s", "±", "peak MB", "CPU / bare", "wall / bare", "peak / bare")


def compare(folder: Path, pages: int, runs: int, jobs: int) -> str:
    """The table for a book of about so many pages."""
    book = Book(folder, pages)
    book.prepare()
    programs, files, absent = peers(book, jobs)
    costs = interleaved(programs, runs)
    rows = []
    for name, found in costs.items():
        figures = {what: median(found, what) for what in ("wall", "cpu", "peak")}
        ratios = [f"{figures[what] / median(costs[BARE], what):.2f}" for what in ("cpu", "wall", "peak")]
        own = [f"{figures['wall']:.2f}", f"{figures['cpu']:.2f}", f"{spread(found, 'cpu'):.0%}"]
        rows.append([name, book.pages(files[name]), *own, f"{figures['peak']:.0f}", *ratios])
    said = [f"not installed: {name}" for name in absent]
    return "\n".join([f"A book of about {pages} pages, {runs} runs each", table(HEAD, rows), *said])


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
