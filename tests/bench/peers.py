"""This builder and its peers as programs that can be run again and again on one book."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.book import ROOT, write_book
from bench.measure import Cost, run

HERE = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
BARE = "bare WeasyPrint"


class Book:
    """A book in a folder of its own, with all that its peers need to set it."""

    def __init__(self, folder: Path, pages: int, editions: int = 1):
        self.root, self.bare = folder / "project", folder / "bare"
        self.root.mkdir(parents=True)
        self.files = write_book(self.root, pages, editions)

    def prepare(self) -> None:
        """Writes what the bare engines set."""
        run([sys.executable, "-m", "bench.bare", str(self.root), str(self.bare)], self.root, HERE)

    def build(self, *options: str, is_cold: bool = True) -> Cost:
        """Builds with this builder, from what is there or from nothing but the decoded fonts, which bare has too."""
        output, fonts = self.root / "output", self.root / "output/.cache/fonts"
        if is_cold:
            shutil.rmtree(output, ignore_errors=True)
            shutil.copytree(self.bare / "cache/fonts", fonts)
        return run([sys.executable, "-m", "builder", "build", *options], self.root, HERE)

    def set_bare(self) -> Cost:
        """Bare `HTML.write_pdf` in a process of its own."""
        return run([sys.executable, "bare_pdf.py"], self.bare)

    def pages(self, path: Path) -> str:
        """The number of pages of a finished PDF, asked in a process of its own; nothing for another file."""
        if path.suffix != ".pdf" or not path.is_file():
            return ""
        code = "import pikepdf, sys; print(len(pikepdf.open(sys.argv[1]).pages))"
        run([sys.executable, "-c", code, str(path)], self.root)
        return re.findall(r"\d+", (self.root / "log.txt").read_text("utf-8"))[-1]


def peers(book: Book, jobs: int) -> tuple[dict[str, Callable[[], Cost]], dict[str, Path], list[str]]:
    """The programs that are installed by name, the file that each makes, and the names of those that are not."""
    root, bare = book.root, book.bare
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    pandoc, own = shutil.which("pandoc"), root / "output/book/e0"
    script = shutil.which("weasyprint") or shutil.which("weasyprint", path=str(Path(sys.executable).parent))
    rows: list[tuple[str, list[str | None], Path, Callable[[], Cost] | None]] = [
        (BARE, [], bare / "bare.pdf", book.set_bare),
        ("this builder, EPUB", [], own / "book-e0.epub", lambda: book.build("--target", "epub")),
        ("this builder, PDF", [], own / "book-e0.pdf", lambda: book.build("--target", "pdf", "--jobs", str(jobs))),
        ("bare EbookLib", [], bare / "bare.epub", lambda: run([sys.executable, "bare_epub.py"], bare)),
        (
            "Chromium, print to PDF",
            [chromium],
            bare / "chromium.pdf",
            lambda: run(
                [
                    chromium or "", "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
                    f"--user-data-dir={tempfile.mkdtemp(dir=bare)}", "--print-to-pdf=chromium.pdf",
                    (bare / "document.html").as_uri(),
                ],
                bare,
            ),
        ),
        *(
            (
                f"pandoc + {name}",
                [pandoc, engine],
                root / f"pandoc-{name}.pdf",
                lambda name=name, engine=engine: run(
                    [pandoc or "", "book.md", "--toc", f"--pdf-engine={engine}", "-o", f"pandoc-{name}.pdf"], root
                ),
            )
            for name, engine in (("typst", shutil.which("typst")), ("weasyprint", script))
        ),
        ("pandoc, EPUB", [pandoc], root / "pandoc.epub", lambda: run([pandoc or "", "book.md", "-o", "pandoc.epub"], root)),
    ]  # fmt: skip
    there = {name: program for name, needs, _, program in rows if all(needs)}
    return there, {name: file for name, _, file, _ in rows}, [name for name, *_ in rows if name not in there]
