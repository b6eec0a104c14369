"""Benchmarks, run by hand: this builder and its peers, on a book made of the handbook's own sentences."""
