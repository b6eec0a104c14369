"""MyST directives, which stand in fences, as the builder's divs, figures, tables and code."""

from __future__ import annotations

import re
from collections.abc import Callable

from masks import outside_code

_OPEN = re.compile(r"(?P<indent>[ ]*)(?P<ticks>`{3,})[ ]*(?P<info>.*)$")
_DIRECTIVE = re.compile(r"\{(?P<name>[\w-]+)\}[ ]*(?P<argument>.*)$")
# The builder's own note is a margin note of few words, so a note becomes a box; the others bring their label.
_CALLOUTS = {"note": "box", "important": "warning", "caution": "warning", "warning": "warning", "tip": "tip"}
_TITLES = {"note": "Note", "important": "Important"}
_FORMULA = re.compile(r"\$\$[^$\n]+\$\$|\$[A-Za-z]\$|\$(?=[^$\n]*[\\_=^'])[A-Za-z][^$\n]*\$")
_ROLE = re.compile(r"\{kbd\}`([^`]+)`")
_LANGUAGES = {"py": "Python", "python": "Python", "r": "R", "sh": "Shell"}

Found = tuple[str, dict[str, str], list[str]]
"""What a directive holds: its argument, its options, its lines."""


def directives(text: str) -> str:
    """The text with every directive in the builder's own syntax; other fences stay as they are."""
    return "\n".join(_convert(text.split("\n")))


def roles(text: str) -> str:
    """Keys as HTML, which the builder keeps, and formulas as the code that they are written in."""
    text = _ROLE.sub(r"<kbd>\1</kbd>", text)
    return outside_code(text, lambda part: _FORMULA.sub(r"`\g<0>`", part))


def _convert(lines: list[str]) -> list[str]:
    made: list[str] = []
    index = 0
    while index < len(lines):
        opened = _OPEN.match(lines[index])
        if opened is None:
            made.append(lines[index])
            index += 1
            continue
        end = index + 1
        close = re.compile(rf" {{0,{len(opened['indent']) + 3}}}{opened['ticks']}[ ]*")
        while end < len(lines) and not close.fullmatch(lines[end]):
            end += 1
        directive = _DIRECTIVE.match(opened["info"])
        if directive is None:
            # What is open at the end of a directive ends with it.
            made.extend([*lines[index:end], opened["indent"] + opened["ticks"]])
        else:
            indent = opened["indent"]
            inner = [line.removeprefix(indent) for line in lines[index + 1 : end]]
            converted = _HANDLERS[directive["name"]]((directive["argument"], *_options(inner)))
            made.extend(indent + line if line else "" for line in converted)
        index = end + 1
    return made


def _options(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """Parts the options at the top, as `:key: value` or between two `---`, from the content."""
    options: dict[str, str] = {}
    index = 0
    is_fenced = bool(lines) and lines[0].strip() == "---"
    pattern = re.compile(("" if is_fenced else ":") + r"(?P<key>[\w-]+):[ ]*(?P<value>.*)")
    index += is_fenced
    while index < len(lines) and (option := pattern.fullmatch(lines[index].strip())):
        options[option["key"]] = option["value"]
        index += 1
    return options, lines[index + is_fenced :]


def _div(name: str, title: str, found: Found) -> list[str]:
    label = [f"({found[1]['name']})="] if "name" in found[1] else []
    attributes = f' {{title="{_quoted(title)}"}}' if title else ""
    return ["", f"::: {name}{attributes}", "", *label, *_convert(found[2]), "", ":::", ""]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _callout(name: str) -> Callable[[Found], list[str]]:
    return lambda found: _div(_CALLOUTS[name], found[0] or _TITLES.get(name, ""), found)


def _admonition(found: Found) -> list[str]:
    kind = "warning" if found[1].get("class") == "important" else "box"
    return _div(kind, found[0], found)


def _tabs(found: Found) -> list[str]:
    return ["", *_convert(found[2]), ""]


def _tab(found: Found) -> list[str]:
    return ["", f"**{found[0]}**", "", *_convert(found[2]), ""]


def _code_tab(found: Found) -> list[str]:
    language, _, label = found[0].partition(" ")
    return ["", f"**{label or _LANGUAGES[language]}**", "", *_fence(language, found[2]), ""]


def _code_block(found: Found) -> list[str]:
    return _fence(found[0], found[2])


def _fence(language: str, lines: list[str]) -> list[str]:
    # A longer mark than any in the code, which may hold fences itself.
    longest = max((len(ticks) for line in lines for ticks in re.findall(r"`{3,}", line)), default=2)
    while lines and not lines[0].strip():
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return ["`" * (longest + 1) + language, *lines, "`" * (longest + 1)]


def _epigraph(found: Found) -> list[str]:
    # Not the builder's pull quote: that repeats words of its page, and no ebook prints it.
    return ["", *(f"> {line}".rstrip() for line in found[2]), ""]


def _figure(found: Found) -> list[str]:
    source, options, caption = found
    words = " ".join(line.strip() for line in caption if line.strip())
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", words)
    alt = options.get("alt") or plain or options["name"].replace("_", " ")
    return ["", "::: figure", f"![{alt}]({source})", "", *caption, "", ":::", ""]


def _list_table(found: Found) -> list[str]:
    rows: list[list[str]] = []
    for line in found[2]:
        item = re.match(r"(?P<row>\*)?[ ]*-[ ]*(?P<cell>.*)$", line)
        if item is None:
            continue
        if item["row"]:
            rows.append([])
        rows[-1].append(item["cell"].replace("|", "\\|"))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return ["", f"Table: {found[0]}", "", *lines, ""]


def _nothing(found: Found) -> list[str]:
    """A note to self, which the original does not print either."""
    return []


_HANDLERS: dict[str, Callable[[Found], list[str]]] = {
    **{name: _callout(name) for name in _CALLOUTS},
    "admonition": _admonition,
    "tabs": _tabs,
    "tab": _tab,
    "code-tab": _code_tab,
    "code-block": _code_block,
    "epigraph": _epigraph,
    "figure": _figure,
    "list-table": _list_table,
    "todo": _nothing,
}
