"""Turns the pruned rows of a CSV file into the tokens of a timeline."""

from __future__ import annotations

import re

from markdown_it.token import Token

from builder.diagnostics import Span, did_you_mean
from builder.language import is_date
from builder.markdown.attributes import Attributes
from builder.markdown.inlines import Cite
from builder.passes.data_table import filter_rows
from builder.passes.draft import Work, block, text_token
from builder.tables import DataTable

_COLUMNS = {"date": "date", "event": "event", "text": "text", "sources": "sources"}
"""The attributes that name columns, and the column that each stands for where it is left out."""
_NEEDED = ("date", "event")


def timeline(work: Work, token: Token, attributes: Attributes) -> list[Token]:
    """The list of `::: timeline {data=…}`, one item a row, in the order of the rows; empty after a problem.

    A row's date is `1992`, `1992-01` or `1992-01-13`; its sources are keys parted by semicolons, and
    become a citation.
    """
    source = attributes.get("data") or ""
    table = work.selection.data.get(source)
    if table is None:
        return []
    span = token.meta["span"]
    before = len(work.problems)
    path = work.selection.data_paths[source]
    conditional = work.selection.publication.data.get(path)
    withheld = set(conditional[1].columns if conditional else ()) - set(table.columns)
    places: dict[str, int] = {}
    for key, usual in _COLUMNS.items():
        name = attributes.get(key) or usual
        if name in table.columns:
            places[key] = table.column(name)
        elif key in _NEEDED or (attributes.get(key) and name not in withheld):
            message = (
                f"a timeline needs the column '{name}'" if key in _NEEDED else f"unknown column '{name}'"
            )
            work.add("unknown-column", message, span, did_you_mean(name, table.columns))
    if len(work.problems) == before:
        table = filter_rows(work, table, attributes.get("where"), span, withheld)
    if len(work.problems) > before:
        return []
    if not table.rows:
        work.add(
            "empty-table",
            "no row is left of this timeline",
            span,
            "widen 'where', or put a condition on the timeline",
        )
        return []
    return _list(work, token, table, places, path)


def _list(work: Work, token: Token, table: DataTable, places: dict[str, int], path: str) -> list[Token]:
    made = [block("bullet_list_open", "ul", 1, token)]
    is_noted = work.selection.publication.shape.citation_style == "notes"
    for row, line in zip(table.rows, table.lines, strict=True):
        cells = {key: row[place] for key, place in places.items()}
        if not is_date(cells["date"]):
            hint = "write 1992, 1992-01 or 1992-01-13"
            work.add("bad-value", f"'{cells['date']}' is no date", Span(path, line), hint)
            continue
        inline = block("inline", "", 0, token)
        inline.children = _words(token, cells, Span(path, line), is_noted)
        inline.content = cells["event"]
        inline.meta = {**inline.meta, "span": Span(path, line)}
        made += [
            block("list_item_open", "li", 1, token), block("paragraph_open", "p", 1, token), inline,
            block("paragraph_close", "p", -1, token), block("list_item_close", "li", -1, token),
        ]  # fmt: skip
    return [*made, block("bullet_list_close", "ul", -1, token)]


def _words(token: Token, cells: dict[str, str], span: Span, is_noted: bool) -> list[Token]:
    """The date in bold, the event, its text and its sources, which stand before the full stop unless they are notes."""
    own = {"span": span, "folder": token.meta.get("folder")}
    strong = Token("strong_open", "strong", 1, meta={**own, "date": cells["date"]})
    made = [strong, text_token(cells["date"]), Token("strong_close", "strong", -1), text_token(" ")]
    event, text = cells["event"], cells.get("text", "")
    if text:
        made += [
            Token("strong_open", "strong", 1),
            text_token(event.rstrip(".") + "."),
            Token("strong_close", "strong", -1),
        ]
        event = f" {text}"
    keys = tuple(Cite(key) for key in re.split(r"[;\s]+", cells.get("sources", "")) if key)
    citation = Token("citation", "", 0, meta={**own, "cites": keys})
    if keys and is_noted:
        return [*made, text_token(event), citation]
    if keys:
        words = event.rstrip()
        stop = words[len(words.rstrip(".。")) :]
        return [*made, text_token(f"{words.removesuffix(stop)} "), citation, text_token(stop)]
    return [*made, text_token(event)]
