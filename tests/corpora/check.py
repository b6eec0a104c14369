"""Builds the project that a corpus became, and compares what came out with the oracle."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from convert import ALL, editions
from corpus import Corpus
from expected import COUNTS, WARNINGS, WORDS_TOLERANCE
from read_back import Text, captions, epub_counts, epub_text, letters, pdf_text, phrases
from words import lost_words

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Build:
    """The files of one kind that a project was built to, and what the builder said."""

    corpus: Corpus
    target: str
    files: dict[str, Path]
    """The finished file of each audience."""
    problems: list[dict[str, Any]]
    _texts: dict[str, Text] = field(default_factory=dict, repr=False)

    def text(self, audience: str) -> Text:
        """The text of an edition, read once."""
        if audience not in self._texts:
            read = epub_text if self.target == "epub" else pdf_text
            self._texts[audience] = read(self.files[audience])
        return self._texts[audience]


def build(corpus: Corpus, project: Path, target: str) -> Build:
    """Builds every edition of a project through the command line."""
    command = [sys.executable, "-m", "builder", "--project", str(project), "build", "--json"]
    run = subprocess.run(
        [*command, "--jobs", "1", "--target", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        result = json.loads(run.stdout)
    except ValueError:
        raise RuntimeError(f"the builder ended with {run.returncode}:\n{run.stdout}{run.stderr}") from None
    folder = project / "output" / corpus.name
    paths = {name: folder / name / f"{corpus.name}-{name}.{target}" for name in editions(corpus)}
    made = {name: path for name, path in paths.items() if path.is_file()}
    return Build(corpus, target, made, result["problems"])


def errors(built: Build) -> list[str]:
    """Every error of the build, and every edition that was not made."""
    found = [_line(problem) for problem in built.problems if problem["severity"] == "error"]
    missing = [name for name in editions(built.corpus) if name not in built.files]
    return [*found, *(f"no {built.target} for '{name}'" for name in missing)]


def warnings(built: Build) -> list[str]:
    """Warnings that no feature of the source accounts for."""
    known = WARNINGS.get(built.corpus.name, {})
    found = [problem for problem in built.problems if problem["severity"] == "warning"]
    often = Counter(problem["code"] for problem in found)
    excess = {code for code, count in often.items() if count > known.get(code, (0, ""))[0]}
    return [_line(problem) for problem in found if problem["code"] in excess]


def _line(problem: dict[str, Any]) -> str:
    return " ".join(str(problem.get(key) or "") for key in ("file", "line", "code", "message")).strip()


def private_phrases(built: Build) -> list[str]:
    """Phrases for one audience that its edition lacks, or that the edition of another one has."""
    listed = {name: phrases(each["only"]) for name, each in built.corpus.oracle["audiences"].items()}
    owners = Counter(letters(phrase) for each in listed.values() for phrase in each)
    failures = []
    for owner, each in listed.items():
        # Two texts that differ in their apostrophes only are one text here.
        for phrase in (phrase for phrase in each if owners[letters(phrase)] == 1):
            for audience in built.files:
                text = built.text(audience)
                if audience in (owner, ALL) and not text.reads(phrase):
                    failures.append(f"{audience}: lacks '{phrase}'")
                elif audience not in (owner, ALL) and text.holds(phrase):
                    failures.append(f"{audience}: has '{phrase}', which is for {owner}")
    return failures


def shared_phrases(built: Build) -> list[str]:
    """Phrases for everybody that an edition lacks."""
    return [
        f"{audience}: lacks '{phrase}'"
        for phrase in phrases(built.corpus.oracle["shared"])
        for audience in built.files
        if not built.text(audience).reads(phrase)
    ]


def counts(built: Build) -> list[str]:
    """Numbers of things in the fullest EPUB that differ from the oracle's in a way not accounted for."""
    oracle = dict(built.corpus.oracle["counts"])
    if "local images" in oracle:
        oracle["images"] = oracle["local images"] + oracle.get("remote images", 0)
    found = epub_counts(built.files[ALL])
    failures = []
    for name in ("headings", "tables", "fences", "images", "footnote refs"):
        if name not in oracle:
            continue
        extra, reason = COUNTS.get((built.corpus.name, name), (0, ""))
        if found[name] != oracle[name] + extra:
            failures.append(
                f"{found[name]} {name}, expected {oracle[name]} + {extra} ({reason or 'no exception'})"
            )
    if abs(found["words"] / oracle["words"] - 1) > WORDS_TOLERANCE:
        failures.append(f"{found['words']} words, expected about {oracle['words']}")
    return failures


def doubled_captions(built: Build, epub: Path) -> list[str]:
    """Captions that a PDF prints more often than the EPUB and the list of figures do."""
    text = "".join(built.text(ALL).pages)
    return [caption for caption, times in captions(epub).items() if text.count(caption) > times + 1]


def conformance(built: Build) -> list[str]:
    """What EPUBCheck finds wrong with the EPUBs; a remark on usage is no finding."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.epubcheck import run_epubcheck

    return [
        f"{audience}: {message['severity']} {message['ID']} {' '.join(message['message'].split())}"
        for audience, path in built.files.items()
        for message in run_epubcheck(path)
        if message["severity"] not in ("USAGE", "INFO", "SUPPRESSED")
    ]


def check(built: Build) -> list[str]:
    """Everything that is wrong with the files of one kind."""
    found = [*errors(built), *warnings(built)]
    if ALL not in built.files:
        return found
    found += [*private_phrases(built), *shared_phrases(built)]
    if built.target == "epub":
        found += [*counts(built), *conformance(built)]
        found += [f"lost: {word}" for word in lost_words(built.corpus, built.files[ALL])]
    return found
