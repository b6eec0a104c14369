"""Draws a chart block from the rows that the edition may see, as a figure."""

from __future__ import annotations

import hashlib
import re

from markdown_it.token import Token
from msgspec.structs import replace

from builder.charts.alt import draft_alt
from builder.charts.block import Block, read_block
from builder.charts.canvas import Plan
from builder.charts.chart import Chart
from builder.charts.drawing import draw
from builder.charts.figures import Rows, find_unknown, position_of, read_figures, table_of
from builder.charts.kinds import Unfit, make_chart, plan_of
from builder.charts.look import INSETS, Look, make_look
from builder.charts.numbers import write_number
from builder.charts.svg import Unprintable
from builder.charts.vega import fields_of, plan_spec
from builder.diagnostics import did_you_mean
from builder.images import Picture
from builder.markdown.attributes import EMPTY, Attributes
from builder.markdown.tree import attributes_of, is_chart, line_of
from builder.passes.data_table import filter_rows, table_tokens
from builder.passes.draft import Draft, Work, block, div, text_token
from builder.passes.text import smart
from builder.passes.withheld import settled_block
from builder.sources.places import KEY
from builder.withhold import Pruned

_VARIABLE = re.compile(r"\[\]\{\s*var=\"?([\w-]+)\"?\s*\}")
_TEXTS = ("title", "subtitle", "source", "credit", "alt")


class Drawer:
    """Draws the charts of one edition, and remembers which colour each name has had."""

    def __init__(self, work: Work):
        self.work = work
        self.colours: dict[str, tuple[str, str]] = {}
        """By series: its token, and the title of the chart that gave it."""
        self.language = work.language
        """The language of the section whose charts are being drawn."""

    def place(self, draft: Draft) -> list[Token]:
        """The tokens of a section with figures in the places of its chart blocks."""
        self.language = draft.language
        found: list[Token] = []
        around: list[float] = []
        for token in draft.tokens:
            if token.nesting == 1:
                around.append(INSETS.get(token.info if token.type == "div_open" else token.type, 0))
            elif token.nesting == -1:
                around.pop()
            if is_chart(token):
                found.extend(self.figure(draft, token, sum(around)))
            else:
                found.append(token)
        return found

    def figure(self, draft: Draft, token: Token, inset: float) -> list[Token]:
        """The tokens of one chart as a figure; empty after a problem."""
        pruned = self.text(draft, token)
        read = read_block(token, pruned.text.split("\n"), pruned.first_line)
        self.work.problems.extend(read.problems)
        if read.value is None:
            return []
        own = replace(read.value, shape=self._filled(read.value, line_of(token), pruned))
        if decision := self.work.selection.withheld.get(f"data {own.shape.data}"):
            return settled_block(self.work, f"data '{own.shape.data}'", decision, EMPTY, token, "chart")
        rows = self._rows(own)
        if rows is None:
            return []
        work = self.work
        assert work.theme is not None
        assert work.world is not None
        language = draft.language
        if inset:
            own = replace(own, shape=own.shape.model_copy(update={"width": "text"}))
        look = make_look(work.theme, work.world, work.target, language, own.shape.width, inset)
        height = look.height(own.shape.height)
        own = replace(own, shape=own.shape.model_copy(update={"height": height}))
        if own.shape.spec is not None:
            return self._spec(token, own, rows, look)
        made = self._chart(own, rows)
        if made is None:
            return []
        plan = plan_of(made, look)
        table = table_of(made.figures, made.decimals, language, write_number)
        return self._finished(token, own, plan, look, table)

    def text(self, draft: Draft, token: Token) -> Pruned:
        """The text that the block stands in: the section's own, or that of a snippet."""
        path = token.meta["span"].path
        texts = (draft.selected.body, *self.work.selection.snippets.values())
        return next(text for text in texts if text is not None and text.path == path)

    def _filled(self, own: Block, line: int, pruned: Pruned):
        """The shape with the variables of its texts replaced."""
        variables = self.work.selection.publication.texts(self.language).variables
        changes = {}
        for key in _TEXTS:
            text = getattr(own.shape, key)

            def value(match: re.Match, key: str = key) -> str:
                if match[1] not in variables:
                    hint = did_you_mean(match[1], variables)
                    self.work.add("unknown-variable", f"unknown variable '{match[1]}'", own.place(key), hint)
                return variables.get(match[1], "")

            if text is not None and _VARIABLE.search(text):
                changes[key] = _VARIABLE.sub(value, text)
        return own.shape.model_copy(update=changes)

    def _rows(self, own: Block) -> Rows | None:
        """The visible rows that the chart wants."""
        selection, source = self.work.selection, own.shape.data
        table = selection.data.get(source)
        if table is None:
            return None
        path = selection.data_paths[source]
        conditional = selection.publication.data.get(path)
        withheld = frozenset(conditional[1].columns if conditional else ()) - set(table.columns)
        before = len(self.work.problems)
        table = filter_rows(self.work, table, own.shape.where, own.place("where"), withheld)
        texts = selection.publication.texts(self.language)
        table = replace(table, rows=tuple(tuple(map(texts.name, row)) for row in table.rows))
        return Rows(path, table, withheld) if len(self.work.problems) == before else None

    def _chart(self, own: Block, rows: Rows) -> Chart | None:
        shape = own.shape
        read = read_figures(shape, rows, own.place("data"))
        self.work.problems.extend(read.problems)
        if read.value is None:
            return None
        before = len(self.work.problems)
        hidden = [label for column, label in (shape.y or {}).items() if column in rows.withheld]
        self._check_names(own, read.value, hidden)
        try:
            made = make_chart(shape, read.value, self.work.selection.publication.shape.entities)
        except Unfit as problem:
            self.work.add("bad-chart", problem.message, own.place("kind"), problem.hint)
            return None
        if not (shape.alt or "").strip():
            hint = f'write what it shows, for example: alt: "{draft_alt(made)}"'
            self.work.add("missing-alt", "no alternative text for this chart", own.place("title", KEY), hint)
        self._compare_colours(own, made)
        return made if len(self.work.problems) == before else None

    def _check_names(self, own: Block, figures, hidden: list[str]) -> None:
        shape = own.shape
        known = [*(series.name for series in figures.series), *figures.labels]
        for key in ("highlight", "last"):
            for name in find_unknown(getattr(shape, key), figures):
                if name not in hidden:
                    message = f"'{key}' names '{name}', which the chart does not show"
                    self.work.add("unknown-series", message, own.place(key), did_you_mean(name, known))
        for key in ("breaks", "marks"):
            for name in getattr(shape, key):
                at = position_of(name)
                ends = figures.positions
                is_there = name in figures.labels or (
                    ends is not None
                    and at is not None
                    and ends[0] <= at[0] <= ends[-1]
                    and shape.kind != "column"
                )
                if not is_there:
                    message = f"'{key}' names '{name}', where the chart has no place"
                    self.work.add(
                        "unknown-series",
                        message,
                        own.place(key, name, KEY),
                        did_you_mean(name, figures.labels),
                    )
        for key in _TEXTS:
            for name in hidden:
                if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", getattr(shape, key) or "", re.IGNORECASE):
                    hint = "put a condition on the chart, and a second one beside it for those who see less"
                    self.work.add(
                        "bad-chart",
                        f"'{key}' names '{name}', which this edition withholds",
                        own.place(key),
                        hint,
                    )

    def _compare_colours(self, own: Block, made: Chart) -> None:
        """One name, one colour in the whole edition."""
        if made.shape.kind in ("column", "bar", "dot", "multiples"):
            return
        for name, token in made.colours.items():
            first, title = self.colours.setdefault(name, (token, own.shape.title))
            if first != token:
                message = f"'{name}' has the colour {token} here and {first} in the chart '{title}'"
                hint = f"add '{name}: {first}' under 'entities' in publication.yaml"
                self.work.warn("chart-colour", message, own.place("title", KEY), hint)

    def _spec(self, token: Token, own: Block, rows: Rows, look: Look) -> list[Token]:
        if not (own.shape.alt or "").strip():
            hint = "add 'alt: what the chart shows and what follows from it'"
            self.work.add("missing-alt", "no alternative text for this chart", own.place("title", KEY), hint)
            return []
        if not rows.table.rows:
            hint = "widen 'where', or put a condition on the chart"
            self.work.add("empty-chart", "no row is left of this chart", own.place("data"), hint)
            return []
        before = len(self.work.problems)
        for path, name in fields_of(own.shape.spec):
            if name not in rows.table.columns:
                is_withheld = name in rows.withheld
                message = f"the spec shows the column '{name}', which " + (
                    "this edition withholds" if is_withheld else f"{rows.path} does not have"
                )
                hint = (
                    "put the column's condition on the chart, too"
                    if is_withheld
                    else did_you_mean(name, rows.table.columns)
                )
                self.work.add("unknown-column", message, own.place("spec", *path), hint)
        if len(self.work.problems) > before:
            return []
        plan = plan_spec(own.shape.spec or {}, rows.table, look, float(own.shape.height or look.em(21.5)))
        table = list(rows.table.columns), [list(row) for row in rows.table.rows]
        return self._finished(token, own, plan, look, table)

    def _finished(
        self, token: Token, own: Block, plan: Plan, look: Look, table: tuple[list[str], list[list[str]]]
    ) -> list[Token]:
        """The tokens of the figure, and of its table where the author wants it printed."""
        shape, world = own.shape, self.work.world
        assert world is not None
        alt = " ".join((shape.alt or "").split())
        try:
            data = draw(plan, look, shape.title, alt, world)
        except Unprintable as problem:
            self.work.add(
                "bad-chart",
                f"this chart can't be drawn: {problem}",
                own.place("spec"),
                "check the names of marks, channels and types in the spec",
            )
            return []
        picture = Picture(f"chart {hashlib.sha256(data).hexdigest()}", data, "image/svg+xml", "svg", 0, 0)
        image = Token("image", "img", 0, children=[text_token(alt)], attrs={"src": shape.data})
        image.meta = {"span": token.meta["span"], "picture": picture}
        title = block("inline", "", 0, token)
        title.children, title.content = [text_token(shape.title)], shape.title
        values = tuple((key, getattr(shape, key)) for key in ("source", "credit") if getattr(shape, key))
        line = attributes_of(token)
        flags = () if shape.numbered else ("unnumbered",)
        attributes = Attributes(shape.id or line.id, line.classes, values, flags)
        made = div("figure", attributes, [title], token)
        made[0].meta = {
            **made[0].meta, "image": image, "has_caption": True, "is_wide": shape.width == "wide",
            "subtitle": smart(shape.subtitle or "", self.language), "data": table_tokens(token, *table),
        }  # fmt: skip
        if shape.table and self.work.target != "epub":
            made += div("table", Attributes(), made[0].meta["data"], token)
            made[-len(made[0].meta["data"]) - 2].meta["has_caption"] = False
        return made
