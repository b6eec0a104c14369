"""How far a run is: a bar with the time left on a terminal, a line for each finished file elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

# Where nobody watches a bar, none of what draws it is loaded.
if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


class Meter:
    """One display for a run, on a terminal if there is one; what is to be done can grow while it runs."""

    def __init__(self, terminal: Console | None, total: int, is_shown: bool):
        self.is_shown, self.total = is_shown, total
        self.bar: Progress | None = None
        if is_shown and terminal is not None and total:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            left = TimeRemainingColumn(elapsed_when_finished=True)
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), left)
            self.bar = Progress(*columns, console=terminal, transient=True, speed_estimate_period=300)
            self.task = self.bar.add_task("building", total=total)

    def __enter__(self) -> Meter:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def expect(self, count: int) -> None:
        """Adds to what is to be done."""
        self.total += count
        if self.bar is not None:
            self.bar.update(self.task, total=self.total)

    def advance(self, name: str) -> None:
        """Says that a part of the work is done which is no file."""
        if self.bar is not None:
            self.bar.update(self.task, advance=1, description=name)

    def step(self, name: str, is_good: bool) -> None:
        """Says that one file is done, or that it could not be made."""
        self.advance(name)
        if self.bar is None and self.is_shown:
            click.echo(f"{'done' if is_good else 'failed'} {name}", err=True)
