"""A comparison as people read it on a terminal, and as a script reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from builder.diff.compare import ADDED, CHANGES, REMOVED, UnitChange
from builder.diff.words import GONE, NEW, SAME

_CONTEXT = 6
"""Words that are printed on each side of a change."""
_STYLES = {GONE: "red strike", NEW: "green underline", SAME: ""}
_SIGNS = {GONE: ("[-", "-]"), NEW: ("{+", "+}"), SAME: ("", "")}


def changes_record(old: str, new: str, clearance: str, changes: Sequence[UnitChange]) -> dict[str, Any]:
    """Everything that changed, as plain values."""
    return {
        "old": old,
        "new": new,
        "for_distribution": False,
        "clearance": clearance,
        "sections": {kind: sum(kind in change.kinds for change in changes) for kind in CHANGES},
        "words": {GONE: sum(each.gone for each in changes), NEW: sum(each.came for each in changes)},
        "changes": [_unit_record(change) for change in changes],
    }


def _unit_record(change: UnitChange) -> dict[str, Any]:
    record: dict[str, Any] = {
        "section": change.id,
        "title": change.title,
        "kinds": list(change.kinds),
        "words": {GONE: change.gone, NEW: change.came},
        "blocks": [
            {"at": block.at, "runs": [[run.kind, run.text] for run in block.runs]} for block in change.blocks
        ],
    }
    if change.old is not None and change.new is not None:
        if change.old.title != change.new.title:
            record["old_title"] = change.old.title
        if change.old.parent != change.new.parent:
            record["from"], record["to"] = change.old.parent, change.new.parent
    return record


def print_changes(console: Console, record: dict[str, Any]) -> None:
    """The comparison as text: `[-went-]` and `{+came+}`, on a terminal in colour, too.

    Of a section that came or went as a whole the first words stand for it.
    """
    console.print(f"{record['old']} -> {record['new']}", style="bold")
    console.print(
        f"holds text up to the clearance '{record['clearance']}': not for distribution", style="yellow"
    )
    if not record["changes"]:
        console.print("no difference")
        return
    for unit in record["changes"]:
        console.print()
        _print_unit(console, unit)
    console.print()
    counted = ", ".join(f"{count} {kind}" for kind, count in record["sections"].items() if count)
    words = record["words"]
    console.print(f"sections: {counted}; words: {words[GONE]:,} went, {words[NEW]:,} came", style="bold")


def _print_unit(console: Console, unit: dict[str, Any]) -> None:
    head = Text()
    head.append(", ".join(unit["kinds"]), style="bold")
    head.append(f"  {unit['section']}: {unit['title']}  (-{unit['words'][GONE]} +{unit['words'][NEW]} words)")
    console.print(head, soft_wrap=True)
    if "old_title" in unit:
        console.print(Text(f"  title was: {unit['old_title']}"), soft_wrap=True)
    if "from" in unit:
        console.print(
            Text(f"  from '{unit['from'] or 'the top'}' to '{unit['to'] or 'the top'}'"), soft_wrap=True
        )
    is_whole = {ADDED, REMOVED} & set(unit["kinds"])
    for block in unit["blocks"][: 3 if is_whole else None]:
        line = Text("  ")
        if block["at"]:
            line.append(f"{block['at']}: ", style="dim")
        line.append_text(_runs(block["runs"], is_cut=bool(is_whole)))
        console.print(line, soft_wrap=True)
    if is_whole and len(unit["blocks"]) > 3:
        console.print(Text(f"  … and {len(unit['blocks']) - 3} more blocks"), style="dim")


def _runs(runs: list[list[str]], is_cut: bool) -> Text:
    made = Text()
    for index, (kind, text) in enumerate(runs):
        opening, ending = _SIGNS[kind]
        words = text.strip()
        if kind == SAME:
            words = _shortened(words, index > 0, index < len(runs) - 1)
        elif is_cut:
            words = _shortened(words, True, False, 12)
        if index and (text[:1].isspace() or runs[index - 1][0] != SAME != kind):
            made.append(" ")
        made.append(f"{opening}{words}{ending}", style=_STYLES[kind])
    return made


def _shortened(text: str, has_before: bool, has_after: bool, count: int = _CONTEXT) -> str:
    """The words next to a change, with an ellipsis for those that are left out."""
    words = text.split(" ")
    if len(words) <= count * (has_before + has_after) + 2:
        return text
    return " ".join([*(words[:count] if has_before else []), "…", *(words[-count:] if has_after else [])])
