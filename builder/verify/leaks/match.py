"""What is looked for, and where it was found: one pass over each text of a finished file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct, field

from builder.verify.leaks.ledger import BREAK
from builder.verify.leaks.machine import numbers_allowed
from builder.verify.leaks.place import Place
from builder.verify.leaks.sight import Withheld
from builder.verify.leaks.sought import WHOLE, distinctive, sought_of
from builder.verify.leaks.words import FOREIGN_DIGIT, even, names_of, numbers_of, squeezed, words_of

HEAD = 10
"""Letters by which a run is recognised, before the rest of it is compared."""


class Hit(Struct, frozen=True):
    """Something withheld that stands in the finished file."""

    unit: int
    needle: str
    place: Place


class Needles(Struct):
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
        self.heads = {}
        for number, table in enumerate(self._spelled()):
            for needle in table:
                letters = needle if table is self.runs else squeezed("".join(needle))
                if letters:
                    self.heads.setdefault(letters[:HEAD], []).append((letters, number, needle))
        self.automaton = automaton_of(self.heads)
        return self

    def _spelled(self) -> tuple[dict[Any, list[int]], ...]:
        return self.runs, self.phrases, self.numbers, self.names

    def __len__(self) -> int:
        return sum(map(len, (*self._spelled(), self.digests)))

    def units(self) -> set[int]:
        """Every unit that something is looked for of."""
        tables = (*self._spelled(), self.digests)
        return set().union(*(units for table in tables for units in table.values()))

    def find(self, place: Place) -> Iterator[tuple[dict, object]]:
        """Each needle that stands in the text of a place, with the table that holds it."""
        if self.automaton is None:
            return
        sort, (evened, letters) = place.sort, place.normal
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
            for table, needle in list(self.find(Place("", "", text, "names"))):
                table.pop(needle, None)

    def forget_folios(self, pages: int) -> None:
        """Forgets the numbers of pages, which are printed on them and in lists."""
        for page in range(pages + 1):
            self.numbers.pop(str(page), None)

    def forget(self, visible: Sequence[str], machine: Sequence[str], sections: int, most: int) -> None:
        """Forgets what an edition shows, and what follows from it: neighbours on a page, rounded numbers.

        `machine` are the texts of every edition; the publication has so many sections, and a part of it at most so many.
        """
        if not len(self):
            return
        whole = "\0".join(visible)
        # Neighbours in the source are neighbours on a page: they may make a name between them.
        self.drop(["\0".join(machine), whole.replace("\0", " ")])
        if not self.numbers:
            return
        for number in numbers_allowed(numbers_of(even(whole)), sections, most):
            self.numbers.pop(number, None)


def automaton_of(texts: Iterable[str]) -> Any:
    """Finds every one of some texts in one pass over another, however many there are; None where there is none."""
    from ahocorasick import Automaton

    automaton = Automaton()
    for text in texts:
        automaton.add_word(text, text)
    if not len(automaton):
        return None
    automaton.make_automaton()
    return automaton


def _standing(phrases: Iterable[tuple[str, ...]], words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Those of the phrases that stand in a text as whole words."""
    firsts: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        firsts.setdefault(phrase[0], []).append(phrase)
    for index in [index for index, word in enumerate(words) if word in firsts]:
        for phrase in firsts[words[index]]:
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
            for name in distinctive(unit.text):
                names.setdefault(name, []).append(index)
            continue
        is_whole, is_address = unit.kind in WHOLE, unit.kind == "address"
        for part in unit.text.replace("\n", " ").split(BREAK):
            sought = sought_of(part, is_whole, is_address, unit.is_context)
            for run in sought.runs:
                if run in runs:
                    runs[run].append(index)
                else:
                    runs[run] = [index]
            for phrase, run in sought.phrases:
                needles.phrases.setdefault(phrase, []).append(index)
                if run:
                    if run not in runs:
                        needles.short.add(run)
                    runs.setdefault(run, []).append(index)
            for number in sought.numbers:
                needles.numbers.setdefault(number, []).append(index)
            for name in sought.names:
                names.setdefault(name, []).append(index)
    return needles.sort()


def scan(needles: Needles, places: Iterable[Place]) -> Iterator[Hit]:
    """Looks through places; a find is told as closely as the place allows, once for each unit and place."""
    for place in places:
        found: dict[int, str] = {}
        for table, needle in needles.find(place):
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
