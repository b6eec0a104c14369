"""The edition builder: one source, an edition for every audience, as PDF and EPUB."""

__version__ = "0.1.0"

TOOL = f"Edition builder {__version__}"
"""What finished files name as the program that made them."""

NAMESPACE = "urn:uuid:aa13c28b-99e1-50c2-9cee-41211fc8cd03#"
"""Of the words that finished files say their provenance with: `edition` and `inputs`."""
