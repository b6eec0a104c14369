"""The rules of PDF/X-4 (ISO 15930-7) that a file for the printing house keeps; a later rule is a row in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from builder.diagnostics import Diagnostic
from builder.model import Document
from builder.verify.finished import opened_pdf

Broken = Iterator[tuple[str, str]]
"""Places, such as `page 3` or `object 12`, with what is wrong there."""
_RGB = ("/DeviceRGB", "/CalRGB")
_XMP = {
    "pdfxid:GTS_PDFXVersion": "PDF/X-4", "pdf:Trapped": None, "dc:title": None, "xmp:CreateDate": None,
    "xmp:ModifyDate": None, "xmp:MetadataDate": None, "xmpMM:DocumentID": None, "xmpMM:RenditionClass": None,
    "xmpMM:VersionID": None,
}  # fmt: skip
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/", "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfxid": "http://www.npes.org/pdfx/ns/id/", "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
}  # fmt: skip


def keeps_print_rules(document: Document, data: bytes, pages: int | None) -> list[Diagnostic]:
    """Tries every rule on a file for the printing house, and on no other."""
    if not document.job.kind.bleed:
        return []
    return [
        Diagnostic(
            "print-rule",
            f"{document.job}: {place}: {what} ({name})",
            None,
            "change what stands there, or run again with --debug and report it",
        )
        for name, place, what in broken_rules(data)
    ]


def broken_rules(data: bytes) -> list[tuple[str, str, str]]:
    """Each broken rule by name, with the place and what is wrong there."""
    pdf = opened_pdf(data)
    return [(name, *found) for name, rule in RULES.items() for found in rule(pdf)]


def _version(pdf: Any) -> Broken:
    if pdf.pdf_version > "1.6":
        yield "file", f"PDF {pdf.pdf_version}, expected 1.6 or less"


def _encryption(pdf: Any) -> Broken:
    if pdf.is_encrypted:
        yield "file", "it is encrypted"


def _identity(pdf: Any) -> Broken:
    if len(pdf.trailer.get("/ID", [])) != 2:
        yield "trailer", "it has no /ID"


def _said_in_xmp(pdf: Any) -> dict[str, str]:
    from lxml import etree

    if "/Metadata" not in pdf.Root:
        return {}
    tree = etree.fromstring(pdf.Root.Metadata.read_bytes())
    return {key: "".join(tree.xpath(f"string(//{key})", namespaces=_NAMESPACES)).strip() for key in _XMP}


def _metadata(pdf: Any) -> Broken:
    said = _said_in_xmp(pdf)
    for key, wanted in _XMP.items():
        if not said.get(key) or (wanted and said[key] != wanted):
            yield "XMP", f"'{key}' is '{said.get(key, '')}', expected {wanted or 'a value'}"


def _information(pdf: Any) -> Broken:
    said, info = _said_in_xmp(pdf), pdf.docinfo
    pairs = (
        ("/Title", "dc:title"),
        ("/Trapped", "pdf:Trapped"),
        ("/CreationDate", "xmp:CreateDate"),
        ("/ModDate", "xmp:ModifyDate"),
    )
    for key, other in pairs:
        value = str(info.get(key, "")).removeprefix("D:").lstrip("/")
        meant = said.get(other, "")
        if key.endswith("Date"):
            meant = meant.translate(dict.fromkeys(map(ord, "-:T")))
        if value != meant:
            yield "document information", f"{key} is '{value}', '{other}' in XMP is '{meant}'"


def _intent(pdf: Any) -> Broken:
    intents = [each for each in pdf.Root.get("/OutputIntents", []) if each.get("/S") == "/GTS_PDFX"]
    if len(intents) != 1:
        yield "catalogue", f"{len(intents)} output intents for PDF/X, expected 1"
    for intent in intents:
        profile = intent.get("/DestOutputProfile")
        head = profile.read_bytes()[12:20] if profile is not None else b""
        if head != b"prtrCMYK":
            yield "output intent", "no profile of a printing condition with four inks is embedded"
        if not intent.get("/OutputConditionIdentifier"):
            yield "output intent", "it does not name its condition"


def _boxes(pdf: Any) -> Broken:
    for number, page in enumerate(pdf.pages, 1):
        if "/TrimBox" not in page or "/ArtBox" in page:
            yield f"page {number}", "it needs a TrimBox and no ArtBox"
            continue
        media, bleed, trim = (
            [float(side) for side in page.get(key, page.MediaBox)]
            for key in ("/MediaBox", "/BleedBox", "/TrimBox")
        )
        if media[:2] != [0, 0]:
            yield f"page {number}", "the corner of its MediaBox is not 0, 0"
        for name, inner, outer in (("TrimBox", trim, bleed), ("BleedBox", bleed, media)):
            if inner[0] < outer[0] or inner[1] < outer[1] or inner[2] > outer[2] or inner[3] > outer[3]:
                yield f"page {number}", f"its {name} is not inside the box around it"


def _annotations(pdf: Any) -> Broken:
    for number, page in enumerate(pdf.pages, 1):
        if len(page.get("/Annots", [])):
            yield f"page {number}", "it has annotations"


def _actions(pdf: Any) -> Broken:
    for key in ("/OpenAction", "/AA", "/AcroForm"):
        if key in pdf.Root:
            yield "catalogue", f"it has {key}"
    for key in ("/JavaScript", "/EmbeddedFiles"):
        if key in pdf.Root.get("/Names", {}):
            yield "catalogue", f"it has {key}"
    for place, thing in _things(pdf):
        if thing.get("/S") in ("/URI", "/GoTo", "/GoToR", "/Launch", "/JavaScript", "/SubmitForm", "/Named"):
            yield place, f"it is an action of the kind {thing.S}"


def _layers(pdf: Any) -> Broken:
    if "/OCProperties" in pdf.Root:
        yield "catalogue", "it has layers, which can be hidden"


def _fonts(pdf: Any) -> Broken:
    for place, thing in _things(pdf):
        if thing.get("/Type") == "/FontDescriptor" and not any(
            f"/FontFile{n}" in thing for n in ("", "2", "3")
        ):
            yield place, f"the font {thing.get('/FontName')} is not embedded"
        is_plain = thing.get("/Type") == "/Font" and thing.get("/Subtype") not in ("/Type0", "/Type3")
        if is_plain and "/FontDescriptor" not in thing:
            yield place, f"the font {thing.get('/BaseFont')} is not embedded"


def _forbidden(pdf: Any) -> Broken:
    for place, thing in _things(pdf):
        if thing.get("/Subtype") == "/PS" or "/PS" in thing:
            yield place, "it is PostScript"
        if "/OPI" in thing or "/Alternates" in thing:
            yield place, "it stands for another picture"
        if "/TR" in thing or ("/TR2" in thing and thing.TR2 != "/Default") or "/HTP" in thing:
            yield place, "it changes tones on the press"


def _spaces(pdf: Any) -> Broken:
    """Pictures, gradients, groups and declared spaces of light instead of ink."""
    import pikepdf

    for place, thing in _things(pdf):
        for key in ("/ColorSpace", "/CS"):
            space = thing.get(key)
            for each in space.values() if isinstance(space, pikepdf.Dictionary) else [space]:
                if each is not None and _is_light(each):
                    yield place, f"its {key} is a space of red, green and blue"


def _is_light(space: Any) -> bool:
    import pikepdf

    if isinstance(space, pikepdf.Array) and len(space):
        if space[0] == "/ICCBased":
            return int(space[1].N) == 3
        if space[0] == "/Indexed":
            return _is_light(space[1])
        return space[0] in (*_RGB, "/Lab")
    return space in _RGB


def _contents(pdf: Any) -> Iterator[tuple[str, Any]]:
    import pikepdf

    for number, page in enumerate(pdf.pages, 1):
        yield f"page {number}", page
    for place, thing in _things(pdf):
        if isinstance(thing, pikepdf.Stream) and (
            thing.get("/Subtype") == "/Form" or thing.get("/PatternType") == 1
        ):
            yield place, thing


def _colours(pdf: Any) -> Broken:
    import pikepdf

    for place, stream in _contents(pdf):
        declared = {"/Pattern", "/DeviceGray", "/DeviceCMYK"}
        declared |= set(stream.get("/Resources", {}).get("/ColorSpace", {}).keys())
        found = set()
        for operands, operator in pikepdf.parse_content_stream(stream):
            name = str(operator)
            if name in ("rg", "RG"):
                found.add(name)
            if name in ("cs", "CS") and str(operands[0]) not in declared:
                found.add(str(operands[0]))
        for each in sorted(found):
            yield place, f"a colour is painted that is no ink: {each}"


def _overprint(pdf: Any) -> Broken:
    """White and coloured paint that prints over what lies below vanishes or changes."""
    import pikepdf

    for place, stream in _contents(pdf):
        states = stream.get("/Resources", {}).get("/ExtGState", {})
        fill, is_over, stack = None, False, []
        for operands, operator in pikepdf.parse_content_stream(stream):
            match str(operator):
                case "q":
                    stack.append((fill, is_over))
                case "Q" if stack:
                    fill, is_over = stack.pop()
                case "k":
                    fill = [float(part) for part in operands]
                case "g" | "scn" | "sc":
                    fill = None
                case "gs" if "/op" in states.get(str(operands[0]), {}):
                    is_over = bool(states[str(operands[0])]["/op"])
                case "Tj" | "TJ" | "f" | "f*" | "B" | "b" if is_over and fill != [0, 0, 0, 1]:
                    yield place, "something else than pure black is overprinted"
                    break


def _things(pdf: Any) -> Iterator[tuple[str, Any]]:
    """Every dictionary with the number of the object that holds it."""
    import pikepdf

    for thing in pdf.objects:
        pending = [thing]
        place = f"object {thing.objgen[0]}" if isinstance(thing, pikepdf.Object) else "file"
        while pending:
            each = pending.pop()
            if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
                yield place, each
                inner = [value for _, value in each.items()]
            else:
                inner = list(each) if isinstance(each, pikepdf.Array) else []
            pending.extend(
                value
                for value in inner
                if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect
            )


RULES: dict[str, Callable[[Any], Broken]] = {
    "version": _version,
    "encryption": _encryption,
    "identity": _identity,
    "metadata": _metadata,
    "information": _information,
    "output intent": _intent,
    "boxes": _boxes,
    "annotations": _annotations,
    "actions": _actions,
    "layers": _layers,
    "fonts": _fonts,
    "forbidden": _forbidden,
    "colour spaces": _spaces,
    "colours": _colours,
    "overprint": _overprint,
}
"""By name: each takes the open file and yields what breaks it."""
