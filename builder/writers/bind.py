"""`bind` makes one PDF of finished units: page numbers, links, outline, tags, fonts, and what it says of itself."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import pikepdf
from msgspec import Struct
from msgspec.structs import replace
from pikepdf import Array, Dictionary, Name, String

from builder.diagnostics import Checked, Diagnostic, Severity
from builder.futures import Submit, at_once, later
from builder.model import Metadata
from builder.writers.claims import Claim, xmp_packet
from builder.writers.counters import fill as fill_counters
from builder.writers.counters import told
from builder.writers.engine import cut_fonts
from builder.writers.folios import fill
from builder.writers.layout import Page
from builder.writers.outline import add_outline, go_to, rows
from builder.writers.split import first_pages
from builder.writers.tagging.join import Bound, join_trees
from builder.writers.unit import Unit, pages_of

_THREADS = 2
"""That compress pages while the rest is bound."""
_SHORT = 2000
"""Bytes that are compressed sooner than a thread is asked to."""


class Volume(Struct, frozen=True):
    """Bound units: a finished file."""

    data: bytes
    pages: int
    layout: tuple[Page, ...]
    seen: Any = None
    """What `look` made of the pages of the one unit."""


class Sewn:
    """The file that units are sewn into, one after the other, while the last of them are still being set."""

    def __init__(self, first: Unit, is_bound: bool = False):
        # The others are added to the file of the first one.
        self.pdf = pikepdf.open(io.BytesIO(first.data))
        self.is_bound = is_bound
        self.threads = ThreadPoolExecutor(_THREADS)
        self.units, self.parts, self.starts = [], [], []
        self.opened: dict[bytes, pikepdf.Pdf] = {}
        """Units that are to come, by their bytes."""
        self.contents: dict[int, list[tuple[Any, Future]]] = {}
        """Of each unit by its index: streams, each with what it is to say with all numbers, as it is being compressed."""
        root = self.pdf.Root
        pages, tree, record = [page.obj for page in self.pdf.pages], root.StructTreeRoot, root.Unit
        del root.Unit
        self._take(first, Bound(pages, tree, record, first.numbers))

    def open(self, unit: Unit) -> None:
        """Opens a unit that is to be added later: before it, others are missing."""
        self.opened[unit.data] = pikepdf.open(io.BytesIO(unit.data))

    def add(self, unit: Unit) -> None:
        """Sews in the next unit."""
        if unit.data not in self.opened:
            self.open(unit)
        source, before = self.opened.pop(unit.data), len(self.pdf.pages)
        self.pdf.pages.extend(source.pages)
        tree, record = (self.pdf.copy_foreign(each) for each in (source.Root.StructTreeRoot, source.Root.Unit))
        self._take(unit, Bound([page.obj for page in self.pdf.pages[before:]], tree, record, unit.numbers))

    def _take(self, unit: Unit, part: Bound) -> None:
        self.units.append(unit)
        self.parts.append(part)
        self.starts = first_pages([each.pages for each in self.units], self.is_bound)
        if not unit.references:
            self.draw(len(self.units) - 1, {})

    def draw(self, index: int, places: Mapping[str, int]) -> None:
        """Fills in the numbers that a unit left open, and has its pages compressed by threads, in which Python does nothing."""
        unit, shown = self.units[index], [places.get(name) for name in self.units[index].references]
        self.contents[index] = []
        for number, page in enumerate(self.parts[index].pages, self.starts[index]):
            # Of two streams, the first one is finished.
            stream = page.Contents[-1] if isinstance(page.Contents, Array) else page.Contents
            content = fill(stream.read_bytes(), number, unit.figures, shown)
            filled = fill_counters(content, unit.shapes, unit.numbers)
            if len(filled) < _SHORT:
                stream.write(zlib.compress(filled), filter=Name.FlateDecode)
            else:
                self.contents[index].append((stream, self.threads.submit(zlib.compress, filled)))


def bind(
    name: str,
    units: Sequence[Unit],
    claim: Claim,
    meta: Metadata,
    cache: Path,
    is_bound: bool = False,
    submit: Submit = at_once,
    sewn: Sewn | None = None,
) -> Checked[Volume]:
    """Makes one file of units. Of pages that are bound as a book, each unit begins on a right one.

    A link whose target is in no unit is a warning. `submit` has the fonts cut, which needs the engine, by others;
    `sewn` has the first ones of these units already.
    """
    fonts = submit(cut_fonts, [unit.fonts for unit in units], cache, claim.version)
    sewn = sewn or Sewn(units[0], is_bound)
    later(sewn.pdf.close)
    with sewn.threads:
        pdf = sewn.pdf
        for unit in units[len(sewn.parts) :]:
            sewn.add(unit)
        parts = sewn.parts
        blanks = _gather(sewn)
        _add_fonts(parts, units, pdf, fonts.result())
        _share(parts)
        problems = _connect(pdf, name, parts, claim)
        add_outline(pdf, parts)
        join_trees(pdf, parts, blanks)
        _describe(pdf, claim, meta)
        for stream, content in chain.from_iterable(sewn.contents.values()):
            stream.write(content.result(), filter=Name.FlateDecode)
        out = io.BytesIO()
        pdf.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            force_version=claim.version,
        )
        count = int(pdf.Root.Pages.Count)
    layout = tuple(_layout(units, sewn.starts))
    remarks = tuple(dict.fromkeys(remark.of(name) for unit in units for remark in unit.remarks))
    seen = units[0].seen if len(units) == 1 else None
    return Checked(Volume(out.getvalue(), count, layout, seen), (*remarks, *problems))


def _layout(units: Sequence[Unit], starts: Sequence[int]) -> Iterator[Page]:
    for unit, start in zip(units, starts, strict=True):
        for page in unit.layout:
            lines, spill = page.lines, told(page.spill, unit.numbers)
            if unit.numbers:
                texts = [(line, told(line.text, unit.numbers)) for line in lines]
                lines = tuple(line if text == line.text else replace(line, text=text) for line, text in texts)
            yield replace(page, number=page.number + start - 1, lines=lines, spill=spill)


def _gather(sewn: Sewn) -> list[Any]:
    """Puts the pages in order, and draws those whose numbers wait for the places of others; returns blank ones."""
    pages: list[Any] = []
    blanks: list[Any] = []
    places = pages_of(sewn.units, sewn.starts)
    for index, (part, start) in enumerate(zip(sewn.parts, sewn.starts, strict=True)):
        while len(pages) < start - 1:
            blanks.append(_blank_after(sewn.pdf, pages[-1]))
            pages.append(blanks[-1])
        if index not in sewn.contents:
            sewn.draw(index, places)
        pages += part.pages
    sewn.pdf.Root.Pages.Kids, sewn.pdf.Root.Pages.Count = Array(pages), len(pages)
    return blanks


def _blank_after(pdf: pikepdf.Pdf, page: Any) -> Any:
    """A page that is left over before a right one: as large as the one before it, and empty."""
    boxes = {key: page[key] for key in ("/MediaBox", "/TrimBox", "/BleedBox") if key in page}
    empty = pdf.make_stream(b"")
    blank = Dictionary({"/Type": Name.Page, "/Tabs": Name.S, "/Contents": empty, "/Resources": Dictionary(), **boxes})
    blank.Parent = pdf.Root.Pages
    return pdf.make_indirect(blank)


def _add_fonts(parts: Sequence[Bound], units: Sequence[Unit], pdf: pikepdf.Pdf, fonts: bytes) -> None:
    """Gives each unit its fonts, which all units share: they have the glyphs of all."""
    source = pikepdf.open(io.BytesIO(fonts))
    shared = pdf.copy_foreign(pdf_fonts) if (pdf_fonts := source.pages[0].obj.Resources.Font) else {}
    for part, unit in zip(parts, units, strict=True):
        own = part.pages[0].Resources.Font
        for font in unit.fonts:
            own[f"/{font['hash']}"] = shared[f"/{font['hash']}"]


def _share(parts: Sequence[Bound]) -> None:
    """Keeps one of each picture and colour profile that came with several units."""
    known: dict[bytes, Any] = {}
    for part in parts:
        _share_in(part.pages[0].Resources, known, set())


def _share_in(holder: Any, known: dict[bytes, Any], seen: set[Any]) -> None:
    if holder.is_indirect:
        if holder.objgen in seen:
            return
        seen.add(holder.objgen)
    for key, value in list(enumerate(holder) if isinstance(holder, Array) else holder.items()):
        if not isinstance(value, Array | Dictionary | pikepdf.Stream) or key in ("/Font", "/Parent"):
            continue
        if not isinstance(value, pikepdf.Stream):
            _share_in(value, known, seen)
            continue
        _share_in(value.stream_dict, known, seen)
        if "/Resources" not in value:
            digest = hashlib.sha256(value.stream_dict.unparse() + b"\0" + value.read_raw_bytes()).digest()
            holder[key] = known.setdefault(digest, value)


def _connect(pdf: pikepdf.Pdf, name: str, parts: Sequence[Bound], claim: Claim) -> tuple[Diagnostic, ...]:
    """Names the places that links lead to, and lets each link lead to its own (ISO 32000-2, 12.3.2)."""
    first = parts[0].document
    places: dict[str, tuple[Any, Any]] = {}
    for part in parts:
        for anchor, place, element in rows(part.record.Anchors, 3):
            own = element.objgen == part.document.objgen
            places.setdefault(str(anchor), (place, first if own else element))
    missing: dict[str, None] = {}
    for part in parts:
        _spell_out(part)
        for annotation, anchor, link, entry in rows(part.record.Links, 4):
            if (found := places.get(str(anchor))) is None:
                missing[str(anchor)] = None
                annotation.A = Dictionary(S=Name.GoTo, D=Array([part.pages[0], Name.Fit]))
                continue
            annotation.A = go_to(String(str(anchor)), *found)
            if claim.is_archive and found[1].objgen != first.objgen:
                _refer(link, found[1], entry)
    if places:
        names = Array([each for key in sorted(places) for each in (String(key), places[key][0])])
        pdf.Root.Names = Dictionary(Dests=Dictionary(Names=names))
    hint = "mend the style or the content that it names"
    text = "{}: No anchor #{} for internal URI reference"
    return tuple(Diagnostic("engine", text.format(name, each), None, hint, Severity.WARNING) for each in missing)


def _spell_out(part: Bound) -> None:
    """Says the numbers that were left open in the words of links."""
    for page in part.pages if part.numbers else ():
        for annotation in page.get("/Annots", []):
            words = str(annotation.get("/Contents", ""))
            if (spelled := told(words, part.numbers)) != words:
                annotation.Contents = String(spelled)


def _refer(link: Any, target: Any, entry: Any) -> None:
    """Lets a link and its target know of each other, and an entry of a table of contents of what it names."""
    _add_reference(link, target)
    if Name.FENote == target.S:
        _add_reference(target, link)
    if entry is not None:
        _add_reference(entry, target)


def _add_reference(element: Any, target: Any) -> None:
    there = list(element.get("/Ref", []))
    if all(each.objgen != target.objgen for each in there):
        element.Ref = Array([*there, target])


def _describe(pdf: pikepdf.Pdf, claim: Claim, meta: Metadata) -> None:
    """Says what the file is and what standards it keeps; page labels are the printed folios."""
    root = pdf.Root
    root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.D, St=1)]))
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    # A template may say more than the edition does: that a copy is a proof, for one.
    title, about = (str(pdf.docinfo.get(key, "")) for key in ("/Title", "/Subject"))
    packet = xmp_packet(claim, replace(meta, title=title, description=about), str(pdf.docinfo["/Producer"]))
    root.Metadata = pikepdf.Stream(pdf, packet, Type=Name.Metadata, Subtype=Name.XML)
    for intent in root.OutputIntents:
        intent.S = Name.GTS_PDFA1
        intent.OutputConditionIdentifier = intent.Info = "sRGB IEC61966-2.1"
    if claim.is_archive:
        # All that it says stands in the XMP packet (ISO 19005-4, 6.1.3).
        del pdf.trailer.Info
