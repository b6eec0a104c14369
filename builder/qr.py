"""QR codes as drawings: ISO/IEC 18004, error level M, a quiet zone of four modules."""

from __future__ import annotations

import io

from markupsafe import Markup


def qr_code(address: str, title: str) -> Markup:
    """An SVG of the code of an address, one unit a module; `title` is its alternative text."""
    import segno

    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False, boost_error=False)
    code.save(out, kind="svg", xmldecl=False, border=4, omitsize=True, title=title, nl=False)
    return Markup(out.getvalue().decode())
