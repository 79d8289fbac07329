"""
Many at once, each with a database connection of its own.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def in_parallel(count: int, work: Callable[[int], T]) -> list[T | Exception]:
    """
    Call `work` with 0 ... count - 1, all at the same moment; return what each gave or raised, in order.
    """
    barrier = Barrier(count)

    def run(number: int) -> T | Exception:
        try:
            barrier.wait(timeout=120)
            return work(number)
        except Exception as error:  # noqa: BLE001 - reported to the test
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(run, range(count)))
