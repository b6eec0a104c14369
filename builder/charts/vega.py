"""Whole Vega-Lite specs that authors write: their scalars typed, their data given by us, nothing fetched."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import yaml

from builder.charts.canvas import SCHEMA, Plan
from builder.charts.look import Look, config_of
from builder.sources.from_yaml import LOADER
from builder.tables import DataTable

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_FOREIGN = {
    "data": "the rows come from the key 'data' of the chart",
    "datasets": "the rows come from the key 'data' of the chart",
    "url": "a chart can't fetch anything",
    "href": "a chart holds no links",
    "config": "the look comes from the theme",
    "image": "a chart holds no pictures",
}
"""What a spec may not hold, and why."""
_UNSTEADY = re.compile(r"\b(random|now|sampleNormal|sampleUniform)\s*\(")


def typed(text: str, key: str) -> Any:
    """The value of a top-level key of a YAML text, its plain scalars as numbers and true or false.

    The text was read before and is known to be sound: nodes are only looked at, nothing is constructed.
    """
    root = yaml.compose(text, Loader=LOADER)
    node = next(value for name, value in root.value if name.value == key)
    return _value(node)


def _value(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {name.value: _value(value) for name, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    if node.style:
        return node.value
    if node.value in _WORDS:
        return _WORDS[node.value]
    if _NUMBER.fullmatch(node.value):
        return int(node.value) if re.fullmatch(r"[-+]?\d+", node.value) else float(node.value)
    return node.value


def refusals(spec: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str, str]]:
    """Yields the path of each part that a spec may not hold, with message and hint."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            here = (*path, key)
            if key in _FOREIGN and not (key == "image" and path):
                yield here, f"a spec without '{key}'", _FOREIGN[key]
            else:
                yield from refusals(value, here)
    elif isinstance(spec, list):
        for index, value in enumerate(spec):
            yield from refusals(value, (*path, index))
    elif isinstance(spec, str):
        if spec == "image" and path and path[-1] in ("mark", "type"):
            yield path, "a spec without pictures", _FOREIGN["image"]
        elif found := _UNSTEADY.search(spec):
            yield path, f"a spec without '{found[1]}()'", "a chart must be the same each time it is drawn"


def fields_of(spec: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The path and name of each field of the data that a spec shows; those that it makes itself left out."""
    made = set(_made(spec)) | {"key", "value"}
    for place, name in _named(spec, path):
        if name not in made and not re.search(r"[\[\].\\]", name):
            yield place, name


def _named(spec: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    parts = spec.items() if isinstance(spec, dict) else enumerate(spec) if isinstance(spec, list) else ()
    for key, value in parts:
        if key == "field" and isinstance(value, str):
            yield (*path, key), value
        else:
            yield from _named(value, (*path, key))


def _made(spec: Any) -> Iterator[str]:
    parts = spec.items() if isinstance(spec, dict) else enumerate(spec) if isinstance(spec, list) else ()
    for key, value in parts:
        if key == "as":
            yield from [value] if isinstance(value, str) else map(str, value)
        else:
            yield from _made(value)


def plan_spec(spec: dict[str, Any], table: DataTable, look: Look, height: float) -> Plan:
    """The spec with the rows of the edition, in the look of its theme and at its final width."""
    values = [dict(zip(table.columns, map(_cell, row), strict=True)) for row in table.rows]
    config = config_of(look)
    config["axisY"]["tickCount"] = 5
    made = {**copy.deepcopy(spec), "$schema": SCHEMA, "data": {"values": values}, "config": config}
    is_one_plot = not any(key in made for key in ("concat", "hconcat", "vconcat", "facet", "repeat"))
    if is_one_plot:
        made["width"], made["height"] = look.width, made.get("height", height)
        made["autosize"] = {"type": "fit", "contains": "padding"}
        made["padding"] = 0
        return Plan(made, look.width)
    return Plan(made, 0)


def _cell(text: str) -> Any:
    """A cell as a number where it is one, nothing where it is empty."""
    if not text:
        return None
    return float(text) if _NUMBER.fullmatch(text) else text
