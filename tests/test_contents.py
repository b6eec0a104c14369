"""The text of a page is finished when it is set; its head and foot wait for the number of the page."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from support.project import BOOK, job, make_project, section

from builder.orders import Order
from builder.pipeline import build
from builder.world import World
from builder.writers import contents

PUBLICATION = """\
title: A book of many pages
language: en
date: 2026-12-01
default_clearance: public
sections: [one.md, two.md]
editions: {public: {layout: report}}
"""
TEXT = "An open sentence of seven plain words.\n\n" * 120
FIGURE = '![A line that rises.](line.svg "What the line shows"){#fig-line}\n\n'
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 9L9 0" stroke="#333"/></svg>'


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A book whose text prints a number that other editions count otherwise on some pages, and none on most."""
    files = {
        "publication.yaml": PUBLICATION,
        "one.md": section(TEXT),
        "two.md": section(f"{TEXT}See [](#fig-line).\n\n{FIGURE}{TEXT}", identity="two"),
        "line.svg": PICTURE,
    }
    return make_project(tmp_path, {f"{BOOK}/{name}": text for name, text in files.items()})


def pages_of(world: World, cache: Path) -> list[tuple[int, bytes]]:
    """Of each page of the edition, how many streams it has, and what they draw."""
    made = build(Order(job("public", "pdf"), world.root, world.templates, cache))
    assert made.value is not None, made.problems
    found = []
    with pikepdf.open(io.BytesIO(made.value.data)) as pdf:
        for page in pdf.pages:
            streams = list(page.Contents) if isinstance(page.Contents, pikepdf.Array) else [page.Contents]
            assert all(stream.Filter == "/FlateDecode" for stream in streams)
            found.append((len(streams), b"\n".join(stream.read_bytes() for stream in streams)))
    return found


def test_a_page_in_two_streams_draws_what_it_draws_in_one(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a page whose text prints a number that was left open waits with all of it."""
    parted = pages_of(world, tmp_path / "parted")
    monkeypatch.setattr(contents, "part", lambda *_: None)
    whole = pages_of(world, tmp_path / "whole")
    assert [drawn for _, drawn in parted] == [drawn for _, drawn in whole]
    assert {count for count, _ in parted} == {1, 2}
    assert {count for count, _ in whole} == {1}
    assert not any(sign in drawn for _, drawn in parted for sign in (b"%folio", b"%counter"))
