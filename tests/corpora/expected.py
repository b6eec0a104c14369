"""Where a right build differs from the oracle or earns a warning, and why."""

from __future__ import annotations

COUNTS: dict[tuple[str, str], tuple[int, str]] = {
    ("public-code", "headings"): (
        3, "the oracle joined pieces without an empty line, so it read three headings below raw HTML as HTML",
    ),
    ("derisking", "headings"): (33, "25 titles stand in the tree only, and 8 headings are raw HTML"),
    ("derisking", "tables"): (11, "the oracle counts pipe tables, and 11 tables are raw HTML"),
    ("duck-book", "headings"): (
        7, "three titles of parts, three headings of raw HTML, and one in a directive",
    ),
    ("duck-book", "fences"): (
        -42, "the oracle counts the outermost fences, and most of these are directives: 112 hold code",
    ),
    ("rust-book", "headings"): (1, "one title stands in the tree only"),
    ("rust-book", "fences"): (2, "two listings are raw HTML"),
    ("duck-book", "images"): (1, "one picture is named but not in the corpus: a drawing stands for it"),
}  # fmt: skip
"""By corpus and count: how many more there are than in the oracle."""

WORDS_TOLERANCE = 0.1
"""The oracle counts marks of Markdown and parts of addresses as words, and titles only sometimes."""

WARNINGS: dict[str, dict[str, tuple[int, str]]] = {
    "cs-derisking": {"no-words": (1, "there are no interface words in Czech")},
    "derisking": {
        "html-removed": (14, "raw HTML: 12 links to other chapters, and a list in a cell"),
        "heading-skipped": (3, "headings in raw HTML skip levels"),
    },
    "duck-book": {
        "remote-file": (3, "three figures are on the network"),
        "html-removed": (1, "an example of HTML holds a heading of level 1"),
    },
    "rust-book": {"heading-skipped": (1, "a quotation begins with a heading of level 4")},
}
"""By corpus and code: the most warnings that the source earns."""
