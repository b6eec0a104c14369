"""Fills the templates with a document: one page of HTML for print, XHTML files for the ebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from builder.access import Access, access_of
from builder.formats import adapt
from builder.model import Chapter, Document, Entry, Note, Theme
from builder.templating import environment, fill
from builder.world import World
from builder.xhtml_inline import CHAPTER_FILE, NOTES_FILE

if TYPE_CHECKING:
    from builder.page_list import Paged

COVER_FILE = "cover.png"
APART = "\x1e"
"""What a print template writes before each piece that begins on a page of its own: no content has such a sign."""
_MARKED = {
    Chapter: ("title", "standfirst", "html"),
    Entry: ("title",),
    Note: ("html",),
}
"""Fields that hold finished XHTML; templates escape every other text."""


class Rendition(Struct, frozen=True):
    """A document as text that an engine can set: HTML and CSS for print, or the files of an ebook."""

    document: Document
    access: Access
    files: dict[str, str]
    """By name: `document.html` and `styles.css`, or the XHTML and CSS of the ebook."""
    chapters: tuple[str, ...] = ()
    """Names of the ebook's chapter files, in reading order."""
    page_source: str = ""
    """The identifier of the PDF that the ebook's page list follows; empty without one."""


def render(
    document: Document, theme: Theme, words: dict[str, str], world: World, paged: Paged | None = None
) -> Rendition:
    """Makes the rendition of a document for its target; an ebook gets the page list of `paged`."""
    env = environment(world)
    doc = _marked(document)
    access = access_of(document, words, has_pages=paged is not None)
    values = {
        "doc": doc,
        "words": words,
        "theme": theme,
        "target": document.job.kind.base,
        "access": access,
        "apart": APART,
    }
    if document.job.kind.base == "epub":
        return _ebook(document, doc, env, values, world, paged)
    html = fill(env, f"pdf/{document.layout}.html", **values)
    return Rendition(document, access, {"document.html": html, "styles.css": print_css(theme, world)})


def render_as(
    name: str, rendition: Rendition, theme: Theme, words: dict, world: World, **more: Any
) -> Rendition:
    """The same document through another print template, which sees more values and may have more styles.

    The template is `pdf/<name>.html`; its styles, `pdf/<name>.css`, follow those of the layout.
    """
    document, env = rendition.document, environment(world)
    values = {
        "doc": _marked(document),
        "words": words,
        "theme": theme,
        "target": document.job.kind.base,
        "access": rendition.access,
        "apart": APART,
        **more,
    }
    own = (world.templates / "pdf" / f"{name}.css").read_text(encoding="utf-8")
    css = print_css(theme, world) + "\n" + own
    return replace(
        rendition, files={"document.html": fill(env, f"pdf/{name}.html", **values), "styles.css": css}
    )


def _marked(value: Any) -> Any:
    """The same value with finished XHTML marked as such, all the way down."""
    kind = type(value)
    if isinstance(value, tuple) and kind is tuple:
        return tuple(_marked(item) for item in value)
    if kind in _MARKED:
        value = replace(value, **{name: Markup(getattr(value, name)) for name in _MARKED[kind]})
    if kind in (Document, Chapter, Entry):
        changes = {
            name: _marked(getattr(value, name))
            for name in value.__struct_fields__
            if isinstance(getattr(value, name), tuple)
        }
        return replace(value, **changes)
    return value


def print_css(theme: Theme, world: World) -> str:
    """Tokens, geometry, shared styles, the layout's, those of one column, large print and bound pages, the theme's own."""
    tokens = ":root{" + "".join(f"--{name}:{value};" for name, value in theme.tokens.items()) + "}\n"
    grid = theme.grid
    column = ["one-column"] + ["one-column-brief"] * (theme.layout == "brief")
    names = ["base", theme.layout] + column * (not grid.side) + ["large"] * grid.is_large + ["bound"] * grid.is_bound
    sheets = [(world.templates / "pdf" / f"{name}.css").read_text(encoding="utf-8") for name in names]
    return "\n".join([tokens, grid.css, *(adapt(sheet, grid) for sheet in sheets), theme.css])


def _ebook(
    document: Document, doc: Document, env: Any, values: dict, world: World, paged: Paged | None
) -> Rendition:
    files: dict[str, str] = {}
    names = tuple(CHAPTER_FILE.format(index) for index in range(1, len(document.chapters) + 1))
    places = {chapter.anchor: name for chapter, name in zip(document.chapters, names, strict=True)}
    values = {
        **values,
        "cover": COVER_FILE,
        "files": names,
        "notes_file": NOTES_FILE,
        "href": _Addresses(document, names),
    }
    for name, chapter in zip(names, doc.chapters, strict=True):
        files[name] = fill(env, "epub/chapter.xhtml", chapter=chapter, **values)
    files["cover.xhtml"] = fill(env, "epub/cover.xhtml", **values)
    files["title.xhtml"] = fill(env, "epub/title.xhtml", **values)
    files["imprint.xhtml"] = fill(env, "epub/imprint.xhtml", **values)
    if any(chapter.notes for chapter in document.chapters):
        files[NOTES_FILE] = fill(env, "epub/notes.xhtml", **values)
    values |= {"has_notes": NOTES_FILE in files, "places": places}
    files["nav.xhtml"] = fill(env, "epub/nav.xhtml", pages=(), **values)
    if paged is not None:
        from builder.page_list import mark_pages, plan_pages

        marks = plan_pages(files, places, paged)
        # The list stands behind the places of all marks in its file, which stay where they are.
        files["nav.xhtml"] = fill(env, "epub/nav.xhtml", pages=marks, **values)
        files = {name: mark_pages(name, text, marks) for name, text in files.items()}
    files["book.css"] = (world.templates / "epub" / "book.css").read_text(encoding="utf-8")
    return Rendition(document, values["access"], files, names, paged.identifier if paged else "")


class _Addresses:
    """Where an anchor stands in the ebook; called by templates as `href(anchor)`."""

    def __init__(self, document: Document, names: tuple[str, ...]):
        self.by_anchor: dict[str, str] = {}
        for chapter, name in zip(document.chapters, names, strict=True):
            self.by_anchor[chapter.anchor] = name
            marker = 'id="'
            for part in chapter.html.split(marker)[1:]:
                self.by_anchor.setdefault(part.split('"', 1)[0], name)
            for note in chapter.notes:
                for part in note.html.split(marker)[1:]:
                    self.by_anchor.setdefault(part.split('"', 1)[0], NOTES_FILE)

    def __call__(self, anchor: str) -> str:
        return f"{self.by_anchor[anchor]}#{anchor}"
