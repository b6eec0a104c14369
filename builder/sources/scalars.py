"""The types of authored scalars: each is read from the text that stands in the file."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from builder.sources.text import shorten

WRONG_TYPE = "wrong_type"
"""The type of pydantic error that `read_shape` reports as `wrong-type`, with the `hint` of its context."""


def found(value: Any) -> str:
    """What stands in the file, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list):
        return "a list"
    return f"text '{shorten(str(value))}'"


def _refuse(expected: str, value: Any, hint: str) -> PydanticCustomError:
    context = {"expected": expected, "found": found(value), "hint": hint}
    return PydanticCustomError(WRONG_TYPE, "expected {expected}, found {found}", context)


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise _refuse("true or false", value, "write true or false")
    return value == "true"


def _whole(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not re.fullmatch("[+-]?[0-9]{1,15}", value):
        raise _refuse("a whole number", value, "write digits only")
    return int(value)


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    hint = "write year, month and day, as in 2026-11-24"
    if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise _refuse("a date", value, hint)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _refuse("a date that exists", value, hint) from None


def _line(value: str) -> str:
    value = value.strip()
    if not value:
        raise _refuse("text", None, "write the text, or delete the line")
    if "\n" in value:
        raise _refuse("one line of text", value, "write it on one line, or fold it with '>-'")
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""`true` or `false` and no other word."""
Whole = Annotated[int, BeforeValidator(_whole)]
"""A decimal integer; its bounds are set with `Field`."""
Day = Annotated[date, BeforeValidator(_day)]
"""A date as in 2026-11-24."""
Text = Annotated[str, AfterValidator(_line)]
"""One line of text that is not empty; space around it is dropped."""
LongText = str
"""Text of any length, also of several lines, also empty."""
