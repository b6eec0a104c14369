"""This builder and its peers as programs that can be run again and again on one book."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.book import ROOT, Chapter, brief, write_book
from bench.measure import Cost, Failed, run

HERE = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
BARE = "bare WeasyPrint"
_WAIT = 600
"""Seconds that a watch may take for one edit."""

Program = Callable[[], Cost]


class Book:
    """A book in a folder of its own, with all that its peers need to set it."""

    def __init__(
        self,
        folder: Path,
        chapters: Sequence[Chapter],
        targets: Sequence[str] = ("pdf", "epub"),
        layout: str = "report",
    ):
        self.root, self.bare = folder / "project", folder / "bare"
        self.root.mkdir(parents=True)
        self.files = write_book(self.root, chapters, targets, layout)
        self.editions = sorted({f"e{edition}" for each in chapters for edition in each.editions})
        self.fonts = self.bare / "cache/fonts"
        """Decoded fonts, which a cold build finds; there once a book is prepared."""
        self._edits = 0

    def prepare(self) -> None:
        """Writes what the bare engines set; raises Failed where the book can't be rendered."""
        run([sys.executable, "-m", "bench.bare", str(self.root), str(self.bare)], self.root, HERE)

    def build(self, *options: str, is_cold: bool = True) -> Cost:
        """Builds with this builder, from what is there or from nothing but the decoded fonts, which bare has too."""
        if is_cold:
            self.clear()
        return run([sys.executable, "-m", "builder", "build", *options], self.root, HERE)

    def clear(self) -> None:
        """Deletes all that was built and kept, but not the decoded fonts."""
        shutil.rmtree(self.root / "output", ignore_errors=True)
        shutil.rmtree(self.root / ".private", ignore_errors=True)
        if self.fonts.is_dir():
            shutil.copytree(self.fonts, self.root / "output/.cache/fonts")

    def is_built(self) -> bool:
        """Whether a build has finished since all was deleted."""
        return (self.root / "output/build.json").is_file()

    def edit(self, number: int, paragraphs: int = 0) -> None:
        """Puts another word at the head of a chapter, or so many paragraphs, which move all later pages."""
        self._edits += 1
        said = f"Word{self._edits}." if not paragraphs else f"A line that moves pages, {self._edits}.\n\n" * paragraphs
        path = self.root / "content/publications/book" / self.files[number]
        text = path.read_text("utf-8")
        path.write_text(re.sub(r"(title: .*\n---\n)", rf"\1{said}\n\n", text, count=1), "utf-8")

    def set_bare(self, edition: str = "e0", program: str = "bare_pdf.py") -> Cost:
        """Bare `HTML.write_pdf`, or bare EbookLib, in a process of its own."""
        return run([sys.executable, program], self.bare / edition)

    def pandoc(self, edition: str, target: str, *options: str) -> Cost:
        """Pandoc on the plain Markdown of an edition; raises Failed where it is not installed."""
        words = [installed("pandoc"), f"{edition}.md", "--toc", "-o", target, *options]
        return run(words, self.root)

    def pages(self, path: Path) -> str:
        """The number of pages of a finished PDF, asked in a process of its own; nothing for another file."""
        if path.suffix != ".pdf" or not path.is_file():
            return ""
        code = "import pikepdf, sys; print(len(pikepdf.open(sys.argv[1]).pages))"
        run([sys.executable, "-c", code, str(path)], self.root)
        return re.findall(r"\d+", (self.root / "log.txt").read_text("utf-8"))[-1]

    @contextmanager
    def watch(self, *options: str) -> Iterator[Callable[[Callable[[], None]], Cost]]:
        """A watch that has built the book: gives what one edit costs, until the watch has told what it built."""
        words = [sys.executable, "-m", "builder", "build", "--watch", *options]
        process = subprocess.Popen(
            words, cwd=self.root, env={**os.environ, **HERE}, text=True, bufsize=1,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        guard = threading.Timer(_WAIT, process.kill)
        guard.start()

        def until(words: str) -> None:
            said = []
            for line in process.stderr:
                said.append(line.strip())
                if words in line:
                    return
            raise Failed(f"the watch ended: {said[-1] if said else 'it printed nothing'}")

        def change(edit: Callable[[], None]) -> Cost:
            before, started = _spent(process.pid), time.perf_counter()
            edit()
            until(" built in ")
            return Cost(time.perf_counter() - started, _spent(process.pid) - before)

        try:
            until("watching content")
            yield change
        finally:
            guard.cancel()
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait()
            process.stderr.close()


def decoded_fonts(folder: Path) -> Path:
    """Decoded fonts for books that no bare engine sets."""
    book = Book(folder, brief(), layout="brief")
    book.prepare()
    return book.fonts


def _spent(pid: int) -> float:
    """Seconds of processors of a process and of all below it that live."""
    root = psutil.Process(pid)
    times = [each.cpu_times() for each in (root, *root.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def installed(*names: str) -> str:
    """The path of the first of some programs that is installed; raises Failed where none is."""
    own = str(Path(sys.executable).parent)
    for name in names:
        if path := shutil.which(name) or shutil.which(name, path=own):
            return path
    raise Failed(f"not installed: {names[0]}")


def engine(name: str) -> list[str]:
    """What pandoc needs to make PDFs by an engine; raises Failed where it is not installed."""
    # Pandoc puts the pictures into a folder of its own, which Typst may read only where its root is above it.
    return [f"--pdf-engine={installed(name)}", *(["--pdf-engine-opt=--root=/"] if name == "typst" else [])]


def chromium(book: Book) -> Cost:
    """Headless Chromium on the very HTML; raises Failed where it is not installed."""
    folder = book.bare / "e0"
    words = [
        installed("chromium", "chromium-browser", "google-chrome"), "--headless", "--no-sandbox", "--disable-gpu",
        "--allow-file-access-from-files", f"--user-data-dir={tempfile.mkdtemp(dir=folder)}",
        "--print-to-pdf=chromium.pdf", (folder / "document.html").as_uri(),
    ]  # fmt: skip
    return run(words, folder)


def peers(book: Book, ebook: Book, jobs: int) -> dict[str, tuple[Program, Path]]:
    """The programs by name, each with the file that it makes; one that is not installed raises Failed.

    `ebook` is the same without a PDF, whose pages the ebook would name: those of the peers name none.
    """
    root, bare, own = book.root, book.bare / "e0", book.root / "output/book/e0"

    def build(*targets: str) -> Program:
        words = [word for target in targets for word in ("--target", target)]
        return lambda: book.build(*words, "--jobs", str(jobs))

    return {
        BARE: (book.set_bare, bare / "bare.pdf"),
        f"{BARE}, no tags": (lambda: book.set_bare(program="bare_pdf_untagged.py"), bare / "bare.pdf"),
        "this builder, PDF": (build("pdf"), own / "book-e0.pdf"),
        "pandoc + weasyprint": (
            lambda: book.pandoc("e0", "w.pdf", *engine("weasyprint")),
            root / "w.pdf",
        ),
        "pandoc + typst": (lambda: book.pandoc("e0", "t.pdf", *engine("typst")), root / "t.pdf"),
        "Chromium, print to PDF": (lambda: chromium(book), bare / "chromium.pdf"),
        "this builder, PDF and EPUB": (build("pdf", "epub"), own / "book-e0.pdf"),
        "this builder, EPUB": (ebook.build, ebook.root / "output/book/e0/book-e0.epub"),
        "bare EbookLib": (lambda: book.set_bare(program="bare_epub.py"), bare / "bare.epub"),
        "pandoc, EPUB": (lambda: book.pandoc("e0", "p.epub"), root / "p.epub"),
    }
