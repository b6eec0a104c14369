"""What is left empty by withholding goes with what was withheld."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.project import BOOK, html_of, make_project, section

SHELLS = {
    "box": '::: box {title="Zq title"}\n[Zq]{clearance=internal}\n:::',
    "box of blocks": '::: box {title="Zq title"}\n::: {clearance=internal}\nZq.\n\n- Zq\n:::\n:::',
    "warning": '::: warning {title="Zq title"}\n- [Zq]{clearance=internal}\n:::',
    "recommendation": '::: recommendation {owner="Zq owner" date="2031"}\n[Zq]{clearance=internal}\n:::',
    "quotation": '::: quote {by="Zq speaker"}\n[Zq]{clearance=internal}\n:::',
    "snippet": '::: note {title="Zq title"}\n::: snippet {ref=zq drop}\n:::\n:::',
    "box in a box": '::: box {title="Zq"}\n::: tip {title="Zq"}\n[Zq]{clearance=internal}\n:::\n:::',
    "timeline": "::: timeline\n- **1931** [Zq]{clearance=internal}\n:::",
}


@pytest.mark.parametrize("name", SHELLS)
def test_a_component_goes_with_its_whole_content(tmp_path: Path, name: str) -> None:
    """Neither title nor owner, speaker or label of what is empty now is printed; who may see it has all of it."""
    files = {
        f"{BOOK}/one.md": section(f"Open.\n\n{SHELLS[name]}\n\nAfter."),
        f"{BOOK}/snippets/zq.md": "---\nclearance: internal\n---\nZq.\n",
    }
    world = make_project(tmp_path, files)
    html = html_of(world, target="pdf")
    first = html[: html.index("Second things")]
    assert "Zq" not in first
    assert "19" not in first
    assert "<aside" not in first
    assert "<div" not in first
    assert "<ol" not in first
    assert "Zq" in html_of(world, "staff", "pdf")


def test_a_date_goes_with_its_event(tmp_path: Path) -> None:
    """An item of a timeline that lost all but its date goes; one that an author left without an event stays."""
    text = "::: timeline\n- **1931** [Zq]{clearance=internal}\n- **1932** Law.\n- **1933**\n:::"
    html = html_of(make_project(tmp_path, {f"{BOOK}/one.md": section(text)}))
    assert "1931" not in html
    assert "1932" in html
    assert "1933" in html


def test_a_sign_follows_the_word_before_what_is_withheld(tmp_path: Path) -> None:
    """No space is left before a full stop, a comma or a bracket."""
    text = "It grew [fast]{clearance=internal}, they say (in May [or June]{clearance=internal}) [here]{clearance=internal}."
    html = html_of(make_project(tmp_path, {f"{BOOK}/one.md": section(text)}))
    assert "It grew, they say (in May)." in html.replace("\u00a0", " ")


def test_a_source_in_a_timeline_stands_before_the_full_stop(tmp_path: Path) -> None:
    """A citation belongs to the sentence that it supports, as in text."""
    files = {
        f"{BOOK}/one.md": section("::: timeline {data=data/t.csv}\n:::"),
        f"{BOOK}/data/t.csv": "date,event,sources\n1992,A law passed.,law\n",
        f"{BOOK}/r.json": '[{"id": "law", "type": "book", "title": "The law"}]',
    }
    world = make_project(tmp_path, files)
    path = world.root / BOOK / "publication.yaml"
    path.write_text(path.read_text() + "references: r.json\n")
    words = re.sub(r"<[^>]*>", "", html_of(world)).replace("\u00a0", " ").replace("\u200b", "")
    assert "A law passed [1]." in words
