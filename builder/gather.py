"""Gathers what the visible text of an edition uses: snippets, data and pictures, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from markdown_it.token import Token
from msgspec.structs import replace

from builder.conditions import CONDITION_KEYS, REDACT
from builder.diagnostics import Checked, Diagnostic, Span, did_you_mean
from builder.images import Picture, read_picture
from builder.judge import Judge
from builder.markdown.attributes import Attributes
from builder.markdown.tree import data_paths, image_sources, is_chart, snippet_uses
from builder.model import Decision
from builder.project import Publication
from builder.schema import DataShape
from builder.sources import decode
from builder.tables import DataTable, lost_words, prune_table, read_csv
from builder.withhold import Pruned, bar_text
from builder.world import ABSENT, PathRefused, World

MAX_SNIPPETS = 12
"""How deep snippets may use each other."""


class Gatherer:
    """Reads each snippet, CSV file and picture once, pruned for one viewer."""

    def __init__(self, publication: Publication, judge: Judge, world: World):
        self.publication, self.judge, self.world = publication, judge, world
        self.problems = judge.problems
        self.snippets: dict[tuple[str, str], Pruned] = {}
        """By name and by the language of the text that uses it."""
        self.data: dict[str, DataTable] = {}
        """By the reference that an author wrote; two spellings of one file share one table."""
        self.data_paths: dict[str, str] = {}
        self.pruned: dict[str, DataTable] = {}
        self.lost: dict[str, re.Pattern] = {}
        """By path: the words that stand in withheld cells only."""
        self.pictures: dict[str, Picture] = {}
        self.withheld: dict[str, Decision] = {}
        """By `snippet name` or `data reference`: what visible text uses and this edition may not have."""

    def gather(self, pruned: Pruned, language: str, trail: tuple[str, ...] = ()) -> None:
        """Reads the snippets, data and pictures that visible text uses, and nothing else."""
        folder = pruned.path.rsplit("/", 1)[0]
        tokens, notes = pruned.parsed.tokens, pruned.parsed.notes
        for attributes, line in snippet_uses(tokens):
            name = attributes.get("ref") or ""
            self._snippet(name, language, pruned.span(line), trail)
            self._snippet_variables(name, language, attributes, pruned.span(line))
        for source, line in data_paths(tokens):
            self.table(source, pruned.span(line))
        for token in filter(is_chart, tokens):
            self._chart(token, pruned.span(token.map[0] + 1))
        for source, line in image_sources(tokens, notes):
            self._picture(source, folder, pruned, line)

    def _snippet(self, name: str, language: str, span: Span, trail: tuple[str, ...]) -> None:
        if not name:
            hint = "write ::: snippet {ref=name}"
            self.problems.append(Diagnostic("bad-snippet", "a snippet without its name", span, hint))
            return
        if len(trail) > MAX_SNIPPETS:
            message = f"snippets inside snippets, more than {MAX_SNIPPETS} deep"
            self.problems.append(Diagnostic("snippet-cycle", message, span, "put the text where it is used"))
            return
        if name in trail:
            chain = " → ".join([*trail, name])
            self.problems.append(
                Diagnostic("snippet-cycle", f"snippets include each other: {chain}", span, "break the chain")
            )
            return
        snippet = self.publication.snippets.get(name)
        if snippet is None:
            hint = did_you_mean(name, self.publication.snippets)
            self.problems.append(Diagnostic("unknown-snippet", f"unknown snippet '{name}'", span, hint))
            return
        if (name, language) in self.snippets:
            return
        snippet = snippet.in_language(language)
        if snippet.language != language:
            hint = (
                f"add {snippet.path.removesuffix('.md')}.{language}.md, or 'missing: source' to the edition"
            )
            self.judge.report_missing(f"the snippet '{name}'", span, hint)
        decision = self.judge.snippet(snippet)
        if decision.bar is not None:
            self.snippets[name, language] = bar_text(decision.bar, snippet.path, 1, is_block=True)
        elif not decision.is_in:
            self.withheld[decision.unit] = decision
        elif (pruned := self.judge.prune(snippet.body, snippet.path)) is not None:
            self.gather(pruned, snippet.language, (*trail, name))
            self.snippets[name, language] = pruned

    def _snippet_variables(self, name: str, language: str, attributes: Attributes, span: Span) -> None:
        snippet = self.publication.snippets.get(name)
        known = (
            re.findall(r"\{\s*var=\"?([\w-]+)", snippet.in_language(language).body.text) if snippet else []
        )
        for key, _ in attributes.values:
            if snippet and key not in ("ref", "fallback", *CONDITION_KEYS, REDACT, "lang", "dir", *known):
                message = f"unknown attribute '{key}': the snippet '{name}' has no such variable"
                self.problems.append(Diagnostic("unknown-attribute", message, span, did_you_mean(key, known)))

    def table(self, source: str, span: Span) -> None:
        """Reads a CSV file and prunes it; nothing where the edition may not see it."""
        if source in self.data or f"data {source}" in self.withheld:
            return
        read = self._read(source, self.publication.folder, span)
        if read is None:
            return
        path, data = read
        name, shape = self.publication.data.get(path, ("", DataShape()))
        decision = self.judge.shape(shape, ("data", name), f"data {name}")
        if not decision.is_in:
            self.withheld[f"data {source}"] = decision
            return
        self.data_paths[source] = path
        if path not in self.pruned:
            text = decode(data, path)
            self.problems.extend(text.problems)
            table = read_csv(text.value, path) if text.value is not None else Checked(None)
            self.problems.extend(table.problems)
            if table.value is None:
                return
            self.pruned[path] = prune_table(
                table.value, self._columns(path), lambda rule, line: self.judge.row(rule, Span(path, line))
            )
            words = lost_words(table.value, self.pruned[path])
            texts = self.publication.texts(self.publication.shape.language)
            words |= {
                own for name, own in texts.names.items() if name.casefold() in {w.casefold() for w in words}
            }
            lost = "|".join(map(re.escape, sorted(words)))
            self.lost[path] = re.compile(rf"(?<!\w)({lost})(?!\w)" if lost else "(?!)", re.IGNORECASE)
        self.data[source] = self.pruned[path]

    def _chart(self, token: Token, start: Span) -> None:
        """A chart's own words must not tell what only withheld cells of its data say."""
        for source, _ in data_paths([token]):
            lost = self.lost.get(self.data_paths.get(source, ""))
            for number, line in enumerate(token.content.split("\n") if lost else ()):
                if found := lost.search(line):
                    message = (
                        f"the chart names '{found[1]}', which stands only in data that this edition withholds"
                    )
                    hint = "put a condition on the chart, and a second one beside it for those who see less"
                    at = Span(start.path, start.line + number)
                    self.problems.append(Diagnostic("bad-chart", message, at, hint))

    def _columns(self, path: str) -> dict[str, Callable[[], bool]]:
        """For each column with conditions, a question whether the edition has it."""
        name, shape = self.publication.data.get(path, ("", DataShape()))

        def ask(column: str) -> Callable[[], bool]:
            place = ("data", name, "columns", column)
            return lambda: self.judge.shape(shape.columns[column], place, f"column {column}").is_in

        return {column: ask(column) for column in shape.columns}

    def _read(self, reference: str, folder: str, span: Span) -> tuple[str, bytes] | None:
        try:
            path = self.world.locate(reference, folder)
            status = self.world.status(path)
            if status == "file":
                return path, self.world.read_bytes(path)
            message = f"'{reference}' {ABSENT.get(status, status)}"
        except PathRefused as problem:
            self.problems.append(Diagnostic(problem.code, problem.message, span, problem.hint or None))
            return None
        self.problems.append(Diagnostic("missing-file", message, span, "correct the name, or add the file"))
        return None

    def _picture(self, source: str, folder: str, pruned: Pruned, line: int) -> None:
        key = f"{folder}|{source}"
        if key in self.pictures:
            return
        checked = read_picture(self.world, source, folder, pruned.span(line))
        at = _place(source, pruned, line) if checked.problems else None
        self.problems.extend(replace(problem, span=at) for problem in checked.problems)
        if checked.value is not None:
            self.pictures[key] = checked.value


def _place(source: str, pruned: Pruned, line: int) -> Span:
    """Line and column of the name of a picture, first written as it is or with its signs escaped from a line on."""
    for number, text in enumerate(pruned.text.split("\n")[line:], line):
        for name in dict.fromkeys((source, unquote(source))):
            if (column := text.find(name)) >= 0:
                return replace(pruned.span(number), column=column + 1)
    return pruned.span(line)
