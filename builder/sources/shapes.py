"""Values against the shapes that they must have, with messages for the people who wrote them."""

from __future__ import annotations

import re
import types
from datetime import date
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from builder.diagnostics import Checked, Diagnostic, did_you_mean, unique
from builder.sources.places import KEY, Source
from builder.sources.scalars import WRONG_TYPE, found
from builder.sources.text import shorten

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "string_type": ("text", "write text; put it in quotes if it begins with '[' or '{'"),
    "list_type": ("a list", "write it as a list: [{value}]"),
    "dict_type": ("keys and values", "write 'key: value' lines, indented below the key"),
    "model_type": ("keys and values", "write 'key: value' lines, indented below the key"),
}


CONDITIONS = ("audience", "clearance", "tags")
"""Keys that decide who sees something: a hint must not lead an author to open it by deleting the line."""


def read_shape(model: type[M], source: Source) -> Checked[M | None]:
    """Reads a value as a shape.

    The value is None after any error: `unknown-key`, `missing-key`, `wrong-type`, `unknown-value`,
    `bad-value`.
    """
    try:
        return Checked(model.model_validate(source.value))
    except ValidationError as failure:
        errors = failure.errors(include_url=False)
        return Checked(None, unique(_diagnose(model, source, error) for error in errors))


def _diagnose(model: type[BaseModel], source: Source, error: Any) -> Diagnostic:
    path = tuple(KEY if step == "[key]" else step for step in error["loc"])
    span = source.place(*path)
    value, context = error["input"], error.get("ctx", {})
    if value is None and path and path[-1] in CONDITIONS:
        hint = f"name one of the declared ones; without the line the {path[-1]} of the whole holds here"
        return Diagnostic("empty-condition", f"'{path[-1]}' is there but says nothing", span, hint)
    match error["type"]:
        case "extra_forbidden":
            name = str(path[-1])
            hint = did_you_mean(name, _fields(_type_at(model, path[:-1])))
            return Diagnostic("unknown-key", f"unknown key '{shorten(name)}'", source.place(*path, KEY), hint)
        case "missing":
            return Diagnostic("missing-key", f"'{path[-1]}' is missing", span, _how_to_add(model, path))
        case "literal_error" if isinstance(value, str):
            known = re.findall("'([^']*)'", context["expected"])
            message = f"unknown value '{shorten(value)}'"
            return Diagnostic("unknown-value", message, span, did_you_mean(value, known))
        case "literal_error":
            return Diagnostic("wrong-type", f"expected text, found {found(value)}", span, _one_of(context))
        case kind if kind in _EXPECTED:
            expected, hint = _EXPECTED[kind]
            if value is None:
                hint = "write a value, or delete the line"
            message = f"expected {expected}, found {found(value)}"
            return Diagnostic("wrong-type", message, span, hint.replace("{value}", _inline(value)))
        case kind if kind == WRONG_TYPE:
            return Diagnostic("wrong-type", error["msg"], span, context["hint"])
        case "value_error":
            ending = f", found '{shorten(value)}'" if isinstance(value, str) else ""
            message, hint = (*context["error"].args, None)[:2]
            return Diagnostic("bad-value", f"{message}{ending}", span, hint)
        case _:
            return Diagnostic("bad-value", *_bounds(error, value, context, span))


def _bounds(error: Any, value: Any, context: dict[str, Any], span: Any) -> tuple[Any, ...]:
    """The message, place and hint for a value of the right type that is too small, large, short or long."""
    match error["type"]:
        case "too_short":
            count = context["min_length"]
            actual = context["actual_length"] or "none"
            return f"expected {count} or more entries, found {actual}", span, "add one"
        case "greater_than_equal":
            return f"expected {context['ge']} or more, found {value}", span, f"write {context['ge']} or more"
        case "less_than_equal":
            return f"expected {context['le']} or less, found {value}", span, f"write {context['le']} or less"
    message = error["msg"].replace("Input should be", "expected")
    return f"{message[:1].lower()}{message[1:]}, found {found(value)}", span


def _how_to_add(model: type[BaseModel], path: tuple[Any, ...]) -> str:
    field = getattr(_type_at(model, path[:-1]), "model_fields", {}).get(path[-1])
    what = "…"
    match field and _bare(field.annotation):
        case kind if kind is date:
            what = "YYYY-MM-DD"
        case kind if get_origin(kind) is list:
            what = "[…]"
        case kind if get_origin(kind) is Literal:
            what = str(get_args(kind)[0])
    keys = [step for step in path[:-1] if isinstance(step, str)]
    below = f" below '{keys[-1]}'" if keys else ""
    meaning = f": {field.description}" if field and field.description else ""
    return f"add '{path[-1]}: {what}'{below}{meaning}"


def _one_of(context: dict[str, Any]) -> str:
    return f"write {context['expected']}"


def _inline(value: Any) -> str:
    return shorten(value) if isinstance(value, str) else "…"


def _fields(kind: Any) -> tuple[str, ...]:
    return tuple(getattr(kind, "model_fields", ()))


def _type_at(model: Any, path: tuple[Any, ...]) -> Any:
    """The type that a shape declares for the part at a path; None where it declares none."""
    kind: Any = model
    for step in path:
        if hasattr(kind, "model_fields"):
            field = kind.model_fields.get(step)
            kind = field.annotation if field else None
        else:
            kind = next(reversed(get_args(kind)), None)
        kind = _bare(kind)
    return kind


def _bare(kind: Any) -> Any:
    """A type without `Annotated` and without `| None`."""
    while get_origin(kind) in (Annotated, Union, types.UnionType):
        options = get_args(kind)[:1] if get_origin(kind) is Annotated else get_args(kind)
        kind = next((option for option in options if option is not type(None)), None)
    return kind
