"""Signs that no font of the themes has: the ebook keeps them, print spells them out."""

from __future__ import annotations

import re

from corpus import lines_of

_SIGN = "[\u0590-\u1dff\u2124\u2e80-\ud7ff\uf900-\ufaff\U0001f300-\U0001faff]"
"""Hebrew, Arabic, Indian scripts, Thai, Chinese, Japanese, Korean, pictures, and the letter for integers."""
_CODE_OR_RUN = re.compile(
    rf"(?P<ticks>`+)(?P<code>[^`]*{_SIGN}[^`]*)(?P=ticks)|{_SIGN}(?:[^\w<>()\[\]|`*]*{_SIGN})*"
)
EPUB, PDF = "{target=epub}", "{target=pdf}"


def spell_for_print(text: str) -> str:
    """The text with two versions, one for each target, of whatever only some readers could see."""
    if not re.search(_SIGN, text):
        return text
    made: list[str] = []
    fence: list[str] = []
    for line in [*lines_of(text), None]:
        if line is not None and line.is_code:
            fence.append(line.text)
            continue
        made.extend(_twice(fence) if re.search(_SIGN, "".join(fence)) else fence)
        fence = []
        if line is not None:
            made.append(_CODE_OR_RUN.sub(_both, line.text))
    return "\n".join(made)


def _twice(fence: list[str]) -> list[str]:
    prefix = re.match(r"[ >]*", fence[0]).group()
    spelled = [re.sub(_SIGN, lambda match: _spelled(match.group()), line) for line in fence]
    return [prefix, prefix + EPUB, *fence, prefix, prefix + PDF, *spelled]


def _both(match: re.Match[str]) -> str:
    ticks = match["ticks"]
    if ticks is None:
        return f"[{match.group()}]{EPUB}[{_spelled(match.group())}]{PDF}"
    spelled = re.sub(_SIGN, lambda sign: _spelled(sign.group()), match["code"])
    return f"{match.group()}{EPUB}{ticks}{spelled}{ticks}{PDF}"


def _spelled(signs: str) -> str:
    return " ".join(f"U+{ord(sign):04X}" for sign in signs if re.match(_SIGN, sign))
