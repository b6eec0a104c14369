"""The command `builder`, and `python -m builder`."""

import gc
import sys


def main() -> None:
    """Runs the command line; Ctrl-C while it is being loaded ends it without a word, as at any later time."""
    try:
        from builder.desk.capacity import collect_seldom

        collect_seldom()
        from builder.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        run()
    finally:
        # What there still is goes with the process: to look through it for garbage is a tenth of a run that makes nothing.
        gc.freeze()


if __name__ == "__main__":
    main()
