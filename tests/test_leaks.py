"""The leak certificate finds what is planted anywhere in a file, from any construct, and fails where it is blind."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, PngImagePlugin
from support.leaks import OVERLAY, SECRETS
from support.project import AUDIENCES as STOCK_AUDIENCES
from support.project import BOOK, PUBLICATION, TEMPLATES, job, make_project, section
from test_withhold import VIEWERS, WORD, documents

import builder.verify.leaks.certify as leaks
from builder.cli import main
from builder.conditions import CONDITION_KEYS, Verdict, Viewer
from builder.diagnostics import Checked, Span
from builder.load import load
from builder.model import Decision
from builder.orders import Order
from builder.pipeline import WRITERS, build
from builder.project import Body
from builder.verify.leaks import pdf_text
from builder.verify.leaks.certify import certify
from builder.verify.leaks.epub_places import xml_places
from builder.verify.leaks.machine import machine_texts
from builder.verify.leaks.match import needles_of, scan
from builder.verify.leaks.pdf_pages import page_places, recollect
from builder.verify.leaks.place import Place
from builder.verify.leaks.reading import read_text
from builder.verify.leaks.sight import Withheld
from builder.verify.leaks.words import even, names_of, numbers_of, squeezed, words_of
from builder.world import World

SECRET = "The old reactor at Darvii moves underground before winter"
"""A withheld sentence of the stock book, for planting."""
AT = f"{BOOK}/secret.md:8"
CLIP = b"q 0 0 0 0 re W n "


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A project with a secret of each kind."""
    return make_project(tmp_path_factory.mktemp("leaks"), OVERLAY)


@pytest.fixture(scope="module")
def project(world: World):
    """That project, loaded."""
    loaded = load(world)
    assert not loaded.problems, "\n".join(map(str, loaded.problems))
    return loaded.value


@pytest.fixture(scope="module")
def files(world: World, cache: Path) -> Callable[[str, str], bytes]:
    """A function from audience and target to the finished file, built once."""
    made: dict[tuple[str, str], bytes] = {}

    def get(audience: str, target: str) -> bytes:
        if (audience, target) not in made:
            checked = build(Order(job(audience, target), world.root, TEMPLATES, cache))
            assert checked.value is not None, "\n".join(map(str, checked.problems))
            made[audience, target] = checked.value.data
        return made[audience, target]

    return get


def problems(project, world: World, data: bytes, target: str) -> list[str]:
    """What the certificate of the public edition says of a file."""
    return [str(problem) for problem in certify(project, job("public", target), world, data).problems]


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_a_good_edition_gets_its_certificate(target: str, project, world, files) -> None:
    """A file that leaks nothing has no problem, and the certificate says what was searched."""
    made = certify(project, job("public", target), world, files("public", target))
    assert made.problems == ()
    certificate = made.value
    assert certificate.sought > 100
    assert len(certificate.places) > 10
    assert len(certificate.controls) > 10
    assert all(found == asked > 0 for _, asked, found in certificate.readers)


@pytest.mark.parametrize(
    ("construct", "target"),
    [(name, target) for name, (_, only) in SECRETS.items() for target in ([only] if only else ["pdf", "epub"])],
)
def test_every_construct_is_found_in_the_edition_that_may_see_it(
    construct: str, target: str, project, world, files, leaked
) -> None:
    """Each kind of withheld thing is found, at its place in the source, in a file that was made with it."""
    place, _ = SECRETS[construct]
    assert any(at.startswith(f"{BOOK}/{place}") for at in leaked(target)), leaked(target)


@pytest.fixture(scope="module")
def leaked(project, world, files) -> Callable[[str], list[str]]:
    """The places in the source of everything that the public may not see and the staff's file holds."""
    found: dict[str, list[str]] = {}

    def get(target: str) -> list[str]:
        if target not in found:
            most, leaks.MOST = leaks.MOST, 100_000
            made = certify(project, job("public", target), world, files("staff", target))
            leaks.MOST = most
            assert all(problem.code == "leak" for problem in made.problems)
            found[target] = [str(problem.span) for problem in made.problems]
        return found[target]

    return get


# Planting in a PDF: each takes the open file and what stands in it for a secret.


def content(pdf: pikepdf.Pdf, stream: bytes) -> None:
    page = pdf.pages[0]
    page.contents_add(pdf.make_stream(stream))


def spelled(pdf: pikepdf.Pdf, text: str) -> tuple[str, bytes]:
    """The text in the codes of an embedded font that has all of its letters."""
    from builder.verify.leaks.pdf_fonts import font_of

    for page in pdf.pages:
        for name, font in page.resources.Font.items():
            read = font_of(font)
            codes = {letter: code for code, letter in read.table.items()}
            if set(text) <= set(codes):
                pdf.pages[0].resources.Font[name] = font
                return name, b"".join(codes[letter].to_bytes(read.width, "big") for letter in text)
    raise AssertionError("no font has these letters")


def printed(pdf: pikepdf.Pdf, text: str, before: bytes = b"", at: str = "100 400") -> None:
    name, codes = spelled(pdf, text)
    content(pdf, b"q " + before + f" BT {name} 9 Tf {at} Td <{codes.hex()}> Tj ET Q".encode())


def simple(pdf: pikepdf.Pdf, text: str, **more) -> bytes:
    """A standard font of one byte a letter, and the operators that show a text in it."""
    pdf.pages[0].resources.Font[Name("/Plain")] = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding, **more
    )
    return b"BT /Plain 9 Tf 100 300 Td (" + text.encode("cp1252", "replace") + b") Tj ET"


def ligature(pdf: pikepdf.Pdf, text: str) -> None:
    """A font whose one code means two letters."""
    cmap = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <01> <FB01> endbfchar"
    show = simple(pdf, "The ", ToUnicode=pdf.make_stream(cmap))
    content(pdf, show.replace(b"(The )", b"(The con\x01dential pipeline of Zavkhan)"))


def type3(pdf: pikepdf.Pdf, text: str) -> None:
    glyph = pdf.make_stream(b"500 0 d0")
    names = [Name("/" + {" ": "space"}.get(letter, letter)) for letter in sorted(set(text))]
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 9, 9], FontMatrix=[1, 0, 0, 1, 0, 0], FirstChar=1,
        LastChar=len(names), Widths=[500] * len(names), CharProcs=Dictionary({str(n): glyph for n in names}),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([1, *names])),
    )  # fmt: skip
    pdf.pages[0].resources.Font[Name("/Drawn")] = pdf.make_indirect(font)
    codes = bytes(sorted(set(text)).index(letter) + 1 for letter in text)
    content(pdf, b"BT /Drawn 9 Tf <" + codes.hex().encode() + b"> Tj ET")


def form(pdf: pikepdf.Pdf, text: str) -> None:
    simple(pdf, "")
    stream = pdf.make_stream(simple(pdf, text))
    stream.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 1, 1]))
    stream.Resources = pdf.pages[0].resources
    pdf.pages[0].resources.XObject = Dictionary(Unused=stream)


def pattern(pdf: pikepdf.Pdf, text: str) -> None:
    stream = pdf.make_stream(simple(pdf, text))
    stream.update(
        Dictionary(
            Type=Name.Pattern, PatternType=1, PaintType=1, TilingType=1, BBox=[0, 0, 1, 1], XStep=1, YStep=1
        )
    )
    stream.Resources = Dictionary(Font=pdf.pages[0].resources.Font)
    pdf.pages[0].resources.Pattern = Dictionary(Tile=stream)


def appearance(pdf: pikepdf.Pdf, text: str) -> None:
    stream = pdf.make_stream(simple(pdf, text))
    stream.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 1, 1]))
    stream.Resources = Dictionary(Font=pdf.pages[0].resources.Font)
    note(pdf, Dictionary(Subtype=Name.Stamp, AP=Dictionary(N=stream)))


def note(pdf: pikepdf.Pdf, more: Dictionary) -> None:
    made = Dictionary(Type=Name.Annot, Rect=[0, 0, 1, 1])
    for key, value in more.items():
        made[key] = value
    page = pdf.pages[0].obj
    page.Annots = Array([*page.get("/Annots", ()), pdf.make_indirect(made)])


def element(key: str) -> Callable[[pikepdf.Pdf, str], None]:
    def plant(pdf: pikepdf.Pdf, text: str) -> None:
        root = pdf.Root.StructTreeRoot
        made = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Span, P=root))
        made[Name("/" + key)] = String(text)
        root.K = Array([*(root.K if isinstance(root.K, Array) else [root.K]), made])

    return plant


def outline(pdf: pikepdf.Pdf, text: str) -> None:
    pdf.Root.Outlines.First.Title = String(text)


def xmp(pdf: pikepdf.Pdf, text: str) -> None:
    data = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata.write(data.replace(b"</rdf:RDF>", f"<!-- {text} --></rdf:RDF>".encode()))


def attachment(pdf: pikepdf.Pdf, text: str, name: str = "notes.txt") -> None:
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, text.encode())


def zipped_attachment(pdf: pikepdf.Pdf, text: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner.csv", f"a,b\n1,{text}\n")
    pdf.attachments["data.zip"] = pikepdf.AttachedFileSpec(pdf, out.getvalue())


def picture(pdf: pikepdf.Pdf, text: str) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = text
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    place_picture(pdf, out.getvalue())


def jpeg_comment(pdf: pikepdf.Pdf, text: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", comment=text)
    place_picture(pdf, out.getvalue())


def place_picture(pdf: pikepdf.Pdf, data: bytes) -> None:
    image = pikepdf.Stream(
        pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=8, Height=8, ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8, Filter=Name.DCTDecode,
    )  # fmt: skip
    pdf.pages[0].resources.XObject = Dictionary(Shot=pdf.make_indirect(image))


def profile(pdf: pikepdf.Pdf, text: str) -> None:
    pdf.pages[0].resources.ColorSpace = Dictionary(
        Own=Array([Name.ICCBased, pdf.make_stream(b"\0\0\1\0desc" + text.encode("utf-16-be") + b"\0\0", N=3)])
    )


def layer(pdf: pikepdf.Pdf, text: str) -> None:
    made = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(text)))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([made]), D=Dictionary())


def field(pdf: pikepdf.Pdf, text: str) -> None:
    made = pdf.make_indirect(Dictionary(FT=Name.Tx, T=String("f"), V=String(text)))
    pdf.Root.AcroForm = Dictionary(Fields=Array([made]))


def root(key: str, value: Callable[[str], object]) -> Callable[[pikepdf.Pdf, str], None]:
    def plant(pdf: pikepdf.Pdf, text: str) -> None:
        pdf.Root[Name("/" + key)] = value(text)

    return plant


def font_name(pdf: pikepdf.Pdf, text: str) -> None:
    simple(
        pdf,
        "x",
        FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=Name("/" + text.replace(" ", "-"))),
    )


def glyph_list(pdf: pikepdf.Pdf, text: str) -> None:
    simple(pdf, "x", FontDescriptor=Dictionary(Type=Name.FontDescriptor, CharSet=String(text)))


def hyphenated(pdf: pikepdf.Pdf, text: str) -> None:
    content(
        pdf,
        simple(pdf, "The old reac-")
        + simple(pdf, "tor at Darvii moves under-")
        + simple(pdf, "ground before winter"),
    )


def columns(pdf: pikepdf.Pdf, text: str) -> None:
    """Two columns, whose lines the stream sets in turn."""
    content(
        pdf,
        simple(pdf, "reactor at Darvii moves underground before")
        + simple(pdf, "Something else")
        + simple(pdf, "winter"),
    )


PDF_LEAKS: dict[str, tuple[Callable[[pikepdf.Pdf, str], None], str]] = {
    "page text": (printed, "page 1, text"),
    "white text": (lambda p, t: printed(p, t, b"1 g"), "page 1, text"),
    "invisible text": (lambda p, t: printed(p, t, b"3 Tr"), "page 1, text"),
    "off-page text": (lambda p, t: printed(p, t, at="-4000 9000"), "page 1, text"),
    "clipped text": (lambda p, t: printed(p, t, CLIP), "page 1, text"),
    "text of no size": (lambda p, t: printed(p, t, b"0.001 0 0 0.001 0 0 cm"), "page 1, text"),
    "text of a simple font": (lambda p, t: content(p, simple(p, t)), "page 1, text"),
    "uppercase": (lambda p, t: content(p, simple(p, t.upper())), "page 1, text"),
    "hyphenated": (hyphenated, "page 1, text"),
    "columns": (columns, "page 1, text"),
    "letter by letter": (lambda p, t: content(p, simple(p, " ".join(t))), "page 1, text"),
    "without spaces": (lambda p, t: content(p, simple(p, t.replace(" ", ""))), "page 1, text"),
    "a ligature": (ligature, "page 1, text"),
    "a Type 3 font": (type3, "page 1, text"),
    "a comment in a stream": (lambda p, t: content(p, b"% " + t.encode() + b"\n"), "marked content"),
    "ActualText in the page": (
        lambda p, t: content(p, b"/Span <</ActualText (" + t.encode() + b")>> BDC EMC"), "marked content",
    ),
    "a form that is not shown": (form, "text"),
    "a pattern": (pattern, "text"),
    "an appearance": (appearance, "text"),
    "the outline": (outline, "outline"),
    "alternative text": (element("Alt"), "alternative text"),
    "replacement text": (element("ActualText"), "replacement text"),
    "an expansion": (element("E"), "expansions"),
    "a title of structure": (element("T"), "titles of structure"),
    "a language of structure": (element("Lang"), "languages"),
    "an id of structure": (element("ID"), "ids of structure"),
    "XMP": (xmp, "XMP"),
    "document information": (lambda p, t: p.docinfo.__setitem__(Name.Keywords, String(t)), "document information"),
    "UTF-16": (lambda p, t: p.docinfo.__setitem__(Name.Keywords, String("\u4e00 " + t)), "document information"),
    "a named destination": (
        root("Dests", lambda t: Dictionary({"/" + t.replace(" ", "-"): Array([])})), "names",
    ),
    "an attachment": (attachment, "attachment"),
    "the name of an attachment": (lambda p, t: attachment(p, "x", t + ".txt"), "file names"),
    "an attachment in an archive": (zipped_attachment, "inner.csv"),
    "an annotation": (lambda p, t: note(p, Dictionary(Subtype=Name.Text, Contents=String(t))), "annotations"),
    "a link target": (
        lambda p, t: note(
            p, Dictionary(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://x/" + t.replace(" ", "-"))))
        ),
        "link targets",
    ),
    "a page label": (root("PageLabels", lambda t: Dictionary(Nums=Array([0, Dictionary(P=String(t))]))), "page labels"),
    "the name of a font": (font_name, "names"),
    "a list of glyphs": (glyph_list, "fonts"),
    "EXIF of a picture": (picture, "a picture"),
    "a comment of a picture": (jpeg_comment, "a picture"),
    "a colour profile": (profile, "object"),
    "private data": (root("PieceInfo", lambda t: Dictionary(App=Dictionary(Private=String(t)))), "other strings"),
    "a key": (root("Extra", lambda t: Dictionary({"/" + t.replace(" ", "_"): 1})), "names"),
    "a layer": (layer, "other strings"),
    "a form field": (field, "form fields"),
}  # fmt: skip


@pytest.mark.parametrize("place", PDF_LEAKS)
def test_a_secret_planted_in_a_pdf_is_found_and_named(place: str, project, world, files) -> None:
    """Wherever a secret stands in a PDF, an error names its line in the source and the place in the file."""
    plant, where = PDF_LEAKS[place]
    with pikepdf.open(io.BytesIO(files("public", "pdf"))) as pdf:
        plant(pdf, SECRET)
        out = io.BytesIO()
        pdf.save(out)
    said = problems(project, world, out.getvalue(), "pdf")
    named = [text for text in said if text.startswith(f"{BOOK}/secret.md:") and "error[leak]" in text]
    assert any(where in text for text in named), said


def test_an_earlier_revision_is_a_leak(project, world, files) -> None:
    """What an incremental update hides is still in the file, and is an error of its own."""
    import pypdf

    with pikepdf.open(io.BytesIO(files("public", "pdf"))) as pdf:
        outline(pdf, SECRET)
        out = io.BytesIO()
        pdf.save(out)
    reader = pypdf.PdfReader(io.BytesIO(out.getvalue()))
    writer = pypdf.PdfWriter(io.BytesIO(out.getvalue()), incremental=True)
    writer.add_metadata({"/Title": "Nothing"})
    later = io.BytesIO()
    writer.write(later)
    assert reader.pages
    assert any("earlier revision" in text for text in problems(project, world, later.getvalue(), "pdf"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data + b"\n" + SECRET.encode(), "bytes stand after the end"),
        (lambda data: b"x" + data, "bytes stand before the header"),
        (lambda data: data.replace(b"%%EOF", b"%%EOF\n%%EOF"), "stands 2 times"),
    ],
)
def test_bytes_around_a_pdf_are_a_leak(change, said: str, project, world, files) -> None:
    """Bytes that no reader shows have no business in a file."""
    assert any(said in text for text in problems(project, world, change(files("public", "pdf")), "pdf"))


def test_an_object_that_nothing_leads_to_is_a_leak(project, world, files) -> None:
    """An orphan of an earlier build is found even where it says nothing that is looked for."""
    data = files("public", "pdf")
    with pikepdf.open(io.BytesIO(data)) as pdf:
        out = io.BytesIO()
        pdf.Root.Orphan = pdf.make_indirect(Dictionary(Left=String("over")))
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    lost = re.sub(rb"/Orphan \d+ 0 R", lambda m: b" " * len(m[0]), out.getvalue())
    assert any("nothing leads to" in text for text in problems(project, world, lost, "pdf"))


# Planting in an EPUB: a change to one entry, to the archive, or a new entry.


def inside(name: str, old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    def change(entries: dict[str, bytes]) -> None:
        assert old.encode() in entries[name], name
        entries[name] = entries[name].replace(old.encode(), new.encode(), 1)

    return change


def added(name: str, data: bytes | str) -> Callable[[dict[str, bytes]], None]:
    def change(entries: dict[str, bytes]) -> None:
        entries[name] = data if isinstance(data, bytes) else data.encode()
        entries["EPUB/content.opf"] = entries["EPUB/content.opf"].replace(
            b"</manifest>", f'<item id="x" href="{name[5:]}" media-type="text/plain"/></manifest>'.encode()
        )

    return change


def png(text: str) -> bytes:
    out, chunks = io.BytesIO(), PngImagePlugin.PngInfo()
    chunks.add_text("Comment", text, zip=True)
    Image.new("1", (2, 2)).save(out, "PNG", pnginfo=chunks)
    return out.getvalue()


def body(html: str) -> Callable[[dict[str, bytes]], None]:
    return inside(CHAPTER, "</section>", f"{html}</section>")


def paragraph(text: str) -> Callable[[dict[str, bytes]], None]:
    return body(f"<p>{text}</p>")


CHAPTER = "EPUB/chapter-01.xhtml"
SLUG = SECRET.lower().replace(" ", "-")
NFD = "Нууц гэрээ Ба\u0438\u0306драгт гурван жилийн хугацаатай"
EPUB_LEAKS: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "text": (paragraph(SECRET), f"{CHAPTER}, line"),
    "text in two lines": (paragraph(SECRET.replace(" at ", "\nat ")), f"{CHAPTER}, line"),
    "text in many elements": (paragraph("".join(f"<b>{c}</b>" for c in SECRET)), f"{CHAPTER}, line"),
    "text in many blocks": (body("".join(f"<p>{word}</p>" for word in SECRET.split())), f"{CHAPTER}, line"),
    "hidden text": (body(f"<p hidden='hidden'>{SECRET}</p>"), "line"),
    "soft hyphens": (paragraph(SECRET.replace("react", "re\u00adact")), "line"),
    "zero-width signs": (paragraph("\u200b".join(SECRET)), "line"),
    "no-break spaces": (paragraph(SECRET.replace(" ", "\u00a0")), "line"),
    "full-width letters": (paragraph("".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in SECRET)), "line"),
    "capitals": (paragraph(SECRET.upper()), "line"),
    "character references": (paragraph("".join(f"&#{ord(c)};" for c in SECRET)), "line"),
    "CDATA": (paragraph(f"<![CDATA[{SECRET}]]>"), "line"),
    "an attribute": (inside(CHAPTER, "<section ", f'<section title="{SECRET}" '), "attribute title"),
    "a data attribute": (inside(CHAPTER, "<section ", f'<section data-note="{SECRET}" '), "attribute data-note"),
    "an id": (body(f'<p id="{SLUG}"/>'), "attribute id"),
    "a style": (body(f"<p style=\"--note:'{SECRET}'\"/>"), "attribute style"),
    "a comment": (body(f"<!-- {SECRET} -->"), "comment or instruction"),
    "an instruction": (body(f"<?note {SECRET}?>"), "comment or instruction"),
    "a comment after the end": (inside(CHAPTER, "</html>", f"</html><!-- {SECRET} -->"), "comment or instruction"),
    "a script": (
        inside(CHAPTER, "</head>", f'<script type="application/ld+json">{{"x": "{SECRET}"}}</script></head>'), "line",
    ),
    "the title of a drawing": (
        body(f'<svg xmlns="http://www.w3.org/2000/svg"><title>{SECRET}</title></svg>'),
        "line",
    ),
    "the description of a drawing": (
        body(f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{SECRET}</desc></svg>'),
        "line",
    ),
    "metadata of a drawing": (
        added("EPUB/a.svg", f'<svg xmlns="http://www.w3.org/2000/svg"><metadata>{SECRET}</metadata></svg>'), "EPUB/a.svg",
    ),
    "content of a style sheet": (
        inside("EPUB/book.css", "/*", f'p::after{{content:"{SECRET}"}}/*'), "EPUB/book.css, line 1",
    ),
    "escapes in a style sheet": (
        inside("EPUB/book.css", "/*", 'p::after{content:"' + "".join(f"\\{ord(c):06x}" for c in SECRET) + '"}/*'),
        "EPUB/book.css, line 1",
    ),
    "a comment of a style sheet": (inside("EPUB/book.css", "/*", f"/* {SECRET} */ /*"), "EPUB/book.css, line 1"),
    "a selector": (inside("EPUB/book.css", "/*", f".{SLUG}{{color:red}}/*"), "EPUB/book.css, line 1"),
    "the package": (inside("EPUB/content.opf", "</metadata>", f"<meta property='x'>{SECRET}</meta></metadata>"), "content.opf"),
    "an id of the manifest": (inside("EPUB/content.opf", "</manifest>", f'<item id="{SLUG}" href="nav.xhtml"/></manifest>'), "attribute id"),
    "the navigation": (inside("EPUB/nav.xhtml", "</nav>", f"<p>{SECRET}</p></nav>"), "EPUB/nav.xhtml, line"),
    "an attribute of the navigation": (inside("EPUB/nav.xhtml", "<nav ", f'<nav title="{SECRET}" '), "attribute title"),
    "an NCX": (added("EPUB/toc.ncx", f"<ncx><navLabel><text>{SECRET}</text></navLabel></ncx>"), "EPUB/toc.ncx"),
    "a file name": (added(f"EPUB/{SLUG}.txt", "x"), "file names"),
    "a text chunk of a picture": (added("EPUB/a.png", png(SECRET)), "metadata of the picture"),
    "behind the pixels of a picture": (added("EPUB/b.png", png("x") + SECRET.encode()), "a picture"),
    "another file": (added("EPUB/a.txt", SECRET), "EPUB/a.txt"),
    "another file in UTF-16": (added("EPUB/a.dat", b"\xff" + SECRET.encode("utf-16-le")), "EPUB/a.dat"),
    "decomposed letters": (paragraph(NFD), "line"),
}  # fmt: skip


def packed(
    entries: dict[str, bytes], comment: bytes = b"", extra: bytes = b"", entry_comment: bytes = b""
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            if name == CHAPTER:
                info.extra, info.comment = extra, entry_comment
            archive.writestr(info, data)
        archive.comment = comment
    return out.getvalue()


@pytest.fixture(scope="module")
def entries(files) -> dict[str, bytes]:
    """The entries of the public ebook."""
    with zipfile.ZipFile(io.BytesIO(files("public", "epub"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("place", EPUB_LEAKS)
def test_a_secret_planted_in_an_epub_is_found_and_named(place: str, project, world, entries) -> None:
    """Wherever a secret stands in an ebook, an error names its line in the source and the place in the file."""
    change, where = EPUB_LEAKS[place]
    changed = dict(entries)
    change(changed)
    said = problems(project, world, packed(changed), "epub")
    named = [text for text in said if text.startswith(f"{BOOK}/secret.md:") and "error[leak]" in text]
    assert any(where in text for text in named), said


@pytest.mark.parametrize(
    ("where", "more"),
    [
        ("comment of the archive", {"comment": SECRET.encode()}),
        ("comment and extra field", {"entry_comment": SECRET.encode()}),
        ("comment and extra field", {"extra": struct.pack("<HH", 0x7075, len(SECRET)) + SECRET.encode()}),
    ],
)
def test_a_secret_in_the_archive_itself_is_found(where: str, more: dict, project, world, entries) -> None:
    """Comments and extra fields of a zip archive are searched."""
    said = problems(project, world, packed(entries, **more), "epub")
    assert any(text.startswith(AT) and where in text for text in said), said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data + SECRET.encode(), "bytes stand behind the archive"),
        (lambda data: SECRET.encode() + data, "before the entry"),
    ],
)
def test_bytes_around_an_archive_are_a_leak(change, said: str, project, world, entries) -> None:
    """Nothing stands before the first entry or behind the archive."""
    assert any(said in text for text in problems(project, world, change(packed(entries)), "epub"))


def test_an_entry_that_the_manifest_does_not_list_is_a_leak(project, world, entries) -> None:
    """What nobody declared is not in the archive."""
    said = problems(project, world, packed({**entries, "EPUB/left-over.txt": b"x"}), "epub")
    assert any("not in the manifest" in text for text in said)


def test_a_withheld_picture_is_known_by_its_bytes_and_by_its_pixels(project, world, entries) -> None:
    """A picture that only withheld text shows is found as it is, and after it was stored in another form."""
    original = (world.root / BOOK / "images/plan.png").read_bytes()
    again = io.BytesIO()
    Image.open(io.BytesIO(original)).save(again, "PNG", compress_level=1)
    for data in (original, again.getvalue()):
        changed = dict(entries)
        added("EPUB/images/image-9.png", data)(changed)
        said = problems(project, world, packed(changed), "epub")
        assert any(text.startswith(f"{BOOK}/images/plan.png:1:1") for text in said), said


@pytest.mark.parametrize(
    "text", ["31,847.6", "31847.6", "31\u202f847.6", "Tömörbaatar", "TÖMÖRBAATAR", "Project Saiga"]
)
def test_a_number_or_a_name_that_only_withheld_text_has_is_found(text: str, project, world, entries) -> None:
    """A figure and a name give a secret away without the sentence around them."""
    changed = dict(entries)
    body(f"<p>Nothing but {text} is here.</p>")(changed)
    assert any("error[leak]" in said for said in problems(project, world, packed(changed), "epub"))


# Rules of select, switched off one by one.


def always(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    real = Viewer._judge_one
    fake = lambda self, name, text: Verdict(True, "") if name == key else real(self, name, text)  # noqa: E731
    monkeypatch.setattr(Viewer, "_judge_one", fake)


def blind_to(kind: str) -> Callable[[pytest.MonkeyPatch], None]:
    def mutate(monkeypatch: pytest.MonkeyPatch) -> None:
        from builder import withhold

        real = withhold._judge

        def fake(*arguments):
            hidden, decisions, found = real(*arguments)
            return [each for each in hidden if each.unit.kind != kind], decisions, found

        monkeypatch.setattr(withhold, "_judge", fake)

    return mutate


def patched(target: str, value) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda monkeypatch: monkeypatch.setattr(target, value)


def nested_parents(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = lambda self: [replace(section, children=()) for section in self.publication.walk()]  # noqa: E731
    monkeypatch.setattr("builder.select._Selector._ordered", fake)


def alternatives(monkeypatch: pytest.MonkeyPatch) -> None:
    from builder import select

    real = select._Selector._section

    def fake(self, section, *rest):
        bodies = {name: section.bodies.get("short", body) for name, body in section.bodies.items()}
        return real(self, replace(section, bodies=bodies), *rest)

    monkeypatch.setattr(select._Selector, "_section", fake)


def ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    from builder import select

    real = select.viewer_of
    monkeypatch.setattr(select, "viewer_of", lambda *a: replace(real(*a), ceiling="internal"))


IN = Decision("anything", "unit", Span("x", 1), True, "", None)
"""What a judge says who lets everything in."""

MUTATIONS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "everything is kept": patched(
        "builder.conditions.Viewer.judge", lambda self, conditions: Verdict(True, "")
    ),
    "clearance": lambda m: always(m, "clearance"),
    "audience": lambda m: always(m, "audience"),
    "target": lambda m: always(m, "target"),
    "ceiling of the audience": ceiling,
    "tags": patched("builder.judge.holds", lambda expression, names: True),
    "nested parents": nested_parents,
    "sections of the edition": patched(
        "builder.select._Selector._ordered", lambda self: list(self.publication.sections)
    ),
    "divs": blind_to("div"),
    "blocks": blind_to("block"),
    "headings": blind_to("heading"),
    "inline units": blind_to("inline"),
    "table rows": blind_to("row"),
    "table columns": blind_to("column"),
    "captions": blind_to("caption"),
    "snippets": patched("builder.judge.Judge.snippet", lambda *a: IN),
    "data rows": patched("builder.judge.Judge.row", lambda *a: True),
    "data columns": patched("builder.gather.Gatherer._columns", lambda self, path: {}),
    "authors and columns": patched("builder.judge.Judge.shape", lambda *a: IN),
    "alternatives": alternatives,
}


@pytest.mark.parametrize("rule", MUTATIONS)
def test_a_rule_of_select_that_is_switched_off_is_noticed(
    rule: str, world: World, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each rule of selection matters: without it, the build ends with a leak and no file."""
    MUTATIONS[rule](monkeypatch)
    monkeypatch.setattr(
        "builder.writers.epub.draw_cover", lambda *a: type("C", (), {"value": png("x"), "problems": ()})
    )
    made = build(Order(job("public", "epub"), world.root, TEMPLATES, cache))
    assert made.value is None
    assert "leak" in {problem.code for problem in made.problems}, "\n".join(map(str, made.problems))


def test_a_stale_file_of_another_edition_is_noticed(world, files, cache, monkeypatch) -> None:
    """A cache that hands back what was made for another audience makes no file."""
    stale = Checked((files("staff", "epub"), None, ()))
    monkeypatch.setitem(WRITERS, "epub", lambda *a: stale)
    made = build(Order(job("public", "epub"), world.root, TEMPLATES, cache))
    assert made.value is None
    assert {problem.code for problem in made.problems} == {"leak"}


def test_a_leak_never_reaches_the_output(world, tmp_path: Path, monkeypatch) -> None:
    """After a leak the old file stays, byte for byte, with the report that belongs to it."""
    root = tmp_path / "project"
    make_project(root, OVERLAY)
    words = ("--project", str(root), "build", "--audience", "public", "--target", "epub", "--jobs", "1")
    assert CliRunner().invoke(main, words).exit_code == 0
    folder = root / "output/book/public"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == {"book-public.epub", "leak-report.json", "leak-report.html", "SHA256SUMS"}
    for secret in (b"secret", b"Darvii", b"Saiga", b"staff", b"annex"):
        assert not any(secret in before[name] for name in before if name.startswith("leak-report"))
    assert b"secret-annex" in (root / ".private/book/public/leaks.json").read_bytes()
    file = root / BOOK / "one.md"
    file.write_text(file.read_text("utf-8").replace("An NGO saw it.", "An NGO saw it all."), "utf-8")
    blind_to("div")(monkeypatch)
    assert CliRunner().invoke(main, words).exit_code == 1
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


# A scanner that is broken.


@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_a_search_that_finds_nothing_fails_its_control(
    target: str, project, world, files, monkeypatch
) -> None:
    """Where the search is blind, nothing that was planted is found: an error, and no clean bill."""
    data = files("public", target)
    monkeypatch.setattr("builder.verify.leaks.match.Needles.find", lambda self, text, sort="words": iter(()))
    said = problems(project, world, data, target)
    assert any("error[leak-control]" in text and "planted" in text for text in said)


@pytest.mark.parametrize(
    ("broken", "target", "way"),
    [
        ("builder.verify.leaks.pdf_pages.shown_text", "pdf", "page text:"),
        ("builder.verify.leaks.epub_places._texts", "epub", "XHTML, text:"),
    ],
)
def test_a_reader_that_reads_nothing_fails_its_control(
    broken: str, target: str, way: str, project, world, files, monkeypatch
) -> None:
    """Each way of reading must find printed sentences again."""
    empty = (lambda *a: ("", "", set())) if target == "pdf" else (lambda *a: iter(()))
    data = files("public", target)
    xml_places.cache_clear()
    monkeypatch.setattr(broken, empty)
    said = problems(project, world, data, target)
    assert any("error[leak-control]" in text and way in text for text in said), said


def test_a_pdf_reader_that_is_gone_fails_the_control(project, world, files, monkeypatch) -> None:
    """The two engines beside the builder's own reader are both needed."""
    real, data = leaks.read_pages, files("public", "pdf")
    monkeypatch.setattr(
        leaks, "read_pages", lambda *a, **k: [place for place in real(*a, **k) if "PDFium" not in place.kind]
    )
    said = problems(project, world, data, "pdf")
    assert any("page text, PDFium: only 0 of" in text for text in said)


def test_a_font_that_says_no_letters_fails_the_control(project, world, files) -> None:
    """Text in a composite font without a map to letters can't be searched, so it is an error."""
    with pikepdf.open(io.BytesIO(files("public", "pdf"))) as pdf:
        for item in pdf.objects:
            if isinstance(item, Dictionary) and item.get("/Subtype") == "/Type0":
                del item["/ToUnicode"]
        out = io.BytesIO()
        pdf.save(out)
    said = problems(project, world, out.getvalue(), "pdf")
    assert any("error[leak-control]" in text and "font" in text for text in said)


def test_a_file_that_cannot_be_opened_fails_the_control(project, world) -> None:
    """Neither a torn PDF nor a torn archive passes."""
    for target in ("pdf", "epub"):
        assert any(
            "error[leak-control]" in text for text in problems(project, world, b"%PDF-1.7 torn", target)
        )


def test_where_nothing_is_withheld_one_reader_is_enough(tmp_path: Path, cache: Path, monkeypatch) -> None:
    """The engines beside our own reader are asked where there is anything to find; a wrong file is noticed anyway."""
    asked = []
    real = leaks.read_pages
    monkeypatch.setattr(leaks, "read_pages", lambda *a, **k: asked.append(1) or real(*a, **k))
    made = {}
    for name, comment in (("open", ""), ("held", "<!-- Nobody is to read a word of this remark. -->\n")):
        text = f"Everybody may read this sentence, which is {name} and found again in the file.\n\n{comment}"
        files = {f"{BOOK}/one.md": section(text), f"{BOOK}/two.md": section(f"So does this {name} one here.\n", "", "two")}
        world = make_project(tmp_path / name, files)
        made[name] = world, build(Order(job("public", "pdf"), world.root, TEMPLATES, cache)).value
        assert len(asked) == (name == "held")
    (world, opened), (_, held) = made["open"], made["held"]
    assert not opened.certificate.units
    assert [way for way, _, _ in opened.certificate.readers] == ["page text"]
    assert opened.certificate.controls == held.certificate.controls
    assert len(held.certificate.readers) == 3
    wrong = certify(load(world).value, job("public", "pdf"), world, held.data)
    assert [problem.code for problem in wrong.problems] == ["leak-control"]


# The witness itself.


class _Eyes:
    """A sight of one viewer, without a project."""

    labels = ()

    def __init__(self, viewer: Viewer):
        self.viewer = viewer

    def sees_attributes(self, attributes) -> bool:
        conditions = {key: value for key, value in attributes.values if key in CONDITION_KEYS}
        return self.viewer.judge(conditions).is_in


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.sampled_from(VIEWERS))
def test_the_witness_parts_a_text_as_its_conditions_say(document, viewer) -> None:
    """Of a random tree of conditions, the witness takes each word for visible or for withheld, as selection must."""
    source, words = document
    reading = read_text(_Eyes(viewer), "x.md", Body(source, 1), {})
    wanted = {word for word, above in words.items() if all(viewer.judge(own).is_in for own in above)}
    visible = set(WORD.findall("\n".join(reading.visible)))
    withheld = set(WORD.findall("\n".join(unit.text for unit in reading.withheld if not unit.is_context)))
    assert visible == wanted, source
    assert withheld == set(words) - wanted, source


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("31,847.6", {"31847.6"}), ("31.847,6", {"31847.6"}), ("31 847,6", {"31847.6", "31", "847.6"}),
        ("1,234", {"1234", "1.234"}), ("-41.70", {"41.7"}), ("−41.7", {"41.7"}), ("٤١٫٧", {"41.7"}),
        ("2019-2021", set()), ("v1.2", set()), ("0041", set()),
    ],
)  # fmt: skip
def test_numbers_are_read_as_languages_write_them(text: str, numbers: set[str]) -> None:
    """One number has one form, whatever its separators and digits."""
    assert numbers_of(even(text)) == numbers


def test_words_of_the_metadata_themselves_are_no_leak(files) -> None:
    """Withheld words that every PDF has in its metadata, such as Resource, are no sign of anything there."""
    said = "As a Resource, an Integer, the Provenance and Identification of a Schema, all Internal, and Darvii."
    needles = needles_of([Withheld("text", "", "", 1, 1, said)])
    needles.drop(machine_texts({}, "en"))
    assert ("darvii",) in needles.phrases
    with pikepdf.open(io.BytesIO(files("public", "pdf"))) as pdf:
        assert not list(scan(needles, xml_places("XMP", "XMP", pdf.Root.Metadata.read_bytes())))


def test_ideographs_are_found_without_spaces() -> None:
    """A run of Chinese text is found inside a longer one, and so is a short title."""
    unit = Withheld("title", "", "", 1, 1, "秘密协议")
    long = Withheld("text", "", "", 1, 1, "该条约从未在任何地方登记并且永远不会公布于众")
    needles = needles_of([unit, long])
    for text in ("据说秘密协议已经签署", "他说该条约从未在任何地方登记并且永远不会公布于众，就是这样"):
        assert list(scan(needles, [Place("text", "here", text)]))
    assert not list(scan(needles, [Place("text", "here", "据说协议已经秘密签署")]))


TOKENS = st.sampled_from([
    "Nakamura", "the", "old", "reactor", "Darvii", "moves", "before", "winter", "seven", "grey", "canaries", "sang",
    "naïve", "ﬁre", "fire", "reac-", "12,345.6", "12345.60", "12", "345", "٤١٫٧", "41.7", "007", "3.50", "id-x7",
    "plan_b.png", "v1.2", "秘密", "协议", "。", "_", "…", "’", "\n", "\0", "\1", "\u00ad", "\ud834",
])  # fmt: skip
TEXTS = st.lists(TOKENS, min_size=1, max_size=14).map(lambda tokens: " ".join(tokens))


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["text", "title", "cell", "name", "address", "column"]), TEXTS), max_size=6),
    TEXTS,
    st.sampled_from(["words", "names", "notes", "code"]),
)
def test_one_pass_finds_all_that_a_plain_search_finds(units, text: str, sort: str) -> None:
    """Whatever is looked for and wherever, the automaton finds what looking for each needle alone would."""
    needles = needles_of([Withheld(kind, "", "", 1, 1, withheld) for kind, withheld in units])
    evened = even(text)
    words, letters = words_of(evened), re.sub("[.,\r\n\1]", "", "".join(words_of(evened)))
    assert squeezed(evened) == letters
    wanted = {run for run in needles.runs if run in letters and (sort != "code" or run not in needles.short)}
    if sort != "code":
        wanted |= {
            phrase
            for phrase in needles.phrases
            if (sort != "notes" or len(phrase) > 1)
            and any(tuple(words[at : at + len(phrase)]) == phrase for at in range(len(words)))
        }
    if sort == "words":
        wanted |= numbers_of(evened) & needles.numbers.keys()
    wanted |= names_of(evened) & needles.names.keys()
    assert {needle for _, needle in needles.find(Place("", "", text, sort))} == wanted


@pytest.mark.parametrize(
    ("attribute", "is_leak"),
    [
        ('text-anchor="middle"', False), ('stroke-linejoin="round"', False), ('font-weight="bold"', False),
        ('text-anchor="Saiga"', True), ('text-anchor="middle saiga"', True), ('data-note="middle"', True),
        ('title="Round"', True), ('id="bold"', True),
    ],
)  # fmt: skip
def test_a_word_of_svg_is_code_only_where_svg_has_it(attribute: str, is_leak: bool) -> None:
    """That withheld text speaks of the Middle East says nothing of where a label of a chart is anchored."""
    closed = "The Saiga talks in the Middle East follow those of the Round Table with Bold."
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><text {attribute}>Open</text></svg>'
    needles = needles_of([Withheld("text", "", "", 1, 1, closed)])
    assert bool(list(scan(needles, xml_places("SVG", "a.svg", drawing.encode())))) == is_leak


CLOSED = {
    "data": ("data:\n  data/t.csv: {clearance: internal}\n", "::: table {data=data/t.csv}\n:::\n"),
    "source": ("", "Open words stand here [@zq].\n"),
}


@pytest.mark.parametrize(
    ("kind", "rule"), [("data", "shape"), ("source", "source")], ids=["data", "source"]
)
def test_conditions_on_whole_files_and_on_sources_are_judged_afresh(
    kind: str, rule: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of data or a source that its own condition withholds is noticed when select shows it all the same."""
    settings, text = CLOSED[kind]
    item = {"id": "zq", "type": "book", "title": "Zqtitle of a hidden report", "clearance": "internal"}
    stock = PUBLICATION + "references: references.json\nwithheld_references: drop\n" + settings
    files = {
        f"{BOOK}/publication.yaml": stock,
        f"{BOOK}/one.md": section(f"Open.\n\n{text}"),
        f"{BOOK}/references.json": json.dumps([item]),
        f"{BOOK}/data/t.csv": "town,loan\nZqtown,71234\n",
    }
    world = make_project(tmp_path, files)
    monkeypatch.setattr(
        "builder.writers.epub.draw_cover", lambda *a: type("C", (), {"value": png("x"), "problems": ()})
    )
    order = Order(job("public", "epub"), world.root, TEMPLATES, cache)
    assert build(order).value is not None
    monkeypatch.setattr(f"builder.judge.Judge.{rule}", lambda *a: IN)
    made = build(order)
    assert made.value is None
    assert {problem.code for problem in made.problems} == {"leak"}, "\n".join(map(str, made.problems))


REASON, TRANSLATED = "Talks on the Sainshand refinery", "Сайншандын үйлдвэрийн тухай яриа"
BARRED = {
    "content/audiences.yaml": STOCK_AUDIENCES + f"redaction_reasons:\n  talks: {REASON}\n",
    f"{BOOK}/publication.yaml": (
        PUBLICATION.replace("public: {}", "public: {languages: [en, mn], missing: source}")
        + "translations:\n  mn:\n    title: Жишиг ном\n    names:\n"
        + f"      A. Author: А. Зохиогч\n      {REASON}: {TRANSLATED}\n"
    ),
    f"{BOOK}/one.md": section("Open [Zq]{clearance=internal redact=talks} text.\n"),
}


@pytest.fixture(scope="module")
def barred(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A project in two languages, with a bar for readers of the public edition and none for the staff."""
    return make_project(tmp_path_factory.mktemp("barred"), BARRED)


@pytest.mark.parametrize("language", ["en", "mn"])
@pytest.mark.parametrize("target", ["pdf", "epub"])
def test_the_reason_of_a_bar_is_no_leak_where_the_bar_stands(
    target: str, language: str, barred: World, cache: Path
) -> None:
    """An edition prints the reason in its own language and gets its certificate."""
    made = build(Order(job("public", target, language), barred.root, TEMPLATES, cache))
    assert made.value is not None, "\n".join(map(str, made.problems))


@pytest.mark.parametrize("target", ["pdf", "epub"])
@pytest.mark.parametrize(
    ("text", "place"),
    [(REASON, "content/audiences.yaml:9:"), (TRANSLATED, f"{BOOK}/publication.yaml:13:")],
    ids=["in its own words", "translated"],
)
def test_the_reason_of_a_redaction_is_found_where_nothing_is_redacted_for_it(
    text: str, place: str, target: str, barred: World, cache: Path
) -> None:
    """Why something is redacted elsewhere tells what it is: planted in an edition without such a bar, it is a leak."""
    project = load(barred).value
    data = build(Order(job("staff", target), barred.root, TEMPLATES, cache)).value.data
    assert not certify(project, job("staff", target), barred, data).problems
    if target == "pdf":
        with pikepdf.open(io.BytesIO(data)) as pdf:
            outline(pdf, f"[redacted: {text}]")
            out = io.BytesIO()
            pdf.save(out)
        changed = out.getvalue()
    else:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        paragraph(f"[redacted: {text}]")(members)
        changed = packed(members)
    said = [str(problem) for problem in certify(project, job("staff", target), barred, changed).problems]
    assert [each for each in said if each.startswith(place) and "error[leak]" in each], said


@pytest.mark.parametrize(
    ("text", "is_leak"),
    [
        ("Open [Zq]{clearance=internal redact=talks}.\n", False),
        ("{clearance=internal redact=talks}\nZq.\n", False),
        ("::: {clearance=internal redact=talks}\nZq.\n:::\n", False),
        ("## Zq {clearance=internal redact=talks}\n\nZq.\n", False),
        ("| A | B |\n|---|---|\n| Zq | b | {clearance=internal redact=talks}\n| c | d |\n", False),
        ("| A | Zq {clearance=internal redact=talks} |\n|---|---|\n| a | b |\n", False),
        ("::: snippet {ref=s}\n:::\n", False),
        ("Open.\n", True),
        ("Open.\n\n::: {clearance=internal}\nIn [Zq]{clearance=internal redact=talks}.\n:::\n", True),
        ("Open.\n\n::: {clearance=internal}\n- Zq.\n\n{clearance=internal redact=talks}\nZq.\n:::\n", True),
    ],
)  # fmt: skip
def test_the_witness_knows_which_bars_stand(text: str, is_leak: bool, tmp_path: Path, cache: Path) -> None:
    """A reason may be read where a bar of an edition has it; a bar within what is dropped whole is none."""
    snippet = "---\nclearance: internal\nredact: talks\n---\nZq.\n"
    world = make_project(tmp_path, {**BARRED, f"{BOOK}/one.md": section(text), f"{BOOK}/snippets/s.md": snippet})
    made = build(Order(job("public", "epub"), world.root, TEMPLATES, cache))
    assert made.value is not None, "\n".join(map(str, made.problems))
    with zipfile.ZipFile(io.BytesIO(made.value.data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert (REASON.encode() in b"".join(members.values())) is not is_leak
    paragraph(REASON)(members)
    found = certify(load(world).value, job("public", "epub"), world, packed(members)).problems
    assert bool(found) == is_leak, "\n".join(map(str, found))


def test_every_bar_of_a_redaction_is_the_same(tmp_path: Path) -> None:
    """Two redacted texts of different length leave the same signs in print and in the ebook."""
    from builder.document import document_of
    from builder.load import load

    audiences = STOCK_AUDIENCES + "redaction_reasons: {a1: Personal data}\n"
    for target in ("pdf", "epub"):
        made = []
        for number, words in enumerate(("Zq", "Zq and many more words than two of them")):
            text = f"Open [{words}]{{clearance=internal redact=a1}} text.\n"
            files = {"content/audiences.yaml": audiences, f"{BOOK}/one.md": section(text)}
            world = make_project(tmp_path / f"{target}{number}", files)
            document = document_of(load(world).value, job("public", target), world).value[3]
            made.append(document.chapters[0].html)
        assert "redact" in made[0]
        assert "Zq" not in made[0]
        assert made[0] == made[1]


@pytest.mark.parametrize(
    ("more", "reader"),
    [("::: {clearance=internal}\nThe closed sentence of seven plain words.\n:::\n", "read_pages"), ("", "page_places")],
    ids=["by engines", "by the builder"],
)
def test_a_long_file_is_read_in_two_processes_with_the_same_result(tmp_path, monkeypatch, more: str, reader: str) -> None:
    """Whoever reads the pages for another process to judge finds what one process finds; a reader that dies stops the file."""
    text = "An open sentence of seven plain words.\n\n" * 200 + more
    monkeypatch.setattr("builder.verify.leaks.certify.LONG", 0)
    world = make_project(tmp_path, {f"{BOOK}/one.md": section(text)})
    project, this = load(world, "book").value, job("public", "pdf")
    data = build(Order(this, world.root, world.templates, tmp_path / "cache")).value.data
    asked = []

    def beside(fn, *arguments) -> Future:
        asked.append(fn.__name__)
        return ThreadPoolExecutor(1).submit(fn, *arguments)

    def dead(fn, *arguments) -> Future:
        done: Future = Future()
        done.set_exception(BrokenExecutor("was ended by SIGKILL"))
        return done

    alone = certify(project, this, world, data)
    pdf_text._READ.clear()
    assert certify(project, this, world, data, submit=beside) == alone
    assert alone.value is not None
    assert asked == [reader]
    pdf_text._READ.clear()
    with pytest.raises(BrokenExecutor):
        certify(project, this, world, data, submit=dead)


def test_pages_of_a_file_that_stands_are_known_when_they_come_again(tmp_path, monkeypatch) -> None:
    """What cannot be read there is no problem: it is about to be written anew."""
    world = make_project(tmp_path, {f"{BOOK}/one.md": section("An open sentence of seven plain words.\n\n" * 200)})
    data = build(Order(job("public", "pdf"), world.root, world.templates, tmp_path / "cache")).value.data
    (tmp_path / "broken.pdf").write_bytes(data[:999])
    for name in ("broken.pdf", "missing.pdf"):
        recollect(tmp_path / name)
    (tmp_path / "whole.pdf").write_bytes(data)
    pdf_text._READ.clear()
    known = []
    for _ in range(3):
        recollect(tmp_path / "whole.pdf", 2)
        known.append(len(pdf_text._READ))
    assert 0 < known[0] < known[1] == known[2]
    with monkeypatch.context() as patch:
        patch.setattr(pdf_text, "_read", lambda *_: pytest.fail("a page was read again"))
        places = page_places(data)[0]
    pdf_text._READ.clear()
    assert [(each.kind, each.text) for each in places] == [(each.kind, each.text) for each in page_places(data)[0]]
