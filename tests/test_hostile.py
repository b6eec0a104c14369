"""Hostile and broken input in whole publications: named, refused or printed true, and never a crash.

The numbers in the sentences are those of the list of hostile inputs in the handbook. What a single step
does with them (YAML, paths, withholding) is in the tests of that step.
"""

from __future__ import annotations

import http.server
import io
import json
import os
import re
import sys
import threading
import time
import tracemalloc
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pikepdf
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from support.project import AUDIENCES, BOOK, PUBLICATION, TEMPLATES, job, make_project, section

from builder.codes import CODES
from builder.conditions import Viewer, Vocabulary
from builder.diagnostics import Checked, Severity
from builder.examine import check_all
from builder.load import load
from builder.orders import Order
from builder.pipeline import build
from builder.withhold import withhold
from builder.world import World
from builder.writers import epub as epub_writer

SECRET = "root-of-all-secrets"
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def picture(kind: str = "PNG", mode: str = "RGB", frames: int = 1) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    images = [Image.new(mode, (16, 24), index * 99) for index in range(frames)]
    images[0].save(out, kind, save_all=frames > 1, append_images=images[1:])
    return out.getvalue()


@dataclass(frozen=True)
class Built:
    """What became of an edition: its problems, and its file if it has one."""

    problems: tuple
    data: bytes | None

    @property
    def codes(self) -> list[str]:
        """The codes of the problems."""
        return [problem.code for problem in self.problems]

    @property
    def places(self) -> list[str]:
        """Place and code of each problem, the place counted from the publication."""
        found = []
        for problem in self.problems:
            place = str(problem.span or "").removeprefix(f"{BOOK}/")
            found.append(f"{place} {problem.code}".strip())
        return found

    @property
    def files(self) -> dict[str, bytes]:
        """The files of an ebook by name; it must have been built."""
        assert self.data is not None, "\n".join(map(str, self.problems))
        with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
            names = archive.namelist()
            assert len(names) == len(set(names))
            return {name: archive.read(name) for name in names}

    @property
    def text(self) -> str:
        """Everything that an ebook says."""
        return "\n".join(data.decode() for name, data in self.files.items() if not name.endswith(".png"))

    @property
    def chapter(self) -> str:
        """The first chapter of an ebook."""
        return self.files["EPUB/chapter-01.xhtml"].decode()

    @property
    def pages(self) -> str:
        """The text of a PDF, as a reader copies it."""
        assert self.data is not None, "\n".join(map(str, self.problems))
        texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(self.data)).pages]
        return " ".join("".join(texts).replace("\u200b", "").replace("\u00ad", "").split())


COVER = picture()


class Press:
    """Builds the stock book with an overlay; ebooks get a plain cover, so they are quick."""

    def __init__(self, root: Path, cache: Path):
        self.root, self.cache, self.count = root, cache, 0
        root.mkdir()

    def project(self, overlay: dict | None = None) -> World:
        """The stock project with an overlay; names count from the publication, `/x` from the root."""
        self.count += 1
        files = {
            name[1:] if name[0] == "/" else f"{BOOK}/{name}": text for name, text in (overlay or {}).items()
        }
        return make_project(self.root / str(self.count), files)

    def build(self, world: World, target: str = "epub", **options) -> Built:
        """Builds the public edition of a project."""
        made = build(Order(job("public", target), world.root, world.templates, self.cache, **options))
        return Built(made.problems, made.value and made.value.data)

    def __call__(self, body: str | None = None, target: str = "epub", **files) -> Built:
        """Builds a section's text, and other files by name, into the public edition."""
        overlay = files.pop("files", {})
        if body is not None:
            overlay = {"one.md": section(body), **overlay}
        return self.build(self.project(overlay), target)

    def check(self, body: str | None = None, **files) -> Built:
        """What `builder check` says of the public edition."""
        overlay = files.pop("files", {})
        if body is not None:
            overlay = {"one.md": section(body), **overlay}
        world = self.project(overlay)
        loaded = load(world)
        problems = loaded.problems
        if loaded.value is not None and loaded.value.publications:
            problems += check_all(loaded.value, [job()], world)
        return Built(problems, None)


@pytest.fixture
def press(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Press:
    """A press with a plain cover."""
    monkeypatch.setattr(epub_writer, "draw_cover", lambda *_: Checked(COVER))
    return Press(tmp_path / "project", cache)


class Watch:
    """Notes what this process reads and whom it calls; one hook for the whole run, as hooks never go."""

    opened: ClassVar[list[str]] = []
    called: ClassVar[list[str]] = []
    is_on = False

    @classmethod
    def hear(cls, event: str, arguments: tuple) -> None:
        """The audit hook."""
        if not cls.is_on:
            return
        if event == "open" and isinstance(arguments[0], str | bytes) and "w" not in (arguments[1] or ""):
            cls.opened.append(os.fsdecode(arguments[0]))
        elif event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"):
            cls.called.append(f"{event} {arguments[1:]}")


sys.addaudithook(Watch.hear)


@pytest.fixture
def watch() -> Iterator[type[Watch]]:
    """Listens while a test runs."""
    Watch.opened, Watch.called, Watch.is_on = [], [], True
    yield Watch
    Watch.is_on = False


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[str]]]:
    """A web server on this machine, and the paths that anybody asked it for."""
    hits: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}", hits
    server.shutdown()


def with_theme_css(world: World, css: str) -> World:
    """The same project with templates of its own, whose theme has these styles besides."""
    folder = world.root / "templates"
    for source in TEMPLATES.rglob("*"):
        target = folder / source.relative_to(TEMPLATES)
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    own = folder / "themes/meridian/theme.css"
    text = own.read_text()
    own.unlink()
    own.write_text(css + text)
    return World(world.root, folder)


def with_title_page(press: Press, template: str) -> Built:
    """What is built with a template of the title page that holds only this."""
    world = with_theme_css(press.project(), "")
    page = world.templates / "epub/title.xhtml"
    page.unlink()
    page.write_text(f"<html>\n{template}\n</html>")
    return press.build(world)


def ids_of(built: Built) -> list[str]:
    """Every id of an ebook that stands twice in its file."""
    found = []
    for name, data in built.files.items():
        if name.endswith(".xhtml"):
            counts = Counter(etree.fromstring(data).xpath("//@id"))
            found += [f"{name}#{identity}" for identity, count in counts.items() if count > 1]
    return found


# YAML

FRONT = "---\nid: one\ntitle: {}\n---\nText.\n"


@pytest.mark.parametrize(
    ("row", "files", "place"),
    [
        (1, {"one.md": "---\nid: one\n\ttitle: T\n---\n"}, "one.md:3:1 yaml-syntax"),
        (1, {"one.md": FRONT.format("Policy: a guide")}, "one.md:3:14 yaml-syntax"),
        (1, {"one.md": FRONT.format('"never closed')}, "one.md:3:8 yaml-syntax"),
        (3, {"publication.yaml": "a: &a [*a]\n"}, "publication.yaml:1:4 yaml-alias"),
        (4, {"one.md": FRONT.format('!!python/object/apply:os.system ["id"]')}, "one.md:3:8 yaml-tag"),
        (5, {"one.md": FRONT.format("~")}, "one.md:3:1 wrong-type"),
        (5, {"one.md": FRONT.format("A\ntitle: B")}, "one.md:4:1 yaml-duplicate-key"),
        (5, {"one.md": FRONT.format("{{ title }}")}, "one.md:3:9 yaml-key"),
        (5, {"one.md": FRONT.format("T\nnumbered: no")}, "one.md:4:11 wrong-type"),
        (5, {"publication.yaml": PUBLICATION.replace("2026-11", "24.11")}, "publication.yaml:3:7 wrong-type"),
        (6, {"publication.yaml": "- a\n- b\n"}, "publication.yaml:1:1 wrong-type"),
        (6, {"publication.yaml": "\ufeff\n"}, "publication.yaml:1:1 yaml-empty"),
        (6, {"publication.yaml": PUBLICATION + "---\na: b\n"}, "publication.yaml:8:1 yaml-two-documents"),
        (6, {"publication.yaml": "a: " + "[" * 5000 + "]" * 5000}, "publication.yaml:1:43 yaml-too-deep"),
        (6, {"/content/audiences.yaml": AUDIENCES.replace("title", f"max_words: {'9' * 5000}, title", 1)},
         "content/audiences.yaml:4:23 wrong-type"),
        (6, {"one.md": FRONT.format("T\naudeince: press")}, "one.md:4:1 unknown-key"),
        (7, {"one.md": FRONT.format("Хил").encode("cp1251")}, "one.md:3:8 not-utf8"),
        (7, {"publication.yaml": PUBLICATION.encode("utf-16-le")}, "publication.yaml not-utf8"),
        (8, {"one.md": FRONT.format('"a \\ud800 b"')}, "one.md:3:8 yaml-bad-character"),
        (8, {"one.md": FRONT.format('"a\\0b"')}, "one.md:3:8 yaml-bad-character"),
        (22, {"one.md": b"---\nid: one\ntitle: T\n---\nA \xed\xa0\x80 b.\n"}, "one.md:5:3 not-utf8"),
    ],
)  # fmt: skip
def test_broken_yaml_is_an_error_with_its_place_and_builds_nothing(
    press: Press, watch: type[Watch], row: int, files: dict, place: str
) -> None:
    """Rows 1-8 and 22: each is named with its place and a hint; no file is made, nothing is run."""
    built = press(files=files)
    assert place in built.places
    assert all(problem.hint for problem in built.problems)
    assert built.data is None
    assert watch.called == []


def test_an_alias_bomb_costs_nothing(press: Press) -> None:
    """Row 2: nine levels of aliases are refused in less than a second and a hundred megabytes."""
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)]
    text = PUBLICATION + "\n".join(["l0: &l0 [lol]", *levels])
    tracemalloc.start()
    begun = time.perf_counter()
    built = press(files={"publication.yaml": text})
    seconds, (_, peak) = time.perf_counter() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "yaml-alias" in built.codes
    assert seconds < 1
    assert peak < 100_000_000


def test_values_are_printed_as_they_are_written(press: Press) -> None:
    """Row 5: a time, a version, a leading zero, a word that YAML takes for false and a date stay text."""
    written = ["12:30", "1.10", "010", "no", "2026-01-02", "0x1F", "1e3", "1_000", "off", ".5", "NaN"]
    variables = ", ".join(f"v{number}: {value}" for number, value in enumerate(written))
    body = "|".join(f"[]{{var=v{number}}}" for number in range(len(written)))
    built = press(
        files={
            "publication.yaml": PUBLICATION + f"variables: {{{variables}}}\n",
            "one.md": FRONT.format("12:30").replace("Text.", body),
        }
    )
    assert "|".join(written) in built.chapter
    assert "<h1>12:30</h1>" in built.chapter


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
    ],
    ids=["mark", "utf-16", "utf-16-be", "crlf", "cr"],
)
def test_every_honest_encoding_makes_the_same_book(press: Press, encode) -> None:
    """Row 7: byte order marks, UTF-16 and other line ends change no byte of the ebook."""
    texts = {
        "publication.yaml": PUBLICATION.replace("A stock book", "Өвөл: a book".join("''")),
        "one.md": section("# Өвөл\n\n::: {audience=press}\nSecret.\n:::\n\n- a\n- b\n"),
        "data/t.csv": "a,b\n1,2\n",
    }
    plain = press(files=texts)
    assert plain.data is not None
    assert press(files={name: encode(text) for name, text in texts.items()}).data == plain.data


# Paths, includes, network

REFERENCES = (
    "../../../../../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "..\\..\\..\\secret.txt",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/secret.txt", "a%00.png", "C:\\secret.txt", "//host/share/secret.txt",
    "../../../../secret.txt", "../../../secret.txt/../../secret.txt", "http://127.0.0.1/secret.txt",
    "\\\\host\\share",
)  # fmt: skip
USES = {
    "picture": {"one.md": section("![alt](@)\n")},
    "picture in brackets": {"one.md": section("![alt](<@>)\n")},
    "picture in a note": {"one.md": section("Text.[^a]\n\n[^a]: ![alt](@)\n")},
    "figure": {"one.md": section("::: figure {#fig-x}\n![alt](@)\n:::\n")},
    "data": {"one.md": section("::: table {data='@'}\n:::\n")},
    "snippet": {"one.md": section("::: snippet {ref='@'}\n:::\n")},
    "section": {"publication.yaml": PUBLICATION.replace("two.md]", "two.md, '@']")},
    "references": {"publication.yaml": PUBLICATION + "references: '@'\n"},
    "conditions on data": {
        "publication.yaml": PUBLICATION + "data:\n  '@': {columns: {a: {audience: press}}}\n"
    },
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("reference", REFERENCES)
def test_nothing_outside_the_project_is_read(
    press: Press, watch: type[Watch], use: str, reference: str
) -> None:
    """Rows 9 and 10: whatever names a file, a path out of the project is refused and never opened."""
    (press.root / "secret.txt").write_text(SECRET)
    typed = reference.replace("\\", "\\\\") if use in ("data", "snippet") else reference
    built = press.check(files={name: text.replace("@", typed) for name, text in USES[use].items()})
    assert set(built.codes) & {"outside-project", "remote-file", "bad-path", "unknown-snippet"}
    assert all(problem.span.line for problem in built.problems)
    assert not [path for path in watch.opened if "passwd" in path or "secret.txt" in path]
    assert watch.called == []


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("two.md", ""),
        ("images/x.png", "![alt](images/x.png)"),
        ("data/t.csv", "::: table {data=data/t.csv}\n:::"),
        ("snippets/s.md", "::: snippet {ref=s}\n:::"),
        ("snippets", "::: snippet {ref=secret}\n:::"),
        ("images", "![alt](images/secret.md)"),
    ],
)
def test_a_link_on_the_disk_that_leads_out_is_refused(
    press: Press, tmp_path: Path, watch: type[Watch], name: str, use: str
) -> None:
    """Row 11: a symbolic link to a file or folder outside, or to itself, is an error, never followed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text(SECRET)
    for target in (outside if "." not in name else outside / "secret.md", Path(name).name):
        world = press.project({"one.md": section(use + "\n")})
        link = world.root / BOOK / name
        link.unlink(missing_ok=True)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(target)
        built = press.build(world)
        assert "outside-project" in built.codes
        assert built.data is None
    assert not [path for path in watch.opened if "outside" in path]


def test_no_request_ever_leaves_the_machine(press: Press, watch: type[Watch], listener) -> None:
    """Row 12: pictures, HTML, styles, fonts and drawings at an address are named, and nobody is called."""
    host, hits = listener
    body = (
        f"![A map](http://{host}/a.png)\n\nText ![b](http://{host}/b.png) <img src='http://{host}/c.png'>.\n\n"
        f"<link rel=stylesheet href=http://{host}/d.css>\n\n<style>@import url(http://{host}/e.css)</style>\n\n"
        f"<video poster=http://{host}/f.png src=http://{host}/g></video>\n\n![aws](http://169.254.169.254/h)\n\n"
        f"<div style='background: url(http://{host}/i)'>x</div>\n\n[A link](http://{host}/j) <http://{host}/k>\n"
    )
    css = (
        f"@import url(http://{host}/l.css);@IMPORT url(http://{host}/q);@\\69mport url(http://{host}/r);@import 'http://{host}/m.css';"
        f"@font-face{{font-family:X;src:url(http://{host}/n.woff2)}}p{{font-family:X}}"
        f"body{{background:url(http://{host}/o.png)}}li{{list-style-image:url(//{host}/p.png)}}"
    )
    world = with_theme_css(press.project({"one.md": section(body)}), css)
    for target in ("epub", "pdf"):
        built = press.build(world, target)
        assert built.data is not None, built.problems
        assert built.codes.count("remote-file") == 3
        assert ("engine" in built.codes) is (target == "pdf")
        text = built.text if target == "epub" else built.pages
        assert "A map" in text
    assert hits == []
    assert [call for call in watch.called if "socket" in call] == []


@pytest.mark.parametrize(
    "drawing",
    [
        '<image href="http://{host}/a.png"/>',
        '<image xmlns:x="http://www.w3.org/1999/xlink" x:href="file:///etc/passwd"/>',
        "<style>@import url(http://{host}/a.css)</style>",
        '<rect style="fill: url(http://{host}/a.svg#b)" width="9" height="9"/>',
        '<rect fill="url(http://{host}/a.svg#b)" width="9" height="9"/>',
        '<use href="http://{host}/a.svg#b"/>',
        '<feImage href="http://{host}/a.png"/>',
        '<a href="http://{host}/a"><text>x</text></a>',
    ],
)
def test_a_drawing_that_asks_for_other_files_is_refused(press: Press, listener, drawing: str) -> None:
    """Row 12: an SVG with an address in an element, attribute or style is an error, and nobody is called."""
    host, hits = listener
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{drawing.format(host=host)}</svg>'
    built = press.check("![alt](images/x.svg)\n", files={"images/x.svg": text})
    assert built.places == ["one.md:5:8 unsafe-svg"]
    assert hits == []


def test_styles_of_a_theme_reach_no_file_of_the_machine(
    press: Press, watch: type[Watch], tmp_path: Path
) -> None:
    """Row 10: imports, fonts and backgrounds by path out of the document are named and never opened."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    paths = (f"file://{secret}", str(secret), "fonts/../../../../etc/passwd", "fonts//etc/passwd")
    css = "".join(
        f"@import url({path});@font-face{{font-family:X{n};src:url({path})}}"
        f"h{n}{{font-family:X{n};background:url({path})}}"
        for n, path in enumerate(paths)
    )
    built = press.build(with_theme_css(press.project(), css), "pdf")
    assert "engine" in built.codes
    assert not [path for path in watch.opened if path in ("/etc/passwd", str(secret))]


def test_nothing_is_attached_that_the_author_did_not_declare(press: Press) -> None:
    """Row 13: a link marked as attachment puts no file into the PDF or the ebook."""
    body = (
        '<a rel="attachment" href="../../../secret.txt">a</a>\n\n<link rel="attachment" href="two.md">\n\n'
        '<p><a rel="attachment" href="two.md">b</a></p>\n'
    )
    world = press.project({"one.md": section(body)})
    (world.root / "secret.txt").write_text(SECRET)
    for target in ("epub", "pdf"):
        built = press.build(world, target)
        assert "html-removed" in built.codes
        assert built.data is not None
        if target == "epub":
            assert SECRET not in built.text
            assert "attachment" not in built.text
            continue
        with pikepdf.open(io.BytesIO(built.data)) as pdf:
            assert len(pdf.attachments) == 0
            assert "/AF" not in pdf.Root


def test_snippets_that_include_each_other_are_named(press: Press) -> None:
    """Row 14: a circle of snippets is printed, and a chain of a thousand is an error too."""
    use = "::: snippet {{ref={}}}\n:::\n"
    circle = press.check(
        use.format("a"),
        files={f"snippets/{name}.md": use.format(after) for name, after in zip("abc", "bca", strict=True)},
    )
    assert circle.places == ["snippets/c.md:1 snippet-cycle"]
    assert "a → b → c → a" in circle.problems[0].message
    assert press.check(use.format("a"), files={"snippets/a.md": use.format("a")}).codes == ["snippet-cycle"]
    chain = {f"snippets/s{number}.md": use.format(f"s{number + 1}") for number in range(1000)}
    assert press.check(use.format("s0"), files=chain).codes == ["snippet-cycle"]


PICTURES = {
    "missing": ("images/x.png", None, "missing-image"),
    "wrong case": ("images/Logo.PNG", {"images/logo.png": picture()}, "missing-image"),
    "folder": ("images", {"images/logo.png": picture()}, "missing-image"),
    "empty": ("images/x.png", {"images/x.png": b" "}, "bad-image"),
    "text": ("images/x.png", {"images/x.png": b"some text"}, "bad-image"),
    "cut off": ("images/x.png", {"images/x.png": picture()[:60]}, "bad-image"),
    "CMYK": ("images/x.jpg", {"images/x.jpg": picture("JPEG", "CMYK")}, "bad-image"),
    "16 bit": ("images/x.png", {"images/x.png": picture("PNG", "I;16")}, "bad-image"),
    "animated": ("images/x.gif", {"images/x.gif": picture("GIF", "L", 3)}, "bad-image"),
    "WebP": ("images/x.webp", {"images/x.webp": picture("WEBP")}, "bad-image"),
    "TIFF": ("images/x.tiff", {"images/x.tiff": picture("TIFF")}, "bad-image"),
}


@pytest.mark.parametrize("case", PICTURES)
def test_a_picture_that_cannot_be_shown_stops_the_edition(press: Press, case: str) -> None:
    """Row 15: an error with its place, line and column; no reader gets a page with a hole."""
    name, files, code = PICTURES[case]
    world = press.project({"one.md": section(f"Before,\nand ![A map of herds]({name})\n"), **(files or {})})
    built = press.build(world)
    assert (built.places, built.data) == ([f"one.md:6:23 {code}"], None)
    assert built.problems[0].severity is Severity.ERROR


# Size


def test_nothing_nested_is_dropped_in_silence(press: Press) -> None:
    """Row 17: fifteen levels of lists are printed to the last item; too many levels are one clean error."""
    items = [f"item-{level}-end" for level in range(15)]
    built = press("".join(f"{'  ' * level}- {item}\n" for level, item in enumerate(items)))
    assert all(item in built.chapter for item in items)
    for text in (
        "".join(f"{'  ' * level}- item\n" for level in range(200)),
        ">" * 500 + " text\n",
        "::: {.a}\n" * 2000 + "text\n" + ":::\n" * 2000,
        "[a " * 500 + "]{.x}" * 500,
        "*a **b " * 500,
    ):
        found = press.check(text)
        assert set(found.codes) <= {"too-deep"}
        assert found.codes or press.build(press.project({"one.md": section(text)})).data is not None


def test_long_texts_are_read_to_their_end(press: Press) -> None:
    """Row 19: a megabyte of words, 50,000 brackets, 600 runs of backticks: no crash, no loss."""
    for text in (
        "word " * 200_000,
        "[" * 50_000,
        "".join("`" * n + " " for n in range(1, 600)),
        "a\\|" * 50_000,
    ):
        assert press.check(f"{text}\n\nlast words\n").codes == []


@pytest.mark.parametrize(
    "body", ["", "\n\n", "## Only a heading\n", "<!-- a comment -->\n", "[x]{audience=press}\n"]
)
def test_an_empty_chapter_is_a_chapter(press: Press, body: str) -> None:
    """Row 20: a section of which nothing or only a heading is left is valid in both kinds of file."""
    built = press(body)
    assert "First things" in built.chapter
    etree.fromstring(built.chapter.encode())
    assert "First things" in press(body, "pdf").pages if body.startswith("##") else True


def test_an_edition_without_sections_is_named(press: Press) -> None:
    """Row 20: where nothing is left for an audience, that is the message, with the place of the edition."""
    built = press(files={"publication.yaml": PUBLICATION.replace("clearance: public", "clearance: internal")})
    assert built.places == ["publication.yaml:7:20 nothing-to-build"]
    assert "'public'" in built.problems[0].message


# Text


def test_signs_that_no_reader_can_show_are_replaced_and_reported(press: Press) -> None:
    """Row 21: control characters, typed or as entities, never reach the ebook, and each kind is named."""
    typed = "a\x00b\x0bc\x1bd\ufffee\x85f"
    entities = "g&#0;h&#x1b;i&#xd800;j&#xfffe;k&#11;l <b>&#x1b;</b>\n\n<div>m&#x1b;n&#xfffe;o</div>"
    built = press(f"{typed}\n\n{entities}\n")
    assert FORBIDDEN.search(built.text) is None
    assert "\ufffd" in built.chapter
    said = press.check(f"{typed}\n\n{entities}\n")
    assert set(said.codes) == {"control-character"}
    assert {problem.span.line for problem in said.problems} == {5, 7, 9}
    assert len(said.problems) >= 7


SCRIPTS = {
    "Mongolian": "Монгол Улсын Өвөр, Үүлэн, өвөл үүл", "look-alikes": "Ѳ ѳ Ө ө Ү ү Ұ ұ",
    "combining": "e\u0301 o\u0308\u0308 q\u0303 \u00e9", "Mongolian script": "ᠮᠣᠩᠭᠣᠯ ᠤᠯᠤᠰ",
    "Thai": "ภาษาไทย", "Burmese": "မြန်မာဘာသာ", "Devanagari": "हिन्दी", "Chinese": "中国与蒙古国",
    "Japanese": "日本語テキスト", "Korean": "한국어 텍스트", "Arabic": "اللغة العربية 123 abc",
    "Hebrew": "עברית (test) 12", "emoji": "👩‍👩‍👧 🇲🇳 👍🏽", "beyond": "𝔘𝔫𝔦 𐐀",
}  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_text_of_any_script_survives_byte_for_byte(press: Press, script: str) -> None:
    """Rows 23 and 24: in title, heading, text, note, table and alternative text, and in the contents."""
    text = SCRIPTS[script]
    body = (
        f"## {text}\n\n{text}[^a]\n\n| {text} |\n|---|\n| {text} |\n\n![{text}](a.png)\n\n[^a]: {text}\n"
    )
    quoted = json.dumps(text, ensure_ascii=False)
    front = f"---\nid: one\ntitle: {quoted}\nstandfirst: {quoted}\n---\n"
    built = press(files={"one.md": front + body, "a.png": picture()})
    assert built.chapter.count(text) >= 7
    assert text in built.files["EPUB/nav.xhtml"].decode()
    assert text in built.files["EPUB/notes.xhtml"].decode()


@pytest.mark.parametrize("script", ["Mongolian", "Korean", "emoji"])
def test_a_pdf_sets_a_sign_or_says_that_it_cannot(press: Press, script: str) -> None:
    """Row 24: either the text is on the page, or `missing-glyph` names each sign; never an empty box."""
    text = SCRIPTS[script]
    built = press(f"Begin {text} end.\n", "pdf")
    if built.data is not None:
        assert f"Begin {text} end." in unicodedata.normalize("NFC", built.pages)
        return
    assert set(built.codes) == {"missing-glyph"}
    said = "\n".join(map(str, built.problems))
    assert all(f"U+{ord(char):04X}" in said for char in text if unicodedata.category(char)[0] == "L")


def test_signs_that_turn_the_text_around_are_reported(press: Press) -> None:
    """Row 23: a bidi override can make a text read otherwise than it is written, so it is named."""
    assert press.check("a \u202egnp.exe\u202c b\n").codes == ["control-character"]


def test_every_id_of_an_ebook_is_unique_and_stable(press: Press) -> None:
    """Row 25: headings alike or without letters, reused snippets, notes in notes, ids of the author."""
    body = (
        "## 🎉\n\n## ؟\n\n## 🎉\n\n## Same\n\n## Same\n\n## Same 2\n\n## one\n\n## fn 1 1\n\n## heading 2\n\n"
        "::: snippet {ref=s}\n:::\n\n::: snippet {ref=s}\n:::\n\n"
        "Text[^a] and[^a] ^[b ^[c]].\n\n[^a]: Note ^[d].\n\n"
        "## cafe\u0301 {#cafe\u0301}\n\n## caf\u00e9 {#caf\u00e9}\n\n"
        "Table: x\n\n| a |\n|---|\n| b |\n\n::: box {title=a #tbl-9}\nx\n:::\n\n::: recommendation\nx\n:::\n"
    )
    files = {
        "one.md": section(body),
        "two.md": section("## Same\n\nText[^a].\n\n[^a]: x\n\n## one same\n", identity="one-same"),
        "snippets/s.md": "## Snippet\n\nText[^x].\n\n[^x]: Note.\n",
    }
    built = press(files=files)
    assert ids_of(built) == []
    assert press(files=files).data == built.data


def test_odd_titles_are_escaped_wherever_they_are_printed(press: Press) -> None:
    """Row 25: markup, quotes, CDATA ends in titles: in text, contents, package and bookmarks."""
    title = "A &amp; <b>\"x\"</b> ]]> -> </title> '1' \\ (2) {{ 3 }}"
    files = {
        "publication.yaml": PUBLICATION.replace("A stock book", json.dumps(title)),
        "one.md": section(
            f"## {title.replace('<b>', '`<b>`').replace('</b>', '`</b>`').replace('</title>', '')}\n"
        ),
    }
    built = press(files=files)
    for name, data in built.files.items():
        if name.endswith((".xhtml", ".opf")):
            etree.fromstring(data)
    package = etree.fromstring(built.files["EPUB/content.opf"])
    found = package.findtext(".//{http://purl.org/dc/elements/1.1/}title")
    assert re.sub("[“”‘’\"']", "'", found) == title.replace('"', "'")
    printed = press(files=files, target="pdf")
    reader = pypdf.PdfReader(io.BytesIO(printed.data))
    assert reader.metadata.title == found
    assert any(
        "]]>" in str(item.get("/Title", "")) for item in reader.outline if isinstance(item, dict)
    ) or any(
        "]]>" in str(item.get("/Title", ""))
        for group in reader.outline
        if isinstance(group, list)
        for item in group
    )


def test_a_title_of_three_hundred_signs_is_printed_whole(press: Press) -> None:
    """Row 25: with and without spaces, and a line end in quotes folds to a space."""
    for title in ("word " * 60, "x" * 300):
        built = press(files={"one.md": FRONT.format(title.strip())})
        assert title.strip() in built.chapter
        assert title.strip() in built.files["EPUB/nav.xhtml"].decode()
    assert "<h1>Two lines</h1>" in press(files={"one.md": FRONT.format('"Two\n  lines"')}).chapter


def test_odd_file_names_make_plain_names_in_the_book(press: Press) -> None:
    """Row 26: spaces, Cyrillic, signs of addresses, 255 bytes, names alike but for case or normal form."""
    names = [
        "a b",
        "Бүлэг",
        "x#y",
        "what?",
        "%41",
        "100%",
        "n" * 252,
        "A",
        "a",
        "cafe\u0301",
        "caf\u00e9",
        "{{ 7*7 }}",
    ]
    pictures = {
        f"images/{name[:250]}.png": picture("PNG", "RGB") + bytes([n]) for n, name in enumerate(names)
    }
    files = {f"{name}.md": section(f"Text of {n}.\n", identity=f"s{n}") for n, name in enumerate(names)}
    uses = "\n\n".join(f"![p](<images/{name[:250]}.png>)" for name in names)
    listed = json.dumps([*(f"{name}.md" for name in names), "one.md"], ensure_ascii=False)
    built = press(
        files={
            "publication.yaml": PUBLICATION.replace("[one.md, two.md]", listed),
            "one.md": section(uses + "\n"),
            "two.md": "",
            **files,
            **pictures,
        }
    )
    assert built.codes == []
    inside = list(built.files)
    assert len(names) == len([name for name in inside if name.startswith("EPUB/images/")])
    assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", name) for name in inside)
    assert len({unicodedata.normalize("NFC", name).casefold() for name in inside}) == len(inside)
    assert all(f"Text of {n}." in built.text for n in range(len(names)))


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("Text.[^a]\n", ["undefined-note"]),
        ("Text.[^a]\n\n[^a]: One.\n\n[^a]: Two.\n", ["duplicate-id"]),
        ("Text.[^a]\n\n[^a]: See[^a].\n", ["note-cycle"]),
        ("Text.[^a]\n\n[^a]: See[^b].\n\n[^b]: See[^a].\n", ["note-cycle"]),
        ("<<<<<<< HEAD\nOurs.\n\n>>>>>>> theirs\n", ["merge-marker", "merge-marker"]),
    ],
)
def test_broken_notes_and_leftover_marks_are_reported(press: Press, body: str, codes: list[str]) -> None:
    """Row 27: a note undefined, defined twice or calling itself, and what a merge left behind, is named."""
    assert press.check(body).codes == codes


def test_notes_belong_to_their_chapter(press: Press) -> None:
    """Row 27: one name in two chapters, calls in headings, tables, notes: each leads to its own note."""
    files = {
        "one.md": section("## Head[^a]\n\n| x[^a] |\n|---|\n| y^[inline note] |\n\n[^a]: First note.\n"),
        "two.md": section("Text.[^a]\n\n[^a]: Second note.\n", identity="two"),
    }
    built = press(files=files)
    notes = built.files["EPUB/notes.xhtml"].decode()
    assert [notes.count(text) for text in ("First note.", "inline note", "Second note.")] == [1, 1, 1]
    assert ids_of(built) == []
    for name, data in built.files.items():
        for target in etree.fromstring(data).xpath("//@href") if name.endswith(".xhtml") else ():
            file, _, anchor = target.partition("#")
            if anchor:
                assert f'id="{anchor}"' in built.files[f"EPUB/{file}" if file else name].decode()
    assert "First note." in press(files=files, target="pdf").pages


# Injection

SIGNS = "{{ 7*7 }}{% for x in y %}{# note #}${8+8}"


def test_signs_of_templates_are_only_text(press: Press) -> None:
    """Row 28: in text, titles, YAML values, captions, cells and file names, in both kinds of file."""
    text, quoted = SIGNS, json.dumps(SIGNS)
    files = {
        "publication.yaml": PUBLICATION.replace("A stock book", quoted)
        + f"subtitle: {quoted}\ndescription: {quoted}\nvariables: {{v: {quoted}}}\n",
        "one.md": f"---\nid: one\ntitle: {quoted}\n---\n{text}\n\n[]{{var=v}}\n\n"
        f"![{text}](<images/{{{{ 7*7 }}}}.png>)\n\n"
        '::: box {title="{{ 7*7 }}"}\nx\n:::\n\n::: table {data=data/t.csv caption="{{ 7*7 }}"}\n:::\n',
        "data/t.csv": "{{ 7*7 }},b\n{% x %},{{ 7*7 }}\n",
        "images/{{ 7*7 }}.png": picture(),
    }  # fmt: skip
    built = press(files=files)
    assert built.chapter.count("{{ 7*7 }}") >= 8
    assert built.chapter.count(text) >= 3
    assert text in built.files["EPUB/content.opf"].decode()
    pages = press(files=files, target="pdf").pages
    assert pages.count("{{ 7*7 }}") >= 6
    assert "{% for x in y %}" in pages
    assert "49" not in built.chapter + pages


@pytest.mark.parametrize(
    "template",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ lipsum.__globals__['os'].system('id') }}",
        "{{ ''|attr('__class__') }}{{ (''|attr('__class__')).mro() }}",
        "{{ '{0.__class__.__mro__}'.format('') }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../../../etc/passwd' %}",
        "{% import 'file:///etc/passwd' as x %}",
        "{{ doc.metadata.__class__.__init__.__globals__ }}",
        "{% if %}",
        "{{ doc.nothing.at.all }}",
        "{{ doc.__setattr__('job', 1) }}",
    ],
)
def test_a_template_that_reaches_for_the_machine_is_refused(
    press: Press, watch: type[Watch], template: str
) -> None:
    """Row 29: it ends in a clean message with the template's name; nothing is run and nothing is read."""
    built = with_title_page(press, template)
    assert built.data is None
    assert built.codes == ["template-error"]
    assert str(built.problems[0].span).startswith("templates/epub/title.xhtml")
    assert watch.called == []
    assert not [path for path in watch.opened if path.endswith("passwd")]


# Conditions that almost say what they should

HIDDEN = "zqsecret"
CONDITION = "{audience=press}"
NEAR_MISSES = (Path(__file__).parent / "cases/near-misses.txt").read_text("utf-8").split("\n.\n")[1:-1]
"""Texts in which a condition is misspelt, misplaced or swallowed; the file says how they are written."""


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_a_condition_that_is_not_read_is_an_error_and_never_shows_the_words(press: Press, text: str) -> None:
    """What an author meant as a condition withholds the words or stops the build, however it is written."""
    text = re.sub("⟨([0-9A-F]+)⟩", lambda match: chr(int(match[1], 16)), text) + "\n"
    built = press(text, files={"publication.yaml": PUBLICATION + f"variables: {{zq: {HIDDEN}}}\n"})
    if built.data is None:
        assert any(problem.severity is Severity.ERROR and problem.hint for problem in built.problems)
    else:
        assert HIDDEN not in built.text
        assert "audience" not in built.chapter


COLUMN = "data:\n  data/t.csv: {columns: {loan: {clearance: restricted}}}\n"
SHOW = "::: table {data=data/t.csv}\n:::\n"
CELLS = f"year,loan\n2020,{HIDDEN}\n"
NAMED = "{name: A. Author}"
SOURCES = json.dumps([{"id": key, "type": "book", "title": f"Book {key}"} for key in ("a", HIDDEN)])
CHART = "kind: line\ndata: data/t.csv\nx: year\ntitle: Lines\n"
LINES = "year,open,loan\n2020,1,71\n2021,2,72\n2022,3,73\n"
LAST_WITHHELD = f"year,open,loan,_audience\n2020,1,2,\n2021,2,3,\n{HIDDEN},3,4,press\n"
CITING, CHARTING = PUBLICATION + "references: references.json\n", PUBLICATION + COLUMN
ELSEWHERE: dict[str, list[dict[str, str]]] = {
    "column": [
        {"text": SHOW.replace("data/t", path), "data/t.csv": CELLS, "publication.yaml": PUBLICATION + COLUMN}
        for path in ("data/t", "./data/t", "data//t", "data/../data/t", "data/%74", "x/../data/t")
    ] + [
        {"text": SHOW, "data/t.csv": CELLS, "publication.yaml": PUBLICATION + COLUMN.replace(old, new)}
        for old, new in (
            ("data/t", "./data/t"), ("data/t", "data/tt"), ("restricted", ""), ("loan", "Loan"),
            ("columns", "column"),
        )
    ],
    "row": [
        {"text": SHOW, "data/t.csv": f"year,loan,{name}\n2020,{HIDDEN},press\n"}
        for name in (
            "_audeince", "_Audience", "audience", " _audience ", "_clearence", "\u200b_audience",
            "__audience",
        )
    ] + [
        {"text": SHOW, "data/t.csv": f"year,loan,_audience\n2020,{HIDDEN},press\n".replace(",", sign)}
        for sign in (";", "\t", "|", "\uff0c")
    ] + [
        {"text": SHOW, "data/t.csv": text}
        for text in (f"y,_audience\n{HIDDEN},\u00a0\n", f"y\n1\n# {HIDDEN}\n", f"y\n[{HIDDEN}]{CONDITION}\n")
    ],
    "citation": [
        {"text": text, "references.json": SOURCES, "publication.yaml": CITING}
        for text in (
            f"[[{HIDDEN}]{CONDITION} @a, p. 1]", f"[@a, [{HIDDEN}]{CONDITION}]",
            f"[see {HIDDEN} @a]{CONDITION}", f"[@a; see @{HIDDEN}]{CONDITION} [@a]",
        )
    ],
    "chart": [
        {"text": f"```chart{words}\n{CHART}{more}```\n", "data/t.csv": rows, "publication.yaml": CHARTING}
        for words, more, rows in (
            ("", f"y: {{open: Open, loan: {HIDDEN}}}\n", LINES),
            ("", f"y: [open]\naudience: press\nalt: {HIDDEN}\n", LINES),
            (f" {CONDITION}", f"y: [open]\nalt: {HIDDEN}\n", LINES),
            (" {audience}", f"y: [open]\nalt: {HIDDEN}\n", LINES),
            ("", f"y: [open]\nalt: '[{HIDDEN}]{CONDITION}'\n", LINES),
            ("", f"y: {{open: Open, loan: {HIDDEN}}}\nalt: More {HIDDEN}.\n", LINES),
            ("", f"y: open\nalt: From A to {HIDDEN}.\n", LAST_WITHHELD),
        )
    ],
    "snippet": [
        {"text": f"::: snippet {{ref=s {word}}}\n:::\n", "snippets/s.md": HIDDEN}
        for word in ("audience", "audeince=press", "Audience=press", "clearance: restricted")
    ] + [
        {"text": "::: snippet {ref=s}\n:::\n", "snippets/s.md": f"{front}\n{HIDDEN}\n"}
        for front in (
            "---\naudience:\n---", "---\naudience: press\n", "<!-- x -->\n---\naudience: press\n---",
            "----\naudience: press\n----", "Text\n---\naudience: press\n---", " ---\naudience: press\n ---",
            "---\nAudience: press\n---", "\u200b---\naudience: press\n---",
        )
    ],
    "section": [
        {"one.md": f"---\nid: one\ntitle: T\n{line}\n---\n{HIDDEN}\n"}
        for line in (
            "audience:", "clearance: ~", "audience: []", 'audience: ""', "Audience: press",
            "audience: [press", "clearance: null", "audience : press",
            "#audience: press\nclearance: ''", "audience: ' '",
        )
    ],
    "publication": [
        {"publication.yaml": PUBLICATION.replace(old, new), "one.md": section(HIDDEN) if "one" in old else ""}
        for old, new in (
            ("A stock book", f'"A [{HIDDEN}]{CONDITION} book"'), (NAMED, f"{{name: {HIDDEN}, audience: }}"),
            (NAMED, f'{{name: "A [{HIDDEN}]{CONDITION}"}}'),
            ("date:", f'description: "[{HIDDEN}]{CONDITION}"\ndate:'),
            ("date:", f'keywords: ["[{HIDDEN}]{CONDITION}"]\ndate:'),
            ("date:", f'rights: "{HIDDEN} {CONDITION}"\ndate:'),
            ("[one.md", "[{file: one.md, audience: }"), ("[one.md", "[{file: one.md, audeince: press}"),
        )
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_a_condition_outside_the_text_is_read_or_an_error(press: Press, kind: str) -> None:
    """Conditions of columns, rows, snippets, sections and authors hold, or are errors."""
    shown = []
    for files in ELSEWHERE[kind]:
        others = {name: text for name, text in files.items() if name != "text" and text}
        built = press(files.get("text"), files=others)
        if built.data is None:
            assert any(problem.severity is Severity.ERROR for problem in built.problems)
        elif HIDDEN in built.text:
            shown.append(files)
    assert shown == []


SLIPS = {
    "span": "Open [zqsecret«]{audience=press}» text.\n",
    "long span": 'Open [zqsecret words«]{.x clearance="restricted"}» text.\n',
    "div": "Open.\n\n«::: {audience=press}»\nzqsecret\n:::\n\nOpen.\n",
    "box": 'Open.\n\n«::: box {title="A b" audience="press or staff"}»\nzqsecret\n:::\n\nOpen.\n',
    "line": "Open.\n\n«{audience=press}»\nzqsecret\n\nOpen.\n",
    "list": 'Open.\n\n«{audience="not public"}»\n- zqsecret\n- zqsecret\n\nOpen.\n',
    "heading": "Open.\n\n## zqsecret« {audience=press}»\n\nzqsecret\n\n## Open\n\nText.\n",
    "row": "| a | b |\n|---|---|\n| zqsecret | x «| {audience=press}»\n| c | d |\n",
    "column": "| a | zqsecret« {clearance=restricted}» |\n|---|---|\n| x | zqsecret |\n",
    "caption": "Table: zqsecret« {#t audience=press}»\n\n| a |\n|---|\n| zqsecret |\n",
    "image": "![zqsecret](x.png«){audience=press}»\n",
    "link": "[zqsecret](https://e.org«){audience=press}» x\n",
    "note": "Text^[zqsecret«]{audience=press}».\n",
    "code": "Text `zqsecret«`{audience=press}».\n",
    "definition": "Term\n: def\n\n«{audience=press}»\nTerm\n: zqsecret\n",
}
"""Texts with a condition; what makes it one stands between « and »."""
VIEWER = Viewer(
    Vocabulary(("public", "press", "staff"), ("public", "restricted"), ()), "public", "public", "epub"
)


def slips(text: str) -> Iterator[str]:
    """The text with one sign of its condition lost, doubled, mistyped or in the place of its neighbour."""
    start, condition, rest = re.split("[«»]", text)
    for at, sign in enumerate(condition):
        before, after = start + condition[:at], condition[at + 1 :] + rest
        yield before + after
        yield before + after[:1] + sign + after[1:]
        for other in (sign, *' \nx:}{"|=](\u200b'):
            yield before + other + sign + after
            yield before + other + after


@pytest.mark.parametrize("kind", SLIPS)
def test_no_slip_of_one_sign_shows_the_words(kind: str) -> None:
    """A condition with one sign lost, doubled, mistyped or moved still withholds, or is an error."""
    shown = []
    for text in slips(SLIPS[kind]):
        left = withhold(text, "x.md", VIEWER).value
        if left is not None and HIDDEN in left.text:
            shown.append(text)
    assert shown == []


# Whatever people type

LETTERS = st.characters(codec="utf-8")
PIECES = (
    "::: {audience=press}\n", "::: box {title=x}\n", ":::\n", "::: snippet {ref=s}\n:::\n",
    "{audience=press}\n", "::: table {data=data/t.csv}\n:::\n", "{#x .y lang=mn}", "[", "]", "](", ")",
    "](#sec-two)", "[^a]", "[^a]: ", "[@a; see @b, p. 1]", "```\n", "~~~ x\n", "    ", "\t", "- ", "1. ",
    "> ", "## ", "===\n", "---\n", "\n", "\n\n", "| a | b |\n|---|---|\n", "| < | ^ |\n",
    "Table: x {#t}\n", "\n: ", "![a](x.png)", "<div>", "</div>", "<!--", "^[", "<b title='&#x1b;'>",
    "&#xfffe;", "\\", "*", "**", "_", "`", "~~", "  \n", "\u202e", "\u200b", "\u0301", "ä", "Ө", "]]>",
    "{{ 7 }}", "[]{}", "[]{var=v}", "'", '"', "--", "<https://e.org>", "[a]: b\n", "![",
    "]{audience=press}", "]{lang=mn}", "{", "}", "<td>", "</p>", "<h2 class=x class=y>", "<svg>",
    "<!DOCTYPE x>", "<?x", "::: figure\n", "|", "::: key-figures\n- **1** x\n:::\n",
    "::: recommendation {owner=x date=2027-06}\n", "# ", "#### ", "$x$", "-->",
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=25).map("".join),
    st.text(LETTERS, max_size=80),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(LETTERS, max_size=5)), max_size=20).map("".join),
)
OTHERS = {
    "snippets/s.md": "A snippet[^s] with []{var=v}.\n\n[^s]: Its note.\n",
    "data/t.csv": "a,b,_audience\n1,2,\n3,4,press\n",
    "publication.yaml": PUBLICATION + "variables: {v: value}\n",
}
FREELY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    database=None,
)


def refuses_or_builds_well(press: Press, files: dict) -> Built:
    """The property of all that follows: problems with known codes, or a book that is well-formed."""
    built = press(files={**OTHERS, **files})
    assert set(built.codes) <= set(CODES) - {"internal", "epub-package", "incomplete"}, built.problems
    if built.data is None:
        assert any(problem.severity is Severity.ERROR for problem in built.problems)
        return built
    for name, data in built.files.items():
        if name.endswith((".xhtml", ".opf")):
            etree.fromstring(data)
            assert FORBIDDEN.search(data.decode()) is None
    assert ids_of(built) == []
    return built


@FREELY
@given(TEXTS)
def test_any_text_of_a_section_is_built_or_refused(press: Press, text: str) -> None:
    """Whatever stands in a section: named problems, or a well-formed ebook with unique ids."""
    refuses_or_builds_well(press, {"one.md": section(text)})


@FREELY
@given(
    TEXTS, st.sampled_from(["title", "standfirst", "short_title", "short", "role", "tags", "id", "audience"])
)
def test_any_value_in_front_matter_is_built_or_refused(press: Press, text: str, key: str) -> None:
    """Whatever a key of the front matter says, in quotes or bare."""
    for value in (json.dumps(text), text):
        refuses_or_builds_well(press, {"one.md": section("Text.\n", f"{key}: {value}\n")})


@FREELY
@given(
    TEXTS, st.sampled_from(["title", "subtitle", "description", "rights", "keywords", "cite_as", "language"])
)
def test_any_value_of_a_publication_is_built_or_refused(press: Press, text: str, key: str) -> None:
    """Whatever a key of publication.yaml says."""
    lines = [line for line in OTHERS["publication.yaml"].splitlines() if not line.startswith(f"{key}:")]
    value = json.dumps([text] if key == "keywords" else text)
    refuses_or_builds_well(press, {"publication.yaml": "\n".join([*lines, f"{key}: {value}", ""])})


@FREELY
@given(
    st.one_of(
        st.binary(max_size=60),
        TEXTS.map(str.encode),
        st.text("ab,;\t\"'\n\r#_|", max_size=40).map(str.encode),
    )
)
def test_any_csv_file_is_built_or_refused(press: Press, data: bytes) -> None:
    """Whatever bytes a CSV file holds."""
    body = "::: table {data=data/t.csv}\n:::\n"
    refuses_or_builds_well(press, {"one.md": section(body), "data/t.csv": data or b" "})


@FREELY
@given(
    st.binary(max_size=80),
    st.sampled_from(["one.md", "snippets/s.md", "publication.yaml", "/content/audiences.yaml"]),
)
def test_any_bytes_in_a_file_are_built_or_refused(press: Press, data: bytes, name: str) -> None:
    """Whatever bytes a file of the project holds."""
    body = section("::: snippet {ref=s}\n:::\n")
    refuses_or_builds_well(press, {"one.md": body, name: data or b" "})


@FREELY
@given(
    TEXTS,
    TEXTS,
    st.sampled_from(
        [
            "::: {audience=press}\n\nzqsecret\n\n:::",
            "{audience=press}\nzqsecret",
            "## zqsecret {audience=press}",
        ]
    ),
)
def test_a_withheld_block_stays_withheld_whatever_stands_around_it(
    press: Press, before: str, after: str, block: str
) -> None:
    """Text around a condition can make it an error, but can't make its words appear, code excepted."""
    before, after = (re.sub("```|~~~|`|    |\t", "", text) for text in (before, after))
    built = refuses_or_builds_well(press, {"one.md": section(f"{before}\n\n{block}\n\n{after}\n")})
    if built.data is not None:
        assert "zqsecret" not in built.text
