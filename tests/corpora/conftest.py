"""Corpora are not in the repository: without the folder that holds them there is nothing to collect."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("CORPORA") else ["test_corpora.py"]
