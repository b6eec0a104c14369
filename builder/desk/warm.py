"""Loads what a worker needs to set a page; importing this module is all that it is for."""

import gc
from contextlib import suppress

import builder.pipeline
import builder.writers.epub
import builder.writers.pdf  # noqa: F401
from builder.diagnostics import BuildProblem
from builder.writers.engine import load_engine

# Where a library of the system is missing, the first task says so with its own words.
with suppress(BuildProblem):
    load_engine()

# A document is a million small things that stay until its file is made: looking among them for garbage as often as
# Python does by itself costs a worker a tenth of the time of a book whose pages are all kept.
gc.set_threshold(50_000, 20, 50)
