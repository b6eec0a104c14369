"""How hard an edition is to read, as one number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from builder.lint.look import Finding, Look, plain

LONG_WORD = 7
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END = re.compile(r"[.!?:…。！？؟]+(?=\s|$)|[。！？]")


def reading_score(look: Look) -> int | None:
    """LIX: words per sentence, and long words per hundred words.

    It counts letters, not syllables, so that one formula serves every language with an alphabet
    (C. H. Björnsson, Läsbarhet, 1968). None for an edition of fewer than a hundred words.
    """
    words = long = sentences = 0
    for text in look.texts:
        for line in text.inlines():
            found = _WORD.findall(plain(line))
            words += len(found)
            long += sum(len(word) >= LONG_WORD for word in found)
            if len(found) > 3:
                sentences += max(len(_END.findall(plain(line))), 1)
    return round(words / sentences + 100 * long / words) if words >= 100 and sentences else None


def hard_to_read(look: Look) -> Iterator[Finding]:
    """An edition that is harder to read than its audience wants."""
    most, score = look.selection.audience.max_reading_score, reading_score(look)
    if most is not None and score is not None and score > most:
        yield Finding(
            f"a reading score of {score}, more than {most}",
            look.selection.publication.source.place("editions", look.selection.job.audience),
            "write shorter sentences and shorter words, or raise 'max_reading_score' of the audience",
        )
