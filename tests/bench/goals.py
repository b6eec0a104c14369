"""`make bench-goals`: what is to be reached, as ratios in one run on this machine, and whether it is.

A row names two programs of one sitting; in a sitting, all programs that the chosen rows need take turns.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.book import Chapter, brief, long_book, matrix
from bench.certificate import shares
from bench.measure import Cost, Costs, Failed, interleaved, median, spread, table
from bench.peers import Book, Program, decoded_fonts, engine

SHORT_RUNS = 5
"""Runs of what takes a few seconds, at the least."""
SECOND = "a second"


@dataclass(frozen=True, slots=True)
class Goal:
    """A row: two programs of a sitting, and what the one may cost of the other."""

    name: str
    words: str
    sitting: str
    program: str
    other: str
    by: str
    """What is judged: `wall`, `cpu` or `peak`."""
    reach: float


GOALS = (
    Goal("cold-two", "cold tagged PDF, two workers / bare", "long", "cold, two workers", "bare", "wall", 0.45),
    Goal("cold-one", "the same with one worker", "long", "cold, one worker", "bare", "wall", 0.75),
    Goal("report", "a report of ten pages / bare", "report", "report", "bare", "wall", 1.10),
    Goal("page", "one page, whole process / five-line script", "page", "page", "bare", "wall", 0.60),
    Goal("growth", "cost of a page, longest / shortest book", "growth", "page of the longest", "page of the shortest", "cpu", 1.10),
    Goal("memory", "peak of the largest process / bare", "long", "cold, two workers", "bare", "peak", 0.40),
    Goal("word", "one word edited / cold bare", "long", "a word", "bare", "wall", 0.05),
    Goal("word-watched", "the same in a watch", "long", "a word, watched", "bare", "wall", 0.03),
    Goal("shift", "all later pages shifted / cold bare", "long", "a shift", "bare", "wall", 0.06),
    Goal("nothing", "six editions, nothing changed, in seconds", "six", "nothing", SECOND, "wall", 0.10),
    Goal("six-alone", "six editions, PDF and EPUB / the largest alone", "six", "six", "largest", "wall", 1.20),
    Goal("six-bare", "six editions, PDF and EPUB / six bare PDFs", "six", "six", "six bare", "wall", 0.18),
    Goal("section", "six editions, one shared section changed / pandoc and typst cold", "six", "a section", "six pandoc", "wall", 0.40),
    Goal("epub", "EPUB with its checks / pandoc's", "epub", "epub", "pandoc", "wall", 0.30),
    Goal("checks", "certificate and all checks / the rest of the build", "checks", "checks", "the rest", "cpu", 0.15),
)  # fmt: skip
PDF = ("--target", "pdf", "--jobs")


@dataclass(frozen=True, slots=True)
class Bench:
    """Where books are written, how long they are, and how often each program runs."""

    folder: Path
    pages: int
    runs: int


Sitting = Callable[[Bench, set[str], ExitStack], tuple[Mapping[str, Program], int]]
"""Prepares books: the wanted programs by name, and how often each is to run."""


def _chosen(programs: Mapping[str, Program], wanted: set[str]) -> dict[str, Program]:
    return {name: program for name, program in programs.items() if name in wanted}


def _long(bench: Bench, wanted: set[str], stack: ExitStack) -> tuple[Mapping[str, Program], int]:
    book = Book(bench.folder, long_book(bench.pages))
    book.prepare()

    def edited(number: int, paragraphs: int = 0) -> Cost:
        if not book.is_built():
            book.build(*PDF, "2")
        book.edit(number, paragraphs)
        return book.build(*PDF, "2", is_cold=False)

    programs = {
        "bare": book.set_bare,
        "cold, one worker": lambda: book.build(*PDF, "1"),
        "cold, two workers": lambda: book.build(*PDF, "2"),
        "a word": lambda: edited(len(book.files) // 2),
        "a shift": lambda: edited(0, 40),
    }
    if "a word, watched" in wanted:
        watched = Book(bench.folder / "watched", long_book(bench.pages))
        watched.fonts = book.fonts
        watched.clear()
        change = stack.enter_context(watched.watch(*PDF, "2"))
        programs["a word, watched"] = lambda: change(lambda: watched.edit(len(book.files) // 2))
    return _chosen(programs, wanted), bench.runs


def _short(name: str, chapters: list[Chapter], layout: str = "report") -> Sitting:
    def sitting(bench: Bench, wanted: set[str], stack: ExitStack) -> tuple[Mapping[str, Program], int]:
        book = Book(bench.folder, chapters, layout=layout)
        book.prepare()
        return {"bare": book.set_bare, name: lambda: book.build("--target", "pdf")}, max(SHORT_RUNS, bench.runs)

    return sitting


def _growth(bench: Bench, wanted: set[str], stack: ExitStack) -> tuple[Mapping[str, Program], int]:
    """Books of a quarter and of four times the length: 200 and 3,200 pages for 800."""
    programs: dict[str, Program] = {}
    fonts = decoded_fonts(bench.folder / "fonts")
    for name, pages in (("page of the shortest", bench.pages // 4), ("page of the longest", bench.pages * 4)):
        book = Book(bench.folder / str(pages), long_book(pages), ("pdf",))
        book.fonts = fonts
        programs[name] = lambda book=book, pages=pages: book.build(*PDF, "2").per(pages)
    return programs, bench.runs


def _six(bench: Bench, wanted: set[str], stack: ExitStack) -> tuple[Mapping[str, Program], int]:
    chapters = matrix(bench.pages)
    book = Book(bench.folder, chapters)
    book.prepare()
    shared = max(range(len(chapters)), key=lambda number: len(chapters[number].editions))

    def six_pandoc() -> Cost:
        costs = [
            book.pandoc(name, f"{name}.{kind}", *options)
            for name in book.editions
            for kind, options in (("pdf", engine("typst")), ("epub", []))
        ]
        return sum(costs[1:], costs[0])

    def six_bare() -> Cost:
        costs = [book.set_bare(name) for name in book.editions]
        return sum(costs[1:], costs[0])

    def again(is_edited: bool) -> Cost:
        if not book.is_built():
            book.build("--jobs", "2")
        if is_edited:
            book.edit(shared)
        return book.build("--jobs", "2", is_cold=False)

    def nothing() -> Cost:
        again(is_edited=False)  # what was written a moment ago is read again, once
        costs = [book.build("--jobs", "2", is_cold=False) for _ in range(SHORT_RUNS)]
        return sorted(costs, key=lambda cost: cost.wall)[SHORT_RUNS // 2]

    programs = {
        "six pandoc": six_pandoc,
        "six bare": six_bare,
        "largest": lambda: book.build("--audience", "e0", "--jobs", "2"),
        "six": lambda: book.build("--jobs", "2"),
        "a section": lambda: again(is_edited=True),
        "nothing": nothing,
    }
    return _chosen(programs, wanted), bench.runs


def _epub(bench: Bench, wanted: set[str], stack: ExitStack) -> tuple[Mapping[str, Program], int]:
    """An edition that has no PDF, so that its ebook names no pages of one: pandoc's does not either."""
    book = Book(bench.folder, long_book(bench.pages), ("epub",))
    book.fonts = decoded_fonts(bench.folder / "fonts")
    return {"epub": book.build, "pandoc": lambda: book.pandoc("e0", "p.epub")}, bench.runs


def _checks(bench: Bench, wanted: set[str], stack: ExitStack) -> tuple[Mapping[str, Program], int]:
    book = Book(bench.folder, matrix(bench.pages))
    fonts = decoded_fonts(bench.folder / "fonts")
    found: list[Cost] = []

    def checks() -> Cost:
        found[:] = shares(book.root, fonts)
        return found[0]

    return {"checks": checks, "the rest": lambda: found[1]}, 1


SITTINGS: dict[str, Sitting] = {
    "page": _short("page", brief(), "brief"),
    "report": _short("report", long_book(10)),
    "epub": _epub,
    "long": _long,
    "growth": _growth,
    "six": _six,
    "checks": _checks,
}


def judged(folder: Path, pages: int, runs: int, goals: tuple[Goal, ...]) -> Iterator[tuple[Goal, Costs, Costs]]:
    """Each goal with what its two programs cost, sitting by sitting."""
    for name, sitting in SITTINGS.items():
        mine = [goal for goal in goals if goal.sitting == name]
        if not mine:
            continue
        wanted = {program for goal in mine for program in (goal.program, goal.other)}
        costs: dict[str, Costs] = {}
        with ExitStack() as stack:
            try:
                programs, count = sitting(Bench(folder / name, pages, runs), wanted, stack)
                costs = interleaved({f"{name}: {program}": each for program, each in programs.items()}, count)
            except Failed as problem:
                costs = {f"{name}: {program}": str(problem) for program in wanted}
        costs[f"{name}: {SECOND}"] = [Cost(1.0, 1.0, 1.0)]
        for goal in mine:
            yield goal, costs[f"{name}: {goal.program}"], costs[f"{name}: {goal.other}"]


def row(goal: Goal, costs: Costs, others: Costs) -> list[str]:
    """A goal, what was found, and the verdict."""
    cells = [goal.name, goal.words, goal.by, f"{goal.reach:.2f}"]
    if isinstance(costs, str) or isinstance(others, str):
        return [*cells, "", "", "", "", "not measured"]
    ratios = {what: median(costs, what) / (median(others, what) or 1) for what in ("wall", "cpu", "peak")}
    found = ratios[goal.by]
    both = [f"{ratios[what]:.3f}" for what in ("wall", "cpu")]
    width = max(spread(costs, goal.by), spread(others, goal.by))
    return [*cells, f"{found:.3f}", f"{width:.0%}", *both, "met" if found <= goal.reach else "not met"]


HEAD = ("goal", "measure", "by", "reach", "found", "±", "wall", "CPU", "")


def main() -> None:
    """Prints each goal as soon as it is known, and all of them as a table at the end."""
    parser = argparse.ArgumentParser(prog="make bench-goals ARGS=…", description=__doc__)
    parser.add_argument("--pages", type=int, default=800, help="length of the long report, and of the largest of six")
    parser.add_argument("--runs", type=int, default=3, help="runs of each program")
    parser.add_argument("--only", nargs="+", choices=[goal.name for goal in GOALS], help="these goals alone")
    options = parser.parse_args()
    goals = tuple(goal for goal in GOALS if not options.only or goal.name in options.only)
    rows: dict[str, list[str]] = {}
    reasons: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for goal, costs, others in judged(Path(folder), options.pages, options.runs, goals):
            rows[goal.name] = row(goal, costs, others)
            reasons += [f"not measured: {goal.name}: {each}" for each in (costs, others) if isinstance(each, str)]
            *_, found, _, _, _, verdict = rows[goal.name]
            print(f"{goal.name}: {f'{found} ' * bool(found)}{verdict}", flush=True)
    print(f"\nA report of {options.pages} pages, medians of {options.runs} or more")
    print(table(HEAD, [rows[goal.name] for goal in goals], left=2), *reasons, sep="\n")


if __name__ == "__main__":
    main()
