"""
The database as a whole, so that a test can say: nothing changed.
"""

from collections.abc import Collection

from django.db import connection

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


def contents(*, without: Collection[str] = ()) -> dict[str, str]:
    """
    Return, per table, the number of its rows and a digest of all they hold.

    :param without: tables left out beside `UPKEEP`
    """
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        names = [row[0] for row in cursor.fetchall() if row[0] not in UPKEEP and row[0] not in without]
        parts = " UNION ALL ".join(
            f"SELECT '{name}', count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')"
            f' FROM "{name}" t{KEPT.get(name, "")}'
            for name in names
        )
        cursor.execute(parts)
        return dict(cursor.fetchall())
