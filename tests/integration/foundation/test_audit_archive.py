"""
Months of the audit trail that are exported and dropped: never too early, never unproved, never unseen.
"""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.factories.database import empty_logs
from tongban.foundation import audit, audit_chain
from tongban.foundation.actors import system_actor
from tongban.foundation.audit_archive import (
    ExportNotProved,
    MonthArchived,
    MonthNotOver,
    MonthStillKept,
    drop_month,
    export_month,
)
from tongban.foundation.audit_check import verify_audit
from tongban.foundation.errors import InvalidInput

NODE = system_actor("tests")
THEN = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
AFTER = datetime(2026, 2, 15, 2, 0, tzinfo=UTC)
LATE = THEN + timedelta(days=1200)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def trail(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.TONGBAN_HOME = tmp_path
    empty_logs()
    for subject in ("a", "b"):
        audit.record(action="tests.thing.do", actor=NODE, subject=subject, at=THEN, note="一")
    audit.record(action="tests.thing.do", actor=NODE, subject="later", at=AFTER)
    audit_chain.seal_settled(at=AFTER)
    yield
    empty_logs()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tongban_ensure_partitions('foundation_audit', date '2026-01-01', 1)")


class TestArchive:
    def test_of_a_month_is_a_file_and_a_gap_that_is_accounted_for(self, tmp_path: Path) -> None:
        exported = export_month(month="202601", folder=tmp_path, actor=NODE, at=AFTER)
        dropped = drop_month(month="202601", folder=tmp_path, actor=NODE, at=LATE)

        lines = gzip.decompress(exported.file.read_bytes()).decode().splitlines()
        assert (exported.rows, dropped.rows, len(lines)) == (2, 2, 2)
        assert '"subject":"a"' in lines[0]
        with connection.cursor() as cursor:
            cursor.execute("SELECT subject FROM foundation_audit ORDER BY id")
            assert [row[0] for row in cursor.fetchall()] == ["later", "202601", "202601"]
        report = verify_audit()
        assert (report.archived, report.faults) == (2, [])

    def test_is_not_made_of_a_month_that_runs_or_is_not_sealed(self, tmp_path: Path) -> None:
        with pytest.raises(MonthNotOver):
            export_month(month="202602", folder=tmp_path, actor=NODE, at=AFTER)
        audit.record(action="tests.thing.do", actor=NODE, subject="c", at=THEN)
        with pytest.raises(MonthNotOver):
            export_month(month="202601", folder=tmp_path, actor=NODE, at=AFTER)

        assert list(tmp_path.glob("*.gz")) == []

    @pytest.mark.parametrize("month", ["202613", "2026", "abcdef", "197001", "202601'; --"])
    def test_is_refused_for_what_is_no_month(self, month: str, tmp_path: Path) -> None:
        with pytest.raises(InvalidInput):
            export_month(month=month, folder=tmp_path, actor=NODE, at=AFTER)

    def test_is_made_once(self, tmp_path: Path) -> None:
        export_month(month="202601", folder=tmp_path, actor=NODE, at=AFTER)

        with pytest.raises(MonthArchived):
            export_month(month="202601", folder=tmp_path, actor=NODE, at=AFTER)

    def test_lets_nothing_be_dropped_before_its_time(self, tmp_path: Path) -> None:
        export_month(month="202601", folder=tmp_path, actor=NODE, at=AFTER)

        with pytest.raises(MonthStillKept):
            drop_month(month="202601", folder=tmp_path, actor=NODE, at=THEN + timedelta(days=1000))

        assert verify_audit().rows == 4

    def test_lets_nothing_be_dropped_without_its_file(self, tmp_path: Path) -> None:
        with pytest.raises(ExportNotProved):
            drop_month(month="202601", folder=tmp_path, actor=NODE, at=LATE)
        exported = export_month(month="202601", folder=tmp_path, actor=NODE, at=AFTER)
        exported.file.write_bytes(exported.file.read_bytes()[:-1] + b"x")
        with pytest.raises(ExportNotProved):
            drop_month(month="202601", folder=tmp_path, actor=NODE, at=LATE)

        assert verify_audit().rows == 4

    def test_that_somebody_else_wrote_hides_no_deletion(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO foundation_audit_archive VALUES ('202601', 'DROPPED', now(), 2, 'x', '', sha256(''))"
            )
            cursor.execute("DROP TABLE foundation_audit_202601")

        assert [fault.what for fault in verify_audit().faults] == ["false_archive", "missing_row"]
