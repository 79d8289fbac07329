"""
The inside of the process in which a file is rebuilt; knows neither Django nor the rest of the server.

Input: the file on stdin. Output on stdout: one line of JSON (`problem`, `detail`, `removed`), then the
clean file. Arguments: most bytes of memory, most seconds of processor time.
"""

import json
import resource
import sys
from collections.abc import Callable

Cleaner = Callable[[bytes], tuple[bytes, set[str]]]
"""Returns the clean file and what was taken out, codes of `values.Removed`."""


class CannotCleanError(Exception):
    """
    The file cannot be made safe; `problem` is a code of `rules.Problem`.
    """

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.detail = detail[:200]


def run(cleaner: Cleaner) -> None:
    """
    Clean stdin to stdout under the limits given as arguments; a refusal is an answer, not a failure.
    """
    most_memory_bytes, most_cpu_seconds = (int(argument) for argument in sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_AS, (most_memory_bytes, most_memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (most_cpu_seconds, most_cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    problem, detail = "", ""
    clean, removed = b"", set[str]()
    try:
        clean, removed = cleaner(sys.stdin.buffer.read())
    except CannotCleanError as error:
        problem, detail = error.problem, error.detail
    except (MemoryError, RecursionError):
        problem = "TOO_COMPLEX"
    answer = {"problem": problem, "detail": detail, "removed": sorted(removed)}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + clean)
    sys.stdout.buffer.flush()
