"""Nothing that a viewer may not see is left in the text, whatever it is nested in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from builder.conditions import Viewer, Vocabulary
from builder.markdown.vocabulary import BAR
from builder.withhold import withhold

VOCABULARY = Vocabulary(("public", "press", "analysts"), ("open", "closed", "secret"), (), ("a1", "b2"))
VIEWERS = [
    Viewer(VOCABULARY, audience, ceiling, target, redacts)
    for redacts in (False, True)
    for audience in VOCABULARY.audiences
    for ceiling in VOCABULARY.clearances
    for target in ("pdf", "epub")
]
CONDITIONS = (
    {}, {}, {"audience": "press"}, {"audience": "not public"}, {"audience": "press or analysts"},
    {"clearance": "closed"}, {"clearance": "secret"}, {"target": "epub"},
    {"audience": "analysts", "clearance": "closed"}, {"clearance": "secret", "redact": "a1"},
    {"audience": "press", "redact": "b2"},
)  # fmt: skip
WORD = re.compile(r"w\d+w")


@dataclass
class Text:
    """Markdown under construction, and for each word the conditions that it stands under."""

    words: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def word(self, above: list[dict[str, str]]) -> str:
        name = f"w{len(self.words)}w"
        self.words[name] = list(above)
        return name


def attributes(conditions: dict[str, str]) -> str:
    return "{" + " ".join(f'{key}="{value}"' for key, value in conditions.items()) + "}"


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, list[dict[str, str]]]]:
    """A random text of nested divs, lists, quotations, tables, headings and spans."""
    text = Text()

    def condition() -> dict[str, str]:
        return draw(st.sampled_from(CONDITIONS))

    def inline(above: list, depth: int = 0) -> str:
        parts = []
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(
                st.sampled_from(
                    ["word", "word", "span", "strong", "link", "code", "note"] if depth < 3 else ["word"]
                )
            )
            if kind == "word":
                parts.append(text.word(above))
            elif kind == "span":
                own = condition()
                parts.append(f"[{inline([*above, own], depth + 1)}]{attributes(own)}")
            elif kind == "strong":
                parts.append(f"**{inline(above, depth + 1)}**")
            elif kind == "link":
                own = condition()
                parts.append(
                    f"[{inline([*above, own], depth + 3)}](https://example.org/){attributes(own) if own else ''}"
                )
            elif kind == "code":
                parts.append(f"`{text.word(above)} ::: ]{{`")
            else:
                parts.append(f"{text.word(above)}^[{inline(above, depth + 1)}]")
        return draw(st.sampled_from([" ", "\n"])).join(parts) if depth == 0 else " ".join(parts)

    def table(above: list) -> str:
        columns = draw(st.integers(1, 3))
        heads = [condition() for _ in range(columns)]
        lines = [
            "| " + " | ".join(f"{text.word([*above, h])} {attributes(h) if h else ''}" for h in heads) + " |"
        ]
        lines.append("|" + "---|" * columns)
        for _ in range(draw(st.integers(1, 3))):
            row = condition()
            cells = [text.word([*above, row, head]) for head in heads]
            lines.append("| " + " | ".join(cells) + " | " + (attributes(row) if row else ""))
        return "\n".join(lines)

    def indent(block: str, first: str, rest: str) -> str:
        return first + block.replace("\n", "\n" + rest)

    def blocks(above: list, depth: int = 0) -> str:
        made = []
        kinds = ["paragraph", "table", "fence"]
        kinds += ["div", "div", "list", "quote", "line", "heading"] if depth < 3 else []
        # Behind a definition in a list of lists, what follows is indented code, in which ":::" is an error.
        kinds += ["definition"] if depth < 2 else []
        for _ in range(draw(st.integers(1, 3))):
            kind = draw(st.sampled_from(kinds))
            if kind == "paragraph":
                made.append(inline(above))
            elif kind == "table":
                made.append(table(above))
            elif kind == "fence":
                made.append(f"```\n{text.word(above)}\n:::\n```")
            elif kind == "div":
                own = condition()
                opener = "::: " + draw(st.sampled_from(["box", ""] if own else ["box"]))
                made.append(
                    f"{opener} {attributes(own) if own else ''}\n{blocks([*above, own], depth + 1)}\n:::"
                )
            elif kind == "list":
                made.append("\n".join(indent(blocks(above, depth + 1), "- ", "  ") for _ in range(2)))
            elif kind == "quote":
                made.append(indent(blocks(above, depth + 1), "> ", "> "))
            elif kind == "line":
                own = condition() or {"audience": "press"}
                made.append(f"{attributes(own)}\n{text.word([*above, own])} {inline([*above, own], 2)}")
            elif kind == "definition":
                made.append(f"{text.word(above)}\n: {text.word(above)}")
            else:
                own = condition()
                title = text.word([*above, own])
                under = blocks([*above, own], 3)
                made.append(
                    f"## {title} {attributes(own) if own else ''}\n\n{under}\n\n## {text.word(above)}"
                )
        return "\n\n".join(made)

    return blocks([]), text.words


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.sampled_from(VIEWERS))
def test_a_text_keeps_exactly_the_words_that_the_viewer_may_see(document, viewer) -> None:
    """Of a random tree of conditions, the words left are those whose every condition passes."""
    source, words = document
    checked = withhold(source, "x.md", viewer)
    assert checked.value is not None, f"{source}\n" + "\n".join(map(str, checked.problems))
    wanted = {word for word, above in words.items() if all(viewer.judge(own).is_in for own in above)}
    assert set(WORD.findall(checked.value.text)) == wanted, source


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.sampled_from(VIEWERS))
def test_withholding_twice_changes_nothing_more(document, viewer) -> None:
    """The text that is left loses nothing when the same viewer's rules are applied again."""
    first = withhold(document[0], "x.md", viewer).value
    assume(BAR not in first.text)  # Bars are the builder's to write: no text may bring one along.
    again = withhold(first.text, "x.md", viewer).value
    assert again.text == first.text


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.sampled_from(VOCABULARY.audiences))
def test_a_lower_ceiling_never_shows_more(document, audience) -> None:
    """Every word that a viewer sees is seen by a viewer with a higher ceiling."""
    seen = []
    for ceiling in VOCABULARY.clearances:
        viewer = Viewer(VOCABULARY, audience, ceiling, "pdf")
        seen.append(set(WORD.findall(withhold(document[0], "x.md", viewer).value.text)))
    assert seen[0] <= seen[1] <= seen[2]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents(), st.sampled_from(VIEWERS))
def test_lines_stay_so_that_line_numbers_stay_true(document, viewer) -> None:
    """A text has as many lines after withholding as before."""
    source = document[0]
    assert withhold(source, "x.md", viewer).value.text.count("\n") == source.count("\n")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("::: {audience=press}\ntext", "unclosed-div"),
        ("- ::: {audience=press}\n  text\n\n:::", "unclosed-div"),
        (":::\ntext", "stray-div-close"),
        ("[text]{audience=pres}", "unknown-audience"),
        ("[text]{clearance=hidden}", "unknown-clearance"),
        ('[text]{audience=""}', "empty-condition"),
        ('[text]{audience="press or"}', "bad-condition"),
        ('[text]{audience="press analysts"}', "bad-condition"),
        ("[text]{audience=press", "bad-attributes"),
        ("[text]{audience='press}", "bad-attributes"),
        ("::: {audience=press\ntext\n:::", "bad-attributes"),
        ("::: {audience=press} text\n:::", "bad-div"),
        ("text]{audience=press}", "stray-attributes"),
        ("text {audience=press}", "stray-attributes"),
        ("{audience=press}\n\ntext", "stray-attributes"),
        ("## Title {audience=press\n\ntext", "stray-attributes"),
        ("| a |\n|---|\n| b | {audience=press\n", "bad-attributes"),
        ("| a |\n|---|\n| b | c | d |\n", "table-ragged"),
    ],
)  # fmt: skip
def test_a_condition_that_cannot_be_read_is_an_error_and_never_shows_text(source: str, code: str) -> None:
    """Any doubt about who may see something stops the build with a named error."""
    checked = withhold(source, "x.md", VIEWERS[0])
    assert code in [problem.code for problem in checked.problems]
    assert checked.value is None
