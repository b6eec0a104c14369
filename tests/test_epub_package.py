"""What the EPUB packager promises: correct, reproducible, and loud when it cannot be."""

from __future__ import annotations

import hashlib
import inspect
import io
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import ebooklib
import pytest
from ebooklib import epub
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from PIL import Image
from support import epubcheck
from support.epubcheck import run_epubcheck

from builder.writers.epub_metadata import PackageMetadata
from builder.writers.epub_package import pack
from builder.writers.epub_resources import Resource, detect_properties
from builder.writers.epub_xml import EpubPackageError, parsed

XHTML = "application/xhtml+xml"
OPF = {"opf": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

METADATA = PackageMetadata(
    identifier="urn:uuid:8f6d1f4e-2b0a-5c3d-9e7f-0123456789ab",
    title="Water & <Power>",
    subtitle="Rivers of the high plateau",
    language="en-GB",
    creators=("Dolma Tsering", "Institute for Plateau Studies"),
    publisher="Institute for Plateau Studies",
    date=date(2026, 3, 1),
    modified=datetime(2026, 3, 2, 8, 30, 15, tzinfo=UTC),
    description="What the dams change,\nand for whom.",
    rights="CC BY 4.0",
    subjects=("Water", "Energy"),
    series="Plateau Papers",
    series_number="98.4",
    access_modes=("textual", "visual"),
    access_modes_sufficient=("textual", "textual,visual"),
    access_features=("alternativeText", "structuralNavigation", "tableOfContents"),
    access_hazards=("none",),
    access_summary="Headings, lists and tables are marked up; every picture has a description.",
)


def document(title: str, body: str, *, language: str = "en-GB", direction: str = "ltr") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="{language}" xml:lang="{language}" dir="{direction}">'
        f'<head><title>{title}</title><link rel="stylesheet" href="style.css"/></head>'
        f"<body>{body}</body></html>\n"
    ).encode()


def nav(entries: str, more: str = "", **options: str) -> bytes:
    toc = f'<nav epub:type="toc" role="doc-toc" id="toc"><h1>Contents</h1><ol>{entries}</ol></nav>'
    return document("Contents", toc + more, **options)


def png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (120, 180), "white").save(buffer, "PNG")
    return buffer.getvalue()


LANDMARKS = (
    '<nav epub:type="landmarks" hidden="hidden" id="landmarks"><h2>Guide</h2><ol>'
    '<li><a epub:type="toc" href="nav.xhtml#toc">Contents</a></li>'
    '<li><a epub:type="bodymatter" href="chapter-1.xhtml">Start</a></li></ol></nav>'
)
CHART = (
    '<figure><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 120" role="img" aria-label="Flow">'
    '<linearGradient id="g"/><rect width="360" height="120" fill="#fff"/></svg></figure>'
)
FORMULA = (
    '<p><math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x squared"><msup><mi>x</mi><mn>2</mn>'
    "</msup></math></p>"
)
NOTE_CALL = '<a id="call-1" epub:type="noteref" role="doc-noteref" href="notes.xhtml#note-1">1</a>'
NOTES = (
    '<section epub:type="endnotes" role="doc-endnotes"><h1>Notes</h1><ol>'
    '<li id="note-1"><p>See the survey. '
    '<a role="doc-backlink" href="chapter-1.xhtml#call-1" aria-label="Back to the text">↩</a></p></li>'
    "</ol></section>"
)


def book() -> list[Resource]:
    """A small book: cover, title page, contents, two chapters, notes, a style sheet and pictures."""
    entries = "".join(
        f'<li><a href="{href}">{title}</a></li>'
        for href, title in (
            ("title-page.xhtml", "Title page"),
            ("chapter-1.xhtml", "Rivers"),
            ("chapter-2.xhtml", "Dams"),
            ("notes.xhtml", "Notes"),
        )
    )
    picture = '<p><img src="images/cover.png" alt="Cover: a river"/></p>'
    section = '<section epub:type="chapter" role="doc-chapter">{}</section>'
    chapter_1 = section.format(f"<h1>Rivers</h1><p>Ice.{NOTE_CALL}</p>{CHART}")
    chapter_2 = section.format(f'<h1>Dams</h1><p><img src="images/map.svg" alt="The basin"/></p>{FORMULA}')
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>Basin</title></svg>'
    pages = (
        ("title-page", document("Water", f"<h1>Water &amp; &lt;Power&gt;</h1>{picture}")),
        ("nav", nav(entries, LANDMARKS)),
        ("chapter-1", document("Rivers", chapter_1)),
        ("chapter-2", document("Dams", chapter_2)),
        ("notes", document("Notes", NOTES)),
    )
    return [
        Resource("cover-image", "images/cover.png", "image/png", png()),
        Resource("style", "style.css", "text/css", b"h1 { break-after: avoid; }\n"),
        Resource("map", "images/map.svg", "image/svg+xml", svg.encode()),
        *(Resource(name, f"{name}.xhtml", XHTML, data, in_spine=True) for name, data in pages),
    ]


def right_to_left_book() -> tuple[PackageMetadata, list[Resource]]:
    """A right-to-left edition without cover, series or subtitle, with a page list and a claim."""
    metadata = replace(
        METADATA,
        title="المياه",
        subtitle="",
        language="ar",
        direction="rtl",
        series="",
        series_number="",
        source="urn:isbn:9780000000002",
        page_break_source="urn:uuid:8f6d1f4e-2b0a-5c3d-9e7f-00000000a4a4",
        access_features=("pageNavigation", "pageBreakMarkers"),
        conforms_to="EPUB Accessibility 1.1 - WCAG 2.2 Level AA",
        certified_by="Institute for Plateau Studies",
    )
    options = {"language": "ar", "direction": "rtl"}
    page = '<span epub:type="pagebreak" role="doc-pagebreak" id="page-1" aria-label="1"/>'
    pages = (
        '<nav epub:type="page-list" role="doc-pagelist" hidden="hidden" id="pages"><h2>Pages</h2>'
        '<ol><li><a href="chapter-1.xhtml#page-1">1</a></li></ol></nav>'
    )
    contents = nav('<li><a href="chapter-1.xhtml">الأنهار</a></li>', pages, **options)
    chapter = document("الأنهار", f"<h1>الأنهار</h1><p>{page}جليد</p>", **options)
    return metadata, [
        Resource("style", "style.css", "text/css", b""),
        Resource("nav", "nav.xhtml", XHTML, contents),
        Resource("chapter-1", "chapter-1.xhtml", XHTML, chapter, in_spine=True),
    ]


def packed(metadata: PackageMetadata = METADATA, resources: list[Resource] | None = None) -> bytes:
    return pack(metadata, resources or book(), nav_id="nav", cover_id="cover-image")


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def package_document(data: bytes) -> etree._Element:
    return etree.fromstring(opened(data).read("EPUB/content.opf"))


def changed(name: str, **changes: object) -> list[Resource]:
    return [replace(item, **changes) if item.id == name else item for item in book()]


# --- the standard -------------------------------------------------------------------------------


@pytest.mark.java
def test_epubcheck_has_nothing_to_say_about_a_whole_book(tmp_path: Path):
    """EPUBCheck gives no error, warning, info or usage for a book with cover, drawings and notes."""
    file = tmp_path / "book.epub"
    file.write_bytes(packed())
    assert run_epubcheck(file) == []


@pytest.mark.java
def test_epubcheck_has_nothing_to_say_about_a_right_to_left_book_with_a_page_list(tmp_path: Path):
    """EPUBCheck gives no message for a right-to-left edition with a page list and a conformance claim."""
    file = tmp_path / "book.epub"
    file.write_bytes(pack(*right_to_left_book(), nav_id="nav"))
    assert run_epubcheck(file) == []


@pytest.mark.java
def test_epubcheck_speaks_up_about_a_usage(tmp_path: Path):
    """The check is awake: a file that nothing refers to comes back as a `USAGE` message."""
    file = tmp_path / "book.epub"
    file.write_bytes(packed(resources=[*book(), Resource("extra", "extra.png", "image/png", png())]))
    assert [(m["ID"], m["severity"]) for m in run_epubcheck(file)] == [("OPF-097", "USAGE")]


def test_without_java_the_check_is_skipped_at_home_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch):
    """Where Java is missing, the message says what to install, and in CI the test fails."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="install"):
        epubcheck.run_epubcheck("book.epub")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="install"):
        epubcheck.run_epubcheck("book.epub")


# --- the container ------------------------------------------------------------------------------


def test_the_container_begins_with_its_type_stored_and_bare():
    """`mimetype` comes first, uncompressed and without extra field: bytes 30 to 58 tell the format."""
    assert packed()[30:58] == b"mimetypeapplication/epub+zip"


def test_the_container_keeps_nothing_of_the_day_or_the_machine():
    """Names are sorted, and every entry has the same date, system and mode."""
    entries = opened(packed()).infolist()
    names = [entry.filename for entry in entries]
    assert names == ["mimetype", *sorted(names[1:])]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr >> 16, entry.extra) for entry in entries} == {
        (3, 0o100644, b"")
    }


def test_the_files_come_out_as_they_went_in():
    """No byte of a resource is changed: not `viewBox`, not the head, not the white space."""
    archive = opened(packed())
    assert {r.name: archive.read(f"EPUB/{r.name}") for r in book()} == {r.name: r.data for r in book()}


def test_the_same_input_gives_the_same_bytes_in_another_process(tmp_path: Path):
    """Hash seed, time zone, language, umask, home and folder leave no trace in the file."""
    here = Path(__file__).parent
    code = "import os, sys, test_epub_package as t; os.umask(0o077); sys.stdout.buffer.write(t.packed())"
    command = [sys.executable, "-c", code]
    outputs = []
    for seed, zone, language in (("1", "Asia/Kathmandu", "C"), ("2", "America/St_Johns", "en_GB.UTF-8")):
        folder = tmp_path / seed
        folder.mkdir()
        variables = {"PYTHONHASHSEED": seed, "TZ": zone, "LANG": language, "LC_ALL": language}
        variables |= {"HOME": str(folder), "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
        run = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, check=True)
        outputs.append(run.stdout)
    assert outputs == [packed(), packed()]


# --- the package document -----------------------------------------------------------------------


def test_the_package_document_says_all_of_the_metadata():
    """Every field comes out once, in order, and what refines it points at it."""
    metadata = package_document(packed()).find("opf:metadata", OPF)
    lines = []
    for element in metadata:
        name = element.get("property") or element.get("name") or etree.QName(element).localname
        text = element.text or element.get("content")
        lines.append((name, text, element.get("refines") or element.get("id")))
    assert lines == [
        ("identifier", "urn:uuid:8f6d1f4e-2b0a-5c3d-9e7f-0123456789ab", "_identifier"),
        ("title", "Water & <Power>", "_title"),
        ("title-type", "main", "#_title"),
        ("title", "Rivers of the high plateau", "_subtitle"),
        ("title-type", "subtitle", "#_subtitle"),
        ("language", "en-GB", None),
        ("date", "2026-03-01", None),
        ("dcterms:modified", "2026-03-02T08:30:15Z", None),
        ("creator", "Dolma Tsering", "_creator-1"),
        ("role", "aut", "#_creator-1"),
        ("creator", "Institute for Plateau Studies", "_creator-2"),
        ("role", "aut", "#_creator-2"),
        ("belongs-to-collection", "Plateau Papers", "_series"),
        ("collection-type", "series", "#_series"),
        ("group-position", "98.4", "#_series"),
        ("publisher", "Institute for Plateau Studies", None),
        ("description", "What the dams change, and for whom.", None),
        ("rights", "CC BY 4.0", None),
        ("subject", "Water", None),
        ("subject", "Energy", None),
        ("schema:accessMode", "textual", None),
        ("schema:accessMode", "visual", None),
        ("schema:accessModeSufficient", "textual", None),
        ("schema:accessModeSufficient", "textual,visual", None),
        ("schema:accessibilityFeature", "alternativeText", None),
        ("schema:accessibilityFeature", "structuralNavigation", None),
        ("schema:accessibilityFeature", "tableOfContents", None),
        ("schema:accessibilityHazard", "none", None),
        ("schema:accessibilitySummary", METADATA.access_summary, None),
        ("cover", "cover-image", None),
    ]


def test_the_package_names_its_language_and_direction():
    """The package carries `xml:lang`, `dir` and the direction of turning pages, and its identifier."""
    package = package_document(pack(*right_to_left_book(), nav_id="nav"))
    assert (package.get(XML_LANG), package.get("dir"), package.get("version")) == ("ar", "rtl", "3.0")
    assert package.get("unique-identifier") == "_identifier"
    assert package.find("opf:spine", OPF).attrib == {"page-progression-direction": "rtl"}


def test_a_conformance_claim_names_its_certifier_and_the_page_list_its_source():
    """The claim, who certified it and the paginated source are written, each in its own property."""
    package = package_document(pack(*right_to_left_book(), nav_id="nav"))
    found = {m.get("property"): (m.text, m.get("refines")) for m in package.iterfind(".//opf:meta", OPF)}
    assert found["dcterms:conformsTo"] == ("EPUB Accessibility 1.1 - WCAG 2.2 Level AA", None)
    assert found["a11y:certifiedBy"] == ("Institute for Plateau Studies", "#_conformance")
    assert found["pageBreakSource"] == ("urn:uuid:8f6d1f4e-2b0a-5c3d-9e7f-00000000a4a4", None)
    assert package.findtext(".//dc:source", namespaces=OPF) == "urn:isbn:9780000000002"


def test_the_time_of_change_is_in_utc_to_the_second():
    """A time in another zone, with parts of a second, comes out in UTC without them."""
    zone = timezone(timedelta(hours=5, minutes=45))
    modified = datetime(2026, 3, 2, 14, 15, 15, 999, tzinfo=zone)
    assert packed(replace(METADATA, modified=modified)) == packed()


def test_the_manifest_knows_what_each_file_holds():
    """Properties are worked out from contents, cover, drawings and formulas; declared ones stay."""
    resources = changed("notes", properties=("remote-resources",))
    package = package_document(packed(resources=resources))
    properties = {item.get("id"): item.get("properties") for item in package.iterfind(".//opf:item", OPF)}
    assert properties == {
        "cover-image": "cover-image",
        "style": None,
        "map": None,
        "title-page": None,
        "nav": "nav",
        "chapter-1": "svg",
        "chapter-2": "mathml",
        "notes": "remote-resources",
    }


def test_the_spine_is_the_order_of_the_resources():
    """Every file in the spine is linear, and nothing names an NCX that is not there."""
    spine = package_document(packed()).find("opf:spine", OPF)
    assert [dict(item.attrib) for item in spine] == [
        {"idref": name} for name in ("title-page", "nav", "chapter-1", "chapter-2", "notes")
    ]
    assert "toc" not in spine.attrib


def test_nothing_in_the_package_tells_what_wrote_it():
    """No generator, date of writing or random identifier is left in the package document."""
    text = opened(packed()).read("EPUB/content.opf").decode()
    assert "generator" not in text
    assert "Ebook" not in text
    assert text.count(">urn:uuid:") == 1


@pytest.mark.parametrize(
    ("body", "properties"),
    [
        ("<p>text</p>", ()),
        (CHART, ("svg",)),
        (FORMULA, ("mathml",)),
        (CHART + FORMULA, ("mathml", "svg")),
        ('<p><img src="chart.svg" alt=""/></p>', ()),
        ("<!-- <svg/> --><p>&lt;svg></p>", ()),
        ("<script>go()</script>", ("scripted",)),
        ('<script type="module" src="a.js"></script>', ("scripted",)),
        ('<script type="application/ld+json">{}</script>', ()),
        ('<p onclick="go()">x</p>', ("scripted",)),
        ('<script type="text/jscript">go()</script>', ("scripted",)),
        ('<svg xmlns="http://www.w3.org/2000/svg"><script>go()</script></svg>', ("scripted", "svg")),
        ('<audio src="https://example.org/a.mp3"></audio>', ("remote-resources",)),
        ('<p><a href="https://example.org/">x</a></p>', ()),
        ('<form><p><input type="text"/></p></form>', ("scripted",)),
    ],
)
def test_properties_are_found_in_the_markup(body: str, properties: tuple[str, ...]):
    """What a document embeds decides its properties; what it refers to or only mentions does not."""
    assert detect_properties(parsed(document("x", body), "x")) == properties


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../evil.css", "a/../b.css", "/etc/passwd", "a//b.css", "a/", "C:/a.css", "a\\b.css",
        "with space.css", "стиль.css", "ﬁ.css", "a%2e.css", "a#b.css", "a?b.css", "a\0.css", "a.css\n", "a.",
        ".hidden", "-option.css", "\ud800.css", "content.opf", "Content.OPF", "STYLE.CSS", "style.css/a.css",
        "images", "x" * 256 + ".css",
    ],
)  # fmt: skip
def test_an_unsafe_or_taken_file_name_is_refused(name: str):
    """A name that leaves the folder, needs escaping, or is the same to some file system is no name."""
    with pytest.raises(EpubPackageError):
        packed(resources=[*book(), Resource("extra", name, "text/css", b"")])


@pytest.mark.parametrize("identity", ["", "1a", "_title", "a b", "é", "a:b", "nav", "NAV", "a\n", "\udcff"])
def test_an_unusable_or_taken_id_is_refused(identity: str):
    """An id must be an XML name of its own, and not one of the metadata's."""
    with pytest.raises(EpubPackageError):
        packed(resources=[*book(), Resource(identity, "extra.css", "text/css", b"")])


@pytest.mark.parametrize("media_type", ["", "css", "text/css; charset=utf-8", "Text/CSS", "text/ css"])
def test_a_missing_media_type_is_not_guessed(media_type: str):
    """A file says what it is; nothing is guessed from its name."""
    with pytest.raises(EpubPackageError, match="no media type"):
        packed(resources=changed("style", media_type=media_type))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "well-formed"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><p></html>", "well-formed"),
        (document("x", "<br>"), "well-formed"),
        (document("x", "&nbsp;"), "nbsp"),
        (document("x", "&#1;"), "well-formed"),
        (document("x", "<p id='a' id='b'/>"), "well-formed"),
        (document("x", "<svg:g/>"), "well-formed"),
        (document("x", "<p>\0</p>"), "line 3: forbidden character U\\+0000"),
        (document("x", "\x1b"), "U\\+001B"),
        (document("x", "\x85"), "U\\+0085"),
        (document("x", "\ufffe"), "U\\+FFFE"),
        (document("x", "SURROGATE").replace(b"SURROGATE", b"\xed\xa0\x80"), "UTF-8"),
        (document("x", "ä").decode().encode("latin-1"), "UTF-8"),
        (document("x", "x").decode().encode("utf-16"), "UTF-8"),
        (document("x", "x").replace(b"UTF-8", b"ISO-8859-1"), "UTF-8"),
        (document("x", "x").replace(b'"1.0"', b'"1.1"'), "XML 1.0"),
        (document("x", "&e;").replace(b"html>", b'html [<!ENTITY e "x">]>', 1), "entities"),
        (document("x", "&e;").replace(b"html>", b'html SYSTEM "file:///etc/passwd">', 1), "external DTD"),
        (b"<html><body/></html>", "XHTML"),
    ],
)
def test_a_document_that_is_not_clean_xml_is_refused(body: bytes, reason: str):
    """A content document is well-formed XML 1.0 in UTF-8 without entities, or there is no EPUB."""
    with pytest.raises(EpubPackageError, match=reason):
        packed(resources=changed("notes", data=body))


def test_a_drawing_that_is_not_xml_is_refused_by_name():
    """Other XML files are held to the same, and the message names the file."""
    with pytest.raises(EpubPackageError, match=r"images/map\.svg: .*well-formed"):
        packed(resources=changed("map", data=b"<svg>"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"identifier": "8f6d1f4e"}, "URN"),
        ({"identifier": "urn:isbn:978 0"}, "URN"),
        ({"title": ""}, "title"),
        ({"title": " \n "}, "title"),
        ({"title": "a\0b"}, "U\\+0000"),
        ({"title": "a\ud800b"}, "U\\+D800"),
        ({"description": "a\x0bb"}, "U\\+000B"),
        ({"creators": ("A", "B\x7f")}, "creator"),
        ({"creators": ("",)}, "creator"),
        ({"subjects": ("\uffff",)}, "subject"),
        ({"language": "english language"}, "language"),
        ({"language": ""}, "language"),
        ({"direction": "auto"}, "direction"),
        ({"modified": datetime(2026, 3, 1)}, "time zone"),  # noqa: DTZ001
        ({"series": ""}, "no series"),
        ({"series_number": "No. 4"}, "integers"),
        ({"page_break_source": METADATA.identifier}, "itself"),
        ({"access_modes": ()}, "access modes"),
        ({"access_modes_sufficient": ()}, "access modes"),
        ({"access_features": ()}, "features"),
        ({"access_hazards": ()}, "hazards"),
        ({"access_summary": ""}, "accessibilitySummary"),
        ({"conforms_to": "EPUB Accessibility 1.1 - WCAG 2.2 Level AA"}, "certifier"),
        ({"certified_by": "Somebody"}, "certifier"),
        ({"conforms_to": "EPUB accessibility 1.1 WCAG 2.2 AA", "certified_by": "S"}, "claim"),
    ],
)
def test_metadata_that_would_be_wrong_or_lost_is_refused(changes: dict[str, object], reason: str):
    """Each field is held to what EPUB allows, and the message names it."""
    with pytest.raises(EpubPackageError, match=reason):
        packed(replace(METADATA, **changes))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'id="page-1"', b'id="page-2"', "reading order"),
        (b">1</a>", b">2</a>", "reading order"),
        (b'aria-label="1"/>', b'aria-label="1"/><span epub:type="pagebreak" id="b" aria-label="2"/>', "reading order"),
        (b' epub:type="page-list"', b"", "reading order"),
        (b' epub:type="pagebreak"', b"", "reading order"),
    ],
)  # fmt: skip
def test_a_page_list_that_is_not_that_of_the_marks_is_refused(old: bytes, new: bytes, reason: str):
    """Each mark has its line in the list, in reading order, with its folio."""
    metadata, resources = right_to_left_book()
    changed = [replace(each, data=each.data.replace(old, new)) for each in resources]
    assert changed != resources
    with pytest.raises(EpubPackageError, match=reason):
        pack(metadata, changed, nav_id="nav")


def test_page_breaks_and_their_source_go_together():
    """Neither stands without the other, and no folio stands for two places."""
    metadata, resources = right_to_left_book()
    with pytest.raises(EpubPackageError, match="go together"):
        pack(replace(metadata, page_break_source=""), resources, nav_id="nav")
    with pytest.raises(EpubPackageError, match="go together"):
        packed(replace(METADATA, page_break_source="urn:isbn:9780000000002"))
    mark, line = b'id="page-1" aria-label="1"/>', b'<li><a href="chapter-1.xhtml#page-1">1</a></li>'
    again = b'<span epub:type="pagebreak" id="b" aria-label="1"/>'
    twice = [
        replace(each, data=each.data.replace(mark, mark + again).replace(line, line + line.replace(b"page-1", b"b")))
        for each in resources
    ]
    with pytest.raises(EpubPackageError, match="twice"):
        pack(metadata, twice, nav_id="nav")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_any_title_comes_out_as_it_went_in_or_is_refused(title: str):
    """No text is shortened or changed in silence, but for its white space."""
    metadata, resources = right_to_left_book()
    try:
        data = pack(replace(metadata, title=title), resources, nav_id="nav")
    except EpubPackageError:
        return
    found = package_document(data).findtext(".//dc:title", namespaces=OPF)
    assert found.split() == title.split()


@pytest.mark.parametrize(
    ("resources", "ids", "reason"),
    [
        (book(), {"nav_id": "contents"}, "no navigation document 'contents'"),
        (book(), {"nav_id": "notes"}, "'toc'"),
        (book(), {"nav_id": "style"}, "not XHTML"),
        (book(), {"nav_id": "nav", "cover_id": "picture"}, "no cover image 'picture'"),
        (book(), {"nav_id": "nav", "cover_id": "style"}, "not an image"),
        ([replace(item, in_spine=False) for item in book()], {"nav_id": "nav"}, "spine is empty"),
        (changed("style", in_spine=True), {"nav_id": "nav"}, "spine"),
        ([], {"nav_id": "nav"}, "no navigation document"),
    ],
)
def test_a_publication_with_a_part_missing_is_refused(
    resources: list[Resource], ids: dict[str, str], reason: str
):
    """Contents, cover and spine must be there and of the right kind."""
    with pytest.raises(EpubPackageError, match=reason):
        pack(METADATA, resources, **ids)


def test_a_file_that_ebooklib_changes_is_an_error(monkeypatch: pytest.MonkeyPatch):
    """Should EbookLib touch a file's bytes again, no EPUB comes out."""
    monkeypatch.setattr(epub.EpubItem, "get_content", lambda self: self.content.lower())
    with pytest.raises(EpubPackageError, match="changed or lost"):
        packed()


# --- the library --------------------------------------------------------------------------------

HOOKED = {
    "EpubBook.__init__": "9d48ab2c64b8",
    "EpubBook.reset": "c7523bd19ff9",
    "EpubBook.add_item": "dcc0b531392f",
    "EpubBook.get_items": "cfeacbf23d94",
    "EpubItem.__init__": "42e7b14e20af",
    "EpubItem.get_content": "264325fb187c",
    "EpubItem.get_id": "ccd749075b63",
    "EpubItem.get_name": "fca8e54772f4",
    "EpubWriter.__init__": "b1d5303c391e",
    "EpubWriter._write_container": "e2f213b663da",
    "EpubWriter._write_items": "a7939873a001",
    "EpubWriter._write_opf": "838838f29272",
    "EpubWriter._write_opf_bindings": "64a61cd38bbf",
    "EpubWriter._write_opf_file": "9e6c54d9c7b8",
    "EpubWriter._write_opf_guide": "1b1538cfcede",
    "EpubWriter._write_opf_manifest": "19ae5ad92b61",
    "EpubWriter._write_opf_metadata": "03424df4c610",
    "EpubWriter._write_opf_spine": "b1e6eda6bd09",
    "EpubWriter.write": "f2f28ead2851",
}
"""The parts of EbookLib that the packager builds on, with the hash of each one's source as it was read."""


def test_ebooklib_is_the_one_that_was_read():
    """EbookLib's inner parts are those of 0.20; when they move, the message lists which to read again."""
    found = {}
    for name in HOOKED:
        owner, method = name.split(".")
        part = getattr(getattr(epub, owner), method, None)
        found[name] = hashlib.sha256(inspect.getsource(part).encode()).hexdigest()[:12] if part else "gone"
    moved = [name for name in HOOKED if found[name] != HOOKED[name]]
    assert not moved, f"EbookLib {ebooklib.VERSION} is not as in 0.20: read {moved}, then renew HOOKED"
    assert epub.CONTAINER_PATH == "META-INF/container.xml"
    assert epub.EpubBook().FOLDER_NAME == "EPUB"
