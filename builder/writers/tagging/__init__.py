"""Tags for PDFs: a structure tree made from the HTML element tree, one element each, whatever the page.

`plan` reads the laid out pages before they are drawn, `hooks` marks what is drawn, `write` adds the tree to
the file.
"""
