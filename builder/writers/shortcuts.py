"""What WeasyPrint would do for each unit, element or line again, done once; the pages are the same to the byte.

The time of a page is that of Python, not of Pango: what need not be done twice is all that there is to gain.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pyphen
import weasyprint.css
import weasyprint.draw.text
import weasyprint.urls
from cssselect2.tree import ElementWrapper
from weasyprint.text import line_break
from weasyprint.text.ffi import TO_UNITS, ffi, gobject, pango

from builder.writers import glyphs
from builder.writers.declared import OWN
from builder.writers.fonts import BASE_URL
from builder.writers.hyphenation import Hyphenation

ffi.cdef(OWN)


def install_shortcuts() -> None:
    """Puts the shortcuts in the place of WeasyPrint's own ways."""
    weasyprint.css.CSS = _style_sheet
    line_break.Layout = _Layout
    line_break._font_style_cache_key = _face_key
    ElementWrapper.iter_next_siblings = _next_siblings
    weasyprint.draw.text.draw_first_line = glyphs.draw_first_line
    pyphen.HyphDict = Hyphenation


_plain_next_siblings = ElementWrapper.iter_next_siblings


def _next_siblings(element: ElementWrapper) -> list[ElementWrapper]:
    """The siblings after an element, for `:has(+ …)`: of each paragraph, they would all be wrapped anew."""
    if (parent := element.parent) is None:
        return []
    if (found := vars(parent).get("wrapped_children")) is None:
        found = parent.wrapped_children = list(parent.iter_children())
    return found[element.index + 1 :]


_OF_THE_DOCUMENT = ("@import", "@font-face", "@color-profile", "@layer", "@namespace")
"""Rules that leave something in the document whose sheet they stand in."""


def _style_sheet(url: str | None = None, page_rules: list[Any] | None = None, **values: Any) -> Any:
    """A style sheet that is read once for all units that share it: each would pay a tenth of a second for it."""
    if url is None:
        return weasyprint.CSS(page_rules=page_rules, **values)
    with weasyprint.urls.fetch(values["url_fetcher"], url) as response:
        text = response.read()
    if any(rule in text.decode().lower() for rule in _OF_THE_DOCUMENT):
        return weasyprint.CSS(url=url, page_rules=page_rules, **values)
    sheet, counters = _read_sheet(text, values["media_type"])
    page_rules.extend(sheet.page_rules)
    values["counter_style"].update(counters)
    return sheet


@lru_cache(maxsize=8)
def _read_sheet(text: bytes, media_type: str) -> tuple[weasyprint.CSS, dict[str, Any]]:
    """A style sheet and its counter styles, which belong to the document."""
    where = {"base_url": BASE_URL, "url_fetcher": _Nowhere()}
    counters: dict[str, Any] = {}
    sheet = weasyprint.CSS(string=text.decode(), media_type=media_type, counter_style=counters, **where)
    # These two are the engine's own, and no sheet may change them.
    return sheet, {name: counter for name, counter in counters.items() if name not in ("decimal", "disc")}


class _Nowhere(weasyprint.urls.URLFetcher):
    """Fetches nothing: what escapes can hide from the search for rules is not asked for, either."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        raise ValueError(f"'{url}' is outside the document")


_plain_face_key = line_break._font_style_cache_key


def _face_key(style: Any, include_size: bool = False) -> str:
    """What tells one face of a font from another, worked out once for each style."""
    name = "sized_face_key" if include_size else "face_key"
    if (found := vars(style).get(name)) is None:
        found = _plain_face_key(style, include_size)
        setattr(style, name, found)
    return found


_BREAKS = ("\n", "\r", "\u2029")
"""What ends a paragraph for Pango."""


_LAST_SIMPLE = "\u058f"
"""The last sign of those scripts, written to the right, whose letters stay as they are (before Hebrew)."""
_SLACK = 0.25
"""How much of the size of its letters two parts of a line may come nearer to each other than they are wide, at the most."""


_PlainLayout = line_break.Layout


class _Layout(_PlainLayout):
    """A line of text that is set up as a copy of one in the same face, and drawn as it was laid out.

    WeasyPrint describes the face to Pango for each line anew, gives the laid out line back, and lays it out
    again to draw it. A justified line still is: its spaces are known only then.
    """

    is_drawn = False
    _draft: tuple[str, int, Any, int] | None = None
    """The text that was laid out last, with its width, its first line, and the byte where the second one begins."""
    _is_foreseen = False
    """Whether `text` is the beginning of the draft and breaks where that did: then it is not laid out at all."""

    def setup(self, style: Any) -> None:
        models = vars(style.font_config).setdefault("line_models", {})
        has_line = style["text_decoration_line"] != "none"
        key = (_face_key(style, True), style["direction"], style["font_kerning"], has_line)
        if (model := models.get(key)) is None:
            model = models[key] = _PlainLayout.__new__(_PlainLayout)
            model.setup(style)
        vars(self).update(vars(model))
        self.style = style
        self.layout = ffi.gc(pango.pango_layout_copy(model.layout), gobject.g_object_unref)

    def set_text(self, text: str, justify: bool = False) -> None:
        if self._draft is not None and (justify or not self._is_too_wide(text)):
            self._draft = None
        self._is_foreseen = self._draft is not None
        if self._is_foreseen:
            self.text = text
            return
        # Lines are drawn as single paragraphs; one that is so from the start need not be laid out for it again.
        is_single = not any(sign in text for sign in _BREAKS)
        pango.pango_layout_set_single_paragraph_mode(self.layout, is_single)
        super().set_text(text, justify)

    def get_first_line(self) -> tuple[Any, int | None]:
        if self._is_foreseen:
            _, width, line, index = self._draft
            if pango.pango_layout_get_width(self.layout) == width:
                return line, index
            self._draft = None
            self.set_text(self.text)
        line, index = super().get_first_line()
        if index is not None:
            self._draft = self.text, pango.pango_layout_get_width(self.layout), line, index
        return line, index

    def _is_too_wide(self, text: str) -> bool:
        """Whether a text for certain breaks where the draft did: its first line is that of the draft and one word more.

        Scripts in which letters change with their neighbours, and spaced text, are laid out to see.
        """
        draft, width, line, index = self._draft
        word = text.encode()[index:].decode(errors="replace")
        if not word or width < 0 or len(text) >= len(draft) or not draft.startswith(text) or max(word) > _LAST_SIMPLE:
            return False
        if self.style["letter_spacing"] != "normal" or self.style["word_spacing"]:
            return False
        after = pango.pango_layout_get_line_readonly(self.layout, 1)
        room = width + _SLACK * self.style["font_size"] * TO_UNITS - glyphs.least_width(after, len(word.encode()))
        return line_break.line_size(line, self.style)[0] * TO_UNITS > room

    def deactivate(self) -> None:
        self._draft = None
        if self.justification_spacing or self.is_drawn:
            super().deactivate()

    def reactivate(self, style: Any) -> None:
        if "layout" not in vars(self) or style is not self.style:
            super().reactivate(style)
        self.is_drawn = True
