"""Where a file comes from can be told: what it was made from, and nothing of who made it."""

from __future__ import annotations

import base64
import io
import json
import re
import subprocess
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

import pikepdf
import pytest
import standards
from click.testing import CliRunner
from PIL import Image, ImageChops, ImageCms, ImageDraw, PngImagePlugin
from support.project import BOOK, job, make_project, section

from builder import TOOL
from builder.bare import bare
from builder.cli import main
from builder.conditions import TARGETS
from builder.desk.differing import differences
from builder.desk.recorded import said_by
from builder.diagnostics import Span
from builder.images import read_picture
from builder.metadata import file_identity
from builder.orders import Order
from builder.pipeline import build
from builder.store import LIBRARIES, library_versions
from builder.system import packages

SECRET = b"zqsecret"


def photo() -> Image.Image:
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    ImageDraw.Draw(image).rectangle((5, 5, 30, 20), fill=(200, 30, 30))
    return image


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[0x010E], data[0x0110], data[0x0112] = SECRET.decode(), SECRET.decode(), orientation
    return data.tobytes()


def profile() -> bytes:
    """The profile of a monitor whose maker and owner stand in its texts."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return data.replace("sRGB".encode("utf-16-be"), "zqsecret".encode("utf-16-be")[:8]) + SECRET


def jpeg(orientation: int = 1, **options) -> bytes:
    out = io.BytesIO()
    options = {"exif": exif(orientation), "comment": SECRET, "icc_profile": profile(), **options}
    photo().save(out, "JPEG", **options)
    return out.getvalue() + SECRET


def png(orientation: int = 1) -> bytes:
    out, texts = io.BytesIO(), PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", SECRET.decode(), zip=False)
    photo().save(out, "PNG", pnginfo=texts, exif=exif(orientation), icc_profile=profile())
    return out.getvalue() + SECRET


def gif() -> bytes:
    out = io.BytesIO()
    photo().quantize(16).save(out, "GIF", comment=SECRET)
    return out.getvalue() + SECRET


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (jpeg(), "JPEG"),
        (jpeg(6), "JPEG"),
        (jpeg(progressive=True), "JPEG"),
        (jpeg(restart_marker_blocks=2), "JPEG"),
        (png(), "PNG"),
        (png(8), "PNG"),
        (gif(), "GIF"),
    ],
    ids=["jpeg", "jpeg-turned", "jpeg-progressive", "jpeg-restart", "png", "png-turned", "gif"],
)
def test_a_picture_keeps_every_pixel_and_nothing_else(data: bytes, kind: str) -> None:
    """Pixels, way up and the numbers of the colour profile stay; camera data, comments, words and tails go."""
    stripped = bare(data, kind)
    assert SECRET in data
    assert SECRET not in stripped
    assert "zqse".encode("utf-16-be") not in stripped
    with Image.open(io.BytesIO(data)) as old, Image.open(io.BytesIO(stripped)) as new:
        assert ImageChops.difference(old.convert("RGB"), new.convert("RGB")).getbbox() is None
        assert new.getexif().get(0x0112, 1) == old.getexif().get(0x0112, 1)
        assert set(new.getexif()) <= {0x0112}
        assert ("icc_profile" in new.info) == ("icc_profile" in old.info)
        if kind != "GIF":
            assert SECRET not in new.info["icc_profile"]
            ImageCms.profileToProfile(
                new, io.BytesIO(new.info["icc_profile"]), ImageCms.createProfile("sRGB")
            )
    assert bare(stripped, kind) == stripped


def test_a_drawing_keeps_its_shapes_and_nothing_of_its_maker(tmp_path: Path) -> None:
    """Comments, metadata and the notes of drawing programs go out of an SVG; its title and its text stay."""
    drawing = (
        '<?xml version="1.0"?><!-- zqsecret --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" '
        'xmlns:n="urn:zqsecret" n:file="/home/zqsecret"><title>Sun</title><metadata>zqsecret</metadata>'
        "<text>One<!-- zqsecret -->two<n:view/></text></svg><!-- zqsecret -->"
    )
    world = make_project(tmp_path, {f"{BOOK}/sun.svg": drawing})
    picture = read_picture(world, "sun.svg", BOOK, Span("x")).value
    assert SECRET not in picture.data
    assert b"<title>Sun</title>" in picture.data
    assert b"Onetwo" in picture.data


def located_jpeg() -> bytes:
    """A photograph that says where it was taken, in EXIF and in XMP."""
    data = Image.Exif()
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825).update({1: "N", 2: (47.0, 55.0, 13.5), 29: SECRET.decode()})
    out = io.BytesIO()
    photo().save(out, "JPEG", exif=data.tobytes(), xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>zqsecret</x:xmpmeta>")
    return out.getvalue()


def written_out(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def drawing_with(content: str) -> str:
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {spaces} viewBox="0 0 64 48" width="64" height="48"><title>A place</title>{content}</svg>'


@pytest.mark.parametrize("key", ["href", "xlink:href"])
def test_a_photograph_inside_a_drawing_does_not_say_where_it_was_taken(
    key: str, tmp_path: Path, cache: Path
) -> None:
    """Pictures written out in an SVG are stripped as files are, in what is read, in the PDF and in the ebook."""
    photograph, plan = located_jpeg(), png()
    percent = "data:image/png," + "".join(f"%{byte:02x}" for byte in plan)
    assert photograph.count(SECRET) == 3
    drawing = drawing_with(
        f'<image {key}="{written_out(photograph, "image/jpeg")}" width="32" height="48"/>'
        f'<image {key}="{percent}" width="32" height="48"/>'
    )
    overlay = {f"{BOOK}/map.svg": drawing, f"{BOOK}/one.md": section("Text.\n\n![A map](map.svg)\n")}
    world = make_project(tmp_path, overlay)
    read = read_picture(world, "map.svg", BOOK, Span("x")).value.data
    inner = [base64.b64decode(each) for each in re.findall(rb'base64,([^"]+)"', read)]
    assert [bare(each, kind) for each, kind in zip(inner, ("JPEG", "PNG"), strict=True)] == inner
    assert not any(SECRET in each for each in inner)
    for old, new in zip((photograph, plan), inner, strict=True):
        with Image.open(io.BytesIO(old)) as one, Image.open(io.BytesIO(new)) as other:
            assert ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox() is None
    for target in ("pdf", "epub"):
        data = build(Order(job("public", target), tmp_path, world.templates, cache)).value.data
        if target == "epub":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                assert read in [archive.read(name) for name in archive.namelist()]
        else:
            with pikepdf.open(io.BytesIO(data)) as pdf:
                streams = [each for each in pdf.objects if isinstance(each, pikepdf.Stream)]
                assert any(each.get("/Subtype") == "/Image" for each in streams)
                assert not any(SECRET in each.read_raw_bytes() for each in streams)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('<image href="{svg}"/>', "unsafe-svg"),
        ('<image href="data:image/webp;base64,UklGRg=="/>', "unsafe-svg"),
        ('<image href="data:image/jpeg;base64,{cut}"/>', "bad-image"),
        ('<image href="data:image/jpeg;base64,!"/>', "bad-image"),
        ('<rect style="fill: url({jpeg})" width="9" height="9"/>', "unsafe-svg"),
        ('<rect style="fill: url(\'d\\61 ta:image/jpeg;base64,AA\')" width="9" height="9"/>', "unsafe-svg"),
        ('<style>rect {{ fill: u\\72l({jpeg}) }}</style>', "unsafe-svg"),
        ('<style>rect {{ mask: image-set(&quot;{jpeg}&quot; 1x) }}</style>', "unsafe-svg"),
    ],
    ids=["a drawing", "another kind", "cut off", "no base64", "a style", "an escape", "a sheet", "a set"],
)
def test_what_cannot_be_stripped_inside_a_drawing_is_refused(
    content: str, code: str, tmp_path: Path
) -> None:
    """A drawing within a drawing, a picture of another kind, a damaged one, and one within a style stop the drawing."""
    jpeg_address = written_out(located_jpeg(), "image/jpeg")
    inner = drawing_with(f'<image href="{jpeg_address}"/>').encode()
    cut = base64.b64encode(located_jpeg()[:900]).decode()
    text = content.format(svg=written_out(inner, "image/svg+xml"), cut=cut, jpeg=jpeg_address)
    world = make_project(tmp_path, {f"{BOOK}/map.svg": drawing_with(text)})
    made = read_picture(world, "map.svg", BOOK, Span("x"))
    assert made.value is None
    assert [problem.code for problem in made.problems] == [code]


def test_words_about_data_in_a_drawing_are_no_picture(tmp_path: Path) -> None:
    """What only reads like an address stays: a label, a transform, a reference to a gradient."""
    text = '<g aria-label="Sources (data: A, B)"><rect transform="scale(2)" fill="url(#a)" width="9" height="9"/></g>'
    world = make_project(tmp_path, {f"{BOOK}/map.svg": drawing_with(text)})
    made = read_picture(world, "map.svg", BOOK, Span("x"))
    assert made.problems == ()
    assert made.value.data.decode() == drawing_with(text)


@pytest.fixture
def built(tmp_path: Path, cache: Path) -> Path:
    """A project with pictures and a file that nobody shows, its public edition built."""
    overlay = {
        f"{BOOK}/one.md": section("Some text.\n\n![A picture](zqsecret-name.jpg)\n\n![Another](two.png)\n"),
        f"{BOOK}/zqsecret-name.jpg": jpeg(6),
        f"{BOOK}/two.png": png(),
        f"{BOOK}/unused.png": png(3),
    }
    root = tmp_path / "project"
    make_project(root, overlay)
    (root / "output/.cache").mkdir(parents=True)
    (root / "output/.cache/fonts").symlink_to(cache / "fonts")
    git(root, "init", "-q")
    git(root, "add", "content")
    git(root, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Begin")
    result = run(root, "build", "--audience", "public", "--jobs", "1")
    assert result.exit_code == 0, result.output
    return root


def git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def run(root: Path, *words: str):
    return CliRunner().invoke(main, ["--project", str(root), *words])


def test_what_goes_out_can_be_traced_and_tells_nothing(built: Path) -> None:
    """Files hold only what they show, under neutral names; sums and revisions stand beside; `verify` finds a change."""
    folder = built / "output/book/public"
    epub, pdf = folder / "book-public.epub", folder / "book-public.pdf"

    with zipfile.ZipFile(epub) as archive:
        images = sorted(name for name in archive.namelist() if name.startswith("EPUB/images/"))
        assert images == ["EPUB/images/image-1.jpg", "EPUB/images/image-2.png"]
        assert not any(SECRET in name.encode() + archive.read(name) for name in archive.namelist())
    with pikepdf.open(pdf) as opened:
        streams = [each for each in opened.objects if isinstance(each, pikepdf.Stream)]
        assert not any(SECRET in each.read_raw_bytes() for each in streams)

    sums = (folder / "SHA256SUMS").read_text()
    assert [line.split("  ")[1] for line in sums.splitlines()] == ["book-public.epub", "book-public.pdf"]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True)

    entry = json.loads((built / "output/build.json").read_text())["files"]["book/public/book-public.pdf"]
    assert entry["source"]["revision"] == git(built, "rev-parse", "HEAD")
    assert entry["source"]["is_clean"] is (git(built, "status", "--porcelain", "content") == "")
    assert entry["is_certified"] is True

    # A commit that changes nothing of an edition changes no byte of it.
    git(built, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--allow-empty", "-qm", "Go on")
    for path in (epub, pdf):
        assert run(built, "verify", str(path)).exit_code == 0
    changed = built / "book-public.epub"
    with zipfile.ZipFile(epub) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(old.getinfo(name), old.read(name).replace(b"Some text", b"Some other text"))
    result = run(built, "verify", str(changed), "--json")
    record = json.loads(result.stdout)
    assert (result.exit_code, record["is_same"]) == (1, False)
    assert [place.split(",")[0] for place in record["differences"]] == ["entry 'EPUB/chapter-01.xhtml'"]
    (problem,) = record["problems"]
    assert (problem["code"], problem["file"]) == ("file-differs", "book-public.epub")

    (built / f"{BOOK}/two.md").write_text(section("Quite another text.\n", identity="two"))
    result = run(built, "verify", str(pdf))
    assert result.exit_code == 1
    assert "text of page" in result.stderr
    assert f"revision {entry['source']['revision'][:12]}" in result.stderr
    assert run(built, "verify", str(built / "content/audiences.yaml")).exit_code == 2


def test_a_file_of_another_name_is_judged_by_its_sum_or_by_what_it_says(built: Path) -> None:
    """A renamed file is known by its sum in `build.json`, then by its metadata, and by its name only where it says nothing."""
    folder, away = built / "output/book/public", built / "away"
    away.mkdir()

    def verified(source: Path, name: str, change=lambda data: data):
        (away / name).write_bytes(change(source.read_bytes()))
        return run(built, "verify", str(away / name), "--json")

    for kind in ("pdf", "epub"):
        for name in (f"holiday.{kind}", f"book-staff.{kind}", "holiday"):
            result = verified(folder / f"book-public.{kind}", name)
            record = json.loads(result.stdout)
            assert (result.exit_code, record["job"]) == (0, f"book/public/{kind}"), result.output
            assert record["source"] is not None
    (built / "output/build.json").unlink()
    for kind in ("pdf", "epub"):
        result = verified(folder / f"book-public.{kind}", f"book-staff.{kind}")
        record = json.loads(result.stdout)
        assert (result.exit_code, record["job"], record["source"]) == (0, f"book/public/{kind}", None)
    result = verified(folder / "book-public.pdf", "holiday.pdf", lambda data: data + b"\n")
    assert (result.exit_code, json.loads(result.stdout)["job"]) == (1, "book/public/pdf")
    result = verified(folder / "book-public.pdf", "book-staff.epub", lambda data: b"torn")
    assert (result.exit_code, json.loads(result.stdout)["job"]) == (1, "book/staff/epub")
    result = verified(folder / "book-public.pdf", "holiday.pdf", lambda data: b"torn")
    assert (result.exit_code, "does not say of which edition it is" in result.stderr) == (2, True)
    settings = built / f"{BOOK}/publication.yaml"
    settings.write_text(settings.read_text().replace("public: {}, ", ""))
    result = verified(folder / "book-public.epub", "book-staff.epub")
    assert result.exit_code == 2
    assert "says that it is of the edition 'book/public', which is not one here" in " ".join(result.stderr.split())


def said_in(path: Path) -> tuple[str, str, str]:
    """The tool, the edition and the inputs that a finished file names."""
    if path.suffix == ".epub":
        with zipfile.ZipFile(path) as archive:
            package = archive.read("EPUB/content.opf").decode()
        patterns = (
            '<meta name="generator" content="(.*?)"/>',
            *(f'<meta property="builder:{key}">(.*?)</meta>' for key in ("edition", "inputs")),
        )
    else:
        with pikepdf.open(path) as pdf:
            package = pdf.Root.Metadata.read_bytes().decode()
            # PDF 2.0 has no information dictionary.
            assert pdf.docinfo.get("/Creator", TOOL if "archive" in path.name else "") == TOOL
        patterns = tuple(
            f"<{key}>(.*?)</{key}>" for key in ("xmp:CreatorTool", "builder:edition", "builder:inputs")
        )
    (found,) = zip(*(re.findall(pattern, package) for pattern in patterns), strict=True)
    return found


def test_a_file_says_itself_where_it_comes_from(built: Path) -> None:
    """PDF and ebook name the tool, the edition and the hash of what they were made from, and nothing of the folder or commit."""
    files = json.loads((built / "output/build.json").read_text())["files"]
    assert {Path(name).suffix for name in files} == {".epub", ".pdf"}
    for name, entry in files.items():
        assert said_in(built / "output" / name) == (TOOL, "book/public", entry["inputs"])
        assert entry["source"]["revision"].encode() not in (built / "output" / name).read_bytes()


@pytest.mark.parametrize("target", ["pdf-grey", "pdf-archive", "pdf-print", "booklet"])
def test_every_kind_of_pdf_says_where_it_comes_from(target: str, tmp_path: Path, cache: Path) -> None:
    """What is made of a PDF keeps what the PDF says of itself."""
    world = make_project(tmp_path)
    made = build(Order(job("public", target), tmp_path, world.templates, cache)).value
    path = tmp_path / f"made-{target}.pdf"
    path.write_bytes(made.data)
    assert said_in(path) == (TOOL, "book/public", made.fingerprint)
    assert said_by(made.data) == ("book/public", file_identity(job("public", target)))


def test_what_is_withheld_leaves_no_trace_in_what_a_file_says_of_itself(tmp_path: Path, cache: Path) -> None:
    """Another withheld paragraph: the same hash and the same bytes, so that nobody can guess at it; another visible one shows."""

    def made(text: str):
        world = make_project(tmp_path, {f"{BOOK}/one.md": section(text)})
        return build(Order(job("public", "pdf"), tmp_path, world.templates, cache)).value

    hidden = "Shown to all.\n\n::: {clearance=internal}\nZqsecret is %s.\n:::\n"
    first, second, third = made(hidden % "yes"), made(hidden % "no"), made("Shown to most.\n")
    assert (first.fingerprint, first.data) == (second.fingerprint, second.data)
    assert third.fingerprint != first.fingerprint


def test_a_change_of_metadata_alone_is_named(built: Path) -> None:
    """Where the pages are the same, the part that is not is named."""
    data = (built / "output/book/public/book-public.pdf").read_bytes()
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.docinfo["/Title"] = "Another"
        pdf.save(out)
    assert differences(out.getvalue(), data, ".pdf") == ["metadata"]
    assert differences(data[:-500], data, ".pdf") != []
    assert differences(b"", data, ".pdf") == ["it is no whole PDF"]


def test_the_report_on_standards_names_judge_version_profile_and_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file has a row for each of its judges: what it found, that it did not run and why, or that there is none."""
    targets = {"a.epub": "epub", "b.pdf": "pdf", "c.pdf": "pdf-grey"}
    files = {name: {"job": {"target": target}} for name, target in targets.items()}
    (tmp_path / "build.json").write_text(json.dumps({"files": files}))

    def missing(_: Path) -> list[str]:
        pytest.skip("Mute needs a voice")

    judges = (
        standards.Judge("Kind", lambda: "1.0", "all", ("epub",), lambda _: []),
        standards.Judge("Strict", lambda: "2.0", "ua1", ("pdf",), lambda _: ["7.1-3: untagged"]),
        standards.Judge("Mute", lambda: "-", "all", ("epub",), missing),
    )
    monkeypatch.setattr(standards, "JUDGES", judges)
    assert standards.main(tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "a.epub | Kind | 1.0 | all | nothing to report",
        "a.epub | Mute | - | all | not run: Mute needs a voice",
        "b.pdf | Strict | 2.0 | ua1 | 1 found",
        "    7.1-3: untagged",
        "c.pdf | - | - | - | no judge for this kind of file",
    ]
    assert standards.main(tmp_path / "nowhere") == 1


@pytest.mark.parametrize(
    ("says", "is_lenient", "code"),
    [("found", False, 1), ("found", True, 1), ("nothing", False, 3), ("nothing", True, 0), ("ran", False, 0)],
)
def test_a_judge_that_did_not_run_is_said_and_is_no_success(
    says: str, is_lenient: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Where a judge is missing the report ends with an error of the environment, unless one asks to do without it."""
    (tmp_path / "build.json").write_text(json.dumps({"files": {"a.epub": {"job": {"target": "epub"}}}}))

    def mute(_: Path) -> list[str]:
        return [] if says == "ran" else pytest.skip("Mute needs a voice")

    judges = [
        standards.Judge("Kind", lambda: "1.0", "all", ("epub",), lambda _: ["x"] if says == "found" else []),
        standards.Judge("Mute", lambda: "-", "all", ("epub",), mute),
    ]
    monkeypatch.setattr(standards, "JUDGES", judges)
    assert standards.main(tmp_path, is_lenient) == code
    said = capsys.readouterr().err
    assert ("not judged by all: Mute did not run" in said) == (says != "ran")
    assert said.startswith("note" if is_lenient else "error") or says == "ran"


def test_every_kind_of_file_has_a_judge() -> None:
    """The report leaves no target out, and asks of each what it claims."""
    assert {target for each in standards.JUDGES for target in each.targets} == set(TARGETS)
    of = {each.profile: each.targets for each in standards.JUDGES}
    assert {"pdf", "pdf-large", "pdf-grey"} <= set(of["ua1, 2a"])
    assert of["4, ua2, wt1a, wt1r"] == ("pdf-archive",)
    assert of["PDF/X-4"] == ("pdf-print",)


def test_the_judge_of_print_files_says_what_is_broken(built: Path) -> None:
    """A PDF that is none for the printing house breaks its rules, each named with its place."""
    (judge,) = (each for each in standards.JUDGES if each.targets == ("pdf-print",))
    found = judge.run(built / "output/book/public/book-public.pdf")
    assert "XMP: 'pdfxid:GTS_PDFXVersion' is '', expected PDF/X-4 (metadata)" in found


def test_every_library_that_the_engine_needs_is_named() -> None:
    """What WeasyPrint is made of can change a page, so its version belongs to the key of each; but for that which calls."""
    needed = {re.split(r"[^\w-]", each)[0].lower() for each in requires("weasyprint") if "extra ==" not in each}
    assert needed - set(LIBRARIES) == {"cffi"}


def test_versions_are_those_of_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read off the names of folders; of a package that is installed twice, the one counts that is loaded."""
    assert library_versions.__wrapped__() == {name: version(name) for name in LIBRARIES}
    (tmp_path / "pydyf-9.9.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert "pydyf-9.9.dist-info" in packages()
    (tmp_path / "pydyf-9.9.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: pydyf\nVersion: 9.9\n")
    assert library_versions.__wrapped__()["pydyf"] == "9.9"
