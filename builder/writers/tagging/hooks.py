"""What WeasyPrint calls while it draws: marks on content, and the tree of tags.

Everything that reaches into WeasyPrint stands here, in `layout.py` and in `writers/shortcuts.py`; a test compares
what is relied on with what the installed version has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pydyf
import weasyprint.layout.page
import weasyprint.pdf
import weasyprint.pdf.stream
import weasyprint.text.fonts
from weasyprint.draw.text import draw_first_line
from weasyprint.formatting_structure.boxes import TextBox
from weasyprint.matrix import Matrix
from weasyprint.text.line_break import split_first_line

from builder.limits import OverLimit, page_limit
from builder.writers.counters import codes_in
from builder.writers.folios import CannotBind
from builder.writers.fonts import DIGITS, engine_folder
from builder.writers.tagging.layout import DECORATION, Artifact
from builder.writers.tagging.write import write_tags

_PLAIN_PAGE = weasyprint.layout.page.make_page


def install() -> None:
    """Puts our marks and tags in the place of WeasyPrint's own; doing it again changes nothing."""
    weasyprint.pdf.stream.Stream = weasyprint.pdf.Stream = MarkedStream
    weasyprint.pdf.add_tags = write_tags
    weasyprint.pdf.build_fonts_dictionary = _no_fonts
    weasyprint.pdf.add_outlines = _no_outline
    weasyprint.layout.page.make_page = _make_page
    weasyprint.text.fonts.mkdtemp = engine_folder


def _no_fonts(*_: Any) -> pydyf.Dictionary:
    """Leaves the fonts of a unit out: bound units share one subset of each."""
    return pydyf.Dictionary()


def _no_outline(*_: Any) -> None:
    """Leaves the outline out: it is written when all units are known."""


def _make_page(context: Any, root_box: Any, page_type: Any, resume_at: Any, number: int, state: Any) -> Any:
    """A page, unless there are too many: styles can make the engine begin new ones for ever."""
    if number > page_limit():
        raise OverLimit(f"has more than {page_limit():,.0f} pages")
    return _PLAIN_PAGE(context, root_box, page_type, resume_at, number, state)


class MarkedStream(weasyprint.pdf.stream.Stream):
    """A content stream that marks what it draws as content of the tree, or as an artifact.

    Marks never lie in each other (ISO 14289-1, 7.1). Neighbours with one owner share a mark, however many
    lines they fill. A form of its own, as opacity makes one, numbers its own marks.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners: list[Any] = []
        """The content of each mark, by its number (MCID)."""
        self.is_form = False
        """Whether it is part of a page, which no note can be found in."""
        self._is_inside = False
        self._last: tuple[Any, int] | None = None

    def clone(self, **kwargs: Any) -> MarkedStream:
        """A stream for a form or a pattern; what a marked form draws is marked already."""
        stream = super().clone(**kwargs)
        stream._is_inside, stream.is_form = self._is_inside, True
        return stream

    @contextmanager
    def marked(self, box: Any, tag: str) -> Iterator[None]:
        """Marks a line of text or a picture; what is left open in it becomes a note."""
        with self._marked(box, tag):
            start = len(self.stream)
            yield
            if folio := box.__dict__.get("folio"):
                if self.is_form:
                    raise CannotBind("a page number is seen through, so that it is drawn apart from its page")
                self.stream[start:] = folio.leave_open(self.stream[start:], self._old_font, self._fonts)
            if (counter := box.__dict__.get("counter")) and (drawn := self.stream[start:]):
                self.stream[start:] = counter.leave_open(drawn, () if self.is_form else self._digits(box))

    @contextmanager
    def _marked(self, box: Any, tag: str) -> Iterator[None]:
        content = box.__dict__.get("content", DECORATION)
        is_blank = isinstance(box, TextBox) and not box.text.strip()
        if (
            self._tags is None
            or self._is_inside
            or (is_blank and box.style["text_decoration_line"] == "none")
        ):
            yield
        elif isinstance(content, Artifact):
            with self._mark(content, 0, "Artifact", content.properties):
                yield
        else:
            order = box.content_order
            if not self._goes_on(content, order - 1):
                content.places.append((order, self, len(self.owners), box.content_page))
            with self._mark(content, order, "Figure" if tag == "Figure" else "Span", None):
                yield

    def _digits(self, box: Any) -> tuple[str, ...]:
        """The codes of the ten digits as they are drawn in the style of a box; none where they are not equally wide.

        From now on, the unit's font has all of them.
        """
        probe = box.copy()
        probe.text, start = DIGITS, len(self.stream)
        probe.pango_layout, *_ = split_first_line(DIGITS, box.style, None, None, 0)
        probe.pango_layout.reactivate(box.style)
        draw_first_line(self, probe, "clip", "none", Matrix())
        codes = [code for each in self.stream[start:] if each.endswith(b" TJ") for code in codes_in(each)]
        del self.stream[start:]
        widths = next(each.widths for each in self._fonts.values() if each.hash == self._old_font[0])
        is_even = len(codes) == len(DIGITS) and len({widths[int(code, 16)] for code in codes}) == 1
        return tuple(codes) if is_even else ()

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Marks backgrounds, borders and rules."""
        if self._tags is None or self._is_inside:
            yield
        else:
            with self._mark(DECORATION, 0, "Artifact", {}):
                yield

    def _goes_on(self, content: Any, order: int) -> bool:
        """Whether nothing was drawn since the mark of a content, whose last part has the given order."""
        return self._last == (content, order) and bool(self.stream) and self.stream[-1] == b"EMC"

    @contextmanager
    def _mark(self, content: Any, order: int, tag: str, properties: dict[str, str] | None) -> Iterator[None]:
        if self._goes_on(content, order - 1 if properties is None else 0):
            self.stream.pop()
        elif properties is None:
            self.begin_marked_content(tag, pydyf.Dictionary({"MCID": len(self.owners)}))
            self.owners.append(content)
        else:
            self.begin_marked_content(tag, pydyf.Dictionary(properties) if properties else None)
        self._is_inside, self._last = True, (content, order)
        try:
            yield
        finally:
            self._is_inside = False
            self.end_marked_content()

    def show_text(self, text: str) -> None:
        """Shows glyphs side by side: WeasyPrint moves by nothing after most, which makes pages twice as long."""
        super().show_text(text.replace(">0<", ""))

    def add_image(self, image: Any, interpolate: bool, ratio: float) -> str:
        """Adds a picture, never smoothed: PDF/A allows no /Interpolate (ISO 19005-2, 6.2.8)."""
        return super().add_image(image, False, ratio)
