"""The computed values that travel down the spine: jobs, editions, documents, deliverables."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from msgspec import Struct, field
from msgspec.structs import force_setattr

from builder.conditions import TARGETS, Kind
from builder.diagnostics import Diagnostic, Span
from builder.formats import Grid


class Job(Struct, frozen=True, order=True):
    """One deliverable to make: the unit of caching, progress, parallel work and file names."""

    publication: str
    audience: str
    language: str
    target: str
    is_default_language: bool = True
    """Whether the language is the publication's own, so that the edition needs no suffix."""

    @property
    def edition(self) -> str:
        """The name of the edition: its audience, and its language where it is a translation."""
        return self.audience if self.is_default_language else f"{self.audience}.{self.language}"

    @property
    def folder(self) -> str:
        """The edition as people name it, `publication/audience`, which is its folder below that of all output, too."""
        return f"{self.publication}/{self.edition}"

    @property
    def file_name(self) -> str:
        """The neutral name of the finished file, inside the folder of its edition."""
        return f"{self.publication}-{self.edition}{self.kind.ending}"

    @property
    def kind(self) -> Kind:
        """What is to be known of its target."""
        return TARGETS[self.target]

    @property
    def path(self) -> str:
        """Where the finished file goes, relative to the output folder."""
        return f"{self.folder}/{self.file_name}"

    def __str__(self) -> str:
        return f"{self.folder}/{self.target}"


class Author(Struct, frozen=True):
    """A person or body that signs the edition."""

    name: str
    affiliation: str = ""
    email: str = ""
    about: str = ""
    """A note on the author of at most 60 words."""


class Contact(Struct, frozen=True):
    """Where a reader can write or call."""

    name: str = ""
    email: str = ""
    url: str = ""
    phone: str = ""
    address: str = ""


class Metadata(Struct, frozen=True):
    """What an edition says about itself; everything here may be printed."""

    title: str
    subtitle: str
    short_title: str
    language: str
    direction: str
    """`ltr` or `rtl`."""
    date: date
    authors: tuple[Author, ...]
    publisher: str
    publisher_place: str
    publisher_url: str
    identifier: str
    """An `isbn:`, `doi:` or `urn:` identifier of this edition."""
    uuid: str
    """A `urn:uuid:` made from publication, edition and language (RFC 9562, version 5)."""
    file_uuid: str
    """A `urn:uuid:` of this one file, made from the target as well."""
    url: str
    """Where this edition is on the web, or empty."""
    translation_of: str
    """The `urn:uuid:` of the same edition in the publication's own language; empty for that one."""
    series: str
    series_number: str
    rights: str
    licence_name: str
    licence_url: str
    contact: Contact
    cite_as: str
    description: str
    keywords: tuple[str, ...]
    audience: str
    """The title of the audience, as readers see it."""
    conforms_to: str = ""
    """The accessibility standard that its ebook keeps: only where a person has evaluated it."""
    certified_by: str = ""
    """Who evaluated it."""
    edition: str = ""
    """Publication and edition, such as `energy-brief/public`; empty for copies that are no deliverables."""
    inputs: str = ""
    """The SHA-256 of all that a deliverable was made from, as in `build.json`; empty for other copies."""


class Entry(Struct, frozen=True):
    """A line of the contents, of a list of figures or of the outline."""

    title: str
    """Inline XHTML."""
    plain: str
    """The title as plain text."""
    number: str
    anchor: str
    level: int
    kind: str
    """`part`, `section`, `heading`, `figure` or `table`."""
    children: tuple[Entry, ...] = ()
    source: Span | None = None
    """Where a figure or table stands in its file."""


class Note(Struct, frozen=True):
    """A footnote of a chapter."""

    number: str
    anchor: str
    """Anchor of the note; its call has the anchor `<anchor>-ref`."""
    html: str
    """Inline or block XHTML without the number."""


class Chapter(Struct, frozen=True):
    """A top-level unit of the document: a part's title page, or a section with its subsections."""

    kind: str
    """`part` or `section`."""
    role: str
    """A role of `builder.schema.ROLES`, or `part`."""
    id: str
    anchor: str
    number: str
    """`1`, `A` or empty."""
    title: str
    """Inline XHTML."""
    plain_title: str
    short_title: str
    standfirst: str
    """Inline XHTML."""
    html: str
    """The body, subsections included, as XHTML for this target."""
    notes: tuple[Note, ...]
    """The chapter's notes where the target prints them apart (EPUB); empty for PDF."""
    words: int
    language: str
    source: Span | None = None
    """Where its text stands, for messages."""


class Asset(Struct, frozen=True):
    """A file that the edition shows, under a neutral name."""

    path: str
    """Path relative to the project root."""
    name: str
    """Neutral name inside the deliverable, such as `images/image-1.png`."""
    media_type: str
    data: bytes


class Theme(Struct, frozen=True):
    """The look of an edition: tokens as validated values, styles as text."""

    name: str
    layout: str
    """`report` or `brief`."""
    grid: Grid
    """The grid of the pages that its sizes are made for."""
    tokens: dict[str, Any]
    css: str
    """The theme's own styles for print, after the shared ones."""
    fonts: tuple[dict[str, str], ...]
    """`family`, `weight`, `style` and `file` (relative to the templates' folder) of each face."""
    is_hatched: bool = False
    """Whether areas of charts are told apart by lines, for paper without colour."""
    logo: Asset | None = None
    """The house's mark, for white paper."""
    logo_on_ground: Asset | None = None
    """The mark for the ground of the cover; without it the other one stands there on a white field."""

    @property
    def logos(self) -> tuple[Asset, ...]:
        """The marks that the theme has."""
        return tuple(logo for logo in (self.logo, self.logo_on_ground) if logo is not None)


class Document(Struct, frozen=True):
    """An edition with every number, link, note and list worked out; what templates see."""

    job: Job
    metadata: Metadata
    theme: str
    layout: str
    chapters: tuple[Chapter, ...]
    contents: tuple[Entry, ...]
    figures: tuple[Entry, ...]
    tables: tuple[Entry, ...]
    assets: tuple[Asset, ...]
    words: int
    max_pages: int | None
    max_words: int | None
    max_pages_at: Span | None = None
    max_words_at: Span | None = None
    """Where the budgets are written."""
    thickness: int = 0
    """Of a sheet of a booklet's paper, in micrometres; 0 where nothing is folded."""
    art: tuple[tuple[float, ...], ...] = ()
    """Heights from 0 to 1 of the ridges that the cover is drawn from, the highest first; empty for its structure."""
    sections: tuple[tuple[str, int], ...] = ()
    """Each section of the edition by id, in reading order, with the words of its own text."""


class Certificate(Struct, frozen=True):
    """What the search for leaks did with one finished file, and that it found none."""

    file: str
    sha256: str
    units: tuple[tuple[str, int], ...]
    """How many withheld stretches of the source there are, by kind."""
    sought: int
    """How many runs of words, names, numbers and hashes were looked for."""
    places: tuple[tuple[str, int], ...]
    """How many places were searched, by kind."""
    controls: tuple[str, ...]
    """The kinds of place in which something was planted and found."""
    readers: tuple[tuple[str, int, int], ...]
    """Ways of reading, with the printed sentences asked for and those found again."""
    names: tuple[tuple[str, int, int, str, str, bool], ...]
    """File, line, column, kind and owner of what is withheld, and whether it is unlike all that is
    shown, so that it could be looked for. For the author alone."""


class Deliverable(Struct, frozen=True):
    """One finished file, and what `build.json` says of it."""

    job: Job
    data: bytes
    pages: int | None
    words: int
    seconds: float
    problems: tuple[Diagnostic, ...] = ()
    fingerprint: str = ""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """The hash of each file that it was made from and that does not count as the publication's, by path."""
    certificate: Certificate | None = None
    is_kept: bool = False
    """Whether it was there already, made from the same; it is not read again, so there are no bytes here."""
    alternatives: tuple[tuple[str, str], ...] = ()
    """Section ids, each with the alternative that was chosen to fit the budget."""
    sha256: str = ""
    """The hash of the file; worked out from its bytes where it is not given."""
    size: int = 0
    """In bytes."""
    setting: str = ""
    """The key of what is made of all that its writer was given."""
    is_same: bool = False
    """Whether the file that it takes the place of had the same bytes."""
    paged: Any = None
    """What the ebook of the edition follows of a PDF that was set (`builder.page_list.Paged`)."""

    def __post_init__(self) -> None:
        if not self.sha256:
            force_setattr(self, "sha256", hashlib.sha256(self.data).hexdigest())
            force_setattr(self, "size", len(self.data))


class Decision(Struct, frozen=True):
    """Why a unit is in or out of an edition: the answer of `builder explain`."""

    unit: str
    kind: str
    span: Span
    is_in: bool
    rule: str
    """The deciding rule in words."""
    rule_span: Span | None
    """Where the deciding rule stands."""
    bar: str | None = None
    """The reason on the bar in the place of a redacted unit, "" for none; None where nothing stands there."""
    last_line: int = 0
    """The last line of a unit of a text; 0 for others."""
