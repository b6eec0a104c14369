"""Numbers as readers see them, and the round numbers of an axis."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import lru_cache
from typing import Any

MINUS, NARROW = "\u2212", "\u00a0"
_STEPS = (1, 2, 2.5, 5, 10)


def write_number(value: float, decimals: int, language: str, unit: str = "") -> str:
    """A number with the separators of a language, a true minus and its unit."""
    from babel.numbers import format_decimal

    rounded = round(Decimal(repr(float(value))), decimals) + 0
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(rounded, format=pattern, locale=_locale(language)).replace("-", MINUS)
    if not unit:
        return text
    is_tight = unit in ("°", "′", "″") or (
        unit in ("%", "‰") and language.split("-")[0] in ("en", "zh", "mn")
    )
    return text + ("" if is_tight else NARROW) + unit


@lru_cache(maxsize=32)
def _locale(language: str) -> Any:
    from babel import Locale, UnknownLocaleError

    for tag in (language.replace("-", "_"), language.split("-")[0]):
        try:
            return Locale.parse(tag)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def nice_ticks(low: float, high: float, most: int = 5) -> tuple[float, ...]:
    """Round numbers from below `low` to above `high`, four or five steps of one size, with little room to spare."""
    if high <= low:
        high = low + (abs(low) or 1)
    best: tuple[float, tuple[float, ...]] | None = None
    power = 10 ** math.floor(math.log10((high - low) / most))
    for step in [power * each for each in (*_STEPS, 20, 25, 50)]:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        count = last - first
        if count < 1 or count > most + 1:
            continue
        waste = 1 - (high - low) / (count * step)
        cost = waste + {4: 0, 5: 0.02, 3: 0.06}.get(count, 0.12)
        if best is None or cost < best[0]:
            best = cost, tuple(_clean(index * step) for index in range(first, last + 1))
    assert best is not None, (low, high)
    return best[1]


def _clean(value: float) -> float:
    return float(f"{value:.10g}") + 0.0


def tick_decimals(ticks: tuple[float, ...]) -> int:
    """The decimals that tell the ticks of an axis apart."""
    return max((len(f"{tick:.10g}".partition(".")[2]) for tick in ticks), default=0)


def year_ticks(low: float, high: float, room: int) -> tuple[float, ...]:
    """Whole numbers such as years along an axis, `room` of them at most, the ends among them where they fit."""
    room = max(room, 2)
    step = next((s for s in (1, 2, 5, 10, 20, 25, 50, 100) if (high - low) / s + 1 <= room), 200)
    ticks = [float(t) for t in range(math.ceil(low / step) * step, math.floor(high) + 1, step)]
    near = 0.6 * step if step <= 5 else 0.8 * step
    for end in (math.ceil(low), math.floor(high)):
        gaps = [abs(end - tick) for tick in ticks]
        if not gaps or min(gaps) >= near:
            ticks.append(float(end))
    return tuple(sorted(ticks))
