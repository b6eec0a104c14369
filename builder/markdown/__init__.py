"""The Markdown door: text to tokens, and where each conditional unit stands in the text."""
