"""Joins the structure trees of bound units to one tree (ISO 32000-2, 14.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pikepdf
from msgspec import Struct
from pikepdf import Array, Dictionary, Name


class Bound(Struct):
    """A unit inside the file that it is bound to."""

    pages: Sequence[Any]
    """Its page dictionaries."""
    tree: Any
    """Its structure tree root."""
    record: Any
    """Its `/Unit`."""
    numbers: tuple[str, ...] = ()
    """Those that were left open."""

    @property
    def document(self) -> Any:
        """The root element of its tree."""
        return self.tree.K[0]


def join_trees(pdf: pikepdf.Pdf, units: Sequence[Bound], blanks: Sequence[Any]) -> None:
    """Makes one tree, one parent tree and one tree of IDs of those of the units; blank pages own nothing."""
    root, document = units[0].tree, units[0].document
    kids = _kids(document)
    numbers: list[Any] = []
    ids = list(_names(units[0].tree))
    roles = dict(root.get("/RoleMap", {}).items())
    for unit in units:
        _renumber(unit, len(numbers) // 2)
        shift = len(numbers) // 2
        for index, value in enumerate(unit.tree.ParentTree.Nums):
            numbers.append(int(value) + shift if index % 2 == 0 else value)
        if unit is units[0]:
            continue
        for kid in _kids(unit.document):
            kid.P = document
            kids.append(kid)
        ids += _names(unit.tree)
        roles.update(unit.tree.get("/RoleMap", {}).items())
    for page in blanks:
        page.StructParents = len(numbers) // 2
        numbers += [len(numbers) // 2, pdf.make_indirect(Array())]
    document.K = Array(kids)
    root.ParentTree = pdf.make_indirect(Dictionary(Nums=Array(numbers)))
    if roles:
        root.RoleMap = Dictionary(dict(sorted(roles.items())))
    if ids:
        ids.sort(key=lambda pair: bytes(pair[0]))
        root.IDTree = pdf.make_indirect(Dictionary(Names=Array([each for pair in ids for each in pair])))
    if "/Namespaces" in root:
        _share_namespace(root, document)


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", Array())
    return list(kids) if isinstance(kids, Array) else [kids]


def _names(tree: Any) -> list[tuple[Any, Any]]:
    names = list(tree.IDTree.Names) if "/IDTree" in tree else []
    return list(zip(names[::2], names[1::2], strict=True))


def _renumber(unit: Bound, shift: int) -> None:
    """Moves the numbers by which pages, forms and annotations name their owners (ISO 32000-2, 14.7.5.4)."""
    if not shift:
        return
    seen: set[Any] = set()
    for page in unit.pages:
        page.StructParents = int(page.StructParents) + shift
        for annotation in page.get("/Annots", []):
            if "/StructParent" in annotation:
                annotation.StructParent = int(annotation.StructParent) + shift
        _renumber_forms(page.Resources, shift, seen)


def _renumber_forms(resources: Any, shift: int, seen: set[Any]) -> None:
    if resources.objgen in seen:
        return
    seen.add(resources.objgen)
    for kind in ("/XObject", "/Pattern"):
        for form in resources.get(kind, {}).values():
            if form.objgen in seen:
                continue
            if "/StructParents" in form:
                form.StructParents = int(form.StructParents) + shift
            if "/Resources" in form:
                _renumber_forms(form.Resources, shift, seen)
            seen.add(form.objgen)


def _share_namespace(root: Any, document: Any) -> None:
    """Gives every element the namespace of the first unit: each unit came with its own."""
    shared = root.Namespaces[0]
    stack = [document]
    while stack:
        element = stack.pop()
        if "/NS" in element:
            element.NS = shared
        kids = element.get("/K")
        kids = kids if isinstance(kids, Array) else [kids]
        stack += [kid for kid in kids if isinstance(kid, Dictionary) and Name.S in kid]
