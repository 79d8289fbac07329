"""
Child processes that cannot outlive the one that started them, and processes that start quickly.
"""

import ctypes
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@contextmanager
def loading() -> Iterator[None]:
    """
    Look for no garbage while a program is loaded, nor ever in what was loaded: it stays until the end.

    A fifth of a start went into that; children that are forked afterwards share the memory for longer, too.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def collecting_later() -> Iterator[None]:
    """
    Look for no garbage while thousands of things are made that all go at the end: a tenth of the time of a batch.

    It holds for the whole process. Where threads do so at once, the first that ends begins to look again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def bind_to_parent(death_signal: signal.Signals) -> None:
    """
    Ask the kernel to send this process `death_signal` when the process that started it dies; Linux only.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """
    Return what a child must run before its program to get `death_signal` when we die, kill -9 included.

    Linux only; elsewhere what is left over is stopped at the next start. It runs in the child between fork
    and exec and must allocate as little as possible, so the library is loaded beforehand.
    """
    parent = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os._exit(1)  # the parent died between fork and prctl

    return prepare


def spawn(
    command: Sequence[str],
    *,
    death_signal: signal.Signals = signal.SIGTERM,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """
    Start `command` in a process group of its own, bound to our life.

    :param death_signal: what it gets when we die
    :param environment: whole environment of the child; None means ours
    :param output: where its standard output and error go; None means ours
    :param options: handed to `subprocess.Popen`, such as `user`
    """
    return subprocess.Popen(  # noqa: S603 -- callers hand over fixed commands
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=environment,
        process_group=0,
        preexec_fn=die_with_parent(death_signal),  # noqa: PLW1509 -- nothing else can bind a child to our life
        **options,
    )


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """
    Send a signal to a child and everything it started; nothing happens when they are gone.
    """
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def processes_in(folder: Path) -> list[int]:
    """
    Return the living processes whose working folder is `folder`; PostgreSQL's all work in their data folder.

    A process that ended but was not waited for (a zombie) is not living. Empty where there is no /proc.
    """
    wanted = os.path.realpath(folder)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == wanted:  # noqa: PTH115 -- a Path would resolve the deleted mark
                found.append(int(entry.name))
        except OSError:
            continue
    return sorted(found)
