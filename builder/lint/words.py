"""Rules on words: links, scripts, abbreviations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby

from markdown_it.token import Token

from builder.lint.look import Finding, Look, Text, plain, same
from builder.markdown.tree import attributes_of, closing

_EMPTY_WORDS = {
    same(words)
    for words in (
        "here", "click here", "click", "this link", "link", "see here", "read more", "more", "this page",
        "ici", "cliquez ici", "ce lien", "en savoir plus", "hier", "hier klicken", "mehr", "dieser link",
        "aquí", "haga clic aquí", "este enlace", "здесь", "тут", "по ссылке", "подробнее", "энд",
        "энд дарна уу", "这里", "点击这里", "此处", "هنا", "اضغط هنا",
    )
}  # fmt: skip
"""Words that say nothing of where a link leads, in the languages that have a manner."""
_SCRIPTS = {
    "CYRILLIC": {"ru", "mn", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tg"},
    "ARABIC": {"ar", "fa", "ur", "ug", "ps"},
    "HEBREW": {"he", "yi"},
    "GREEK": {"el"},
    "CJK": {"zh", "ja", "ko"},
    "HIRAGANA": {"ja"},
    "KATAKANA": {"ja"},
    "HANGUL": {"ko"},
    "THAI": {"th"},
    "DEVANAGARI": {"hi", "mr", "ne", "sa"},
    "TIBETAN": {"bo", "dz"},
    "MONGOLIAN": {"mn"},
    "GEORGIAN": {"ka"},
    "ARMENIAN": {"hy"},
}
"""By script, the languages that it is written for. Latin letters stand in texts of every language."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_CAPITALS = re.compile(r"(?<![\w.@/-])[A-ZА-ЯЁӨҮ]{3,8}(?![\w@/-])")


def _links(look: Look) -> Iterator[tuple[Text, Token, str, str]]:
    """Each link to the web with its text, its words and its address."""
    for text in look.texts:
        for line in text.inlines():
            for index, token in enumerate(line):
                address = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
                if re.match(r"https?://|mailto:", address):
                    yield text, token, plain(line[index + 1 : closing(line, index)]), address


def empty_words(look: Look) -> Iterator[Finding]:
    """A link whose words say nothing to somebody who hears a list of links."""
    for text, token, words, _ in _links(look):
        if same(words) in _EMPTY_WORDS:
            hint = "let the link's words say where it leads"
            yield Finding(
                f"the words '{words}' do not say where the link leads", text.span(token, f"[{words}"), hint
            )


def bare_address(look: Look) -> Iterator[Finding]:
    """A link whose words are its address, which is read out sign by sign."""
    for text, token, words, address in _links(look):
        if words == address and not address.startswith("mailto:"):
            hint = "write [what is there](address); print adds the address where it is wanted"
            yield Finding(f"a web address stands for words: '{address}'", text.span(token, address), hint)


def same_words(look: Look) -> Iterator[Finding]:
    """The same words on links to different addresses."""
    first: dict[str, tuple[str, object]] = {}
    for text, token, words, address in _links(look):
        known, place = first.setdefault(same(words), (address, text.span(token, f"[{words}")))
        if known.rstrip("/") != address.rstrip("/") and same(words):
            yield Finding(
                f"the words '{words}' lead to another address at {place}", text.span(token, f"[{words}"),
                "use words that tell the two apart",
            )  # fmt: skip


def foreign_script(look: Look) -> Iterator[Finding]:
    """A run of another script, which is read out in the wrong voice unless `lang` names its language."""
    for text in look.texts:
        marked = 0
        for token in text.tokens:
            has_tongue = attributes_of(token).get("lang") is not None
            if token.nesting == -1 and marked:
                marked -= 1
            elif token.nesting == 1 and (marked or has_tongue):
                marked += 1
            elif token.children and not marked and not has_tongue:
                yield from _foreign_runs(text, token.children)


def _foreign_runs(text: Text, line: list[Token]) -> Iterator[Finding]:
    marked = 0
    for token in line:
        if token.nesting == -1 and marked:
            marked -= 1
        elif token.nesting == 1 and (marked or attributes_of(token).get("lang") is not None):
            marked += 1
        elif token.type == "text" and not marked:
            for script, words in groupby(_WORD.finditer(token.content), lambda word: _script(word[0])):
                found = list(words)
                run = token.content[found[0].start() : found[-1].end()]
                if script and text.language.split("-")[0] not in _SCRIPTS[script]:
                    yield Finding(
                        f"'{run}' is in another script than text in '{text.language}', and has no 'lang'",
                        text.span(token, run), f"write [{run}]{{lang=…}} with its language",
                    )  # fmt: skip


def _script(word: str) -> str:
    """The script of all letters of a word; empty for Latin, mixed and unknown ones."""
    names = {unicodedata.name(char, "").split(" ")[0].split("-")[0] for char in word}
    return names.pop() if len(names) == 1 and names <= set(_SCRIPTS) else ""


def undefined_abbreviation(look: Look) -> Iterator[Finding]:
    """Capitals that come back and are never written out."""
    seen: dict[str, list[tuple[Text, Token]]] = {}
    words: list[str] = []
    for text in look.texts:
        for line in text.inlines():
            words.append(plain(line))
            for token in line:
                if token.type == "text" and token.content.upper() != token.content:
                    for name in _CAPITALS.findall(token.content):
                        seen.setdefault(name, []).append((text, token))
    whole = " ".join(words)
    for name, places in seen.items():
        known = look.selection.publication.texts(places[0][0].language).abbreviations
        is_written_out = re.search(rf"\({name}[\s,;)]|\b{name} \(", whole)
        if len(places) > 1 and name not in known and not is_written_out:
            text, token = places[0]
            hint = f"write it out once, or add 'abbreviations: {{{name}: …}}' to the publication"
            yield Finding(
                f"the abbreviation '{name}' comes back and is never written out", text.span(token, name), hint
            )
