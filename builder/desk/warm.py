"""Loads what a worker needs to set a page; importing this module is all that it is for."""

from contextlib import suppress

import builder.pipeline
import builder.writers.epub
import builder.writers.pdf  # noqa: F401
from builder.desk.capacity import collect_seldom
from builder.diagnostics import BuildProblem
from builder.writers.engine import load_engine

# Where a library of the system is missing, the first task says so with its own words.
with suppress(BuildProblem):
    load_engine()

collect_seldom()
