"""Rules on parts: tables, recommendations, titles, figures, and what a publication says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it.token import Token

from builder.language import count_words
from builder.lint.look import Finding, Look, Text, plain
from builder.markdown.tree import attributes_of, closing
from builder.passes.data_table import list_of

MOST_COLUMNS = {"A5": 5}
COLUMNS = 7
LONGEST_TITLE, LONGEST_SUBTITLE, LONGEST_STANDFIRST, LONGEST_MESSAGE = 14, 20, 35, 25
"""In words: a title that fills the line of a head twice; a subtitle; a standfirst; one key message."""


def no_header(look: Look) -> Iterator[Finding]:
    """A table whose cells have no head that says what they hold."""
    for text in look.texts:
        for index, token in enumerate(text.tokens):
            if token.type != "thead_open":
                continue
            cells = [t for t in text.tokens[index : closing(list(text.tokens), index)] if t.type == "inline"]
            if (
                cells
                and not any(plain(cell.children or []) for cell in cells)
                and not _has_header(text, index)
            ):
                hint = "fill in the first row, or add {header-columns=1} where the first column is the head"
                yield Finding("a table without a word in its head", token.meta["span"], hint)


def _has_header(text: Text, index: int) -> bool:
    """Whether the table, its caption or a div around it names head columns."""
    return any(
        attributes_of(token).get("header-columns") for token in text.tokens[max(index - 8, 0) : index]
    ) or any(
        attributes_of(token).get("header-columns")
        for token in text.tokens[index:]
        if token.type == "paragraph_open" and token.meta.get("caption")
    )


def wide_table(look: Look) -> Iterator[Finding]:
    """A table with more columns than the edition's paper has room for."""
    if look.selection.job.kind.base != "pdf":
        return
    most = MOST_COLUMNS.get(look.selection.format, COLUMNS)
    for text in look.texts:
        for index, token in enumerate(text.tokens):
            if token.type == "thead_open":
                row = text.tokens[index : closing(list(text.tokens), index)]
                count = sum(t.type == "th_open" for t in row)
                if count > most:
                    yield _too_wide(look, count, most, token)
            elif token.type == "div_open" and token.info == "table":
                count = _columns_of_data(look, token)
                if count > most:
                    yield _too_wide(look, count, most, token)


def _too_wide(look: Look, count: int, most: int, token: Token) -> Finding:
    message = f"a table of {count} columns, where {look.selection.format} has room for {most}"
    return Finding(message, token.meta["span"], "part it into two tables, or turn rows and columns round")


def _columns_of_data(look: Look, token: Token) -> int:
    """How many columns a table of data shows in this edition; 0 for a table of the text."""
    attributes = attributes_of(token)
    table = look.selection.data.get(attributes.get("data") or "")
    if table is None:
        return 0
    named = list_of(attributes.get("columns"))
    return sum(name in table.columns for name in named) if named else len(table.columns)


def unowned_recommendation(look: Look) -> Iterator[Finding]:
    """A recommendation that nobody has to carry out, or at no time."""
    for text in look.texts:
        for token in text.tokens:
            if token.type == "div_open" and token.info == "recommendation":
                missing = [key for key in ("owner", "date") if not attributes_of(token).get(key)]
                if missing:
                    hint = "add " + " and ".join(f'{key}="…"' for key in missing)
                    yield Finding(
                        f"a recommendation without {' and '.join(missing)}", token.meta["span"], hint
                    )


def long_title(look: Look) -> Iterator[Finding]:
    """A title, subtitle or standfirst that is longer than the page has been drawn for."""
    source, audience = look.selection.publication.source, look.selection.job.audience
    for key, words, most in (
        ("title", look.document.metadata.title, LONGEST_TITLE),
        ("subtitle", look.document.metadata.subtitle, LONGEST_SUBTITLE),
    ):
        if (count := count_words(words)) > most:
            is_own = getattr(look.selection.edition, key) is not None
            place = source.place("editions", audience, key) if is_own else source.place(key)
            message = f"the {key} of the publication has {count} words, more than {most}"
            yield Finding(message, place, "say it in fewer words")
    for each in look.sections:
        for what, words, most in (
            ("title", each.title, LONGEST_TITLE),
            ("standfirst", each.standfirst, LONGEST_STANDFIRST),
        ):
            count = count_words(words.text) if words is not None else 0
            if count > most:
                yield Finding(
                    f"a {what} of {count} words, more than {most}", words.span(0), "say it in fewer words"
                )


def long_message(look: Look) -> Iterator[Finding]:
    """A key message that is more than one short sentence."""
    for text in look.texts:
        for index, token in enumerate(text.tokens):
            if token.type == "div_open" and token.info == "key-messages":
                inner = text.tokens[index : closing(list(text.tokens), index)]
                for start, item in enumerate(inner):
                    if item.type == "list_item_open":
                        end = closing(list(inner), start)
                        words = " ".join(
                            plain(t.children or []) for t in inner[start:end] if t.type == "inline"
                        )
                        if (count := count_words(words)) > LONGEST_MESSAGE:
                            message = f"a key message of {count} words, more than {LONGEST_MESSAGE}"
                            yield Finding(message, item.meta["span"], "make one claim, in one sentence")


def missing_metadata(look: Look) -> Iterator[Finding]:
    """What catalogues, libraries and readers with disabilities look for, and do not find."""
    metadata, source = look.document.metadata, look.selection.publication.source
    contact = metadata.contact
    for key, value, why in (
        ("description", metadata.description, "catalogues show it"),
        ("authors", metadata.authors, "libraries file by it"),
        ("publisher", metadata.publisher, "libraries file by it"),
        ("licence", metadata.licence_name or metadata.rights, "readers may not know what they may do"),
        ("contact", contact.email or contact.url or contact.phone or contact.address,
         "readers ask there for other formats"),
    ):  # fmt: skip
        if not value:
            yield Finding(f"the publication has no '{key}'", source.place(), f"add '{key}: …'; {why}")
