"""
Many at once, each with a database connection of its own.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")

LOGS = (
    "casework_event, foundation_look, foundation_announcement, foundation_audit, foundation_audit_block, "
    "foundation_audit_archive"
)

# Triggers refuse to empty the audit trail; a test owns its database and says so.
EMPTY = f"""
DO $$
DECLARE
    one regclass;
BEGIN
    FOR one IN SELECT tgrelid FROM pg_trigger WHERE tgname = 'audit_no_truncate' LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER audit_no_truncate', one);
    END LOOP;
    TRUNCATE {LOGS};
    TRUNCATE procrastinate_jobs CASCADE;
    FOR one IN SELECT tgrelid FROM pg_trigger WHERE tgname = 'audit_no_truncate' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER audit_no_truncate', one);
    END LOOP;
END $$;
"""


def in_parallel(count: int, work: Callable[[int], T]) -> list[T | Exception]:
    """
    Call `work` with 0 ... count - 1, all at the same moment; return what each gave or raised, in order.
    """
    barrier = Barrier(count)

    def run(number: int) -> T | Exception:
        try:
            barrier.wait(timeout=30)
            return work(number)
        except Exception as error:  # noqa: BLE001 - reported to the test
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=count) as pool:
        return list(pool.map(run, range(count)))


def empty_logs() -> None:
    """
    Empty what Django does not empty after a test with real transactions, because it does not manage it.
    """
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
