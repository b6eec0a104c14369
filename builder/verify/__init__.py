"""Checks of the finished file, before it may be saved; a later check is a row in `CHECKS`."""

from __future__ import annotations

from builder.verify.booklet_rules import keeps_booklet_rules
from builder.verify.budget import within_budget
from builder.verify.complete import is_complete
from builder.verify.print_rules import keeps_print_rules

CHECKS = (within_budget, is_complete, keeps_print_rules, keeps_booklet_rules)
"""Each takes the document, the finished bytes and the page count, and returns problems."""
