"""The shape of a chart block: what an author may write in it."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from builder.schema import Shape
from builder.sources import Flag, LongText, Text, Whole

KINDS = ("line", "area", "column", "stacked", "bar", "dot", "slope", "multiples")
Kind = Literal["line", "area", "column", "stacked", "bar", "dot", "slope", "multiples"]
_UNIT_ENDING = re.compile(r"_(pct|percent|share|share_pct)$")

OPTIONS: dict[str, set[str]] = {
    "line": {"breaks", "marks", "points", "zero"},
    "area": {"marks"},
    "column": {"marks"},
    "stacked": set(),
    "bar": {"last", "order"},
    "dot": {"last", "order"},
    "slope": {"zero"},
    "multiples": {"points", "zero", "columns"},
    "spec": set(),
}
"""The keys that only some kinds know, by kind."""


def words_of(column: str) -> str:
    """A column's name as a reader would say it: `south_korea_pct` is South korea, a share of it."""
    plain = _UNIT_ENDING.sub("", column).replace("_", " ").strip() or column
    return plain[:1].upper() + plain[1:]


def _columns(value: Any) -> Any:
    if isinstance(value, str):
        return {value.strip(): words_of(value.strip())}
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return {item: words_of(item) for item in value}
    return value


def _one_column(value: Any) -> Any:
    if (isinstance(value, list | dict)) and len(value) != 1:
        raise ValueError(f"expected one column, found {len(value)}")
    return _columns(value)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _groups(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _listed(members) if members is not None else [name] for name, members in value.items()}


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("expected a number such as 1000") from None
    if not math.isfinite(number) or number <= 0:
        raise ValueError("expected a number above zero")
    return number


def _check_id(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", value):
        raise ValueError("expected an id of small letters, digits and hyphens, such as fig-exports")
    return value


Columns = Annotated[dict[Text, Text], BeforeValidator(_columns)]
"""A column, a list of columns, or columns with the names that readers see."""
Names = Annotated[list[Text], BeforeValidator(_listed)]
Groups = Annotated[dict[Text, list[Text]], BeforeValidator(_groups)]


class ChartShape(Shape):
    """A fenced block ```` ```chart ````."""

    id: Annotated[Text, BeforeValidator(lambda v: _check_id(v) if isinstance(v, str) else v)] | None = None
    kind: Kind | None = Field(default=None, description="one of " + ", ".join(KINDS))
    spec: dict[str, Any] | None = None
    data: Text = Field(description="the CSV file")
    x: Annotated[dict[Text, Text], BeforeValidator(_one_column)] | None = None
    y: Annotated[Columns, Field(min_length=1)] | None = None
    series: Text | None = None
    groups: Groups | None = None
    where: Text | None = None
    title: Text = Field(description="the finding, in one line")
    subtitle: Text | None = None
    source: Text | None = None
    credit: Text | None = None
    alt: LongText | None = None
    highlight: Names = Field(default=[])
    unit: Text | None = None
    decimals: Annotated[Whole, Field(ge=0, le=4)] | None = None
    divide_by: Annotated[float, BeforeValidator(_number)] | None = None
    breaks: dict[Text, Text] = Field(default={})
    marks: dict[Text, Text] = Field(default={})
    points: Flag | None = None
    zero: Flag = True
    last: Names = Field(default=[])
    order: Literal["value", "data"] = "value"
    columns: Annotated[Whole, Field(ge=1, le=6)] | None = None
    width: Literal["text", "wide"] = "text"
    height: Annotated[Whole, Field(ge=60, le=560)] | None = None
    table: Flag = False
    numbered: Flag = True
