"""Reads `content/` into a Project: strict shapes, known names only, every problem with its place."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from builder.conditions import Vocabulary
from builder.diagnostics import Checked, Span
from builder.folders import files_in, hash_folders
from builder.names import Names
from builder.project import Project, Publication
from builder.publications import PublicationReader
from builder.reader import Reader
from builder.schema import AudiencesShape, is_folder_name
from builder.sources import Source
from builder.world import AUDIENCES, PUBLICATIONS, PathRefused, World


def load(world: World, only: str | None = None) -> Checked[Project | None]:
    """Reads the whole project, or one publication of it.

    The value is None where audiences.yaml can't be used; a publication with errors is left out.
    """
    reader = Reader(world)
    text = reader.text(AUDIENCES)
    read = reader.shape(AudiencesShape, text, AUDIENCES) if text is not None else None
    if read is None:
        return Checked(None, tuple(reader.problems))
    shape, source = read
    vocabulary = Vocabulary(
        tuple(shape.audiences), tuple(shape.clearances), tuple(shape.tags), tuple(shape.redaction_reasons)
    )
    names = Names(reader, vocabulary)
    _check_audiences(names, shape, source)
    for name in world.links_out():
        message = f"'templates/{name}' is a link that leads outside the project folder"
        hint = "copy the file into the folder of templates"
        reader.add("outside-project", message, Span(f"templates/{name}", 1), hint)
    publications = []
    for path in reader.files(PUBLICATIONS, "/publication.yaml"):
        name = path.split("/")[-2]
        if path.count("/") == 3 and (only is None or name == only):
            publication = PublicationReader(names, path).read()
            if publication is not None:
                publications.append(publication)
                _check_ceilings(reader, shape, publication, vocabulary)
    project = Project(
        vocabulary,
        dict(shape.audiences),
        tuple(publications),
        source,
        dict(shape.redaction_reasons),
        shape.withheld_references,
        dict(shape.lint),
    )
    return Checked(project, tuple(reader.problems))


_RECENT: dict[tuple[Any, ...], tuple[Checked[Project | None], dict[str, str]]] = {}
"""What was read last, and the log of it."""


def load_again(world: World, name: str) -> Checked[Project | None]:
    """The same as `load` of one publication, without reading it twice while no byte of it has changed.

    A worker that makes many editions of a publication would read all of it for each of them.
    """
    own = f"{PUBLICATIONS}/{name}/"
    try:
        key = _state_of(world, name)
        made, log = _RECENT.get(key, (None, {}))
        # The hash leaves out hidden files, and those of other folders.
        others = [path for path in log if "/." in path or not path.startswith(own)]
        if made is not None and all(sha256(world.read_bytes(path)).hexdigest() == log[path] for path in others):
            world.log.update(log)
            return made
        made = load(world, name)
        if not made.problems and _state_of(world, name) == key:
            _RECENT.clear()
            _RECENT[key] = (made, dict(world.log))
    except (OSError, PathRefused):
        return load(world, name)
    return made


def _state_of(world: World, name: str) -> tuple[Any, ...]:
    """All that the reading of a publication depends on but for files that it names elsewhere; of templates, their names.

    Raises OSError for what can't be read.
    """
    read = hash_folders([world.root / AUDIENCES, world.root / PUBLICATIONS / name])
    return world.root, world.templates, name, read, tuple(sorted(files_in(str(world.templates))))


def _check_ceilings(
    reader: Reader, shape: AudiencesShape, publication: Publication, names: Vocabulary
) -> None:
    """An edition shows no more than its audience may see, so that a higher clearance promises too much."""
    for name, edition in publication.shape.editions.items():
        audience = shape.audiences.get(name)
        if edition is None or audience is None or edition.clearance is None:
            continue
        if {edition.clearance, audience.clearance} <= set(names.clearances) and names.rank(
            edition.clearance
        ) > names.rank(audience.clearance):
            reader.add(
                "above-audience",
                f"the edition '{name}' has the clearance '{edition.clearance}', "
                f"but its audience may see no more than '{audience.clearance}'",
                publication.source.place("editions", name, "clearance"),
                "lower it, or raise the clearance of the audience in audiences.yaml",
            )


def _check_audiences(names: Names, shape: AudiencesShape, source: Source) -> None:
    reader = names.reader
    for kind, values in (("clearances", shape.clearances), ("tags", shape.tags)):
        for index, value in enumerate(values):
            if value in values[:index]:
                message = f"'{value}' stands twice in '{kind}'"
                reader.add("duplicate-name", message, source.place(kind, index), "delete one")
    for name, audience in shape.audiences.items():
        place = ("audiences", name)
        names.check_clearance(audience.clearance, source.place(*place, "clearance"))
        names.check_theme(audience.theme, source.place(*place, "theme"))
        if name in ("and", "or", "not") or not is_folder_name(name):
            message = f"'{name}' can't name an audience"
            reader.add("bad-name", message, source.place(*place), "choose another name")
