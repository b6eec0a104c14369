"""`builder new`: a publication that builds at once, with a word on each thing that an author needs."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from builder.diagnostics import BuildProblem, Diagnostic, did_you_mean
from builder.markdown.vocabulary import mentions_condition
from builder.project import Project
from builder.save import save
from builder.schema import is_folder_name

_PUBLICATION = """\
title: {title}
subtitle: One sentence that says what the reader learns
language: en
date: {date}
authors:
  - name: Your name
    affiliation: Your house
publisher:
  name: Your house
description: Two sentences for catalogues and for the imprint.
default_clearance: {clearance}

# The order of the sections; a section may hold others under `sections:`.
sections:
  - summary.md
  - chapter.md

# One edition for each audience of content/audiences.yaml that this publication is for.
editions:
{editions}"""

_SUMMARY = """\
---
id: summary
title: Summary
role: summary
---
::: key-messages
- The first thing that a reader must remember.
- The second, in one sentence with a verb.
- The third. Read on in [](#sec-chapter).
:::
"""

_CHAPTER = """\
---
id: chapter
title: A title that says the finding
standfirst: One sentence that a busy reader can stop after.
---
Begin with the text: the title stands in the front matter above. A note goes to the foot of the page.[^1]

## A heading

| Year | Figure |
|------|-------:|
| 2025 |     12 |
| 2026 |     15 |

Table: A caption that says what the table shows {{#tbl-first source="your source"}}

{restricted}
[^1]: Like this one.
"""

_RESTRICTED = """\
::: {{audience="{audience}"}}
Only the edition for the audience '{audience}' has this paragraph.
:::

"""


def start_publication(root: Path, project: Project, name: str, title: str | None) -> list[str]:
    """Writes the files of a new publication; raises BuildProblem where the name is bad or taken."""
    if not is_folder_name(name):
        hint = "use small letters, digits and single hyphens, such as 'energy-brief'"
        raise BuildProblem([Diagnostic("bad-name", f"'{name}' can't name a publication", None, hint)])
    shown = name.replace("-", " ").capitalize() if title is None else " ".join(title.split())
    if not shown or mentions_condition(shown):
        raise BuildProblem(
            [Diagnostic("bad-name", "this can't be a title", None, "write plain words after --title")]
        )
    folder = root / "content" / "publications" / name
    if folder.exists():
        taken = f"content/publications/{name} exists already"
        raise BuildProblem([Diagnostic("bad-name", taken, None, "choose another name")])
    openest = project.vocabulary.clearances[0]
    audiences = [key for key in project.audiences if key in ("public", "press")] or list(project.audiences)[
        :2
    ]
    if not audiences:
        raise BuildProblem(
            [Diagnostic("unknown-audience", "no audience is declared", None, did_you_mean("", ()))]
        )
    text = _PUBLICATION.format(
        title=json.dumps(shown, ensure_ascii=False),
        date=datetime.datetime.now().astimezone().date().isoformat(),
        clearance=openest,
        editions="".join(f"  {audience}: {{}}\n" for audience in audiences),
    )
    restricted = _RESTRICTED.format(audience=audiences[-1])
    files = {
        "publication.yaml": text,
        "summary.md": _SUMMARY,
        "chapter.md": _CHAPTER.format(restricted=restricted),
    }
    for file, content in files.items():
        save(folder / file, content.encode())
    return [f"content/publications/{name}/{file}" for file in files]
