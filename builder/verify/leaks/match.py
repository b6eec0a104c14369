"""What is looked for, and where it was found: one pass over each text of a finished file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from builder.project import Publication
from builder.verify.leaks.machine import machine_texts, numbers_allowed
from builder.verify.leaks.reading import BREAK
from builder.verify.leaks.sight import Withheld
from builder.verify.leaks.words import (
    FOREIGN_DIGIT,
    IDEOGRAPH,
    even,
    names_of,
    numbers_of,
    squeezed,
    words_of,
)

SHINGLE = 5
"""Words in a run."""
HEAD = 10
"""Letters by which a run is recognised, before the rest of it is compared."""
LENGTH = 16
"""The fewest letters of a run: shorter ones stand in many texts."""
SHORT = 12
"""The fewest letters of a phrase of two words or more that is looked for without regard to spaces."""
_IDEOGRAPH = re.compile(f"[{IDEOGRAPH}]")
_SIGNS = re.compile(r"[^\W\d_][\w'’-]*|[.!?…:;\n\0]")
_DIGIT = re.compile(r"\d\D?\d\D?\d")
WHOLE = {
    "title", "short title", "cell", "caption", "alternative text", "author", "glossary term", "term", "column",
    "picture metadata", "source", "variable", "metadata", "redaction reason",
}  # fmt: skip
"""Kinds whose text is looked for as a whole however short it is: a name, a number, a heading."""


@dataclass(frozen=True, slots=True)
class Place:
    """A text of a finished file, and where it stands."""

    kind: str
    """As the report counts it: `page text, PDFium`, `outline`, `attributes`."""
    where: str
    """As a message says it: `page 3, text`."""
    text: str
    sort: str = "words"
    """`words` that people read, `names` that files and anchors have, `notes` in code, or `code`."""
    finer: Callable[[], Iterable[Place]] | None = None
    """The same text in smaller places, asked for only where something was found."""
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """Something withheld that stands in the finished file."""

    unit: int
    needle: str
    place: Place


@dataclass
class Needles:
    """What to look for, by the way it is looked for; each leads to the units that it gives away."""

    runs: dict[str, list[int]] = field(default_factory=dict)
    phrases: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    numbers: dict[str, list[int]] = field(default_factory=dict)
    names: dict[str, list[int]] = field(default_factory=dict)
    digests: dict[str, list[int]] = field(default_factory=dict)
    short: set[str] = field(default_factory=set)
    """Runs that are only a name or a heading: no sign of anything in code."""
    heads: dict[str, list[tuple[str, int, Any]]] = field(default_factory=dict)
    """By its first letters, each needle squeezed, the number of the table that holds it, and the needle itself."""
    automaton: Any = None
    """Finds every head in one pass over a text, however many there are; None where nothing is looked for."""

    def sort(self) -> Needles:
        """Makes the tables by which `find` recognises a needle; those that are forgotten later need no other."""
        from ahocorasick import Automaton

        self.heads = {}
        for number, table in enumerate(self._spelled()):
            for needle in table:
                letters = needle if table is self.runs else squeezed("".join(needle))
                if letters:
                    self.heads.setdefault(letters[:HEAD], []).append((letters, number, needle))
        self.automaton = Automaton() if self.heads else None
        for head in self.heads:
            self.automaton.add_word(head, head)
        if self.automaton is not None:
            self.automaton.make_automaton()
        return self

    def _spelled(self) -> tuple[dict[Any, list[int]], ...]:
        return self.runs, self.phrases, self.numbers, self.names

    def __len__(self) -> int:
        return sum(map(len, (*self._spelled(), self.digests)))

    def units(self) -> set[int]:
        """Every unit that something is looked for of."""
        tables = (*self._spelled(), self.digests)
        return set().union(*(units for table in tables for units in table.values()))

    def find(self, text: str, sort: str = "words") -> Iterator[tuple[dict, object]]:
        """Each needle that stands in the text, with the table that holds it."""
        if self.automaton is None:
            return
        evened, letters = normal(text)
        runs, phrases, numbers, names = self._likely(letters)
        for run in runs:
            if sort != "code" or run not in self.short:
                yield self.runs, run
        if sort == "notes":
            phrases = [phrase for phrase in phrases if len(phrase) > 1]  # Style sheets speak of white and of red.
        if sort != "code" and phrases:
            for phrase in _standing(phrases, words_of(evened)):
                yield self.phrases, phrase
        if sort == "words" and (numbers or (self.numbers and FOREIGN_DIGIT.search(evened))):
            for number in numbers_of(evened) & self.numbers.keys():
                yield self.numbers, number
        if names := [name for name in names if name in evened]:
            for name in names_of(evened).intersection(names):
                yield self.names, name

    def _likely(self, letters: str) -> tuple[dict[Any, None], ...]:
        """Of each table, the needles whose letters stand in a squeezed text; of runs, that is all there is to see."""
        tables = self._spelled()
        likely: tuple[dict[Any, None], ...] = ({}, {}, {}, {})
        for last, head in self.automaton.iter(letters):
            start = last - len(head) + 1
            for spelled, number, needle in self.heads[head]:
                if letters.startswith(spelled, start) and needle in tables[number]:
                    likely[number][needle] = None
        return likely

    def drop(self, texts: Iterable[str]) -> None:
        """Forgets whatever also stands in one of the texts."""
        for text in texts:
            for table, needle in list(self.find(text, "names")):
                table.pop(needle, None)

    def forget_folios(self, pages: int) -> None:
        """Forgets the numbers of pages, which are printed on them and in lists."""
        for page in range(pages + 1):
            self.numbers.pop(str(page), None)

    def forget(self, visible: Sequence[str], words: Mapping[str, str], publication: Publication) -> None:
        """Forgets what an edition shows, and what follows from it: neighbours on a page, rounded numbers."""
        language = publication.shape.language
        whole = "\0".join(visible)
        # Neighbours in the source are neighbours on a page: they may make a name between them.
        self.drop(["\0".join(machine_texts(words, language)), whole.replace("\0", " ")])
        if not self.numbers:
            return
        numbers = numbers_of(even(whole))
        sections = publication.walk()
        most = max((len(section.children) for section in sections), default=0)
        for number in numbers_allowed(numbers, len(sections), most):
            self.numbers.pop(number, None)


@cache
def normal(text: str) -> tuple[str, str]:
    """A text evened out, and its letters run together; each text is worked out once for a file."""
    evened = even(text)
    return evened, squeezed(evened)


def _standing(phrases: Iterable[tuple[str, ...]], words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Those of the phrases that stand in a text as whole words."""
    firsts: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        firsts.setdefault(phrase[0], []).append(phrase)
    for index, word in enumerate(words):
        for phrase in firsts.get(word, ()):
            if tuple(words[index : index + len(phrase)]) == phrase:
                yield phrase


def needles_of(withheld: Sequence[Withheld]) -> Needles:
    """What is looked for of each unit, whether or not it also stands in visible text."""
    needles = Needles()
    runs, names = needles.runs, needles.names
    for index, unit in enumerate(withheld):
        for digest in unit.digests:
            needles.digests.setdefault(digest, []).append(index)
        # The words of a column such as `report_year` may stand beside each other anywhere.
        if unit.kind in ("name", "picture") or (unit.kind == "column" and "_" in unit.text):
            for name in _distinctive(unit.text):
                names.setdefault(name, []).append(index)
            continue
        for part in unit.text.replace("\n", " ").split(BREAK):
            evened = even(part)
            words = words_of(evened)
            for run in _runs(words):
                if run in runs:
                    runs[run].append(index)
                else:
                    runs[run] = [index]
            if unit.is_context or not words:
                continue
            for phrase in set(_phrases(part, words, unit.kind in WHOLE)):
                needles.phrases.setdefault(phrase, []).append(index)
                run = squeezed("".join(phrase))
                if len(phrase) > 1 and len(run) >= SHORT:
                    if run not in runs:
                        needles.short.add(run)
                    runs.setdefault(run, []).append(index)
            if _DIGIT.search(evened):
                for number in numbers_of(evened, is_source=True):
                    if len(number.replace(".", "").strip("0")) >= 3:
                        needles.numbers.setdefault(number, []).append(index)
            if unit.kind == "address":
                for name in names_of(evened):
                    if len(name) >= 8:
                        names.setdefault(name, []).append(index)
    return needles.sort()


def _runs(words: Sequence[str]) -> Iterator[str]:
    """Overlapping runs of words, none shorter than LENGTH letters, spaces left out."""
    parts = [squeezed(word) if "," in word or "." in word else word for word in words]
    count = len(parts)
    for start in range(min(count, max(count - SHINGLE, 0) + 1)):
        end = start + SHINGLE
        if len(parts[start]) < 3 and parts[start].isdigit():
            continue  # The number of a note or a list may stand before any sentence.
        run = "".join(parts[start:end])
        while len(run) < LENGTH and end < count:
            run += parts[end]
            end += 1
        if len(run) >= LENGTH:
            yield run


def _phrases(text: str, words: list[str], is_whole: bool) -> Iterator[tuple[str, ...]]:
    """Names within the text, and the text itself where it is a short whole."""
    limit = 9 if _IDEOGRAPH.search(text) else 4
    if is_whole and 1 <= len(words) <= limit:
        letters = squeezed("".join(words))
        if not letters.isdigit() and len(letters) >= (2 if limit == 9 else 4):
            yield tuple(words)
    elif 3 <= len(words) <= limit and len("".join(words)) >= SHORT:
        yield tuple(words)
    yield from _proper(text)


def _proper(text: str) -> Iterator[tuple[str, ...]]:
    """Words with a capital that is not that of a sentence: names, alone and as they stand together."""
    name: list[str] = []
    is_start = True
    for match in _SIGNS.finditer(text):
        sign = match.group()
        is_capital = sign[0].isupper() and len(sign) > 1
        if is_capital:
            name.append(sign)
            if len(sign) >= 3 and (sign.isupper() or (not is_start and len(sign) >= 4)):
                alone = tuple(words_of(even(sign)))
                if alone:
                    yield alone
        if not is_capital or text[match.end() : match.end() + 1] not in (" ", "\u00a0"):
            if 2 <= len(name) <= 4:
                yield tuple(words_of(even(" ".join(name))))
            name = []
        is_start = not sign[0].isalpha()


def _distinctive(name: str) -> Iterator[str]:
    """The forms of an id or file name that no ordinary word has."""
    evened = even(name)
    if not evened.isalpha():
        yield evened
    stem = evened.rsplit(".", 1)[0]
    if stem != evened and not stem.isalpha():
        yield stem


def scan(needles: Needles, places: Iterable[Place]) -> Iterator[Hit]:
    """Looks through places; a find is told as closely as the place allows, once for each unit and place."""
    for place in places:
        found: dict[int, str] = {}
        for table, needle in needles.find(place.text, place.sort):
            for unit in table[needle]:
                found.setdefault(unit, needle if isinstance(needle, str) else " ".join(needle))
        for digest in place.digests:
            for unit in needles.digests.get(digest, ()):
                found.setdefault(unit, digest)
        if not found:
            continue
        closer = list(scan(needles, place.finer())) if place.finer is not None else []
        yield from closer
        for unit in found.keys() - {hit.unit for hit in closer}:
            yield Hit(unit, found[unit], place)
