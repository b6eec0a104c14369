"""Charts of a proof copy: one that no edition draws from all of its rows is printed as a table of them."""

from __future__ import annotations

from functools import partial

from markdown_it.token import Token

from builder.charts.block import read_block
from builder.diagnostics import Severity
from builder.markdown.attributes import Attributes
from builder.passes.chart import chart
from builder.passes.data_table import data_table
from builder.passes.draft import Draft, block, div, text_token
from builder.passes.drawer import Drawer

_REASON = "the rows of a chart that can’t be drawn from all of them at once"


class _ProofDrawer(Drawer):
    """Draws what can be drawn from every row at once."""

    def figure(self, draft: Draft, token: Token, inset: float) -> list[Token]:
        """The figure, or the table; rows for two audiences may stand for one point of a chart."""
        before = len(self.work.problems)
        made = super().figure(draft, token, inset)
        pruned = self.text(draft, token)
        read = read_block(token, pruned.text.split("\n"), pruned.first_line)
        if made or read.value is None or read.value.shape.data not in self.work.selection.data:
            return made
        found = self.work.problems[before:]
        shape = read.value.shape
        values = [("data", shape.data), *([("where", shape.where)] if shape.where else [])]
        del self.work.problems[before:]
        attributes = Attributes(shape.id or "", (), tuple(values))
        table = data_table(self.work, draft.language, token, attributes)
        if not table:
            self.work.problems[before:] = found
            return []
        self.work.problems.extend(each for each in found if each.severity < Severity.ERROR)
        title = block("inline", "", 0, token)
        title.children = [text_token(f"{shape.title} ({_REASON})")]
        rows = div("table", attributes, [title, *table], token)
        rows[0].meta = {**rows[0].meta, "has_caption": True}
        return rows


chart_or_rows = partial(chart, make_drawer=_ProofDrawer)
"""Pass: as `chart`, but a chart that can't be drawn becomes a table."""
