"""`make bench-goals`: what is to be reached, as ratios in one run on this machine, and whether it is."""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from bench.measure import Cost, table
from bench.peers import Book

PDF = ("--target", "pdf", "--jobs")


def edit(book: Book, inserted: str) -> Cost:
    """Puts words at the head of the first paragraph of a chapter, and builds what that changes."""
    path = book.root / "content/publications/book" / book.files[0]
    path.write_text(
        re.sub(r"(title: .*\n---\n)", rf"\1{inserted}\n\n", path.read_text("utf-8"), count=1), "utf-8"
    )
    return book.build(*PDF, "2", is_cold=False)


def report(folder: Path, pages: int) -> list[tuple[str, float, float]]:
    """The rows of a long report: measure, goal and ratio to bare."""
    book = Book(folder / "long", pages)
    book.prepare()
    bare, two = book.set_bare(), book.build(*PDF, "2")
    idle = book.build(*PDF, "2", is_cold=False)
    word, shift = edit(book, "Word."), edit(book, "\n\n".join(["A line that moves all later pages."] * 120))
    one = book.build(*PDF, "1")
    size = f"{pages} pages"
    return [
        (f"cold, two workers, {size}: wall / bare", 0.45, two.wall / bare.wall),
        (f"cold, two workers, {size}: CPU / bare", 0.90, two.cpu / bare.cpu),
        (f"cold, one worker, {size}: wall / bare", 0.75, one.wall / bare.wall),
        (f"cold, one worker, {size}: CPU / bare", 0.75, one.cpu / bare.cpu),
        (f"peak memory of the largest process, {size} / bare", 0.40, two.peak / bare.peak),
        (f"one word edited, {size}: CPU / cold bare", 0.05, word.cpu / bare.cpu),
        (f"all later pages shifted, {size}: CPU / cold bare", 0.06, shift.cpu / bare.cpu),
        (f"nothing changed, {size}: wall s", 0.10, idle.wall),
    ]


def short(folder: Path) -> list[tuple[str, float, float]]:
    """The rows of short documents, as whole processes."""
    rows = []
    for pages, goal in ((10, 1.10), (1, 0.60)):
        book = Book(folder / f"short{pages}", pages)
        book.prepare()
        bare, own = book.set_bare(), book.build(*PDF, "1")
        rows.append(
            (f"cold report of about {pages} pages, whole process: CPU / bare", goal, own.cpu / bare.cpu)
        )
    return rows


def matrix(folder: Path, pages: int) -> list[tuple[str, float, float]]:
    """The rows of six editions, PDF and EPUB."""
    book = Book(folder / "matrix", pages, editions=6)
    book.prepare()
    bare, alone, six = book.set_bare(), book.build("--audience", "e0"), book.build()
    idle = book.build(is_cold=False)
    return [
        (f"six editions of {pages} pages, cold: wall / one alone", 1.20, six.wall / alone.wall),
        (f"six editions of {pages} pages, cold: wall / six bare", 0.18, six.wall / bare.wall / 6),
        ("six editions, nothing changed, whole process: wall s", 0.10, idle.wall),
    ]


def verdicts(rows: list[tuple[str, float, float]]) -> str:
    """The rows as a table, each with whether its goal is met."""
    lines = [
        [name, f"{goal:.2f}", f"{found:.2f}", "met" if found <= goal else "not met"]
        for name, goal, found in rows
    ]
    return table(("measure", "goal", "found", ""), lines)


def main() -> None:
    """Prints the tables, each as soon as it is known; the cost of the certificate is measured by tests/bench_certificate.py."""
    parser = argparse.ArgumentParser(prog="make bench-goals ARGS=…", description=__doc__)
    parser.add_argument("--pages", type=int, default=800, help="length of the long report")
    parser.add_argument("--matrix", type=int, default=100, help="length of each of the six editions")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(verdicts(short(folder)), end="\n\n", flush=True)
        print(verdicts(report(folder, options.pages)), end="\n\n", flush=True)
        print(verdicts(matrix(folder, options.matrix)))


if __name__ == "__main__":
    main()
