"""What a file for paper says of itself: XMP and information dictionary that agree, and nothing of a screen."""

from __future__ import annotations

import io
from html import escape
from typing import Any

from builder import TOOL
from builder.model import Document
from builder.writers.claims import provenance

_SCREEN = (
    "/StructTreeRoot",
    "/MarkInfo",
    "/Outlines",
    "/ViewerPreferences",
    "/AF",
    "/OpenAction",
    "/AA",
)
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
{provenance}<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq>{creators}</rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{about}</rdf:li></rdf:Alt></dc:description>
<pdf:Producer>{producer}</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
<xmp:CreatorTool>{tool}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:MetadataDate>{date}</xmp:MetadataDate>
<xmpMM:DocumentID>{identity}</xmpMM:DocumentID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<xmpMM:VersionID>1</xmpMM:VersionID>
<pdfxid:GTS_PDFXVersion>{standard}</pdfxid:GTS_PDFXVersion>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def strip(pdf: Any) -> None:
    """Takes tags, outline, links and actions from an open PDF; the anchors of its contents stay."""
    import pikepdf

    for key in _SCREEN:
        if key in pdf.Root:
            del pdf.Root[key]
    for page in pdf.pages:
        for key in ("/Annots", "/StructParents", "/Tabs", "/AA"):
            if key in page:
                del page[key]
    if "/Names" in pdf.Root:
        pdf.Root.Names = pikepdf.Dictionary(Dests=pdf.Root.Names.Dests)


def name_for_paper(pdf: Any, document: Document, standard: str) -> None:
    """Takes from an open PDF what is for a screen, and says in its metadata what it is.

    `standard` is the version of PDF/X that it keeps.
    """
    import pikepdf
    from pikepdf import Name

    strip(pdf)
    meta = document.metadata
    authors = [author.name for author in meta.authors]
    day = meta.date.isoformat()
    xmp = _XMP.format(
        title=escape(meta.title, quote=False),
        creators="".join(f"<rdf:li>{escape(name, quote=False)}</rdf:li>" for name in authors),
        about=escape(meta.description or meta.title, quote=False),
        producer=escape(str(pdf.docinfo.get("/Producer", "")), quote=False),
        date=f"{day}T00:00:00Z",
        identity=meta.file_uuid.replace("urn:", ""),
        standard=standard,
        tool=escape(TOOL, quote=False),
        provenance=provenance(meta),
    )
    pdf.Root.Metadata = pdf.make_stream(xmp.encode(), Type=Name.Metadata, Subtype=Name.XML)
    stamp = f"D:{day.replace('-', '')}000000Z"
    info = {
        "Title": meta.title, "Author": ", ".join(authors), "Subject": meta.description or meta.title, "Creator": TOOL,
        "CreationDate": stamp, "ModDate": stamp,
        "Producer": str(pdf.docinfo.get("/Producer", "")), "Trapped": Name("/False"),
    }  # fmt: skip
    pdf.trailer.Info = pdf.make_indirect(
        pikepdf.Dictionary({f"/{key}": value for key, value in info.items() if value != ""})
    )


def saved(pdf: Any, version: str) -> bytes:
    """The bytes of an open PDF, the same for the same contents."""
    import pikepdf

    pdf.remove_unreferenced_resources()
    out = io.BytesIO()
    mode = pikepdf.ObjectStreamMode.generate
    pdf.save(out, deterministic_id=True, object_stream_mode=mode, force_version=version)
    return out.getvalue()
