"""Which type of structure element stands for which HTML element, and what PDF 1.7 and PDF 2.0 make of it."""

from __future__ import annotations

GROUPS = {
    "section": "Sect",
    "nav": "Sect",
    "article": "Art",
    "aside": "Aside",
    "blockquote": "BlockQuote",
}
"""Elements that hold blocks."""

BOXES = frozenset(
    {
        "div",
        "main",
        "header",
        "footer",
        "hgroup",
        "address",
        "details",
        "summary",
        "fieldset",
        "form",
        "center",
    }
)
"""Elements that hold text or blocks and mean nothing themselves."""

HEADINGS = tuple(f"H{n}" for n in range(1, 7))

TEXTS = {"p": "P", "pre": "P", **{kind.lower(): kind for kind in HEADINGS}}
"""Elements that hold a paragraph's text."""

PHRASES = {"em": "Em", "strong": "Strong", "code": "Code", "kbd": "Code", "samp": "Code", "q": "Quote"}
"""Elements in a line of text; all others of a line mean nothing themselves."""

PICTURES = frozenset({"img", "svg", "object", "embed", "video", "canvas"})

NUMBERINGS = {
    "disc": "Disc",
    "circle": "Circle",
    "square": "Square",
    "decimal": "Decimal",
    "decimal-leading-zero": "Decimal",
    "lower-roman": "LowerRoman",
    "upper-roman": "UpperRoman",
    "lower-alpha": "LowerAlpha",
    "lower-latin": "LowerAlpha",
    "upper-alpha": "UpperAlpha",
    "upper-latin": "UpperAlpha",
}
"""`ListNumbering` by `list-style-type` (ISO 32000-1, table 347)."""

PDF_2 = "http://iso.org/pdf2/ssn"
"""The namespace of the types of PDF 2.0 (ISO 32000-2, 14.8.6)."""

ONLY_IN_PDF_1 = frozenset({"Art", "BlockQuote", "TOC", "TOCI", "Quote", "Reference", "Code", "Note"})
"""Types that PDF 2.0 takes from the namespace of PDF 1.7, which is the one without a name."""

ROLE_MAP = {"Aside": "Sect", "Em": "Span", "Strong": "Span"}
"""Types of PDF 2.0, and what they are in a file of PDF 1.7."""

INSTEAD = {
    "Aside": ({"Aside", "BlockQuote", "TH", "TD"}, "Div"),
    "BlockQuote": ({"TH", "TD"}, "Div"),
    "Art": ({"Art"}, "Sect"),
    **dict.fromkeys(HEADINGS, ({"Note", "FENote", "Code"}, "P")),
}
"""By type: parents that may not hold it, and what it is there (ISO 32005, table 5)."""
