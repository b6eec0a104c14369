"""Books that nobody here wrote come through the builder whole, and each audience reads its own edition."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import check
import pytest
from check import Build
from convert import ALL, convert
from corpus import read_corpus
from words import lost_words

FOLDER = Path(os.environ["CORPORA"])
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/oracle.json"))
LONG = {"rust-book"}
"""Books whose PDF takes minutes."""

CASES = [
    pytest.param(name, target, marks=[pytest.mark.slow] if target == "pdf" and name in LONG else [])
    for name in NAMES
    for target in ("epub", "pdf")
]
in_every_target = pytest.mark.parametrize(("name", "target"), CASES)
in_pdf = pytest.mark.parametrize(("name", "target"), [case for case in CASES if case.values[1] == "pdf"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Build]:
    """Builds a corpus for a target, once."""
    folder = tmp_path_factory.mktemp("corpora")
    done: dict[tuple[str, str], Build] = {}

    def build(name: str, target: str) -> Build:
        if (name, target) not in done:
            corpus = read_corpus(FOLDER / name)
            if not (folder / name).exists():
                convert(corpus, folder / name)
            done[name, target] = check.build(corpus, folder / name, target)
        return done[name, target]

    return build


def none(found: list[str]) -> None:
    """Fails with one line for each finding."""
    assert not found, "\n" + "\n".join(found)


def test_there_is_a_corpus():
    """The folder that `CORPORA` names holds at least one corpus."""
    assert NAMES


@in_every_target
def test_every_edition_is_built(name: str, target: str, built: Callable[[str, str], Build]):
    """A book without mistakes is built without an error, for every audience."""
    none(check.errors(built(name, target)))


@in_every_target
def test_every_warning_is_deserved(name: str, target: str, built: Callable[[str, str], Build]):
    """Each warning points to something in the source that can't be printed as it is."""
    none(check.warnings(built(name, target)))


@in_every_target
def test_private_phrases_stay_private(name: str, target: str, built: Callable[[str, str], Build]):
    """What one audience reads is in its edition and in the full one, and in no other."""
    none(check.private_phrases(built(name, target)))


@in_every_target
def test_shared_phrases_are_everywhere(name: str, target: str, built: Callable[[str, str], Build]):
    """What everybody reads is in every edition."""
    none(check.shared_phrases(built(name, target)))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost(name: str, built: Callable[[str, str], Build]):
    """The fullest edition has as many headings, tables, code blocks, pictures and notes as the book."""
    none(check.counts(built(name, "epub")))


@pytest.mark.parametrize("name", NAMES)
def test_no_word_is_lost(name: str, built: Callable[[str, str], Build]):
    """Every word of the source is in the fullest edition, as often as in the source."""
    none(lost_words(read_corpus(FOLDER / name), built(name, "epub").files[ALL]))


@in_pdf
def test_each_caption_stands_once(name: str, target: str, built: Callable[[str, str], Build]):
    """A figure that moves to the next page takes its caption along, and leaves none behind."""
    none(check.doubled_captions(built(name, target), built(name, "epub").files[ALL]))


@pytest.mark.java
@pytest.mark.parametrize("name", NAMES)
def test_epubcheck_finds_nothing(name: str, built: Callable[[str, str], Build]):
    """EPUBCheck has no error and no warning for any edition."""
    none(check.conformance(built(name, "epub")))
