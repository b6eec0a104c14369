"""A text of a finished file, evened out: what all readers give, whatever is looked for in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any

from msgspec import Struct

from builder.verify.leaks.words import even, squeezed

_PAGE = 20_000
"""Letters of a text that may be that of a page, which editions share, and of which an edit leaves most as they were."""


class Place(Struct, frozen=True, dict=True):
    """A text of a finished file, and where it stands."""

    kind: str
    """As the report counts it: `page text, PDFium`, `outline`, `attributes`."""
    where: str
    """As a message says it: `page 3, text`."""
    text: str
    sort: str = "words"
    """`words` that people read, `names` that files and anchors have, `notes` in code, or `code`."""
    finer: Callable[[], Iterable[Place]] | None = None
    """The same text in smaller places, asked for only where something was found."""
    digests: tuple[str, ...] = ()

    @cached_property
    def normal(self) -> tuple[str, str]:
        """The text evened out, and its letters run together; whoever hands on a place may have worked it out."""
        return (_normal_again if len(self.text) <= _PAGE else _normal)(self.text)

    def __reduce__(self) -> tuple[Any, ...]:
        """With what was worked out: a struct of msgspec leaves it behind."""
        return _as_it_was, (tuple(getattr(self, name) for name in self.__struct_fields__), vars(self))


def _as_it_was(fields: tuple[Any, ...], known: dict[str, Any]) -> Place:
    place = Place(*fields)
    vars(place).update(known)
    return place


def _normal(text: str) -> tuple[str, str]:
    evened = even(text)
    return evened, squeezed(evened)


_normal_again = lru_cache(maxsize=2048)(_normal)


def made_ready(places: Iterable[Place]) -> list[Place]:
    """Places whose texts are evened out already, for who searches them later or elsewhere."""
    ready = list(places)
    for place in ready:
        place.normal  # noqa: B018 (it is worked out, and stays so)
    return ready
