"""The EPUB writer: metadata, cover and finished files, handed to the packer."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, time
from pathlib import Path

from builder import TOOL
from builder.coverage import covered
from builder.diagnostics import BuildProblem, Checked, Diagnostic, Severity
from builder.language import long_date
from builder.model import Document, Theme
from builder.render import COVER_FILE, Rendition
from builder.templating import environment, fill
from builder.world import World
from builder.writers.epub_metadata import PackageMetadata
from builder.writers.epub_package import pack
from builder.writers.epub_resources import Resource
from builder.writers.epub_xml import EpubPackageError
from builder.writers.pdf import write_sheets

COVER_SIZE = (1600, 2400)
"""Pixels of the cover: Apple Books takes at most four million."""


def write_epub(
    rendition: Rendition, theme: Theme, words: dict[str, str], world: World, cache: Path
) -> Checked[bytes]:
    """The finished ebook; raises BuildProblem where the files can't make a correct EPUB."""
    document = rendition.document
    cover = _cover(document, theme, words, world, cache)
    resources = [Resource("cover", COVER_FILE, "image/png", cover.value)]
    order = ["cover.xhtml", "title.xhtml", "imprint.xhtml", "nav.xhtml", *rendition.chapters, "notes.xhtml"]
    for name in (name for name in order if name in rendition.files):
        identity = "cover-page" if name == "cover.xhtml" else name.removesuffix(".xhtml")
        data = rendition.files[name].encode()
        resources.append(Resource(identity, name, "application/xhtml+xml", data, in_spine=True))
    resources.append(Resource("style", "book.css", "text/css", rendition.files["book.css"].encode()))
    if theme.logo is not None:
        resources.append(Resource("logo", theme.logo.name, theme.logo.media_type, theme.logo.data))
    for index, asset in enumerate(document.assets, 1):
        resources.append(Resource(f"image-{index}", asset.name, asset.media_type, asset.data))
    try:
        data = pack(_metadata(document, rendition), resources, nav_id="nav", cover_id="cover")
    except EpubPackageError as problem:
        message = f"{document.job}: {problem}"
        raise BuildProblem(
            [Diagnostic("epub-package", message, None, "run again with --debug and report it")]
        ) from problem
    return Checked(data, cover.problems)


def _cover(
    document: Document, theme: Theme, words: dict[str, str], world: World, cache: Path
) -> Checked[bytes]:
    """The cover as a picture: set as a page of the same design, then drawn by PDFium."""
    import pypdfium2

    problems: tuple[Diagnostic, ...] = ()
    if not (has_words := _can_be_set(document, theme, world)):
        message = f"{document.job}: the fonts of the theme '{theme.name}' can't set the words of the cover"
        hint = "add a font for this language to the theme; until then the cover is a drawing alone"
        problems = (Diagnostic("plain-cover", message, None, hint, Severity.WARNING),)
    values = {"doc": document, "words": words, "theme": theme, "target": "epub", "has_words": has_words}
    html = fill(environment(world), "epub/cover.html", **values)
    tokens = ":root{" + "".join(f"--{name}:{value};" for name, value in theme.tokens.items()) + "}\n"
    name, files = f"{document.job} cover", {"styles.css": tokens.encode()}
    sheet = write_sheets(name, html, files, theme, document.metadata, world, cache)
    pdf = pypdfium2.PdfDocument(sheet.value.data)
    try:
        page = pdf[0]
        image = page.render(scale=COVER_SIZE[0] / page.get_width()).to_pil().convert("RGB")
    finally:
        pdf.close()
    if image.size != COVER_SIZE:
        image = image.resize(COVER_SIZE)
    # Flat colours: a palette of 256, which are RGB, keeps the picture sharp at a tenth of the size.
    out = io.BytesIO()
    image.quantize(256, dither=0).save(out, "PNG", optimize=True)
    return Checked(out.getvalue(), (*problems, *sheet.problems))


def _can_be_set(document: Document, theme: Theme, world: World) -> bool:
    """Whether the fonts have the signs of the cover, and its lines run from left to right."""
    meta = document.metadata
    names = [name for author in meta.authors for name in (author.name, author.affiliation)]
    said = " ".join([meta.title, meta.subtitle, meta.publisher, meta.series, meta.audience, *names])
    said += long_date(meta.date, meta.language)
    known = covered(theme, world)
    return meta.direction == "ltr" and all(not sign.isalpha() or ord(sign) in known for sign in said)


def _metadata(document: Document, rendition: Rendition) -> PackageMetadata:
    meta, access = document.metadata, rendition.access
    licence = " ".join(filter(None, (meta.licence_name, meta.licence_url)))
    return PackageMetadata(
        identifier=meta.uuid,
        title=meta.title,
        subtitle=meta.subtitle,
        language=meta.language,
        other_languages=tuple(sorted({chapter.language for chapter in document.chapters} - {meta.language})),
        direction=meta.direction,
        creators=tuple(author.name for author in meta.authors),
        publisher=meta.publisher,
        date=meta.date,
        modified=datetime.combine(meta.date, time(), UTC),
        description=meta.description,
        rights=". ".join(filter(None, (meta.rights.rstrip("."), licence))),
        subjects=meta.keywords,
        series=meta.series,
        series_number=meta.series_number if re.fullmatch(r"\d+(\.\d+)*", meta.series_number) else "",
        source=meta.identifier,
        page_break_source=rendition.page_source,
        translation_of=meta.translation_of,
        access_modes=access.modes,
        access_modes_sufficient=access.sufficient,
        access_features=access.features,
        access_hazards=access.hazards,
        access_summary=access.statement,
        conforms_to=meta.conforms_to,
        certified_by=meta.certified_by,
        edition=meta.edition,
        inputs=meta.inputs,
        generator=TOOL,
    )
