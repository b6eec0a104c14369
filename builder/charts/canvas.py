"""A Vega-Lite spec in the making: a frame of known size, a plot inside it, layers in data or in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field

from builder.charts.look import Look, config_of

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""The name of the language, as every spec states it; nothing is fetched from there."""
_PIXEL = {"type": "quantitative", "scale": None, "axis": None}


class Plan(Struct, frozen=True):
    """A spec, and the size of the picture that it makes; a size of 0 is left to Vega."""

    spec: dict[str, Any]
    width: float
    height: float = 0


class Canvas(Struct):
    """One plot. Its sizes are known before Vega runs, so that labels can be placed without overlap."""

    look: Look
    plot_height: float
    left: float
    right: float
    top: float
    bottom: float
    layers: list[dict[str, Any]] = field(default_factory=list)
    plot_width: float = 0
    _style: tuple = ()

    def __post_init__(self) -> None:
        self.plot_width = self.plot_width or self.look.width - self.left - self.right

    def plan(self) -> Plan:
        """The finished spec."""
        padding = {"left": self.left, "right": self.right, "top": self.top, "bottom": self.bottom}
        spec = {
            "$schema": SCHEMA,
            **self.view(),
            "padding": {key: _round(value) for key, value in padding.items()},
            "autosize": "none",
            "config": config_of(self.look),
        }
        return Plan(spec, self.look.width, self.top + self.plot_height + self.bottom)

    def view(self) -> dict[str, Any]:
        """The plot without its frame, as a part of a larger spec."""
        return {"width": _round(self.plot_width), "height": _round(self.plot_height), "layer": self.layers}

    def add(self, values: list[dict[str, Any]], mark: dict[str, Any], **encoding: Any) -> None:
        """A layer of marks in data coordinates."""
        self._style = ()
        self.layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})

    def text(
        self,
        x: float,
        y: float,
        text: str,
        colour: str,
        align: str = "left",
        is_bold: bool = False,
        size: float = 0,
    ) -> None:
        """A line of text; `y` is its baseline."""
        mark = {
            "type": "text",
            "align": align,
            "baseline": "alphabetic",
            "color": colour,
            "fontSize": size or self.look.size,
        }
        if is_bold:
            mark["fontWeight"] = 600
        self._pixels(mark, {"x": x, "y": y, "t": text}, text={"field": "t", "type": "nominal"})

    def rule(
        self, x: float, y: float, x2: float, y2: float, colour: str, width: float, dash: Sequence[float] = ()
    ) -> None:
        """A straight line; its width and dash are those of print, drawn stronger for screens."""
        k = self.look.stroke
        mark: dict[str, Any] = {"type": "rule", "color": colour, "strokeWidth": _round(width * k)}
        if dash:
            mark["strokeDash"] = [_round(part * k) for part in dash]
        ends = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
        self._pixels(mark, {"x": x, "y": y, "x2": x2, "y2": y2}, **ends)

    def box(self, x: float, y: float, x2: float, y2: float, colour: str, **mark: Any) -> None:
        """A filled rectangle."""
        ends = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
        self._pixels({"type": "rect", "color": colour, **mark}, {"x": x, "y": y, "x2": x2, "y2": y2}, **ends)

    def dot(self, x: float, y: float, colour: str, radius: float, **mark: Any) -> None:
        """A disc, or another shape of its size."""
        area = _round(3.14159 * radius * radius)
        self._pixels(
            {"type": "point", "filled": True, "color": colour, "size": area, "opacity": 1, **mark},
            {"x": x, "y": y},
        )

    def _pixels(self, mark: dict[str, Any], item: dict[str, Any], **encoding: Any) -> None:
        """Marks of one look that follow each other share a layer."""
        item = {
            key: _round(value) if isinstance(value, float | int) else value for key, value in item.items()
        }
        style = (str(mark), tuple(encoding))
        if style == self._style:
            self.layers[-1]["data"]["values"].append(item)
            return
        places = {"x": {"field": "x", **_PIXEL}, "y": {"field": "y", **_PIXEL}}
        self.add([item], mark, **places, **encoding)
        self._style = style


def _round(value: float) -> float:
    return round(float(value), 2)


def ticks_label(ticks: Sequence[float], texts: Sequence[str]) -> str:
    """The Vega expression that writes each tick as the given text."""
    quoted = ",".join("'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" for text in texts)
    return f"[{quoted}][indexof([{','.join(repr(float(tick)) for tick in ticks)}],datum.value)]"


def linear(domain: tuple[float, float]) -> dict[str, Any]:
    """A scale from exactly one number to another."""
    return {"type": "linear", "domain": list(domain), "nice": False, "zero": False}
