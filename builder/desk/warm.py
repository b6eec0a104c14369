"""Loads what a worker needs to set a page; importing this module is all that it is for."""

from contextlib import suppress

import builder.writers.typeset
from builder.desk.capacity import collect_seldom
from builder.diagnostics import BuildProblem
from builder.writers.engine import load_engine

collect_seldom()
# Where a library of the system is missing, the first task says so with its own words.
with suppress(BuildProblem):
    load_engine()
    import builder.writers.faces
    import builder.writers.tagging.plan  # noqa: F401
