"""The edition builder: one source, an edition for every audience, as PDF and EPUB."""

__version__ = "0.1.0"
