"""Which edition a finished file is: by its place, by its sum, by what it says of itself, or else by its name."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import click
from lxml import etree

from builder import NAMESPACE
from builder.desk.table import read_built
from builder.diagnostics import did_you_mean
from builder.metadata import file_identity
from builder.model import Job
from builder.project import Project
from builder.writers.epub_resources import FOLDER

_PACKAGE = f"{FOLDER}/content.opf"


def recorded(project: Project, file: Path, data: bytes, output: Path) -> tuple[Job, dict[str, Any]]:
    """The job of a file with these bytes, and its entry in `build.json` with the sections that were chosen.

    `output` is the folder where the project's own files lie. Raises click.UsageError for a file of no edition.
    """
    real = file.resolve()
    jobs = {job.path: job for job in project.jobs()}
    whole: dict[str, Any] = {"only": [], "without": []}
    built = {folder: read_built(folder) for folder in (*real.parents, output)}
    for folder in real.parents:
        path = real.relative_to(folder).as_posix()
        if path in jobs and isinstance(built[folder].get(path), dict):
            return jobs[path], {**whole, **built[folder][path]}
    sum_ = hashlib.sha256(data).hexdigest()
    for entries in built.values():
        for path, entry in entries.items():
            if path in jobs and isinstance(entry, dict) and entry.get("sha256") == sum_:
                return jobs[path], {**whole, **entry}
    return _named(project, file, data), whole


def _named(project: Project, file: Path, data: bytes) -> Job:
    """The job that a file says it is; of one that says nothing, the job of its name."""
    edition, identity = said_by(data)
    known = {job.folder: job for job in project.jobs()}
    if edition and edition not in known:
        near = did_you_mean(edition, known)
        raise click.UsageError(f"'{file}' says that it is of the edition '{edition}', which is not one here; {near}")
    names = {job.file_name: job for job in project.jobs()}
    own = [job for job in project.jobs() if job.folder == edition]
    for job in own:
        if job.target == "epub" if _is_archive(data) else file_identity(job) == identity:
            return job
    if edition and names.get(file.name) not in own:
        kinds = ", ".join(job.target for job in own)
        raise click.UsageError(f"'{file}' is no kind of file of '{edition}' that is made here, as {kinds} are")
    if file.name not in names:
        near = did_you_mean(file.name, names)
        raise click.UsageError(f"'{file}' does not say of which edition it is, nor does its name; {near}")
    return names[file.name]


def said_by(data: bytes) -> tuple[str, str]:
    """The edition that a finished file names in its metadata, and the id of a PDF; empty where it says none."""
    try:
        if _is_archive(data):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                root = etree.fromstring(archive.read(_PACKAGE), _parser())
            return _first(root.xpath("//*[@property='builder:edition']/text()")), ""
        root = etree.fromstring(_packet(data), _parser())
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, RuntimeError, etree.LxmlError):
        return "", ""
    identity = _first(root.xpath("//*[local-name()='DocumentID']/text()"))
    said = _first(root.xpath("//b:edition/text()", namespaces={"b": NAMESPACE}))
    return said, identity and f"urn:{identity.removeprefix('urn:')}"


def _is_archive(data: bytes) -> bool:
    return data.startswith(b"PK")


def _packet(data: bytes) -> bytes:
    """The XMP of a PDF; raises ValueError where it can't be read."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return pdf.Root.Metadata.read_bytes()
    except (pikepdf.PdfError, AttributeError) as problem:
        raise ValueError(str(problem)) from None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _first(found: list[Any]) -> str:
    return str(found[0]).strip() if found else ""
