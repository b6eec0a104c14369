"""The command `builder`, and `python -m builder`."""

import atexit
import gc
import os
import sys
import threading


def main() -> None:
    """Runs the command line; Ctrl-C while it is being loaded ends it without a word, as at any later time."""
    try:
        from builder.desk.capacity import collect_seldom

        collect_seldom()
        # Threads hand out tasks: who is asked to do one need not wait five times as long for it.
        sys.setswitchinterval(0.001)
        from builder.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        run()
    except SystemExit as ended:
        _leave(ended.code or 0)
        raise
    finally:
        # What there still is goes with the process: to look through it for garbage is a tenth of a run that makes nothing.
        gc.freeze()


def _leave(code: object) -> None:
    """Ends the process with all that is to be done at its end, but does not take it apart, which costs a twentieth of a run.

    Returns where a thread has not ended, or something can't be printed: Python knows what to do.
    """
    others = [each for each in threading.enumerate() if each is not threading.main_thread() and not each.daemon]
    if others or not isinstance(code, int):
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    atexit._run_exitfuncs()
    os._exit(code)


if __name__ == "__main__":
    main()
