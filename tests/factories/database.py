"""
The database as a whole, so that a test can say: nothing changed, and so that the next one finds nothing.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.core.cache import cache
from django.db import connection, transaction
from django.utils import translation

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname
"""

UPKEEP = frozenset(
    {
        "django_migrations",
        "django_session",
        "foundation_heartbeat",
        "foundation_ratewindow",
        "procrastinate_workers",
    }
)
"""Tables that may change although nothing was done: signs of life, sessions, limits of calls."""

KEPT = {"foundation_audit": " WHERE outcome <> 'REFUSED'"}
"""What of a table counts: that something was refused is written down, as it should be."""

SIGNS_OF_LIFE = {"identity_signin": "seen_at"}
"""A column that changes although nothing was done: when somebody's browser last asked, told once a minute."""

LOGS = frozenset(
    {
        "casework_event",
        "foundation_announcement",
        "foundation_audit",
        "foundation_audit_archive",
        "foundation_audit_block",
        "foundation_look",
        "procrastinate_jobs",
    }
)
"""Tables that tell what happened and what is to be done, with all their parts."""

STAYS = ("django_content_type", "django_migrations")

FULL = """
SELECT oid::regclass::text, coalesce(pg_partition_root(oid), oid)::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL (%s) AND pg_relation_size(oid) > 0
"""

# Triggers refuse to empty the audit trail; a test owns its database and says so.
EMPTY = """
DO $$
DECLARE
    guarded regclass[] := ARRAY(
        SELECT tgrelid FROM pg_trigger WHERE tgname = 'audit_no_truncate' AND tgrelid = ANY ('{{{names}}}'::regclass[])
    );
    one regclass;
BEGIN
    FOREACH one IN ARRAY guarded LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER audit_no_truncate', one);
    END LOOP;
    TRUNCATE {names} CASCADE;
    FOREACH one IN ARRAY guarded LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER audit_no_truncate', one);
    END LOOP;
END $$;
"""


def contents(*, without: Collection[str] = ()) -> dict[str, str]:
    """
    Return, per table, the number of its rows and a digest of all they hold.

    :param without: tables left out beside `UPKEEP`
    """
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [row[0] for row in cursor.fetchall() if row[0] not in UPKEEP and row[0] not in without]
        cursor.execute(" UNION ALL ".join(_digest(name) for name in names))
        return dict(cursor.fetchall())


def _digest(table: str) -> str:
    sign = SIGNS_OF_LIFE.get(table)
    row = f"(to_jsonb(t) - '{sign}')::text" if sign else "t::text"
    return (
        f"SELECT '{table}', count(*) || ' ' || coalesce(md5(string_agg({row}, '|' ORDER BY {row})), '')"
        f' FROM "{table}" t{KEPT.get(table, "")}'
    )


@contextmanager
def rolled_back() -> Iterator[None]:
    """
    Undo in the end what is done inside: an area that several tests share, each in a transaction within.
    """
    cache.clear()
    translation.deactivate()
    atomic = transaction.atomic()
    # As Django marks its own, so that services may insist that theirs is the outermost.
    atomic._from_testcase = True  # type: ignore[attr-defined]
    with atomic:
        yield
        transaction.set_rollback(True)


def empty(*, only: Collection[str] = ()) -> None:
    """
    Empty every table that was written to: emptying three hundred that were not takes longer than most tests.

    :param only: of these tables, partitions included; all when none are named
    """
    with connection.cursor() as cursor:
        cursor.execute(FULL, [list(STAYS)])
        full = [name for name, whole in cursor.fetchall() if not only or whole in only]
        if full:
            cursor.execute(EMPTY.format(names=", ".join(full)))


def empty_logs() -> None:
    """
    Forget what happened and what is to be done.
    """
    empty(only=LOGS)
