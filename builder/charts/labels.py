"""Where labels go: lines of a bearable width, and none on top of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def spread(wanted: Sequence[float], heights: Sequence[float], top: float, bottom: float) -> list[float]:
    """The middles of labels, as near to the wanted ones as can be, none overlapping, all between two bounds.

    Exact: least squares under the order of the wanted places (pool adjacent violators).
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    offsets, offset = [], 0.0
    for position, index in enumerate(order):
        if position:
            offset += (heights[order[position - 1]] + heights[index]) / 2
        offsets.append(offset)
    pools: list[list[float]] = []
    for index, own in zip(order, offsets, strict=True):
        pools.append([wanted[index] - own, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            value, weight = pools.pop()
            before, count = pools[-1]
            pools[-1] = [(before * count + value * weight) / (count + weight), count + weight]
    values = [value for value, weight in pools for _ in range(int(weight))]
    if not order:
        return []
    low = top + heights[order[0]] / 2
    high = bottom - heights[order[-1]] / 2 - offsets[-1]
    placed = [0.0] * len(order)
    for index, own, value in zip(order, offsets, values, strict=True):
        placed[index] = max(min(value, high), low) + own
    return placed


def wrap(text: str, limit: float, width: Callable[[str], float]) -> list[str]:
    """The text in lines no wider than `limit`, cut at spaces; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(f"{lines[-1]} {word}") <= limit:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
