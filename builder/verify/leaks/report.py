"""The certificate as files: counts for whoever gets the edition, names for the author alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from builder.model import Certificate

FILE = "leak-report"
PRIVATE = "leaks"
"""The names of the two reports, to which `.json` and `.html` are added."""


def public_record(certificate: Certificate) -> dict[str, Any]:
    """Counts alone: nothing here tells what was withheld, or where."""
    return {
        "result": "nothing withheld found",
        "sha256": certificate.sha256,
        "units": dict(certificate.units),
        "looked_for": certificate.sought,
        "places": dict(certificate.places),
        "controls": {"planted": len(certificate.controls), "found": len(certificate.controls)},
        "read_again": {way: {"asked": asked, "found": found} for way, asked, found in certificate.readers},
    }


def private_record(certificate: Certificate) -> dict[str, Any]:
    """The counts, and each withheld stretch of the source with its place and its unit."""
    units = [
        {"at": f"{path}:{line}:{column}", "kind": kind, "withheld_by": owner, "looked_for": is_sought}
        for path, line, column, kind, owner, is_sought in certificate.names
    ]
    return {**public_record(certificate), "controls": list(certificate.controls), "withheld": units}


def merged(old: str, made: Iterable[tuple[str, dict[str, Any]]], hashes: dict[str, str]) -> dict[str, Any]:
    """The records of an edition's files by name: the new ones, and old ones whose file is still the same."""
    try:
        known = json.loads(old).get("files", {}) if old else {}
    except (ValueError, AttributeError):
        known = {}
    kept = {
        name: record
        for name, record in known.items()
        if isinstance(record, dict) and name in hashes and record.get("sha256") == hashes[name]
    }
    return {"files": dict(sorted({**kept, **dict(made)}.items()))}


_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}"
    "td,th{border:1px solid;padding:.2rem .6rem;text-align:left;vertical-align:top}td.n{text-align:right}"
)


def page(record: dict[str, Any], edition: str) -> str:
    """A report as a page that needs nothing beside it."""
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>Leak certificate: {escape(edition)}</title>',
        f"<style>{_STYLE}</style></head><body><h1>Leak certificate: {escape(edition)}</h1>",
    ]
    for name, entry in record["files"].items():
        parts.append(f"<h2>{escape(name)}</h2>")
        parts.append(f"<p>Result: {escape(entry['result'])}. SHA-256: <code>{entry['sha256']}</code></p>")
        parts.append(
            f"<p>{sum(entry['units'].values()):,} stretches of the source are withheld; {entry['looked_for']:,} "
            f"runs of words, names, numbers and hashes were looked for in {sum(entry['places'].values()):,} places.</p>"
        )
        parts.append(_table("Withheld, by kind", entry["units"].items()))
        parts.append(_table("Places searched, by kind", entry["places"].items()))
        read = {way: f"{each['found']} of {each['asked']}" for way, each in entry["read_again"].items()}
        parts.append(_table("Printed sentences that were read again", read.items()))
        controls = entry["controls"]
        if isinstance(controls, dict):
            parts.append(
                f"<p>Planted for the control: {controls['planted']}; found: {controls['found']}.</p>"
            )
        else:
            parts.append(f"<p>Planted and found: {escape(', '.join(controls))}.</p>")
        rows = [
            (
                unit["at"],
                f"{unit['kind']}, withheld by {unit['withheld_by']}{'' if unit['looked_for'] else ' (*)'}",
            )
            for unit in entry.get("withheld", ())
        ]
        if rows:
            parts.append(_table("Withheld (*: says nothing that visible text does not say too)", rows))
    return "\n".join([*parts, "</body></html>", ""])


def _table(title: str, rows: Iterable[tuple[str, Any]]) -> str:
    lines = [
        f"<tr><td>{escape(str(name))}</td><td{' class=n' if isinstance(value, int) else ''}>"
        f"{value if isinstance(value, int) else escape(str(value))}</td></tr>"
        for name, value in rows
    ]
    return f"<h3>{escape(title)}</h3>\n<table>\n" + "\n".join(lines) + "\n</table>"
