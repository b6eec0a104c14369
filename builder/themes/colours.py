"""Whether the colours of a theme can be read and told apart, and the nearest ones that can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

from builder.colour import VISIONS, contrast, difference, nearest
from builder.diagnostics import Diagnostic, Span

PAIRS: dict[tuple[str, str], float] = {
    ("primary", "paper"): 7.0,
    **{(text, ground): 4.5 for text in ("ink", "mute", "accent") for ground in ("paper", "tint", "tint2")},
    ("primary", "tint"): 4.5,
    **{(text, "ground"): 4.5 for text in ("on-ground", "on-ground-mute", "gold")},
    **{(line, "paper"): 3.0 for line in ("c1", "c2", "c3")},
}
"""What stands on what, and the contrast that it needs (WCAG 2.2: text 1.4.3, lines of charts 1.4.11)."""
PALETTE = ("c1", "c2", "c3", "c4")
APART = {vision: 15.0 if vision == "grey" else 30.0 for vision in VISIONS}
"""How far apart the colours of charts must be to each kind of eye, as a difference in CIELAB."""


def is_line(colour: str, paper: str) -> bool:
    """Whether a line of this colour can be seen on the paper."""
    return contrast(colour, paper) >= PAIRS["c1", "paper"]


def apart(palette: Sequence[str]) -> bool:
    """Whether everybody can tell the colours of a palette from each other."""
    return all(
        difference(one, other, vision) >= least
        for one, other in combinations(palette, 2)
        for vision, least in APART.items()
    )


def check_colours(tokens: Mapping[str, str], place: Callable[[str, str], Span]) -> Iterator[Diagnostic]:
    """Each pair that fails, with the nearest colour that passes: `low-contrast`, `colours-alike`.

    `place` answers where a pair of tokens can be changed. What follows from one colour is told once.
    """
    yield from _unreadable(tokens, place)
    for one, other in combinations(PALETTE, 2):
        for vision, least in APART.items():
            found = difference(tokens[one], tokens[other], vision)
            if found < least:
                message = (
                    f"{one} {tokens[one]} and {other} {tokens[other]} differ by {_short(found)} in {vision} vision, "
                    f"expected {least:g} or more"
                )
                hint = _offer(other, tokens) or _offer(one, tokens)
                hint = hint or f"choose another hue for {one} or {other}"
                yield Diagnostic("colours-alike", message, place(other, one), hint)
                break


def _unreadable(tokens: Mapping[str, str], place: Callable[[str, str], Span]) -> Iterator[Diagnostic]:
    """Of the pairs that can be mended at one place by one colour, the worst."""
    failing: dict[Span, tuple[float, str, str]] = {}
    for (text, ground), least in PAIRS.items():
        share = contrast(tokens[text], tokens[ground]) / least
        if share < 1:
            worst = failing.setdefault(place(text, ground), (share, text, ground))
            if text == worst[1] and share < worst[0]:
                failing[place(text, ground)] = (share, text, ground)
    for span, (_, text, ground) in failing.items():
        found, least = contrast(tokens[text], tokens[ground]), PAIRS[text, ground]
        message = (
            f"{text} {tokens[text]} on {ground} {tokens[ground]} has a contrast of {_short(found)}, "
            f"expected {least:g} or more"
        )
        hint = _offer(text, tokens) or f"change {ground}, too: no {text} can be read on it"
        yield Diagnostic("low-contrast", message, span, hint)


def _offer(name: str, tokens: Mapping[str, str]) -> str:
    """A hint with the nearest colour that passes everything asked of this token; empty where there is none."""

    def is_good(colour: str) -> bool:
        changed = {**tokens, name: colour}
        others = [changed[each] for each in PALETTE if each != name] if name in PALETTE else []
        return all(
            contrast(changed[text], changed[ground]) >= least
            for (text, ground), least in PAIRS.items()
            if text == name
        ) and all(apart((colour, other)) for other in others)

    found = nearest(tokens[name], is_good)
    return f'write {name}: "{found}", the nearest that passes' if found else ""


def _short(value: float) -> str:
    """One decimal, rounded down: what fails must not look as if it passed."""
    return f"{int(value * 10) / 10:g}"
