"""The positive control: what is planted must be found, and what is printed must be read again.

It proves that each kind of place is read and searched: a run of withheld words, where the edition
withholds any, is planted in every kind of place of a small copy, in the file's own font where that has
the letters, and must be found there. And it proves that this very file was read: printed sentences of
the edition must be found again in the text that each way of reading gives. That every single unit would
be found is shown by the tests, which search the edition that may see everything.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from builder.verify.finished import opened_pdf
from builder.verify.leaks.engines import page_texts
from builder.verify.leaks.epub_places import read_epub
from builder.verify.leaks.match import Needles, needles_of, scan
from builder.verify.leaks.opened import Opened
from builder.verify.leaks.pdf_fonts import font_of
from builder.verify.leaks.pdf_frame import ends_of
from builder.verify.leaks.pdf_places import read_pdf
from builder.verify.leaks.place import Place
from builder.verify.leaks.sight import Withheld
from builder.verify.leaks.sought import LENGTH
from builder.verify.leaks.words import even, squeezed, words_of

CANARY = "seven grey canaries sang underground this morning"
"""Planted where an edition withholds no text that could be."""
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:source>{}</dc:source>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
PAGE_WAYS = ("page text", "page text, PDFium", "page text, pdf_oxide")
"""The ways to read the text of a page that share nothing with each other."""
PROBES = 60
SHARE = 0.8
"""How much of what an edition prints each way of reading must find again; a hyphen or a note may part the rest."""


def canary_of(needles: Needles, letters: set[str]) -> str:
    """A run of withheld words that the given letters can spell; a run of our own where there is none."""
    return min(
        (
            run
            for run in needles.runs
            if run not in needles.short
            and len(run) >= LENGTH
            and letters.issuperset(run)
            and sum(map(str.isalpha, run)) > LENGTH // 2  # Figures alone are no words of a picture's metadata.
        ),
        default="".join(CANARY.split()),
    )


def control_pdf(data: bytes, needles: Needles) -> dict[str, bool]:
    """Plants a canary in each kind of place of a copy of one page; says of each kind whether it was found."""
    import pikepdf

    source = opened_pdf(data)
    with pikepdf.new() as copy:
        name, font, codes = _alphabet(source)
        canary = canary_of(needles, set(codes))
        is_spelled = set(codes).issuperset(canary)
        _plant(copy, name, font, codes if is_spelled else {}, canary)
        out = io.BytesIO()
        copy.save(out)
    opened = read_pdf(out.getvalue())
    opened.places += page_texts(out.getvalue())
    kinds = {
        "outline", "document information", "XMP", "name trees", "alternative text", "replacement text", "page labels",
        "annotations", "link targets", "attachments", "marked content", "forms and patterns", "names and keys",
        "titles of structure", "ids of structure",
    }  # fmt: skip
    if is_spelled:
        kinds |= set(PAGE_WAYS)
    found = _found(canary, opened, kinds)
    return {**found, "earlier revisions": bool(ends_of(out.getvalue() + b"\n%%EOF\n"))}


def _alphabet(pdf: Any) -> tuple[str, Any, dict[str, bytes]]:
    """The font of the file that can spell the most letters, and the code of each."""
    best: tuple[str, Any, dict[str, bytes]] = ("/F0", None, {})
    for page in pdf.pages:
        for name, font in _fonts(page.resources):
            read = font_of(font)
            if not read.is_readable or "/ToUnicode" not in font:
                continue
            codes = {
                letter.casefold(): code.to_bytes(read.width, "big")
                for code, letter in read.table.items()
                if len(letter) == 1
            }
            if len(codes) > len(best[2]):
                best = (name, font, codes)
        if len(best[2]) > 40:
            break
    return best


def _fonts(resources: Any) -> Iterator[tuple[str, Any]]:
    """The fonts of a page and of the forms on it."""
    yield from (resources.get("/Font") or {}).items()
    for _, form in (resources.get("/XObject") or {}).items():
        yield from ((form.get("/Resources") or {}).get("/Font") or {}).items()


def _plant(copy: Any, name: str, font: Any, codes: dict[str, bytes], canary: str) -> None:
    import pikepdf
    from pikepdf import Array, Dictionary, Name, String

    said = String(canary)
    copy.add_blank_page()
    page = copy.pages[0].obj
    shown = b"".join(codes[letter] for letter in canary).hex().encode() if codes else b""
    text = b"BT /T 9 Tf 20 700 Td <" + shown + b"> Tj ET " if shown else b""
    page.Contents = copy.make_stream(
        text + b"/Span <</ActualText (" + canary.encode("utf-8-sig") + b")>> BDC EMC"
    )
    fonts = Dictionary(T=copy.copy_foreign(font)) if font is not None and font.is_indirect else Dictionary()
    form = copy.make_stream(
        b"BT (" + canary.encode("latin-1", "replace") + b") Tj ET" if canary.isascii() else text
    )
    form.update(
        Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9], Resources=Dictionary(Font=fonts))
    )
    page.Resources = Dictionary(Font=fonts, XObject=Dictionary(X=form))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], Contents=said)
    link.A = Dictionary(S=Name.URI, URI=String("https://example.invalid/" + canary))
    page.Annots = Array([copy.make_indirect(link)])
    element = Dictionary(Type=Name.StructElem, S=Name.Figure, Alt=said, ActualText=said, T=said, ID=said)
    copy.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=copy.make_indirect(element))
    entry = copy.make_indirect(Dictionary(Title=said))
    copy.Root.Outlines = Dictionary(First=entry, Last=entry, Count=1)
    copy.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=said)]))
    copy.Root.Names = Dictionary(Dests=Dictionary(Names=Array([said, Array([page, Name.Fit])])))
    copy.Root[Name("/PieceInfo")] = Dictionary({"/" + canary: Dictionary()})
    copy.docinfo[Name.Subject] = said
    packet = _XMP.format(canary).encode()
    copy.Root.Metadata = copy.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    copy.attachments["notes.txt"] = pikepdf.AttachedFileSpec(copy, canary.encode())


def control_epub(data: bytes, needles: Needles) -> dict[str, bool]:
    """Plants a canary in each kind of place of a copy with one chapter; says of each kind whether it was found."""
    canary = canary_of(needles, set("abcdefghijklmnopqrstuvwxyz0123456789"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as copy:
        chapter = next(
            (name for name in source.namelist() if "chapter" in name and name.endswith(".xhtml")), ""
        )
        for name in source.namelist():
            part = source.read(name)
            if (
                name in ("mimetype", "META-INF/container.xml")
                or name == chapter
                or name.endswith((".opf", ".css"))
            ):
                copy.writestr(_entry(name), _planted(name, part, canary))
            elif name.endswith("nav.xhtml"):
                copy.writestr(_entry(name), part.replace(b"</body>", f"<p>{canary}</p></body>".encode()))
        copy.writestr(_entry(f"EPUB/{canary}.ncx"), f"<ncx><text>{canary}</text></ncx>")
        copy.writestr(_entry("EPUB/a.svg"), f"<svg><title>{canary}</title></svg>")
        copy.writestr(_entry("EPUB/a.png"), _picture(canary))
        last = _entry("EPUB/a.txt")
        last.comment = canary.encode()
        copy.writestr(last, canary)
        copy.comment = canary.encode()
    opened = read_epub(out.getvalue() + b"\n")
    kinds = {
        "file names", "comments of the archive", "comments of entries", "local headers", "package document",
        "navigation", "NCX", "SVG", "styles", "picture metadata", "other entries", "XHTML, text", "XHTML, attributes",
        "XHTML, comments and instructions",
    }  # fmt: skip
    found = _found(canary, opened, kinds)
    return {
        **found,
        "strange bytes and entries": any("behind the archive" in fault for fault in opened.faults),
    }


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def _planted(name: str, data: bytes, canary: str) -> bytes:
    said = canary.encode()
    if name.endswith(".opf"):
        return data.replace(b"</metadata>", b"<meta>" + said + b"</meta></metadata>")
    if name.endswith(".css"):
        return data + b'\n.x::after{content:"' + said + b'"}'
    if name.endswith(".xhtml"):
        planted = b'<p title="' + said + b'">' + said + b"</p><!--" + said + b"--></body>"
        return data.replace(b"</body>", planted)
    return data


def _picture(text: str) -> bytes:
    from PIL import Image, PngImagePlugin

    out, chunks = io.BytesIO(), PngImagePlugin.PngInfo()
    chunks.add_itxt("Comment", text, zip=True)
    Image.new("1", (1, 1)).save(out, "PNG", pnginfo=chunks)
    return out.getvalue()


def _found(canary: str, opened: Opened, kinds: Iterable[str]) -> dict[str, bool]:
    """Which kinds of place give the canary away."""
    needles = needles_of([Withheld("text", "", "", 0, 0, canary)])
    needles.runs[canary] = [0]
    seen = {hit.place.kind for hit in scan(needles.sort(), opened.places)}
    return {kind: any(each == kind or each.startswith(kind + ",") for each in seen) for kind in sorted(kinds)}


def probes_of(prose: Sequence[str]) -> tuple[str, ...]:
    """The middles of printed sentences from all parts of a text, in their order, their letters run together."""
    probes: dict[str, None] = {}
    step = max(len(prose) // PROBES, 1)
    for start in range(0, len(prose), step):
        stretch = prose[start : start + step]
        words = next((words for text in stretch if len(words := _longest(text)) >= 6), [])
        middle = len(words) // 2
        if probe := squeezed("".join(words[middle - 2 : middle + 3])):
            probes[probe] = None
    return tuple(probes)


def _longest(text: str) -> list[str]:
    """The words of a text that print sets without anything of its own between them."""
    return words_of(even(max(text.split("\0"), key=len)))


def reread(probes: Sequence[str], places: Iterable[Place], ways: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many probes each way of reading was asked for, and how many it found again."""
    texts: dict[str, list[str]] = {}
    for place in places:
        if place.kind in ways:
            texts.setdefault(place.kind, []).append(place.normal[1])
    return {way: (len(probes), _found_again(probes, "".join(texts.get(way, ())))) for way in ways}


def _found_again(probes: Iterable[str], text: str) -> int:
    """How many probes stand in a text, most of them in their order: each is looked for after the last one first."""
    found, last = 0, 0
    for probe in probes:
        if (at := text.find(probe, last)) < 0 and (at := text.find(probe)) < 0:
            continue
        found, last = found + 1, at
    return found


def sha256(data: bytes) -> str:
    """The hash by which a report names its file."""
    return hashlib.sha256(data).hexdigest()
