"""
Running a module of ours on a stranger's file, in a process that may die of it.
"""

import os
import subprocess
import sys
from pathlib import Path

import tongban


class DiedError(Exception):
    """
    The process gave no answer: it took too long, hit a limit or crashed. `how` says which, for developers.
    """

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


def answer_of(command: list[str], content: bytes, *, most_seconds: float) -> bytes:
    """
    Return what `python -m …` writes when it is given `content`.

    :param command: module and arguments, ours
    :param most_seconds: of patience; limits of memory and processor time are set by `sandbox` inside
    :raises DiedError: there is no answer
    """
    # No environment but the path of our own code: the process needs no key and no database.
    environment = {
        "PYTHONPATH": str(Path(tongban.__file__).parents[1]),
        "PATH": os.defpath,
        "LC_ALL": "C.UTF-8",
    }
    try:
        ended = subprocess.run(  # noqa: S603 - the command is ours; the file comes by stdin
            [sys.executable, "-P", "-m", *command],
            input=content,
            capture_output=True,
            timeout=most_seconds,
            env=environment,
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DiedError("time") from error
    if ended.returncode != 0:
        raise DiedError(f"exit {ended.returncode}")
    return ended.stdout
