"""
A progress bar that counts cases.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def case_bar(title: str, *, total: int, is_quiet: bool) -> Iterator[Callable[[int], None]]:
    """
    Show a bar on standard error and give a function that says how many cases are done.

    :param total: cases in all
    :param is_quiet: show nothing
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=is_quiet) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.update(task, completed=done)
