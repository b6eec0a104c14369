"""Writes what bare WeasyPrint, EbookLib and a browser are to set: the very HTML, styles, fonts and pictures of the book.

    python -m bench.bare PROJECT FOLDER

Each edition gets a folder of its own, with two programs of a few lines that set it: `bare_pdf.py` and `bare_epub.py`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from builder.document import document_of
from builder.load import load
from builder.model import Job
from builder.project import Project
from builder.render import render
from builder.world import World
from builder.writers.fonts import font_faces, font_file
from builder.writers.pdf import piece_of
from builder.writers.split import whole

PDF = """\
from weasyprint import HTML
HTML("document.html").write_pdf("bare.pdf", pdf_tags=True, output_intent="srgb")
"""
EPUB = """\
import pathlib
from ebooklib import epub
book = epub.EpubBook()
book.set_identifier("book")
book.set_title("A book of sentences")
book.set_language("en")
pages = []
for path in sorted(pathlib.Path("chapters").iterdir()):
    page = epub.EpubHtml(title=path.stem, file_name=path.stem + ".xhtml", content=path.read_text("utf-8"))
    book.add_item(page)
    pages.append(page)
book.toc, book.spine = pages, ["nav", *pages]
book.add_item(epub.EpubNcx())
book.add_item(epub.EpubNav())
epub.write_epub("bare.epub", book)
"""


def main(root: Path, folder: Path) -> None:
    """Renders the PDF of every edition; fonts are decoded already, which is in the favour of the bare engine."""
    world = World(root, root / "templates")
    project = load(world, "book").value
    for job in project.jobs():
        if job.target == "pdf":
            write_bare(project, job, world, folder / job.audience, folder / "cache")


def write_bare(project: Project, job: Job, world: World, folder: Path, cache: Path) -> None:
    """Writes all that one edition is set from, and the programs that set it."""
    _, theme, words, document = document_of(project, job, world).value
    piece = whole(piece_of(render(document, theme, words, world), theme))
    for name, data in {**piece.files, **{logo.name: logo.data for logo in theme.logos}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for font in theme.fonts:
        target = folder / font["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(font_file(world, font["file"], cache), target)
    html = piece.html.replace("</head>", f"<style>{font_faces(theme)}</style></head>", 1)
    (folder / "document.html").write_text(html, "utf-8")
    (folder / "chapters").mkdir(exist_ok=True)
    for number, chapter in enumerate(document.chapters):
        (folder / f"chapters/c{number:03}.xhtml").write_text(f"<h1>{chapter.title}</h1>{chapter.html}", "utf-8")
    (folder / "bare_pdf.py").write_text(PDF, "utf-8")
    (folder / "bare_pdf_untagged.py").write_text(PDF.replace(", pdf_tags=True", ""), "utf-8")
    (folder / "bare_epub.py").write_text(EPUB, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
