"""A rule on figures and tables: those that no text of an edition leads to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.lint.look import Finding, Look

INVISIBLE = re.compile("[\u200b\u00ad\u2060]")
_MENTION = re.compile(r'<a class="xref[^"]*" href="[^"#]*#([^"]+)"')


def unmentioned(look: Look) -> Iterator[Finding]:
    """A numbered figure or table that no link of the edition leads to, where most others have one.

    An edition that mentions few of its figures does not work with references, and hears nothing; the
    same goes for its tables. In a brief a figure stands beside the only text that it could belong to.
    """
    document = look.document
    if document.layout == "brief":
        return
    texts = [html for each in document.chapters for html in (each.html, *(note.html for note in each.notes))]
    mentioned = {anchor for html in texts for anchor in _MENTION.findall(html)}
    for entries in (document.figures, document.tables):
        alone = [each for each in entries if each.anchor not in mentioned]
        if len(alone) * 2 < len(entries):
            for each in alone:
                message = f"no text mentions the {each.kind} '{INVISIBLE.sub('', each.plain)}'"
                hint = "write [](#id) with its id where the text speaks of it, or mark it {unnumbered}"
                yield Finding(message, each.source, hint, (look.selection.job.edition,))
