"""The EPUB writer: metadata, cover and finished files, handed to the packer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from pathlib import Path

from builder import TOOL
from builder.diagnostics import BuildProblem, Checked, Diagnostic
from builder.futures import Submit, at_once
from builder.model import Document, Theme
from builder.render import COVER_FILE, Rendition
from builder.world import World
from builder.writers.epub_cover import draw_cover
from builder.writers.epub_metadata import PackageMetadata
from builder.writers.epub_package import pack
from builder.writers.epub_resources import Resource
from builder.writers.epub_xml import EpubPackageError


def write_epub(
    rendition: Rendition, theme: Theme, words: dict[str, str], world: World, cache: Path, submit: Submit = at_once
) -> Checked[bytes]:
    """The finished ebook, its cover drawn wherever `submit` has it done.

    Raises BuildProblem where the files can't make a correct EPUB.
    """
    document = rendition.document
    cover = draw_cover(document, theme, words, world, cache, submit)
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
