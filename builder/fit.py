"""Shortens an edition to its budget: shorter alternatives of sections, lowest priority first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from builder.schema import ALTERNATIVES
from builder.selection import Selected, Selection

T = TypeVar("T")
Alternatives = tuple[tuple[str, str], ...]
"""Section ids, each with the alternative that is used in place of the longer one."""


def steps_of(selection: Selection) -> Alternatives:
    """What could still be shortened, in order: by priority, then all to `short` before any to `one_line`.

    Among equals the later section goes first. A section whose alternative the edition names stays as
    it is, and an alternative that is no shorter is none.
    """
    found = []
    for place, selected in enumerate(_sections(selection.sections)):
        section = selected.section
        if section.front is None or section.id in selection.edition.alternatives:
            continue
        words = len(section.bodies[selected.alternative].text.split()) if section.bodies else 0
        for rank in range(ALTERNATIVES.index(selected.alternative) + 1, len(ALTERNATIVES)):
            body = section.bodies.get(ALTERNATIVES[rank])
            if body is not None and len(body.text.split()) < words:
                words = len(body.text.split())
                found.append((section.front.priority, rank, -place, section.id))
    return tuple((identity, ALTERNATIVES[rank]) for _, rank, _, identity in sorted(found))


def _sections(selected: tuple[Selected, ...]) -> Iterator[Selected]:
    for each in selected:
        yield each
        yield from _sections(each.children)


def shorten(
    selection: Selection, make: Callable[[Alternatives], T], fits: Callable[[T], bool | None]
) -> T | None:
    """What `make` makes with the fewest steps that fit, found by halving; with all of them where none does.

    The number of tries is at most two more than the logarithm of the number of steps. `fits` answers
    None for what can't be made, which ends the search. None where there is nothing to shorten.
    """
    steps = steps_of(selection)
    if not steps:
        return None
    before = dict(selection.alternatives)

    def after(count: int) -> T:
        return make(tuple(sorted((before | dict(steps[:count])).items())))

    best = after(len(steps))
    if not fits(best):
        return best
    low, high = 0, len(steps)
    while high - low > 1:
        middle = (low + high) // 2
        made = after(middle)
        verdict = fits(made)
        if verdict is None:
            return made
        if verdict:
            high, best = middle, made
        else:
            low = middle
    return best
