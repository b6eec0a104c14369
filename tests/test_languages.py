"""Editions in several languages: nothing is shown that the source withholds, and everything is in its language."""

from __future__ import annotations

import datetime
import io
import json
import re
import unicodedata
import zipfile
from pathlib import Path

import pypdf
import pytest
import yaml
from babel import Locale
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from support.epubcheck import run_epubcheck
from support.project import BOOK, TEMPLATES, job, loaded, make_project, section
from support.project import PUBLICATION as STOCK

from builder.cli import main
from builder.conditions import Viewer, Vocabulary
from builder.diagnostics import has_errors
from builder.document import document_of
from builder.language import count_words, counted, language_name, load_words, long_date
from builder.load import load
from builder.orders import Order
from builder.passes import bidi
from builder.passes.manners import MANNERS, rules_of
from builder.passes.number import letter
from builder.passes.text import smart
from builder.pipeline import build
from builder.select import select
from builder.withhold import withhold
from builder.world import World

LANGUAGES = ("en", "mn", "ru", "zh-Hans", "fr", "es", "de", "ar")
THIN, HARD = "\u202f", "\u00a0"


# The words of the builder


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_word_and_no_other(language: str, tmp_path: Path) -> None:
    """The interface words of each language are complete, with their slots and with the plurals of the language."""
    checked = load_words(World(tmp_path, TEMPLATES), language)
    assert checked.problems == ()
    english = load_words(World(tmp_path, TEMPLATES), "en").value
    assert set(checked.value) == set(english)
    if language != "en":
        same = {
            key
            for key, value in checked.value.items()
            if value == english[key] and re.search(r"\w", str(value))
        }
        assert len(same) <= 12, same


def test_every_catalogue_is_one_of_the_languages() -> None:
    """There is a catalogue for each of the languages, and each is tested here."""
    assert {path.stem for path in (TEMPLATES / "words").glob("*.yaml")} == set(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 minute read"),
        ("en", 3, "3 minute read"),
        ("mn", 3, "3 минут уншина"),
        ("ru", 1, "1 минута чтения"),
        ("ru", 3, "3 минуты чтения"),
        ("ru", 12, "12 минут чтения"),
        ("ru", 21, "21 минута чтения"),
        ("zh-Hans", 3, "阅读约需 3 分钟"),
        ("fr", 1, "1 minute de lecture"),
        ("fr", 3, "3 minutes de lecture"),
        ("es", 3, "3 minutos de lectura"),
        ("de", 3, "3 Minuten Lesezeit"),
        ("ar", 2, "القراءة في دقيقتين"),
        ("ar", 3, "القراءة في 3 دقائق"),
        ("ar", 11, "القراءة في 11 دقيقة"),
    ],
)
def test_a_word_with_a_number_has_the_plural_of_its_language(language: str, count: int, said: str) -> None:
    """The form of a counted word follows the plural rules of its language."""
    words = yaml.safe_load((TEMPLATES / "words" / f"{language}.yaml").read_text("utf-8"))
    assert counted(words["reading_time"], count, language) == said


@pytest.mark.parametrize(
    ("language", "date", "name"),
    [
        ("en", "24 November 2026", "English"),
        ("mn", "2026 оны арван нэгдүгээр сарын 24", "англи"),
        ("ru", "24 ноября 2026 г.", "английский"),
        ("zh-Hans", "2026年11月24日", "英语"),
        ("fr", "24 novembre 2026", "anglais"),
        ("es", "24 de noviembre de 2026", "inglés"),
        ("de", "24. November 2026", "Englisch"),
        ("ar", "24 نوفمبر 2026", "الإنجليزية"),
    ],
)
def test_dates_and_names_of_languages_are_written_out(language: str, date: str, name: str) -> None:
    """A date, and the name of English, in the words of each language."""
    assert re.sub(r"\s", " ", long_date(datetime.date(2026, 11, 24), language)) == date
    assert language_name("en", language) == name


@pytest.mark.parametrize(
    ("language", "found"),
    [
        ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-Hans-SG", "zh-Hans"), ("mn-Cyrl", "mn"), ("fr-CH", "fr"),
        ("zh-Hant", None), ("zh-TW", None), ("mn-Mong", None), ("cs", None),
    ],
)  # fmt: skip
def test_a_catalogue_serves_its_script_and_no_other(language: str, found: str | None, tmp_path: Path) -> None:
    """A tag with a region takes the words of its language in the same script; another script has none."""
    checked = load_words(World(tmp_path, TEMPLATES), language)
    expected = load_words(World(tmp_path, TEMPLATES), found or "en")
    assert checked.value == expected.value
    assert [problem.code for problem in checked.problems] == ([] if found else ["no-words"])


@pytest.mark.parametrize(
    ("text", "count"),
    [("Two words", 2), ("蒙古国的出口", 6), ("2024 年 GDP 增长", 5), ("Хоёр хөрш", 2), ("Two – “words”", 3), ("", 0)],
)
def test_words_are_counted_as_readers_count_them(text: str, count: int) -> None:
    """Words between spaces, and each sign of a script that parts no words."""
    assert count_words(text) == count


# The manner of a language


@pytest.mark.parametrize(
    ("language", "typed", "printed"),
    [
        ("en", '"Yes," 5 km on 5 May --- see p. 12', f"“Yes,” 5{HARD}km on 5{HARD}May — see p.{HARD}12"),
        ("en", "123 May, 1.5 May, x5 May, 12. May", f"123 May, 1.5{HARD}May, x5 May, 12.{HARD}May"),
        ("en", "5 kmh, 5  km, 5 %, 31 Mayors", f"5 kmh, 5  km, 5{HARD}%, 31 Mayors"),
        ("en", "J. R. Smith. A. B", f"J. R.{HARD}Smith. A. B"),
        ("fr", 'Il dit "oui" : "vraiment ?"', f"Il dit «{THIN}oui{THIN}»{THIN}: «{THIN}vraiment{THIN}?{THIN}»"),
        ("fr", "« Oui » ; non! 1 000 km", f"«{THIN}Oui{THIN}»{THIN}; non{THIN}! 1{THIN}000{HARD}km"),
        ("fr", "https://a.example/b à 12:30", "https://a.example/b à 12:30"),
        ("ru", "Он сказал \"да 'и' нет\" --- в 2024 г.", f"Он сказал «да „и“ нет»{HARD}— в{HARD}2024{HARD}г."),
        ("ru", "см. рис. 3 и с. 12, 5 мая", f"см. рис.{HARD}3 и{HARD}с.{HARD}12, 5{HARD}мая"),
        ("mn", '"Хоёр хөрш" --- 91.4 хувь', f"«Хоёр хөрш»{HARD}— 91.4{HARD}хувь"),
        ("de", "Sie sagt \"ja, 'nein'\", S. 12, 3. Mai", f"Sie sagt „ja, ‚nein‘“, S.{HARD}12, 3.{HARD}Mai"),
        ("es", '¿"Qué"? El 5 de mayo', f"¿«Qué»? El 5{HARD}de mayo"),
        ("zh-Hans", '他说"好的",走了... 中国(见图):很好!', "他说“好的”，走了…… 中国（见图）：很好！"),
        ("zh-Hans", "比例为12:30, v1.2", "比例为12:30, v1.2"),
        ("ar", 'قال "نعم", ثم ذهب; هل عاد?', "قال «نعم»، ثم ذهب؛ هل عاد؟"),
    ],
)  # fmt: skip
def test_quotes_spaces_and_dashes_are_those_of_the_language(language: str, typed: str, printed: str) -> None:
    """Plain signs become the quotes, dashes and spaces of the language."""
    assert smart(typed, language) == printed


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=" abяө«»“”:;!?,.()-–—%\"'1\u202f\u00a0中ا", max_size=40))
def test_typesetting_changes_no_letter(language: str, text: str) -> None:
    """No language's manner adds, drops or moves a letter or a figure."""
    assert re.findall(r"[^\W_]", smart(text, language)) == re.findall(r"[^\W_]", text)


def test_appendices_have_the_letters_of_the_language() -> None:
    """The letters of a row come in their order, then in pairs."""
    assert [letter(n, "АБВ") for n in (1, 3, 4, 12)] == ["А", "В", "АА", "ВВ"]


# Editions

AUDIENCES = """\
clearances: [public, restricted, internal]
tags: [economy, security]
audiences:
  public: {title: The public, clearance: public, translations: {mn: {title: Олон нийт}, ar: {title: الجمهور}}}
  staff: {title: Staff, clearance: internal, translations: {mn: {title: Ажилтнууд}}}
"""
PUBLICATION = """\
title: A stock book
subtitle: With a subtitle
language: en
date: 2026-11-24
authors: [{name: A. Author}]
publisher: {name: A house}
identifier: "isbn:978-0-00-000000-2"
default_clearance: public
variables: {share: 5 per cent}
abbreviations: {OPN: Open name}
data: {data/t.csv: {columns: {hidden: {clearance: internal}}}}
sections:
  - {part: First part, id: first, sections: [one.md]}
  - two.md
editions: {public: {languages: [en, mn], missing: MISSING}, staff: {languages: [mn]}}
translations:
  mn:
    title: Жишиг ном
    parts: {first: Эхний хэсэг}
    names: {A. Author: А. Зохиогч, A house: Манай байр, China: Хятад}
    variables: {share: 5 хувь}
    abbreviations: {OPN: Нээлттэй нэр}
"""
FILES = {
    "content/audiences.yaml": AUDIENCES,
    f"{BOOK}/publication.yaml": PUBLICATION.replace("MISSING", "source"),
    f"{BOOK}/data/t.csv": "country,value,hidden,_clearance\nChina,1,zqcell,\nRussia,zqrow,2,internal\n",
    f"{BOOK}/snippets/x.md": "Snippet words [zqsnip]{clearance=internal}.\n",
    f"{BOOK}/snippets/x.mn.md": "---\ntranslates: X\n---\nХэсгийн үг [zqхэсэг]{clearance=internal}.\n",
    f"{BOOK}/one.md": section("Source words. [zqone]{clearance=internal} Share []{var=share}.\n"),
    f"{BOOK}/one.mn.md": (
        "---\ntitle: Эхний зүйл\ntranslates: X\nstatus: draft\n---\n"
        'OPN "эх" бичвэр, []{var=share}. [zqнэг]{clearance=internal} [](two.md)\n\n'
        "::: snippet {ref=x}\n:::\n\n::: table {data=data/t.csv}\n:::\n"
    ),
    f"{BOOK}/two.md": section("Only in English. []{var=share}\n\n::: snippet {ref=x}\n:::\n", identity="two"),
}


def project(root: Path, overlay: dict | None = None) -> World:
    """The book in two languages, its translations as new as their sources."""
    world = make_project(root, {**FILES, **(overlay or {})})
    for problem in load(world).problems:
        if problem.code == "old-translation":
            path = root / problem.span.path
            state = re.search(r"translates: (\w+)", problem.hint)[1]
            path.write_text(path.read_text("utf-8").replace("translates: X", f"translates: {state}"), "utf-8")
    return world


def document(world: World, audience: str = "public", target: str = "epub", language: str = "mn"):
    """The document of an edition, which must be good."""
    made = document_of(loaded(world), job(audience, target, language), world)
    assert made.value is not None, "\n".join(map(str, made.problems))
    return made.value[3]


def file_of(world: World, audience: str = "public", target: str = "epub", language: str = "mn") -> bytes:
    """The finished file of an edition."""
    order = Order(job(audience, target, language), world.root, world.templates, world.root / "output/.cache")
    made = build(order)
    assert made.value is not None, "\n".join(map(str, made.problems))
    return made.value.data


def parts_of(data: bytes) -> dict[str, str]:
    """The text files of an ebook by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if n.endswith((".xhtml", ".opf"))]
        return {name.removeprefix("EPUB/"): archive.read(name).decode() for name in names}


def test_a_translation_takes_the_place_of_its_source(tmp_path: Path) -> None:
    """Titles, parts, texts, snippets, variables, names and the audience are those of the language."""
    made = document(project(tmp_path))
    assert [chapter.plain_title for chapter in made.chapters] == ["Эхний хэсэг", "Эхний зүйл", "First things"]
    html = made.chapters[1].html
    for words in ("«эх»", f"5{HARD}хувь", "Хэсгийн үг", '<abbr title="Нээлттэй нэр">OPN', "Хятад"):
        assert words in html
    meta = made.metadata
    assert (meta.title, meta.subtitle, meta.language, meta.audience) == ("Жишиг ном", "", "mn", "Олон нийт")
    assert (meta.authors[0].name, meta.publisher, meta.identifier) == ("А. Зохиогч", "Манай байр", "")


def test_a_section_without_a_translation_is_printed_in_the_source_and_says_so(tmp_path: Path) -> None:
    """With `missing: source`, the section keeps its language, its snippet and its variables, and has a notice."""
    made = document(project(tmp_path))
    chapter = made.chapters[2]
    assert chapter.language == "en"
    assert "Only in English. 5 per cent" in chapter.html.replace(HARD, " ")
    assert "Snippet words" in chapter.html
    assert re.search(
        r'<div class="notice" lang="mn" xml:lang="mn" role="note">Хараахан .*\(англи\)', chapter.html
    )
    assert made.contents[1].title == '<span lang="en" xml:lang="en">First things</span>'


def test_a_draft_says_so_at_its_head(tmp_path: Path) -> None:
    """A translation with `status: draft` begins with the notice of its language, in the ebook and in print."""
    world = project(tmp_path)
    for target in ("epub", "pdf"):
        html = document(world, target=target).chapters[1].html
        assert re.match(r'<div class="notice"[^>]*>Ноорог орчуулга', html)


def test_a_section_without_a_translation_is_left_out_where_the_edition_says_so(tmp_path: Path) -> None:
    """With `missing: omit`, only translated sections are there, and `explain` says why the others are not."""
    text = PUBLICATION.replace("MISSING", "omit")
    one = FILES[f"{BOOK}/one.mn.md"].replace("[](two.md)", "")
    world = project(tmp_path, {f"{BOOK}/publication.yaml": text, f"{BOOK}/one.mn.md": one})
    assert [chapter.id for chapter in document(world).chapters] == ["part-1", "one"]
    decisions = select(loaded(world), job(language="mn"), world).value.decisions
    assert ("two", "no translation into 'mn'") in [(each.unit, each.rule) for each in decisions]


def test_the_edition_in_the_own_language_is_as_if_there_were_no_translation(tmp_path: Path) -> None:
    """Translations change nothing in the edition of the source."""
    plain = {name: text for name, text in FILES.items() if ".mn.md" not in name}
    text = (
        PUBLICATION.replace("MISSING", "error").split("translations:")[0].replace("languages: [en, mn], ", "")
    )
    plain[f"{BOOK}/publication.yaml"] = text.replace(", staff: {languages: [mn]}", "")
    first = document(project(tmp_path / "a"), language="en")
    second = document(make_project(tmp_path / "b", plain), language="en")
    assert first == second


def test_each_language_has_an_edition_of_its_own(tmp_path: Path) -> None:
    """Editions carry their language in name, path, identifier and manifest; `--language` chooses among them."""
    world = project(tmp_path)
    jobs = [str(each) for each in loaded(world).jobs() if each.target == "epub"]
    assert jobs == ["book/public/epub", "book/public.mn/epub", "book/staff.mn/epub"]
    made = {language: document(world, language=language).metadata for language in ("en", "mn")}
    assert made["en"].uuid != made["mn"].uuid
    assert (made["mn"].translation_of, made["en"].translation_of) == (made["en"].uuid, "")
    arguments = [
        "--project",
        str(tmp_path),
        "build",
        "--language",
        "mn",
        "--audience",
        "public",
        "--jobs",
        "1",
    ]
    result = CliRunner().invoke(main, [*arguments, "--target", "epub", "--json"])
    assert [each["file"] for each in json.loads(result.stdout)["files"]] == [
        "book/public.mn/book-public.mn.epub"
    ]
    entry = json.loads((tmp_path / "output/build.json").read_text("utf-8"))["files"]
    assert entry["book/public.mn/book-public.mn.epub"]["job"]["language"] == "mn"


def test_an_ebook_says_in_which_languages_it_is(tmp_path: Path) -> None:
    """The package, each file and each phrase in another language carry their language, and EPUBCheck agrees."""
    data = file_of(project(tmp_path))
    parts = parts_of(data)
    package = parts["content.opf"]
    assert re.findall(r"<dc:language>(.*?)</dc:language>", package) == ["mn", "en"]
    assert 'xml:lang="mn"' in package
    assert '<meta property="schema:translationOfWork">urn:uuid:' in package
    languages = {
        name: re.search(r'<html[^>]* lang="(\w+)"', text)[1] for name, text in parts.items() if ".x" in name
    }
    assert languages.pop("chapter-03.xhtml") == "en"
    assert set(languages.values()) == {"mn"}
    path = tmp_path / "book.epub"
    path.write_bytes(data)
    assert [m for m in run_epubcheck(path) if m["severity"] in ("FATAL", "ERROR", "WARNING")] == []


def test_a_reference_to_an_appendix_has_the_word_and_the_letter_of_the_language(tmp_path: Path) -> None:
    """A chapter and an appendix are referred to by their words, with the number where the language puts it."""
    last = section("Words.\n", "role: appendix\n", "two")
    overlay = {
        f"{BOOK}/two.md": last,
        f"{BOOK}/two.mn.md": "---\ntitle: Сүүлчийн\ntranslates: X\n---\n[](one.md) [](#sec-two)\n",
    }
    html = document(project(tmp_path, overlay)).chapters[2].html
    assert re.findall(r'href="[^"]*">(.*?)</a>', html) == [
        "1-р бүлэг, Эхний зүйл",
        f"Хавсралт{HARD}А, Сүүлчийн",
    ]


# What is withheld

SECRET = re.compile(r"zq\w+", re.IGNORECASE)


@pytest.mark.parametrize("target", ["epub", "pdf"])
def test_no_withheld_word_is_in_an_edition_in_any_language(tmp_path: Path, target: str) -> None:
    """Neither the words of the source nor those of a translation that the edition withholds are in its file."""
    world = project(tmp_path)
    for audience, language, is_blind in (
        ("public", "en", True),
        ("public", "mn", True),
        ("staff", "mn", False),
    ):
        if audience == "staff":
            text = FILES[f"{BOOK}/publication.yaml"].replace("staff: {", "staff: {missing: source, ")
            (tmp_path / BOOK / "publication.yaml").write_text(text, "utf-8")
        data = file_of(world, audience, target, language)
        words = str(parts_of(data)) if target == "epub" else words_of_pdf(data)
        assert bool(SECRET.search(words)) is not is_blind


def words_of_pdf(data: bytes) -> str:
    """The words on every page, and those of the outline and of the metadata."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    return " ".join(page.extract_text() for page in reader.pages) + str(reader.metadata) + str(reader.outline)


VOCABULARY = Vocabulary(("public", "staff"), ("public", "restricted", "internal"), ())
OWN = (
    "",
    "",
    "clearance: public",
    "clearance: internal",
    "audience: public",
    "audience: staff or public",
    "audience: staff",
)
UNITS = ("", "{clearance=internal}", "{audience=staff}", '{audience="public or staff"}', "{target=epub}")


@st.composite
def pairs(draw: st.DrawFn) -> dict[str, str]:
    """A publication with random conditions on entry, section and words, and a translation with others."""

    def text(mark: str) -> str:
        found = [f"{mark}{n}w{draw(st.sampled_from(UNITS))}" for n in range(draw(st.integers(0, 3)))]
        return " ".join(f"[{word.replace('{', ']{', 1)}" if "{" in word else word for word in found)

    words, others = text("s"), text("t")
    is_faithful = draw(st.booleans())
    if is_faithful:
        others = re.sub(r"s(\d)w", r"t\1w", words)
    entry, front, own = (draw(st.sampled_from(OWN)) for _ in range(3))
    publication = (
        "title: T\nlanguage: en\ndate: 2026-11-24\ndefault_clearance: "
        f"{draw(st.sampled_from(VOCABULARY.clearances))}\nsections:\n  - {{file: one.md, {entry}}}\n"
        "editions: {public: {languages: [en, mn]}, staff: {languages: [en, mn]}}\n"
        f"missing: {draw(st.sampled_from(['error', 'omit']))}\ntranslations: {{mn: {{title: Т}}}}\n"
    )
    return {
        "content/audiences.yaml": AUDIENCES,
        f"{BOOK}/publication.yaml": publication.replace(", }", "}"),
        f"{BOOK}/one.md": section(f"Text {words}\n", f"{front}\n" if front else ""),
        f"{BOOK}/one.mn.md": f"---\ntitle: Т\n{own}\n---\nБичвэр {others}\n",
    }


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=pairs(), audience=st.sampled_from(["public", "staff"]), target=st.sampled_from(["epub", "pdf"]))
def test_a_translation_never_shows_more_than_its_source(
    files: dict[str, str], audience: str, target: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An edition shows a translation only where it shows the source, and no more conditional words of it."""
    world = make_project(tmp_path_factory.mktemp("pair"), files)
    checked = load(world)
    if has_errors(checked.problems):
        return
    shown = {}
    for language in ("en", "mn"):
        made = select(checked.value, job(audience, target, language), world)
        assert made.value is not None or {p.code for p in made.problems} == {"nothing-to-build"}
        shown[language] = "".join(each.body.text for each in made.value.sections) if made.value else None
    if shown["mn"] is None:
        return
    assert shown["en"] is not None
    source = files[f"{BOOK}/one.md"]
    hidden = len(re.findall(r"s\dw", source)) - len(re.findall(r"s\dw", shown["en"]))
    theirs = len(re.findall(r"t\dw", files[f"{BOOK}/one.mn.md"])) - len(re.findall(r"t\dw", shown["mn"]))
    assert theirs >= hidden


def test_the_search_for_looser_translations_meets_both_outcomes(tmp_path: Path) -> None:
    """A faithful translation loads, and a looser one does not: the property above is not empty."""
    source = section("Words [s0w]{clearance=internal}\n", "clearance: restricted\n")
    base = {f"{BOOK}/publication.yaml": PUBLICATION.split("variables")[0] + (
        "sections: [one.md]\neditions: {staff: {languages: [mn]}}\ntranslations: {mn: {title: Т}}\n"
    ), "content/audiences.yaml": AUDIENCES, f"{BOOK}/one.md": source}  # fmt: skip
    for own, words, is_good in (
        ("clearance: internal", "[t0w]{clearance=internal}", True),
        ("clearance: public", "[t0w]{clearance=internal}", False),
        ("clearance: internal", "t0w", False),
    ):
        files = {**base, f"{BOOK}/one.mn.md": f"---\ntitle: Т\n{own}\n---\n{words}\n"}
        checked = load(make_project(tmp_path / own.replace(": ", "-") / str(len(words)), files))
        assert has_errors(checked.problems) is not is_good


def test_a_name_of_withheld_data_is_found_in_its_translation(tmp_path: Path) -> None:
    """A chart in a translation may not name, by its name in that language, what the edition's data withholds."""
    chart = (
        "```chart\nkind: bar\ndata: data/t.csv\nx: country\ny: {value: Утга}\ntitle: Орос\nalt: Зураг\n```\n"
    )
    text = PUBLICATION.replace("MISSING", "source").replace("China: Хятад", "China: Хятад, Russia: Орос")
    overlay = {
        f"{BOOK}/publication.yaml": text,
        f"{BOOK}/one.mn.md": f"---\ntitle: Т\ntranslates: X\n---\n{chart}",
    }
    overlay[f"{BOOK}/one.md"] = section("Words.\n")
    world = project(tmp_path, overlay)
    made = document_of(loaded(world), job(language="mn"), world)
    assert any(p.code == "bad-chart" and "Орос" in p.message for p in made.problems)


def test_the_words_that_a_viewer_sees_do_not_depend_on_the_language(tmp_path: Path) -> None:
    """Conditions are judged the same in every language: they name audiences and clearances, not words."""
    viewer = Viewer(VOCABULARY, "public", "public", "epub")
    for words in (
        "open [shut]{clearance=internal}",
        "нээлттэй [хаалттай]{clearance=internal}",
        "مفتوح [مغلق]{clearance=internal}",
    ):
        kept = withhold(words, "x.md", viewer).value.text
        assert kept.split(" ")[0] in words
        assert words.split("[")[1].split("]")[0] not in kept


# From right to left

ARABIC = {
    "content/audiences.yaml": AUDIENCES,
    f"{BOOK}/publication.yaml": (
        "title: كتاب تجريبي\nsubtitle: عنوان فرعي\nlanguage: ar\ndate: 2026-11-24\n"
        "authors: [{name: مؤلف أول}, {name: مؤلف ثان}]\npublisher: {name: دار النشر}\ndefault_clearance: public\n"
        "sections:\n  - {part: الجزء, id: p, sections: [one.md]}\n  - two.md\n"
        "editions: {public: {targets: [epub], languages: [ar, en], missing: source}}\n"
        "translations: {en: {title: A book in English, parts: {p: The part}}}\n"
    ),
    f"{BOOK}/one.md": section(
        'نص "أول", هل فهمت? مع [English words]{lang=en} و`code` ورقم 12.[^n] [رابط](https://example.org/){hreflang=en}\n\n'
        "| عمود | رقم |\n|---|---|\n| أ | 1 |\n\nTable: جدول {#tbl-a}\n\n"
        "::: box {title=إطار}\n- بند\n:::\n\n::: {lang=fr}\nMots français.\n:::\n\n[^n]: حاشية.\n"
    ).replace("First things", "الفصل الأول"),
    f"{BOOK}/two.md": section("نص ثان، انظر [](#tbl-a) و[](#sec-one).\n", identity="two"),
}  # fmt: skip


def test_no_sign_that_runs_from_right_to_left_is_passed_over() -> None:
    """The search that leaves out whole blocks of signs before it looks at each finds all of them."""
    signs = (chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF)
    assert [sign for sign in signs if unicodedata.bidirectional(sign) in ("R", "AL") and not bidi._MAYBE.search(sign)] == []


def test_an_ebook_in_arabic_runs_from_right_to_left(tmp_path: Path) -> None:
    """Page progression, every file and every foreign phrase have their direction, and EPUBCheck has nothing to say."""
    world = make_project(tmp_path, ARABIC)
    order = Order(job("public", "epub", "ar"), world.root, world.templates, world.root / "output/.cache")
    made = build(order)
    assert [problem.code for problem in made.problems] == ["plain-cover"]
    data = made.value.data
    parts = parts_of(data)
    package = etree.fromstring(parts["content.opf"].encode())
    spine = package.find("{http://www.idpf.org/2007/opf}spine")
    assert spine.get("page-progression-direction") == "rtl"
    assert package.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    for name, text in parts.items():
        if name.endswith(".xhtml"):
            root = etree.fromstring(text.encode())
            assert (root.get("lang"), root.get("dir")) == ("ar", "rtl"), name
    chapter = parts["chapter-02.xhtml"]
    assert '<span lang="en" xml:lang="en" dir="ltr">English words</span>' in chapter
    assert 'hreflang="en"' in chapter
    assert '<div lang="fr" xml:lang="fr" dir="ltr">' in chapter
    assert "«أول»، هل فهمت؟" in chapter
    assert "<h1>المحتويات</h1>" in parts["nav.xhtml"]
    assert "الجزء 1" in parts["chapter-01.xhtml"]
    assert "مؤلف أول ومؤلف ثان" in re.sub("<[^>]+>", "", parts["title.xhtml"])
    path = tmp_path / "book.epub"
    path.write_bytes(data)
    assert [m for m in run_epubcheck(path) if m["severity"] != "INFO"] == []


def test_arabic_chapters_in_an_english_ebook_keep_their_direction(tmp_path: Path) -> None:
    """A section that is printed in its Arabic source has its own direction in an edition from left to right."""
    text = ARABIC["content/audiences.yaml"].replace("The public", "القراء")
    world = make_project(tmp_path, {**ARABIC, "content/audiences.yaml": text})
    order = Order(job("public", "epub", "en"), world.root, world.templates, world.root / "output/.cache")
    project_ = loaded(world)
    wanted = next(each for each in project_.jobs() if each.language == "en")
    data = build(Order(wanted, order.root, order.templates, order.cache)).value.data
    parts = parts_of(data)
    assert 'page-progression-direction="ltr"' in parts["content.opf"]
    assert re.search(r'<html[^>]* lang="ar" xml:lang="ar" dir="rtl"', parts["chapter-02.xhtml"])
    assert re.search(
        r'<div class="notice" lang="en" xml:lang="en" dir="ltr" role="note">', parts["chapter-02.xhtml"]
    )
    assert re.search(r'<span lang="ar" xml:lang="ar" dir="rtl">الفصل الأول</span>', parts["nav.xhtml"])


# Hyphens

LONG = {
    "en": "internationalisation characteristically responsibilities ",
    "mn": "харилцаатайгаар хязгаарлагдмал хөгжүүлэгчдийнхээ үндэсний байгууллагуудын ",
    "ru": "сотрудничество взаимозависимость правительственный ",
    "fr": "internationalisation gouvernementalement responsabilité ",
    "de": "Zusammenarbeitsvereinbarung Außenhandelsstatistik Verantwortlichkeit ",
    "es": "internacionalización responsabilidades gubernamentalmente ",
}


@pytest.mark.parametrize("language", LONG)
def test_print_is_hyphenated_by_its_language(language: str, tmp_path: Path, cache: Path) -> None:
    """Long words of each language are divided at the ends of lines."""
    text = f"title: T\nlanguage: {language}\ndate: 2026-11-24\ndefault_clearance: public\nsections: [one.md]\neditions: {{public: {{}}}}\n"
    files = {f"{BOOK}/publication.yaml": text, f"{BOOK}/one.md": section(LONG[language] * 60)}
    world = make_project(tmp_path, files)
    made = build(Order(job("public", "pdf", language), world.root, world.templates, cache))
    assert made.value is not None, made.problems
    reader = pypdf.PdfReader(io.BytesIO(made.value.data))
    lines = "\n".join(page.extract_text() for page in reader.pages).split("\n")
    assert len([line for line in lines if re.search(r"\w[-‐]$", line.strip())]) >= 5


@pytest.mark.parametrize("language", ["en", "fr", "mn"])
def test_spaces_for_the_eye_part_no_words(language: str, tmp_path: Path) -> None:
    """The PDF and the ebook of an edition count the words that were written, whatever print sets between them."""
    body = "Voici: «dix» -- ou 5 % de plus; page 9, 1914--18... et *voilà*!"
    world = make_project(tmp_path, {
        f"{BOOK}/one.md": section(body),
        f"{BOOK}/publication.yaml": STOCK.replace("language: en", f"language: {language}"),
    })  # fmt: skip
    project = loaded(world)
    made = [document_of(project, job("public", target, language), world).value[-1] for target in ("pdf", "epub")]
    first = [dict(document.sections)["one"] for document in made]
    written = body.replace("*", "")
    assert first[0] == first[1] == len(written.split()) + len(["First", "things"])


def test_every_language_has_plural_rules() -> None:
    """Babel knows each language, so that none falls back to English in silence."""
    for language in LANGUAGES:
        assert Locale.parse(language, sep="-").plural_form


@pytest.mark.parametrize("language", MANNERS)
def test_every_rule_of_a_manner_can_be_searched_for(language: str) -> None:
    """Rules are made ready when a text needs them, and none is found to be no pattern only then."""
    assert len(rules_of(MANNERS[language])) == len(MANNERS[language].rules)
