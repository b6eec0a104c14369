"""Reads the structure tree of a PDF back as text, so that tests can say what a reader hears."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf


class Tags:
    """The structure tree of a PDF."""

    def __init__(self, data: bytes) -> None:
        self.pdf = pikepdf.open(io.BytesIO(data))
        self.root = self.pdf.Root.StructTreeRoot
        self._texts: dict[tuple[int, int], dict[int, str]] = {}

    def outline(self) -> str:
        """One line for each element, indented: its type, what is said of it, its text with its kids in brackets."""
        return "\n".join(self._lines(kid, 0) for kid in _listed(self.root.K))

    def find(self, kind: str) -> list[pikepdf.Object]:
        """All elements of a type, in reading order."""
        return [element for element in self.elements() if str(element.S) == f"/{kind}"]

    def elements(self, element: Any = None) -> Iterator[pikepdf.Object]:
        """All elements below one, in reading order."""
        for kid in _listed((self.root if element is None else element).get("/K")):
            if _is_element(kid):
                yield kid
                yield from self.elements(kid)

    def text(self, element: pikepdf.Object) -> str:
        """All text of an element and of those below it."""
        parts = []
        for kid in _listed(element.get("/K")):
            if _is_element(kid):
                parts.append(self.text(kid))
            else:
                parts.append(self._own(element, kid))
        return " ".join(" ".join(parts).split())

    def pages(self) -> list[str]:
        """The text of each page in reading order, without artifacts, notes and the numbers of lists."""
        numbers = {page.obj.objgen: index for index, page in enumerate(self.pdf.pages)}
        found: list[list[str]] = [[] for _ in numbers]

        def walk(element: Any) -> None:
            for kid in _listed(element.get("/K")):
                if not _is_element(kid):
                    page = kid.get("/Pg", element.get("/Pg")) if isinstance(kid, pikepdf.Dictionary) else element.Pg
                    found[numbers[page.objgen]].append(self._own(element, kid))
                elif str(kid.S) not in ("/Note", "/FENote") and not (
                    str(kid.S) == "/Lbl" and re.fullmatch(r"\W*\d*\W*", self.text(kid))
                ):
                    walk(kid)

        walk(self.root)
        return [" ".join(" ".join(parts).split()) for parts in found]

    def artifacts(self) -> str:
        """The text that stands outside the tree."""
        return " ".join(
            " ".join(self._marks(page.obj, page.obj).get(-1, "") for page in self.pdf.pages).split()
        )

    def _lines(self, element: pikepdf.Object, depth: int) -> str:
        words = [str(element.S)[1:]]
        words += [f"{key[1:]}={element[key]}" for key in ("/Lang", "/Alt", "/E") if key in element]
        for attributes in _listed(element.get("/A")):
            words += [
                f"{k[1:]}={_plain(v)}" for k, v in sorted(attributes.items()) if k not in ("/O", "/BBox")
            ]
        kids = _listed(element.get("/K"))
        parts = [f"[{str(k.S)[1:]}]" if _is_element(k) else self._own(element, k) for k in kids]
        text = "" if all(_is_element(kid) for kid in kids) else " ".join("".join(parts).split())
        lines = ["  " * depth + " ".join(words) + (f": {text}" if text else "")]
        for kid in _listed(element.get("/K")):
            if _is_element(kid):
                lines.append(self._lines(kid, depth + 1))
        return "\n".join(lines)

    def _own(self, element: pikepdf.Object, kid: Any) -> str:
        if isinstance(kid, pikepdf.Dictionary):
            if "/MCID" not in kid:
                return ""
            page = kid.get("/Pg", element.get("/Pg"))
            return self._marks(kid.get("/Stm", page), page).get(int(kid.MCID), "")
        return self._marks(element.Pg, element.Pg).get(int(kid), "")

    def _marks(self, holder: pikepdf.Object, page: pikepdf.Object) -> dict[int, str]:
        """The text of each mark of a page or form; -1 stands for artifacts."""
        if holder.objgen not in self._texts:
            self._texts[holder.objgen] = _texts_of(holder, holder.get("/Resources", page.get("/Resources")))
        return self._texts[holder.objgen]


def _is_element(kid: Any) -> bool:
    return isinstance(kid, pikepdf.Dictionary) and "/S" in kid


def _texts_of(holder: pikepdf.Object, resources: pikepdf.Object) -> dict[int, str]:
    found: dict[int, str] = {}
    stack: list[int] = []
    table: dict[bytes, str] = {}
    for operands, operator in pikepdf.parse_content_stream(holder):
        name = str(operator)
        if name == "BDC":
            stack.append(int(operands[1]["/MCID"]) if "/MCID" in operands[1] else -1)
        elif name == "BMC":
            stack.append(-1)
        elif name == "EMC":
            stack.pop()
        elif name == "Tf":
            table = _table(resources.Font[str(operands[0])])
        elif name in ("Tj", "TJ"):
            strings = operands[0] if name == "TJ" else operands
            codes = b"".join(bytes(each) for each in strings if isinstance(each, pikepdf.String))
            text = "".join(table.get(codes[i : i + 2], "?") for i in range(0, len(codes), 2))
            key = stack[-1] if stack else -2
            found[key] = found.get(key, "") + text
        elif name == "Tm" and stack:
            found[stack[-1]] = found.get(stack[-1], "") + " "
    return found


def _table(font: pikepdf.Object) -> dict[bytes, str]:
    text = font.ToUnicode.read_bytes().decode("latin-1")
    pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]+)>", text)
    return {bytes.fromhex(code): bytes.fromhex(value).decode("utf-16-be", "replace") for code, value in pairs}


def _plain(value: Any) -> str:
    if isinstance(value, pikepdf.Array):
        return "+".join(str(each) for each in value)
    return str(value).removeprefix("/")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]
