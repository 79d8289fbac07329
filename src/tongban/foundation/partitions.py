"""
Monthly partitions of the tables that grow without end.

A partitioned table has a default partition too: a row of any month is accepted at any time, so a missing
partition is a matter of housekeeping and never of a lost case.
"""

import re
from datetime import date, datetime
from typing import Final

from django.db import connection

from tongban.foundation.clock import CHINA

PARTITIONED = (
    "foundation_audit",
    "foundation_announcement",
    "foundation_look",
    "casework_event",
    "exchange_entry",
    "exchange_receipt",
    "registers_use",
    "caselibrary_record",
    "caselibrary_part",
    "sharing_call",
)
MONTHS_AHEAD = 18
MONTH: Final = re.compile(r"_(\d{4})(\d{2})\Z")
PARTITIONS: Final = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname
"""

CREATE_FUNCTION = """
CREATE OR REPLACE FUNCTION tongban_ensure_partitions(parent text, first_month date, months int)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    month date := date_trunc('month', first_month);
    made int := 0;
BEGIN
    FOR i IN 1..months LOOP
        IF to_regclass(format('%I', parent || to_char(month, '_YYYYMM'))) IS NULL THEN
            -- Bounds are midnights of Beijing, written with their offset so that no session setting moves them.
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                parent || to_char(month, '_YYYYMM'), parent,
                to_char(month, 'YYYY-MM-DD') || ' 00:00:00+08',
                to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+08');
            -- A statement trigger of the parent does not reach its partitions.
            IF EXISTS (SELECT 1 FROM pg_trigger
                       WHERE tgrelid = to_regclass(parent) AND tgname = 'audit_no_truncate') THEN
                EXECUTE format('CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %I
                    FOR EACH STATEMENT EXECUTE FUNCTION tongban_refuse_change()',
                    parent || to_char(month, '_YYYYMM'));
            END IF;
            made := made + 1;
        END IF;
        month := month + interval '1 month';
    END LOOP;
    RETURN made;
END $$;

CREATE OR REPLACE FUNCTION tongban_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


def create_partitioned(table: str, columns: str, *, append_only: bool = True) -> str:
    """
    Return the SQL of a table partitioned by the month of its column `at`.

    :param columns: column definitions and keys; the primary key must contain `at`
    :param append_only: rows are neither changed nor deleted, by trigger
    """
    made = f"""
CREATE TABLE {table} ({columns}) PARTITION BY RANGE (at);
CREATE TABLE {table}_other PARTITION OF {table} DEFAULT;
SELECT tongban_ensure_partitions('{table}', date '2026-01-01', 36);
"""
    guard = f"""
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION tongban_refuse_change();
"""
    return made + guard if append_only else made


def ensure_partitions(*, today: date) -> int:
    """
    Create the partitions of the coming months and return how many were missing.

    :param today: the day from whose month on partitions are wanted
    """
    made = 0
    with connection.cursor() as cursor:
        for table in PARTITIONED:
            cursor.execute("SELECT tongban_ensure_partitions(%s, %s, %s)", [table, today, MONTHS_AHEAD])
            made += cursor.fetchone()[0]
    return made


def months_before(table: str, *, before: datetime) -> list[str]:
    """
    Return the partitions of whole months that ended before a moment, the oldest first. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS, [table])
        names = [name for (name,) in cursor.fetchall()]
    return [name for name in names if (found := MONTH.search(name)) and _end_of(found) <= before]


def _end_of(month: re.Match[str]) -> datetime:
    year, number = int(month[1]), int(month[2])
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=CHINA)
