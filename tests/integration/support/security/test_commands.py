"""
Commands that take the audit trail, or its digest, out of the node.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.factories.database import empty_logs
from tongban.foundation import audit
from tongban.foundation.actors import system_actor
from tongban.foundation.audit_archive import MonthStillKept
from tongban.support.security.management.anchor_audit import anchor_audit
from tongban.support.security.management.archive_audit import archive_audit

pytestmark = pytest.mark.django_db(transaction=True)


class TestCommands:
    def test_anchor_and_write_a_month_and_keep_it_while_it_is_young(
        self, capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Path
    ) -> None:
        settings.TONGBAN_HOME = tmp_path
        at = datetime(2026, 1, 5, tzinfo=UTC)
        audit.record(action="tests.thing.do", actor=system_actor("tests"), subject="a", at=at)
        try:
            anchor_audit(as_json=True)
            archive_audit("202601", folder=tmp_path, as_json=True)
            with pytest.raises(MonthStillKept):
                archive_audit("202601", folder=tmp_path, drop=True)
        finally:
            empty_logs()

        anchored, archived = (
            json.loads(line) for line in capsys.readouterr().out.splitlines() if line[0] == "{"
        )
        assert (anchored["number"], anchored["row_total"]) == (1, 1)
        assert (archived["rows"], archived["dropped"]) == (1, False)
        assert Path(archived["file"]).is_file()
        assert len((tmp_path / "audit" / "anchors.jsonl").read_text().splitlines()) == 1
