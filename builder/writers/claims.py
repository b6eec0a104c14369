"""What a PDF says of itself: the standards that it keeps, and its XMP packet."""

from __future__ import annotations

from html import escape

from msgspec import Struct

from builder import NAMESPACE, TOOL
from builder.conditions import Kind
from builder.model import Metadata


class Claim(Struct, frozen=True):
    """A version of PDF, and the standards that a file of it keeps."""

    version: str
    identification: str
    """The properties of XMP that name the standards."""
    is_archive: bool = False


class Schema(Struct, frozen=True):
    """Properties of XMP that PDF/A does not know."""

    title: str
    namespace: str
    properties: tuple[tuple[str, str, str], ...]
    """Name, type and meaning of each."""


_SCHEMAS = {
    "pdfuaid": Schema(
        "PDF/UA identification schema",
        "http://www.aiim.org/pdfua/ns/id/",
        (("part", "Integer", "The part of ISO 14289 that the file keeps"),),
    ),
    "builder": Schema(
        "Provenance of an edition",
        NAMESPACE,
        (
            ("edition", "Text", "The publication and the edition of it that the file is"),
            ("inputs", "Text", "The SHA-256 of all that the file was made from"),
        ),
    ),
}
"""By prefix."""

SCREEN = Claim(
    "1.7",
    """<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>A</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>""",
)
"""PDF/A-2a (ISO 19005-2) and PDF/UA-1 (ISO 14289-1)."""

ARCHIVE = Claim(
    "2.0",
    """<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>4</pdfaid:part>
<pdfaid:rev>2020</pdfaid:rev>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>2</pdfuaid:part>
<pdfuaid:rev>2024</pdfuaid:rev>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfd="http://pdfa.org/declarations/">
<pdfd:declarations><rdf:Bag>
<rdf:li rdf:parseType="Resource"><pdfd:conformsTo>http://pdfa.org/declarations/wtpdf#accessibility1.0</pdfd:conformsTo></rdf:li>
<rdf:li rdf:parseType="Resource"><pdfd:conformsTo>http://pdfa.org/declarations/wtpdf#reuse1.0</pdfd:conformsTo></rdf:li>
</rdf:Bag></pdfd:declarations>
</rdf:Description>""",
    is_archive=True,
)
"""PDF/A-4 (ISO 19005-4), PDF/UA-2 (ISO 14289-2) and Well-Tagged PDF 1.0 for accessibility and for reuse."""

SHEETS = Claim(
    "1.7",
    """<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>U</pdfaid:conformance>
</rdf:Description>""",
)
"""PDF/A-2u (ISO 19005-2) alone: on sheets for folding, nobody could follow the text from page to page."""


_EXTENSION = """
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag>
{schemas}</rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""
_SCHEMA = """<rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>{schema.title}</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{schema.namespace}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>{prefix}</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li>
"""
_PROPERTY = """<rdf:li rdf:parseType="Resource">
<pdfaProperty:name>{}</pdfaProperty:name>
<pdfaProperty:valueType>{}</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>{}</pdfaProperty:description>
</rdf:li>"""


def claim_of(kind: Kind) -> Claim:
    """What the PDFs of a kind claim."""
    return ARCHIVE if kind.is_archive else SCREEN


def xmp_packet(claim: Claim, meta: Metadata, producer: str) -> bytes:
    """One XMP packet with the claims and all that the edition says of itself (ISO 16684-1)."""
    day = f"{meta.date.isoformat()}T00:00:00Z"
    rows = [
        _text("dc:format", "application/pdf"),
        _spoken("dc:title", meta.title),
        _list("dc:creator", "Seq", [author.name for author in meta.authors]),
        _list("dc:publisher", "Bag", [meta.publisher]),
        _spoken("dc:description", meta.description),
        _list("dc:subject", "Bag", meta.keywords),
        _list("dc:language", "Bag", [meta.language]),
        _list("dc:date", "Seq", [meta.date.isoformat()]),
        _text("dc:identifier", meta.identifier or meta.uuid),
        _spoken("dc:rights", ". ".join(filter(None, [meta.rights.rstrip("."), meta.licence_name]))),
        _text("xmpMM:DocumentID", meta.file_uuid),
        _text("xmpRights:WebStatement", meta.licence_url),
        _text("xmp:CreateDate", day),
        _text("xmp:ModifyDate", day),
        _text("xmp:MetadataDate", day),
        _text("xmp:CreatorTool", TOOL),
        _text("pdf:Producer", producer),
        _text("pdf:Keywords", ", ".join(meta.keywords)),
    ]
    named = f"{claim.identification}{provenance(meta)}"
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
{named}{_described(named) if claim.version < "2" else ""}
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
{"".join(rows)}</rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
    return packet.encode()


def provenance(meta: Metadata) -> str:
    """The properties of XMP that say which edition a file is, and what it was made from; none for other copies."""
    rows = f"{_text('builder:edition', meta.edition)}{_text('builder:inputs', meta.inputs)}"
    return f'\n<rdf:Description rdf:about="" xmlns:builder="{NAMESPACE}">\n{rows}</rdf:Description>' if rows else ""


def _described(properties: str) -> str:
    """PDF/A-2 wants every schema described that it does not know (ISO 19005-2, 6.6.2.3)."""
    schemas = "".join(
        _SCHEMA.format(prefix=prefix, schema=schema, properties="".join(map(_property, schema.properties)))
        for prefix, schema in _SCHEMAS.items()
        if f"<{prefix}:" in properties
    )
    return _EXTENSION.format(schemas=schemas) if schemas else ""


def _property(said: tuple[str, str, str]) -> str:
    return _PROPERTY.format(*said)


def _text(name: str, value: str) -> str:
    return f"<{name}>{escape(value, quote=False)}</{name}>\n" if value else ""


def _spoken(name: str, value: str) -> str:
    if not value:
        return ""
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(value, quote=False)}</rdf:li></rdf:Alt></{name}>\n'


def _list(name: str, kind: str, values) -> str:
    items = "".join(f"<rdf:li>{escape(value, quote=False)}</rdf:li>" for value in values if value)
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>\n" if items else ""
