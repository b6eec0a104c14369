"""The PDF writer: `typeset` sets a unit as pages, `bind` makes one file of the units."""

from __future__ import annotations

import hashlib
import io
import logging
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from builder.diagnostics import BuildProblem, Checked, Diagnostic, Severity
from builder.model import Metadata, Theme
from builder.render import Rendition
from builder.store import Store
from builder.world import World
from builder.writers.claims import SCREEN, Claim, claim_of, xmp_packet
from builder.writers.fit import blemishes, helped, judge_layout, snug
from builder.writers.fonts import font_faces, font_file, isolate_fonts
from builder.writers.layout import Page, read_layout

BASE_URL = "https://book.invalid/"
"""The address that every document has: WeasyPrint names images after their addresses, so a path of
this machine would be a fingerprint in the file and would change its bytes."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Finished pages of one part of a document."""

    data: bytes
    """A PDF of these pages alone."""
    pages: int
    layout: tuple[Page, ...] = ()
    """What stands on each of them."""
    seen: Any = None
    """What `look` made of the pages before they were written."""


def write_pdf(
    rendition: Rendition, theme: Theme, world: World, cache: Path, look: Callable[[Any], Any] | None = None
) -> Checked[Unit]:
    """The whole way from a rendition to a finished PDF, with what the engine had to say."""
    files = {"styles.css": rendition.files["styles.css"].encode()}
    files.update({asset.name: asset.data for asset in rendition.document.assets})
    job = rendition.document.job
    claim = claim_of(job.kind)
    unit = _fitted(str(job), rendition.files["document.html"], files, theme, world, cache, claim, look)
    problems = (*unit.problems, *judge_layout(rendition.document, unit.value.layout))
    return Checked(bind([unit.value], claim, rendition.document.metadata), problems)


def _fitted(
    name: str,
    html: str,
    files: dict[str, bytes],
    theme: Theme,
    world: World,
    cache: Path,
    claim: Claim,
    look: Callable[[Any], Any] | None,
) -> Checked[Unit]:
    """Sets the document, and again with those chapters closed up that have a hole or a runt, where it helps them."""

    def setting(html: str) -> Checked[Unit]:
        return typeset(name, html, files, theme, world, cache, claim, look)

    store, key = Store(cache / "fit"), _key(html, files, theme)
    known = (store.recall(key) or {}).get("snug")
    if isinstance(known, list) and all(isinstance(anchor, str) for anchor in known):
        return setting(snug(html, known))
    first = setting(html)
    tried = sorted(blemishes(first.value.layout))
    unit, better = first, []
    if tried:
        unit = setting(snug(html, tried))
        better = helped(first.value.layout, unit.value.layout)
        if better != tried:
            unit = setting(snug(html, better)) if better else first
    store.remember(key, {"snug": better})
    return unit


def _key(html: str, files: dict[str, bytes], theme: Theme) -> str:
    """A hash of everything that the lines of a document depend on."""
    digest = hashlib.sha256(f"{version('weasyprint')}\0{font_faces(theme)}\0{html}".encode())
    for name, data in sorted(files.items()):
        digest.update(f"\0{name}\0".encode() + data)
    return digest.hexdigest()


def typeset(
    name: str,
    html: str,
    files: dict[str, bytes],
    theme: Theme,
    world: World,
    cache: Path,
    claim: Claim = SCREEN,
    look: Callable[[Any], Any] | None = None,
) -> Checked[Unit]:
    """Sets one unit as pages with WeasyPrint, tagged as the claim wants it.

    Only `files` and the theme's fonts can be read. Each log record of the engine becomes a
    Diagnostic under the unit's name. `look` sees the pages before they are written. Raises BuildProblem
    where the unit is nested too deeply.
    """
    try:
        isolate_fonts(cache)
    except OSError as problem:
        message = f"can't write into '{cache}': {(problem.strerror or '').lower()}"
        raise BuildProblem([Diagnostic("environment", message, None, "free space for the cache")]) from None
    with warnings.catch_warnings():
        # That the machine's fonts are hidden is our will, and no news to anybody.
        warnings.filterwarnings("ignore", message="No fonts configured")
        _load_engine()
        marks = {logo.name: logo.data for logo in theme.logos}
        fonts = {font["file"] for font in theme.fonts}
        return _typeset(
            name, html, _make_fetcher({**files, **marks}, fonts, world, cache), theme, claim, look
        )


def _load_engine() -> None:
    """Loads WeasyPrint, which needs libraries of the system; raises BuildProblem where they are missing."""
    try:
        import weasyprint  # noqa: F401
    except OSError as problem:
        hint = "install Pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0, or brew install pango"
        message = f"the typesetter WeasyPrint can't start: {str(problem).splitlines()[0]}"
        raise BuildProblem([Diagnostic("environment", message, None, hint)]) from problem


def _typeset(
    name: str, html: str, fetcher: Any, theme: Theme, claim: Claim, look: Callable[[Any], Any] | None
) -> Checked[Unit]:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    from builder.writers.tagging.hooks import install
    from builder.writers.tagging.plan import Plan

    install()
    records = _Records()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(records)
    propagate, logger.propagate = logger.propagate, False
    try:
        fonts = FontConfiguration()
        where = {"base_url": BASE_URL, "url_fetcher": fetcher}
        sheet = weasyprint.CSS(string=font_faces(theme), font_config=fonts, **where)
        document = weasyprint.HTML(string=html, **where)
        options = {"pdf_version": claim.version, "pdf_tags": True, "output_intent": "srgb"}
        pages = document.render(stylesheets=[sheet], font_config=fonts, **options)
        layout = read_layout(pages)
        seen = look(pages) if look is not None else None
        pages.plan = Plan(pages, claim.is_archive)
        data = pages.write_pdf(**options)
        problems = [*records.diagnostics(name), *_inaccessible(name, pages.plan.problems)]
        return Checked(Unit(data, len(pages.pages), layout, seen), tuple(problems))
    except RecursionError:
        message = f"{name}: nested too deeply to be set"
        raise BuildProblem([Diagnostic("too-deep", message, None, "flatten the lists or divs")]) from None
    finally:
        logger.removeHandler(records)
        logger.propagate = propagate


def _inaccessible(name: str, problems: list[tuple[str, str]]) -> list[Diagnostic]:
    """What keeps somebody out: Markdown has been checked before, so that it is a template's."""
    return [
        Diagnostic("inaccessible", f"{name}: a template prints {what}", None, hint)
        for what, hint in dict.fromkeys(problems)
    ]


def bind(units: list[Unit], claim: Claim, meta: Metadata) -> Unit:
    """Makes one file of finished units: with what it says of itself, and page labels as the printed folios."""
    import pikepdf

    (unit,) = units
    with pikepdf.open(io.BytesIO(unit.data)) as pdf:
        root = pdf.Root
        root.PageLabels = pikepdf.Dictionary(
            Nums=pikepdf.Array([0, pikepdf.Dictionary(S=pikepdf.Name.D, St=1)])
        )
        root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        # A template may say more than the edition does: that a copy is a proof, for one.
        title, about = (str(pdf.docinfo.get(key, "")) for key in ("/Title", "/Subject"))
        packet = xmp_packet(
            claim, replace(meta, title=title, description=about), str(pdf.docinfo["/Producer"])
        )
        root.Metadata = pikepdf.Stream(pdf, packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        for intent in root.OutputIntents:
            intent.S = pikepdf.Name.GTS_PDFA1
            intent.OutputConditionIdentifier = intent.Info = "sRGB IEC61966-2.1"
        if claim.is_archive:
            # All that it says stands in the XMP packet (ISO 19005-4, 6.1.3).
            del pdf.trailer.Info
        out = io.BytesIO()
        pdf.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            force_version=claim.version,
        )
    return Unit(out.getvalue(), unit.pages, unit.layout, unit.seen)


def _make_fetcher(files: dict[str, bytes], fonts: set[str], world: World, cache: Path):
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):
        """Serves the files of this document and nothing else: no network, no other file."""

        def fetch(self, url, headers=None):
            if url.startswith("data:"):
                return super().fetch(url, headers)
            parts = urlsplit(url)
            name = unquote(parts.path).lstrip("/")
            if f"{parts.scheme}://{parts.netloc}/" != BASE_URL:
                raise ValueError(f"'{url}' is outside the document")
            if name in files:
                return URLFetcherResponse(url, files[name], {"Content-Type": _media_type(name)})
            if name in fonts:
                data = font_file(world, name, cache).read_bytes()
                return URLFetcherResponse(url, data, {"Content-Type": "font/ttf"})
            raise ValueError(f"'{name}' is no file of this document")

    return Fetcher()


def _media_type(name: str) -> str:
    suffix = name.rsplit(".", 1)[-1]
    types = {
        "css": "text/css",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "gif": "image/gif",
    }
    return types.get(suffix, "application/octet-stream")


class _Records(logging.Handler):
    """Keeps what the engine logs; silence is the only good answer."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def diagnostics(self, name: str) -> tuple[Diagnostic, ...]:
        """Each record once: a missing sign of a font is an error, the rest are warnings."""
        found = []
        for record in self.records:
            # Its line counts in all style sheets together: nobody could look it up.
            text = re.sub(r" at \d+:\d+", "", record.getMessage()).rstrip(".")
            if "notdef" in text:
                hint = "add a font that has the sign to the theme, or write another sign"
                found.append(Diagnostic("missing-glyph", f"{name}: {text}", None, hint))
            else:
                hint = "mend the style or the content that it names"
                found.append(Diagnostic("engine", f"{name}: {text}", None, hint, Severity.WARNING))
        return tuple(dict.fromkeys(found))
