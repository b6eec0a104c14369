"""A project with a secret of each kind, and where each stands in the source."""

from __future__ import annotations

import io
import json

from PIL import Image
from support.project import BOOK

AUDIENCES = """\
clearances: [public, restricted, internal]
tags: [economy, security]
audiences:
  public: {title: The public, clearance: public}
  staff: {title: Staff, clearance: internal}
"""

PUBLICATION = """\
title: A stock book
language: en
date: 2026-11-24
authors:
  - {name: A. Author}
  - {name: Tsermaa Lodoidamba, audience: staff}
default_clearance: public
variables: {open-share: 12 per cent, closed-share: ninety-three thousand and eleven barrels}
abbreviations: {NGO: non-governmental organisation, QXR: quarterly export reserve of Khovd}
references: references.json
data:
  data/figures.csv:
    columns:
      hidden_measure: {clearance: internal}
sections:
  - one.md
  - file: outer.md
    sections: [inner.md]
  - tagged.md
  - secret.md
  - apart.md
editions:
  public: {tags: economy, sections: [one, outer, tagged, secret-annex]}
  staff: {subtitle: Everything that the desk of Bulgan wrote down this year}
"""

ONE = """\
---
id: one
title: First things
short: >-
  The shorter telling names Erdenet and its smelter as the place of the talks.
---
Some first text which everybody may read and which is long enough to be found again in the file. An NGO saw it.

The share was []{var=open-share} in the year before, and nobody who wrote about it found that number surprising.

::: {audience=staff}
Inside the block the ministry of the northern aimag signs alone.
:::

{clearance=restricted}
Directly below a line of attributes the customs house of Zamyn closes.

## A heading nobody outside reads {audience=staff}

Under that heading the grain of Selenge is promised to a single buyer.

## An open heading

The paragraph goes on [with a clause about the smelter of Orkhon]{clearance=internal} and ends as it began.
It is only [thrice]{audience=staff} told. On screen [a bell of the monastery rings softly]{target=pdf} it stops.

A sentence with a note.[^open]

[^open]: An open note for everybody to read at leisure, with ten words or more in it.

| Kind   | Open | Closed column of the survey {audience=staff} |
|--------|-----:|-----:|
| first  | 111  | 31,847.6 |
| second | 222  | 48,213.9 |
| a row about the wells of Dornod kept apart | 9 | 8 | {clearance=internal}

Table: An open caption

| Only | Staff |
|------|-------|
| cell | Tömörbaatar |

Table: The caption of the table about the Saikhan depot {audience=staff}

::: snippet {ref=open}
:::

::: snippet {ref=closed drop}
:::

::: table {data="data/figures.csv" caption="Figures by town"}
:::

An open claim.[@open2020]
"""

SECRET = """\
---
id: secret-annex
title: The annex on the southern depots
short_title: Southern depots annex
standfirst: Who reads this line knows why the depots of Gobi stand empty.
clearance: internal
---
The old reactor at Darvii moves underground before winter. It is called Project Saiga.

The confidential pipeline of Zavkhan.

Нууц гэрээ Байдрагт гурван жилийн хугацаатай.

A closed claim.[@closed2021] A note call.[^n]

[^n]: The footnote says that the treaty of Khentii was never registered anywhere.

![The picture shows the plan of the tunnel under Bogd mountain](images/plan.png "Caption of the tunnel plan drawn by hand")

::: {#the-hidden-anchor-of-annex}
An anchored paragraph about QXR and []{var=closed-share}.
:::

::: box {title="A box on the vault below Sükhbaatar square"}
Inside that box the keys of the vault change hands on Mondays.
:::

```
code_word = "lantern over the Tuul before dawn"
```

[A link](https://example.org/hidden-address-of-annex) and more.
"""


def _section(identity: str, title: str, body: str, front: str = "") -> str:
    return f"---\nid: {identity}\ntitle: {title}\n{front}---\n{body}\n"


def _picture() -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (12, 9), "white")
    for x in range(12):
        image.putpixel((x, x % 9), (20 * x, 10, 200))
    image.save(out, "PNG")
    return out.getvalue()


REFERENCES = [
    {"id": "open2020", "type": "book", "title": "An open book on trade", "author": [{"family": "Open", "given": "Anna"}]},
    {
        "id": "closed2021", "type": "book", "title": "Minutes of the closed sitting at Uliastai",
        "author": [{"family": "Gantumur", "given": "Sodnom"}],
    },
]  # fmt: skip

OVERLAY: dict[str, str | bytes] = {
    "content/audiences.yaml": AUDIENCES,
    f"{BOOK}/publication.yaml": PUBLICATION,
    f"{BOOK}/one.md": ONE,
    f"{BOOK}/two.md": "",
    f"{BOOK}/secret.md": SECRET,
    f"{BOOK}/outer.md": _section("outer", "The outer one", "Its text about the coal of Nalaikh is closed.", "audience: staff\n"),
    f"{BOOK}/inner.md": _section("inner", "The inner one", "The nested text about the copper of Tsagaan is closed with it."),
    f"{BOOK}/tagged.md": _section("tagged", "A tagged one", "The tagged text tells of patrols along the river Onon.", "tags: [security]\n"),
    f"{BOOK}/apart.md": _section("apart", "One apart", "The text outside of the edition tells of the lake at Uvs."),
    f"{BOOK}/snippets/open.md": "An open snippet that everybody finds printed in the middle of the text.\n",
    f"{BOOK}/snippets/closed.md": "---\naudience: staff\n---\nThe closed snippet tells of a bridge over the Kherlen.\n",
    f"{BOOK}/data/figures.csv": (
        "town,open_measure,hidden_measure,_clearance\n"
        "Darkhan,101,77341,\n"
        "Moron,102,77342,\n"
        "Baganuur power station,103,77343,internal\n"
    ),
    f"{BOOK}/references.json": json.dumps(REFERENCES, indent=1),
    f"{BOOK}/images/plan.png": _picture(),
}  # fmt: skip

SECRETS: dict[str, tuple[str, str]] = {
    "a block": ("one.md:12", ""),
    "a line of attributes": ("one.md:16", ""),
    "a heading": ("one.md:18", ""),
    "text under a heading": ("one.md:20", ""),
    "an inline clause": ("one.md:24", ""),
    "an inline word": ("one.md:25", ""),
    "a target": ("one.md:25", "pdf"),
    "a table column": ("one.md:31", ""),
    "a cell": ("one.md:33", ""),
    "a table row": ("one.md:35", ""),
    "a caption": ("one.md:43", ""),
    "a name in a table": ("one.md:41", ""),
    "a title": ("secret.md:3", ""),
    "text": ("secret.md:8", ""),
    "a footnote": ("secret.md:16", ""),
    "alternative text": ("secret.md:18", ""),
    "an anchor": ("secret.md:20", ""),
    "a variable": ("publication.yaml:8", ""),
    "the title of a box": ("secret.md:24", ""),
    "text in a box": ("secret.md:25", ""),
    "code": ("secret.md:29", ""),
    "an address": ("secret.md:32", ""),
    "a child of a closed section": ("inner.md:5", ""),
    "tags": ("tagged.md:6", ""),
    "a section outside of the edition": ("apart.md:5", ""),
    "a snippet": ("snippets/closed.md:4", ""),
    "a row of data": ("data/figures.csv:4", ""),
    "a column of data": ("data/figures.csv:2", ""),
    "an author": ("publication.yaml:6", ""),
    "a source": ("references.json", ""),
    "the subtitle of another edition": ("publication.yaml:24", ""),
    "a picture": ("images/plan.png", ""),
}
"""Where each kind of secret stands, and the one target that has it."""
