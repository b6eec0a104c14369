"""Themes: a folder of tokens, fonts, a logo and styles below `templates/themes`, checked before it is used."""

from __future__ import annotations

from builder.themes.load import adapt_theme, load_theme

__all__ = ["adapt_theme", "load_theme"]
