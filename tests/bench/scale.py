"""`make bench-scale`: cost against pages and against editions, as a table and as a drawing in output/bench/."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.book import ROOT
from bench.measure import Cost, table
from bench.peers import Book

WIDTH, HEIGHT, EDGE = 420, 260, 50


def drawing(title: str, unit: str, points: list[tuple[int, Cost]]) -> str:
    """CPU seconds against a number, both from zero, as SVG."""
    most, longest = max(at for at, _ in points), max(cost.cpu for _, cost in points)
    places = [
        (EDGE + at / most * (WIDTH - 2 * EDGE), HEIGHT - EDGE - cost.cpu / longest * (HEIGHT - 2 * EDGE))
        for at, cost in points
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/><text x="{x:.1f}" y="{y - 8:.1f}">{at}: {cost.cpu:.1f} s</text>'
        for (x, y), (at, cost) in zip(places, points, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="10" text-anchor="middle"><title>{title}</title><text x="{WIDTH / 2}" y="18">{title}</text>'
        f'<path d="M{EDGE} {EDGE}V{HEIGHT - EDGE}H{WIDTH - EDGE}" fill="none" stroke="#555"/>'
        f'<polyline points="{line}" fill="none" stroke="#06c"/>{dots}'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 16}">{unit}</text></svg>\n'
    )


def measured(folder: Path, numbers: list[int], unit: str) -> list[tuple[int, Cost]]:
    """One cold build of PDFs for each number of pages of a book, or of editions of ten pages."""
    points = []
    for number in numbers:
        pages, editions = (number, 1) if unit == "pages" else (10, number)
        book = Book(folder / f"{unit}{number}", pages, editions)
        book.prepare()
        points.append((number, book.build("--target", "pdf")))
    return points


def scale(numbers: list[int], unit: str, target: Path) -> str:
    """Measures, draws into the target folder, and says it as a table."""
    with tempfile.TemporaryDirectory() as folder:
        points = measured(Path(folder), numbers, unit)
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{unit}.svg").write_text(drawing(f"CPU seconds against {unit}", unit, points), "utf-8")
    rows = [
        [str(at), f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.cpu / at * 1000:.0f}", f"{cost.peak:.0f}"]
        for at, cost in points
    ]
    return table((unit, "wall s", "CPU s", "CPU ms each", "peak MB"), rows)


def main() -> None:
    """Prints both tables and says where the drawings are."""
    parser = argparse.ArgumentParser(prog="make bench-scale ARGS=…", description=__doc__)
    parser.add_argument("--pages", type=int, nargs="*", default=[10, 50, 200, 800])
    parser.add_argument("--editions", type=int, nargs="*", default=[1, 6, 24, 96])
    options = parser.parse_args()
    target = ROOT / "output/bench"
    for unit, numbers in (("pages", options.pages), ("editions", options.editions)):
        if numbers:
            print(scale(numbers, unit, target), end="\n\n", flush=True)
    print(f"drawn in {target.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
