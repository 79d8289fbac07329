"""
The inside of the process in which a file is rebuilt; knows neither Django nor the rest of the server.

Input: the file on stdin. Output on stdout: one line of JSON (`problem`, `detail`, `removed`), then the
clean file. Arguments: most bytes of memory, most seconds of processor time.

Before the file is looked at, the process gives away what it does not need: it can open no file and no connection,
start no process, gain no right, and where the kernel lets it, it stands in a network that is empty.
"""

import contextlib
import ctypes
import json
import resource
import sys
from collections.abc import Callable

Cleaner = Callable[[bytes], tuple[bytes, set[str]]]
"""Returns the clean file and what was taken out, codes of `values.Removed`."""


PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
STANDARD_STREAMS = 3


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
    content = sys.stdin.buffer.read()
    give_up_rights()
    problem, detail = "", ""
    clean, removed = b"", set[str]()
    try:
        clean, removed = cleaner(content)
    except CannotCleanError as error:
        problem, detail = error.problem, error.detail
    except (MemoryError, RecursionError):
        problem = "TOO_COMPLEX"
    answer = {"problem": problem, "detail": detail, "removed": sorted(removed)}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + clean)
    sys.stdout.buffer.flush()


def leave_network() -> None:
    """
    Stand in a network that is empty, where the kernel lets a process of one thread do so.

    A program that starts threads before it looks at the file calls this first; afterwards it is refused.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET)


def give_up_rights() -> None:
    """
    Leave this process nothing but its memory, its processor time and its standard streams.

    No descriptor beyond the three standard ones can be opened: neither file nor socket nor pipe.
    """
    leave_network()
    with contextlib.suppress(OSError, AttributeError):
        kernel = ctypes.CDLL(None, use_errno=True)
        # Each by itself, and each may be refused where the machine forbids it; the limits below hold everywhere.
        kernel.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        kernel.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    with contextlib.suppress(AttributeError, ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (STANDARD_STREAMS, STANDARD_STREAMS))
