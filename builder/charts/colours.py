"""One entity, one colour: which token of the palette each series of a chart takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from builder.charts.look import AREA_COLOURS, LINE_COLOURS

MUTE = "mute"


class ColourClash(Exception):
    """Two series of one chart that must look alike, or a colour that a line can't have."""


def assign(
    names: Sequence[str], entities: Mapping[str, str], highlight: Sequence[str] = (), is_area: bool = False
) -> dict[str, str]:
    """A token for each name: its entity's own, else the next that is free, the highlighted first.

    Names beyond the palette are mute. Raises ColourClash.
    """
    palette = AREA_COLOURS if is_area else LINE_COLOURS
    given = {name: entities[name] for name in names if name in entities}
    for index, (name, token) in enumerate(given.items()):
        other = next((n for n, t in list(given.items())[:index] if t == token and token != MUTE), None)
        if other is not None:
            raise ColourClash(f"'{other}' and '{name}' both have the colour {token}")
        if token != MUTE and token not in palette:
            raise ColourClash(f"'{name}' has the colour {token}, which is too light for a line")
    # Beside an entity, a colour that belongs to another entity is the last choice.
    others = set(entities.values()) if given else set()
    free = sorted((token for token in palette if token not in given.values()), key=others.__contains__)
    made = dict(given)
    for name in sorted(names, key=lambda name: name not in highlight):
        if name not in made:
            made[name] = free.pop(0) if free else MUTE
    return {name: made[name] for name in names}


def assign_bars(
    series: str, labels: Sequence[str], entities: Mapping[str, str], highlight: Sequence[str] = ()
) -> dict[str, str]:
    """A token for the series and for each bar that has a colour of its own.

    With a highlight, that one is dark and the rest light; else each entity has its own.
    """
    made = {series: entities.get(series, "c1")}
    if highlight:
        return {
            **made,
            **{name: entities.get(name, made[series]) if name in highlight else "c3" for name in labels},
        }
    if any(label in entities for label in labels):
        return {**made, **{name: entities.get(name, unclaimed(entities)) for name in labels}}
    return made


def unclaimed(entities: Mapping[str, str]) -> str:
    """The first colour that belongs to no entity."""
    return next((token for token in LINE_COLOURS if token not in entities.values()), LINE_COLOURS[-1])
