"""`builder list` and `builder explain`: what there is, and why it is where it is."""

from __future__ import annotations

import re
from typing import Any

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from builder.diagnostics import BuildProblem
from builder.model import Decision, Job
from builder.project import Project, Publication, Section, walk
from builder.select import select
from builder.world import World


def listing_record(project: Project) -> dict[str, Any]:
    """Everything that `builder list` shows, for a script."""
    return {
        "clearances": list(project.vocabulary.clearances),
        "tags": list(project.vocabulary.tags),
        "audiences": {
            name: {
                "title": audience.title,
                "clearance": audience.clearance,
                "targets": list(audience.targets),
            }
            for name, audience in project.audiences.items()
        },
        "publications": [_publication_record(project, publication) for publication in project.publications],
    }


def _publication_record(project: Project, publication: Publication) -> dict[str, Any]:
    jobs = [job for job in project.jobs() if job.publication == publication.id]
    editions: dict[str, list[str]] = {}
    for job in jobs:
        editions.setdefault(job.edition, []).append(job.target)
    return {
        "id": publication.id,
        "title": publication.shape.title,
        "language": publication.shape.language,
        "editions": editions,
        "sections": [_section_record(section) for section in publication.sections],
    }


def _section_record(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "kind": section.kind,
        "title": section.title,
        "file": section.path,
        "conditions": {key: value for key, value, _ in section.conditions},
        "translations": {
            language: {"file": translation.path, "draft": translation.is_draft}
            for language, translation in section.translations.items()
        },
        "sections": [_section_record(child) for child in section.children],
    }


def print_listing(console: Console, project: Project) -> None:
    """The project as a tree."""
    audiences = Tree(Text("audiences", style="bold"))
    for name, audience in project.audiences.items():
        audiences.add(f"{name}: {audience.title} (up to {audience.clearance}; {', '.join(audience.targets)})")
    console.print(audiences)
    for publication in project.publications:
        record = _publication_record(project, publication)
        tree = Tree(Text.assemble((publication.id, "bold"), f": {publication.shape.title}"))
        editions = tree.add("editions")
        for name, targets in record["editions"].items():
            editions.add(f"{publication.id}/{name} ({', '.join(targets)})")
        sections = tree.add("sections")
        for section in publication.sections:
            _branch(sections, section)
        console.print(tree)


def _branch(tree: Tree, section: Section) -> None:
    conditions = ", ".join(f"{key} {value}" for key, value, _ in section.conditions)
    label = f"{section.id}: {section.title}" + (f"  ({conditions})" if conditions else "")
    for language, translation in section.translations.items():
        label += f"  [{language}{', draft' if translation.is_draft else ''}]"
    branch = tree.add(label)
    for child in section.children:
        _branch(branch, child)


def explain_edition(project: Project, job: Job, world: World, section: str | None) -> list[Decision] | None:
    """Every decision of an edition, or those about one section and what lies in it, or about one line.

    A line is written `FILE:LINE`. None where the publication has no such section or line; raises BuildProblem
    where it can't be selected, and LookupError where the file has no such line.
    """
    publication = project.publication(job.publication)
    wanted = None
    place = re.fullmatch(r"(?P<path>.+):(?P<line>\d+)(:\d+)?", section or "")
    if place is not None:
        return _explain_line(project, job, world, place["path"], int(place["line"]))
    if section is not None:
        found = next((each for each in publication.walk() if each.id == section), None)
        if found is None:
            return None
        inside = walk(found)
        wanted = ({each.id for each in inside}, {each.path for each in inside if each.kind == "section"})
    checked = select(project, job, world)
    if checked.value is None:
        raise BuildProblem(checked.problems)
    decisions = list(dict.fromkeys(checked.value.decisions))
    if wanted is None:
        return decisions
    return [each for each in decisions if each.unit in wanted[0] or each.span.path in wanted[1]]


def _explain_line(project: Project, job: Job, world: World, path: str, line: int) -> list[Decision] | None:
    """The decision about the section that a line lies in, and each unit that holds the line, outermost first."""
    checked = select(project, job, world)
    if checked.value is None:
        raise BuildProblem(checked.problems)
    decisions = list(dict.fromkeys(checked.value.decisions))
    paths = {each.span.path for each in decisions}
    paths |= {snippet.path for snippet in project.publication(job.publication).snippets.values()}
    known = [each for each in paths if each == path or each.endswith(f"/{path.removeprefix('./')}")]
    if len(known) != 1:
        return None
    last = len(world.read_bytes(known[0]).decode(errors="replace").splitlines())
    if not 1 <= line <= last:
        raise LookupError(f"{known[0]} has no line {line}: it has {last} lines")
    sections = [each for each in decisions if each.kind == "section" and each.span.path == known[0]]
    units = [
        each
        for each in decisions
        if each not in sections
        and each.span.path == known[0]
        and each.span.line <= line <= max(each.last_line, each.span.line)
    ]
    return sections + sorted(units, key=lambda each: (each.span.line, each.span.column, -each.last_line))
