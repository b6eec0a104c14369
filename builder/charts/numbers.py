"""Numbers as readers see them, and the round numbers of an axis."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from builder.language import FALLBACK, locale_of

MINUS, NARROW = "\u2212", "\u00a0"
_STEPS = (1, 2, 2.5, 5, 10)


def write_number(value: float, decimals: int, language: str, unit: str = "") -> str:
    """A number with the separators of a language, a true minus and its unit."""
    from babel.numbers import format_decimal

    # Readers round halves up; the halves of even digits are for machines.
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(rounded, format=pattern, locale=locale_of(language) or FALLBACK).replace("-", MINUS)
    if not unit:
        return text
    is_tight = unit in ("°", "′", "″") or (
        unit in ("%", "‰") and language.split("-")[0] in ("en", "zh", "mn")
    )
    return text + ("" if is_tight else NARROW) + unit


def nice_ticks(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """Round numbers around `low` and `high`, about `most` steps of one size, with little room to spare."""
    if high <= low:
        high = low + (abs(low) or 1)
    best: tuple[float, tuple[float, ...]] | None = None
    power = 10 ** math.floor(math.log10((high - low) / most))
    for step in [power * each for each in (*_STEPS, 20, 25, 50)]:
        # A hair over a round number, as in shares that add up to 100.01, needs no further step.
        first, last = math.floor(low / step + 0.004), math.ceil(high / step - 0.004)
        count = last - first
        if count < 1 or count > most + 1:
            continue
        waste = 1 - (high - low) / (count * step)
        cost = waste + {most - 1: 0, most: 0.02, most - 2: 0.06 if most > 3 else 0.25}.get(count, 0.12)
        if best is None or cost < best[0]:
            digits = 2 - math.floor(math.log10(step))
            best = cost, tuple(round(index * step, digits) + 0.0 for index in range(first, last + 1))
    assert best is not None, (low, high)
    return best[1]


def tick_decimals(ticks: tuple[float, ...]) -> int:
    """The decimals that tell the ticks of an axis apart."""
    return max((len(f"{tick:.12g}".partition(".")[2]) for tick in ticks), default=0)


def year_ticks(low: float, high: float, gap: float) -> tuple[float, ...]:
    """Whole numbers such as years along an axis, `gap` of them apart at least: round ones, and both ends."""
    step = next((s for s in (1, 2, 5, 10, 20, 25, 50, 100) if s >= gap and (high - low) / s <= 8), 200)
    ends = [float(math.ceil(low)), float(math.floor(high))]
    round_ones = range(math.ceil(low / step) * step, math.floor(high) + 1, step)
    far = [float(tick) for tick in round_ones if all(abs(tick - end) >= gap for end in ends)]
    if not far:
        # Between ends that push both round years away, one of half the step still finds room in the middle.
        halves = [
            tick for tick in range(math.ceil(low), math.floor(high) + 1) if tick % max(step // 2, 1) == 0
        ]
        roomy = [float(tick) for tick in halves if all(abs(tick - end) >= gap for end in ends)]
        far = sorted(roomy, key=lambda tick: abs(tick - (low + high) / 2))[:1]
    if ends[1] - ends[0] < gap:
        ends = ends[1:]
    return tuple(sorted({*far, *ends}))
