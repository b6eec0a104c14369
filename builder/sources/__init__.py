"""What people write, as values with places: text, front matter, YAML, JSON and the shapes they must have."""

from builder.sources.from_json import read_json
from builder.sources.from_yaml import read_yaml
from builder.sources.places import Source
from builder.sources.scalars import Day, Flag, LongText, Text, Whole
from builder.sources.shapes import read_shape
from builder.sources.text import decode, split_front_matter

__all__ = [
    "Day", "Flag", "LongText", "Source", "Text", "Whole",
    "decode", "read_json", "read_shape", "read_yaml", "split_front_matter",
]  # fmt: skip
