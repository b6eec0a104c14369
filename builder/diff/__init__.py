"""What changed between two editions of a publication, or two states of one: by section and by word."""
