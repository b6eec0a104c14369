"""The linter: its table of rules, its weights, its scores, and its output for code hosts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.project import BOOK, PUBLICATION, job, loaded, make_project, section

from builder.cli import main
from builder.codes import CODES, LINT
from builder.examine import check_all, examine
from builder.lint.rules import FILE_RULES, RULES
from builder.model import Job

HERE = section("The law is [here](https://example.org/law).")


def codes(root: Path, files: dict[str, str], target: str = "epub") -> list[str]:
    world = make_project(root, files)
    return [problem.code for problem in check_all(loaded(world), [job(target=target)], world)]


def test_every_rule_has_a_weight_and_a_sentence() -> None:
    """The rules, their weights and their sentences are about the same codes."""
    assert {*RULES, *FILE_RULES} == set(LINT) <= set(CODES)


def test_a_publication_has_the_last_word_on_a_rule(tmp_path: Path) -> None:
    """What audiences.yaml turns off is on where the publication turns it on."""
    files = {f"{BOOK}/one.md": HERE, f"{BOOK}/publication.yaml": PUBLICATION + "lint: {empty-words: off}\n"}
    assert codes(tmp_path, files) == []
    files[f"{BOOK}/publication.yaml"] = PUBLICATION
    assert codes(tmp_path, files) == ["empty-words"]


@pytest.mark.parametrize(
    "text",
    [
        '![The river in May](images/a.svg "The ford, 2019")',
        "![An image-rich page](images/a.svg)",
        "The [law of 1992](https://example.org/law) holds.",
        "They read [Өнөөдөр]{lang=mn}, and *E* = *mc*² with α.",
        "::: {lang=ru}\nПравда wrote.\n:::",
        "| | b |\n|---|---|\n| a | 1 |",
    ],
)
def test_no_rule_speaks_without_cause(tmp_path: Path, text: str) -> None:
    """What looks a little like a mistake and is none goes without a word."""
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    body = section(text + "\n\n![A square](images/a.svg)\n")
    assert codes(tmp_path, {f"{BOOK}/one.md": body, f"{BOOK}/images/a.svg": picture}) == []


@pytest.mark.parametrize("text", ["<!-- meant: empty-words -->\n{}", "{} <!-- meant: empty-words, as said -->"])
def test_a_comment_calls_one_warning_meant(tmp_path: Path, text: str) -> None:
    """On its own line or on the line below; the same slip elsewhere is told, and an error stays an error."""
    slip = "The law is [here](https://example.org/law)."
    files = {f"{BOOK}/one.md": section(text.format(slip))}
    assert codes(tmp_path / "once", files) == []
    files[f"{BOOK}/one.md"] = section(f"{text.format(slip)}\n\n{slip}")
    assert codes(tmp_path / "twice", files) == ["empty-words"]
    files[f"{BOOK}/publication.yaml"] = PUBLICATION + "lint: {empty-words: error}\n"
    assert codes(tmp_path / "error", files) == ["empty-words", "empty-words"]


def test_a_comment_in_yaml_calls_a_long_title_meant(tmp_path: Path) -> None:
    """The comment stands behind the value or above it, in publication.yaml as in front matter."""
    long = "word " * 20
    text = PUBLICATION.replace("title: A stock book", f"title: {long} # meant: long-title")
    front = f"---\nid: one\n# meant: long-title\ntitle: {long}\n---\nText.\n"
    files = {f"{BOOK}/publication.yaml": text + "lint: {long-title: warning}\n", f"{BOOK}/one.md": front}
    assert codes(tmp_path, files) == []


def test_an_edition_without_mentions_hears_nothing_of_them(tmp_path: Path) -> None:
    """Where most figures have no mention, the edition does not work with references."""
    picture = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
    body = "[](#a).\n\n" + "".join(f'![A square](images/a.svg "Caption {n}"){{#{n}}}\n\n' for n in "abc")
    assert codes(tmp_path, {f"{BOOK}/one.md": section(body), f"{BOOK}/images/a.svg": picture}) == []


def test_a_withheld_mistake_is_not_told(tmp_path: Path) -> None:
    """The linter sees what the edition sees, and nothing else."""
    text = section("The law. [It is [here](https://example.org/law).]{clearance=internal}")
    assert codes(tmp_path, {f"{BOOK}/one.md": text}) == []


def test_a_file_of_another_edition_is_in_use(tmp_path: Path) -> None:
    """Data that only an edition with a higher clearance shows is not unused."""
    text = section('::: table {data=data/t.csv caption="T" clearance=internal}\n:::\n\nText.')
    assert codes(tmp_path, {f"{BOOK}/one.md": text, f"{BOOK}/data/t.csv": "a,b\n1,2\n"}) == []


def test_longer_sentences_score_higher(tmp_path: Path) -> None:
    """Short plain sentences score lower than long learned ones, and a few words have no score."""
    scores = []
    for number, sentence in enumerate(
        ("The dog ran to me. ", "Considerable uncertainties notwithstanding, ", "")
    ):
        world = make_project(tmp_path / str(number), {f"{BOOK}/one.md": section(sentence * 60 + "End.")})
        scores += examine(loaded(world), [job()], world, is_scored=True).value.values()
    easy, hard, none = scores
    assert easy < 20
    assert hard > 60
    assert none is None


def test_sarif_has_the_shape_that_its_schema_asks_for(tmp_path: Path) -> None:
    """A log names version, tool and rules; each result a rule by index, a level, a message and a place."""
    make_project(tmp_path, {f"{BOOK}/one.md": HERE})
    run = CliRunner().invoke(main, ["--project", str(tmp_path), "check", "--sarif"])
    log = json.loads(run.stdout)
    assert log["version"] == "2.1.0"
    assert len(log["runs"]) == 1
    driver, results = log["runs"][0]["tool"]["driver"], log["runs"][0]["results"]
    assert [rule["id"] for rule in driver["rules"]] == ["empty-words"]
    (result,) = results
    assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] == "warning"
    assert result["message"]["text"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": f"{BOOK}/one.md"}
    assert place["region"] == {"startLine": 5, "startColumn": 12}


def test_a_project_with_errors_is_sarif_too(tmp_path: Path) -> None:
    """A project that can't be read gives a log with the error, not another kind of text."""
    make_project(tmp_path, {"content/audiences.yaml": "clearances: [a]\n"})
    run = CliRunner().invoke(main, ["--project", str(tmp_path), "check", "--sarif"])
    assert run.exit_code == 1
    assert json.loads(run.stdout)["runs"][0]["results"][0]["level"] == "error"


def test_readability_prints_each_edition_once() -> None:
    """The command prints one score for each edition, however many files it has."""
    run = CliRunner().invoke(main, ["check", "--publication", "handbook", "--readability"])
    names = [line.split(":")[0] for line in run.stdout.splitlines() if line.startswith("handbook/")]
    assert names == ["handbook/author", "handbook/designer", "handbook/developer"]


@pytest.mark.parametrize("options", [(), ("--readability",)])
def test_each_file_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]) -> None:
    """`check` works out each deliverable once, with reading scores as without."""
    from builder import document

    seen: list[Job] = []
    really = document.resolve

    def counted(selection, *rest):
        seen.append(selection.job)
        return really(selection, *rest)

    monkeypatch.setattr(document, "resolve", counted)
    world = make_project(tmp_path)
    run = CliRunner().invoke(main, ["--project", str(tmp_path), "check", *options])
    assert run.exit_code == 0, run.output
    assert seen == loaded(world).jobs()
