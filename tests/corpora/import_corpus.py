"""Turns a corpus into a project of the builder, and with `--check` builds it and compares the result."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from check import build, check
from convert import convert
from corpus import read_corpus


def main() -> int:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, help="the folder with tree.json and oracle.json")
    parser.add_argument("destination", type=Path, help="the folder of the project; made if need be")
    parser.add_argument("--check", action="store_true", help="build all editions and compare with the oracle")
    parser.add_argument("--target", action="append", choices=("epub", "pdf"), help="only this kind of file")
    options = parser.parse_args()
    corpus = read_corpus(options.corpus)
    print(f"made {convert(corpus, options.destination)}")
    if not options.check:
        return 0
    failures = []
    for target in options.target or ("epub", "pdf"):
        failures += check(build(corpus, options.destination, target))
    for failure in failures:
        print(f"wrong: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
