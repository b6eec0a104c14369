"""Compares two texts: which sections came, went, moved or got another title, and what changed in each."""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct
from msgspec.structs import replace

from builder.diff.units import Block, Text, Unit
from builder.diff.words import GONE, NEW, SAME, Run, Word, compare_words, pair_blocks

ADDED, REMOVED, MOVED, RETITLED, CHANGED = "added", "removed", "moved", "retitled", "changed"
CHANGES = (ADDED, REMOVED, MOVED, RETITLED, CHANGED)
"""What can happen to a section; the last three can come together."""


class BlockChange(Struct, frozen=True):
    """A block that changed, came or went."""

    runs: tuple[Run, ...]
    old: Block | None
    new: Block | None
    position: int
    """How many blocks of the newer section stand before it."""

    @property
    def at(self) -> str:
        """File and line of the newer text, else of the older one."""
        return self.new.at if self.new is not None else self.old.at if self.old is not None else ""


class UnitChange(Struct, frozen=True):
    """A section with what happened to it."""

    id: str
    kinds: tuple[str, ...]
    old: Unit | None
    new: Unit | None
    blocks: tuple[BlockChange, ...]

    @property
    def title(self) -> str:
        """The newer title, else the older one."""
        return self.new.title if self.new is not None else self.old.title if self.old is not None else ""

    @property
    def gone(self) -> int:
        """Words that went."""
        return _count(self.blocks, GONE)

    @property
    def came(self) -> int:
        """Words that came."""
        return _count(self.blocks, NEW)


def _count(blocks: tuple[BlockChange, ...], kind: str) -> int:
    return sum(
        word.text[0].isalnum()
        for block in blocks
        for run in block.runs
        if run.kind == kind
        for word in run.words
    )


def compare(old: Text, new: Text) -> tuple[UnitChange, ...]:
    """Every section in which something changed, in reading order; one that went, after what preceded it."""
    moved = _moved(old, new)
    changes = []
    for name in reading_order(old, new):
        before, after = old.units.get(name), new.units.get(name)
        blocks = tuple(_blocks(before, after))
        kinds = []
        if before is None or after is None:
            kinds.append(ADDED if before is None else REMOVED)
        else:
            if name in moved:
                kinds.append(MOVED)
            if before.title != after.title and name != "front":
                kinds.append(RETITLED)
            if blocks:
                kinds.append(CHANGED)
        if kinds:
            changes.append(UnitChange(name, tuple(kinds), before, after, blocks))
    return tuple(changes)


def _blocks(before: Unit | None, after: Unit | None):
    old, new = (unit.blocks if unit is not None else [] for unit in (before, after))
    new = _told_once(old, new)
    position = 0
    for i, j in pair_blocks([block.words for block in old], [block.words for block in new]):
        gone, came = (None if i is None else old[i]), (None if j is None else new[j])
        if gone is None and came is not None:
            yield BlockChange((Run(NEW, tuple(came.words)),), None, came, position)
        elif came is None and gone is not None:
            yield BlockChange((Run(GONE, tuple(gone.words)),), gone, None, position)
        elif gone is not None and came is not None:
            runs = compare_words(gone.words, came.words)
            if any(run.kind != SAME for run in runs):
                yield BlockChange(runs, gone, came, position)
        position += came is not None


def _told_once(old: list[Block], new: list[Block]) -> list[Block]:
    """The newer blocks, in which a picture that took another's place and words does not say them again."""
    before, after = _pictures(old), _pictures(new)
    others = {text for text, keys in after.items() if before.get(text, set()) - keys and keys - before[text]}

    def again(word: Word) -> Word:
        is_other = word.text in others and word.key not in before[word.text]
        return replace(word, text="[another picture with the same words]") if is_other else word

    return [replace(block, words=[again(word) for word in block.words]) for block in new] if others else new


def _pictures(blocks: list[Block]) -> dict[str, set]:
    """By what a picture says, the pictures that say it."""
    found: dict[str, set] = {}
    for word in (word for block in blocks for word in block.words if word.is_picture):
        found.setdefault(word.text, set()).add(word.key)
    return found


def reading_order(old: Text, new: Text) -> list[str]:
    """The units of both texts, those of the older one alone behind the unit that stood before them."""
    names, made = list(old.units), list(new.units)
    for index, name in enumerate(names):
        if name not in new.units:
            made.insert(made.index(names[index - 1]) + 1 if index else 0, name)
    return made


def _moved(old: Text, new: Text) -> set[str]:
    """Sections that stand in another section, or in another order among those that stayed beside them."""
    found = set()
    places = {name: index for index, name in enumerate(old.units)}
    beside: dict[str, list[str]] = {}
    for name, unit in new.units.items():
        before = old.units.get(name)
        if before is None:
            continue
        if before.parent != unit.parent and before.parent in new.units and unit.parent in (*old.units, ""):
            found.add(name)
        elif before.parent == unit.parent:
            beside.setdefault(unit.parent, []).append(name)
    for names in beside.values():
        kept = _longest_rise([places[name] for name in names])
        found |= {name for name in names if places[name] not in kept}
    return found


def _longest_rise(numbers: list[int]) -> set[int]:
    """The numbers of a longest subsequence that rises."""
    ends: list[int] = []
    lengths = []
    for number in numbers:
        place = bisect_left(ends, number)
        ends[place : place + 1] = [number]
        lengths.append(place)
    kept, length = set(), len(ends) - 1
    for number, own in zip(reversed(numbers), reversed(lengths), strict=True):
        if own == length and (not kept or number < min(kept)):
            kept.add(number)
            length -= 1
    return kept
