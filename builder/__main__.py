"""The command `builder`, and `python -m builder`."""

import sys


def main() -> None:
    """Runs the command line; Ctrl-C while it is being loaded ends it without a word, as at any later time."""
    try:
        from builder.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
