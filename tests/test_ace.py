"""Ace by DAISY has nothing to say about the ebooks: one of each publication, and one with every component."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest
from support import ace
from support.project import BOOK, PUBLICATION, ROOT, TEMPLATES, build_file, make_project, section

from builder.load import load
from builder.model import Job
from builder.world import World

PROJECT = load(World(ROOT, TEMPLATES)).value
ONE_EACH = {job.publication: job for job in (PROJECT.jobs() if PROJECT else []) if job.target == "epub"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
TEXT = """\
Text with a note.[^n] See [](#fig-map), [](#tbl-wide) and [](#sec-two).

[^n]: The note, with a [link](https://example.org/).

::: key-messages
1. First.
2. Second.
:::

::: key-figures
- **91.4 %** went to China
:::

::: facts {title="In short"}
- **3.3 million** people
:::

::: note {title=Aside}
On the margin.
:::

::: box {title=More}
In a box.
:::

::: tip {title=Hint}
Do it.
:::

::: warning {title=Beware}
Do not.
:::

::: recommendation {owner="The ministry" date=2027-06}
**Act.** By then.
:::

::: timeline
- **1992-01-13** It begins.
- **1994** It ends.
:::

![A map](map.svg "The basin"){#fig-map}

| Name | Kind | From | To | Remark |
| --- | --- | --- | --- | --- |
| China | treaty | 1994 | open | the highest level |

Table: Five columns {#tbl-wide}

| Year | Sum |
| --- | --- |
| 1990 | 12.5 |

Table: Two columns

```chart
kind: line
data: data/t.csv
x: year
y: sum
title: It rises
alt: Line chart. The sum rises from 1 in 1990 to 3 in 1992.
```

Term
: Its meaning.

> Said elsewhere.

[Монгол]{lang=mn}

::: contact
:::

::: cite-as
:::
"""


@pytest.fixture(scope="session")
def with_everything(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An ebook with every component."""
    files = {
        "one.md": section(TEXT),
        "map.svg": SVG,
        "data/t.csv": "year,sum\n1990,1\n1991,2\n1992,3\n",
        "publication.yaml": PUBLICATION
        + "contact: {email: desk@example.org}\nurl: https://example.org/book\n",
    }
    overlay: dict[str, str | bytes] = {f"{BOOK}/{name}": text for name, text in files.items()}
    return build_file(make_project(tmp_path_factory.mktemp("everything"), overlay))


@pytest.mark.ace
@pytest.mark.parametrize("job", ONE_EACH.values(), ids=str)
def test_ace_has_nothing_to_say_about_an_ebook_of_each_publication(
    job: Job, finished, tmp_path: Path
) -> None:
    """Ace finds no violation in the last ebook of a publication; the others hold nothing else."""
    path = tmp_path / job.file_name
    path.write_bytes(finished(job))
    assert ace.run_ace(path) == []


@pytest.mark.ace
def test_ace_has_nothing_to_say_about_any_component(with_everything: bytes, tmp_path: Path) -> None:
    """Ace finds no violation in an ebook with every component."""
    path = tmp_path / "book.epub"
    path.write_bytes(with_everything)
    assert ace.run_ace(path) == []


@pytest.mark.ace
def test_ace_speaks_up_about_a_picture_without_words(with_everything: bytes, tmp_path: Path) -> None:
    """The check is awake: where an alternative text is taken out, Ace names the file and the rule."""
    path = tmp_path / "book.epub"
    with zipfile.ZipFile(io.BytesIO(with_everything)) as whole, zipfile.ZipFile(path, "w") as broken:
        for entry in whole.infolist():
            broken.writestr(entry, whole.read(entry).replace(b' alt="A map"', b""))
    assert ace.run_ace(path) == ["chapter-01.xhtml: critical image-alt"]


def test_without_ace_the_check_is_skipped_at_home_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Ace or a browser is missing, the message says what to install, and in CI the test fails."""
    for missing in ("ace-puppeteer", "a browser"):
        is_there = missing == "a browser"
        monkeypatch.setattr(
            shutil, "which", lambda name, path="", there=is_there: name if path and there else None
        )
        monkeypatch.delenv("CI", raising=False)
        with pytest.raises(pytest.skip.Exception, match=f"Ace needs {missing}; run: "):
            ace.run_ace("book.epub")
        monkeypatch.setenv("CI", "true")
        with pytest.raises(pytest.fail.Exception, match=f"Ace needs {missing}; run: "):
            ace.run_ace("book.epub")
