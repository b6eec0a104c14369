"""`make bench-scale`: cost against pages and against editions, as a table and as drawings in output/bench/."""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from bench.book import ROOT, Chapter, long_book
from bench.measure import Cost, interleaved, median, spread, table
from bench.peers import Book, decoded_fonts

WIDTH, HEIGHT, EDGE = 420, 260, 50
EDITION_PAGES = 10
"""Pages of each edition, where these are counted; they share the first chapter and no other."""
HEAD = ("", "wall s", "±", "CPU s", "±", "CPU ms each", "peak MB")


def drawing(title: str, unit: str, points: list[tuple[int, float]]) -> str:
    """Seconds against a number, both from zero, as SVG; the broken line is what the first point makes of all others."""
    most = max(at for at, _ in points)
    first, cost = points[0]
    longest = max(*(seconds for _, seconds in points), cost / first * most)

    def place(at: float, seconds: float) -> tuple[float, float]:
        return EDGE + at / most * (WIDTH - 2 * EDGE), HEIGHT - EDGE - seconds / longest * (HEIGHT - 2 * EDGE)

    places = [place(*point) for point in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = place(most, cost / first * most)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/><text x="{x:.1f}" y="{y - 8:.1f}">{at}: {seconds:.1f} s</text>'
        for (x, y), (at, seconds) in zip(places, points, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="10" text-anchor="middle"><title>{title}</title><text x="{WIDTH / 2}" y="18">{title}</text>'
        f'<path d="M{EDGE} {EDGE}V{HEIGHT - EDGE}H{WIDTH - EDGE}" fill="none" stroke="#555"/>'
        f'<path d="M{EDGE} {HEIGHT - EDGE}L{x:.1f} {y:.1f}" stroke="#999" stroke-dasharray="4"/>'
        f'<polyline points="{line}" fill="none" stroke="#06c"/>{dots}'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 16}">{unit}</text></svg>\n'
    )


def build(folder: Path, fonts: Path, unit: str, number: int) -> Cost:
    """One cold build by two workers of the PDFs of a book of so many pages, or of so many editions."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        book = Book(Path(place), long_book(number) if unit == "pages" else editions(number), ("pdf",))
        book.fonts = fonts
        return book.build("--jobs", "2")


def editions(count: int) -> list[Chapter]:
    """A first half that all editions share, and for each a second of its own."""
    half = EDITION_PAGES / 2
    return [Chapter(half, tuple(range(count))), *(Chapter(half, (number,)) for number in range(count))]


def scale(numbers: list[int], unit: str, target: Path, runs: int) -> str:
    """Measures, draws into the target folder, and says it as a table; what failed is said below it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        fonts = decoded_fonts(place / "fonts")
        programs = {f"{number} {unit}": partial(build, place, fonts, unit, number) for number in numbers}
        costs = interleaved(programs, runs)
    rows, points, said = [], [], []
    for number, (name, found) in zip(numbers, costs.items(), strict=True):
        if isinstance(found, str):
            said.append(f"not measured: {name}: {found}")
            continue
        wall, cpu, peak = (median(found, what) for what in ("wall", "cpu", "peak"))
        widths = [f"{spread(found, what):.0%}" for what in ("wall", "cpu")]
        rows.append([name, f"{wall:.1f}", widths[0], f"{cpu:.1f}", widths[1], f"{cpu / number * 1000:.0f}", f"{peak:.0f}"])
        points.append((number, cpu))
    if points:
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{unit}.svg").write_text(drawing(f"CPU seconds against {unit}", unit, points), "utf-8")
    return "\n".join([table(HEAD, rows), *said])


def main() -> None:
    """Prints both tables and says where the drawings are."""
    parser = argparse.ArgumentParser(prog="make bench-scale ARGS=…", description=__doc__)
    parser.add_argument("--pages", type=int, nargs="*", default=[10, 50, 200, 800], help="lengths of a book")
    parser.add_argument("--editions", type=int, nargs="*", default=[1, 6, 24, 96], help="numbers of editions")
    parser.add_argument("--runs", type=int, default=1, help="runs of each")
    parser.add_argument("--output", type=Path, default=ROOT / "output/bench", help="where the drawings go")
    options = parser.parse_args()
    for unit, numbers in (("pages", options.pages), ("editions", options.editions)):
        if numbers:
            print(scale(numbers, unit, options.output, options.runs), end="\n\n", flush=True)
    print(f"drawn in {options.output}")


if __name__ == "__main__":
    main()
