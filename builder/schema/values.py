"""The values that shapes are made of: names, languages, addresses, conditions, and words of which one is chosen."""

from __future__ import annotations

import re
import sys
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from builder.codes import LINT
from builder.conditions import TARGETS
from builder.diagnostics import did_you_mean
from builder.formats import FORMATS
from builder.markdown.vocabulary import LANGUAGE

CONFORMANCE = re.compile(r"EPUB Accessibility 1\.[12] - WCAG 2\.[0-2] Level A{1,3}")
"""What an ebook may claim (EPUB Accessibility 1.1, 2.3: exactly these letters and spaces)."""
_NAME = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")
"""Names that Windows gives to devices: no folder can be called so there, and finished files go everywhere."""


# To look for plugins, pydantic would read the metadata of every package, a tenth of the time to start; none is wanted.
_NO_PLUGINS = ModuleType("pydantic.plugin._loader")
_NO_PLUGINS.get_plugins = tuple
sys.modules.setdefault(_NO_PLUGINS.__name__, _NO_PLUGINS)


class Shape(BaseModel):
    """The base of every authored shape: unknown keys are errors, nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def matching(pattern: str | re.Pattern[str], expected: str, hint: str) -> AfterValidator:
    """The check of a text that a pattern must match as a whole."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"expected {expected}", hint)
        return value

    return AfterValidator(check)


def is_folder_name(value: str) -> bool:
    """Whether a name can be that of a folder of finished files."""
    return bool(_NAME.fullmatch(value)) and not _DEVICES.fullmatch(value)


def _check_rule(value: str) -> str:
    if value not in LINT:
        raise ValueError("expected the code of a rule of the linter", did_you_mean(value, LINT))
    return value


def _refuse_proof(value: Any) -> Any:
    if value in ("proof", "proof copy"):
        raise ValueError(
            "a proof copy is for reviewers and can't be a target of an edition",
            "delete it here, and make one with: builder proof PUBLICATION",
        )
    return value


def _join_list(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " or ".join(f"({item})" for item in value)
    return value


Name = Annotated[
    str, matching(_NAME, "a short name", "use small letters, digits and single hyphens, as in 'energy-2030'")
]
Language = Annotated[
    str, matching(LANGUAGE, "a language tag", "write a tag of BCP 47, such as en, mn or zh-Hans")
]
Identifier = Annotated[
    str,
    matching(
        r"(isbn:[0-9Xx -]{10,17}|doi:10\.\S+/\S+|urn:\S+:\S+)",
        "an identifier",
        "write isbn:…, doi:10.…/… or urn:…:…, or delete the line",
    ),
]
Conformance = Annotated[
    str,
    matching(
        CONFORMANCE,
        "a conformance claim",
        "write it letter by letter as in 'EPUB Accessibility 1.1 - WCAG 2.2 Level AA'",
    ),
]
Url = Annotated[str, matching(r"(https?://|mailto:)[^\s<>\"]+", "a web address", "begin with https://")]
Lint = dict[Annotated[str, AfterValidator(_check_rule)], Literal["off", "warning", "error"]]
"""How rules of the linter weigh, by code."""
Condition = Annotated[str, BeforeValidator(_join_list)]
"""An expression over declared names. A field of it may be left out, but not be there and empty:
a condition that says nothing must never mean that everybody may see."""
Target = Annotated[Literal[tuple(TARGETS)], BeforeValidator(_refuse_proof)]  # type: ignore[valid-type]
Layout = Literal["report", "brief"]
Format = Literal[tuple(FORMATS)]  # type: ignore[valid-type]
ALTERNATIVES = ("full", "short", "one_line")
Alternative = Literal["full", "short", "one_line"]
Numbering = Literal["continuous", "stable"]
ROLES = (
    "chapter", "summary", "preface", "conclusion", "appendix", "glossary", "bibliography", "authors",
)  # fmt: skip
Role = Literal[ROLES]  # type: ignore[valid-type]
Missing = Literal["error", "source", "omit"]
"""What an edition does where a translation is missing."""
