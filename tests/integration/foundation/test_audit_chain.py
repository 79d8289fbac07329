"""
The audit trail under the hands of somebody who owns the database: whatever is done to it is found and named.
"""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories.database import empty_logs
from tests.factories.parallel import in_parallel
from tongban.foundation import audit, audit_anchor, audit_chain
from tongban.foundation.actors import Actor, ActorKind, Channel, system_actor
from tongban.foundation.audit_check import AuditReport, verify_audit
from tongban.foundation.context import set_address

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CLERK = Actor(
    kind=ActorKind.STAFF, id="clerk", agency_code="A1", session_id="session-1", channel=Channel.COUNTER
)
NODE = system_actor("tests")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def trail(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.TONGBAN_HOME = tmp_path
    if value("SELECT EXISTS (SELECT 1 FROM foundation_audit)"):
        empty_logs()
    yield
    empty_logs()


def write(*subjects: str, at: datetime = AT) -> None:
    for subject in subjects:
        audit.record(action="tests.thing.do", actor=CLERK, subject=subject, at=at, purpose="测试")


def seal(**options: Any) -> audit_chain.Head:
    sealed = audit_chain.seal_settled(at=AT, **options)
    assert sealed is not None
    return sealed


def run(sql: str, *arguments: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)


def value(sql: str, *arguments: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        row = cursor.fetchone()
    return row[0] if row else None


def tamper(sql: str, *arguments: Any) -> None:
    """
    Do what only the owner of the tables can: switch the guards off, and on again, so that nobody sees it.
    """
    tables = ("foundation_audit", "foundation_audit_block")
    with transaction.atomic():
        for table in tables:
            run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        run(sql, *arguments)
        for table in tables:
            run(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def id_of(subject: str) -> int:
    return int(value("SELECT id FROM foundation_audit WHERE subject = %s", subject))


def found(report: AuditReport) -> list[tuple[str, int, int]]:
    return [(fault.what, fault.first_id, fault.last_id) for fault in report.faults]


class TestEntries:
    def test_say_who_from_which_session_and_address_and_whether_it_was_done(self) -> None:
        set_address("192.0.2.7")
        try:
            audit.record(
                action="tests.thing.do", actor=CLERK, subject="a", at=AT, outcome=audit.Outcome.REFUSED
            )
        finally:
            set_address("")

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT actor_id, agency_code, channel, session_id, address, outcome FROM foundation_audit"
            )
            rows = cursor.fetchall()

        assert rows == [("clerk", "A1", "0", "session-1", "192.0.2.7", "REFUSED")]


class TestSealing:
    def test_takes_rows_in_once_and_goes_on_where_it_ended(self) -> None:
        write("a", "b")
        first = seal()
        write("c")
        second = seal()

        assert (first.number, first.row_total) == (1, 2)
        assert (second.number, second.row_total) == (2, 3)
        assert audit_chain.seal_settled(at=AT) is None
        assert found(verify_audit()) == []

    def test_waits_for_transactions_that_still_run_and_passes_over_none(self) -> None:
        opened, may_end = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                write("slow")
                opened.set()
                may_end.wait(timeout=120)
            connection.close()

        writer = threading.Thread(target=slow)
        writer.start()
        assert opened.wait(timeout=120)
        write("quick")

        too_early = audit_chain.seal_settled(at=AT)
        may_end.set()
        writer.join(timeout=120)
        sealed = seal()

        assert too_early is None
        assert sealed.row_total == 2
        report = verify_audit()
        assert (report.rows, report.unsealed, report.faults) == (2, 0, [])

    def test_passes_over_no_row_of_many_writers_and_sealers(self) -> None:
        def work(number: int) -> int:
            if number < 6:
                for turn in range(10):
                    with transaction.atomic():
                        write(f"{number}-{turn}")
            else:
                for _ in range(15):
                    audit_chain.seal_settled(at=AT, most_rows=7)
            return number

        outcomes = in_parallel(8, work)
        audit_chain.seal_settled(at=AT)

        assert outcomes == list(range(8))
        report = verify_audit()
        assert (report.rows, report.unsealed, report.faults) == (60, 0, [])

    def test_cuts_blocks_between_transactions(self) -> None:
        with transaction.atomic():
            write("a", "b", "c")
        with transaction.atomic():
            write("d", "e")
        write("f")

        sealed = seal(most_rows=2)

        assert sealed.number == 3
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_count FROM foundation_audit_block ORDER BY number")
            assert [row[0] for row in cursor.fetchall()] == [3, 2, 1]
        assert found(verify_audit()) == []

    def test_leaves_out_what_was_rolled_back(self) -> None:
        with transaction.atomic():
            write("undone")
            transaction.set_rollback(True)
        write("done")

        assert seal().row_total == 1
        assert found(verify_audit()) == []

    def test_goes_on_after_a_dump_was_loaded_into_a_database_that_counts_anew(self) -> None:
        count_from(FAR)
        write("old")
        sealed_where_transactions_count_higher()
        write("written before the dump")
        count_from(0)

        assert audit_chain.begin_era(at=AT) is True
        assert audit_chain.begin_era(at=AT) is False
        write("new")

        assert seal().row_total == 3
        report = verify_audit()
        assert (report.blocks, report.unsealed, report.faults) == (3, 0, [])
        assert value("SELECT max(tx) FROM foundation_audit") > FAR
        count_from(0)


FAR = 10_000_000


def count_from(number: int) -> None:
    run(
        f"ALTER TABLE foundation_audit ALTER COLUMN tx SET DEFAULT ({number} + pg_current_xact_id()::text::bigint)"
    )


def sealed_where_transactions_count_higher() -> None:
    rows, to_tx = audit_chain._settled_rows(audit_chain.Head(tx_offset=FAR), most_rows=10)
    audit_chain._append(audit_chain.Head(), rows, to_tx=to_tx, tx_offset=0, at=AT)


CHANGES = (
    "at = at + interval '1 second'",
    "action = 'tests.thing.undo'",
    "subject = 'z'",
    "actor_kind = 'SYSTEM'",
    "actor_id = 'nobody'",
    "agency_code = 'B2'",
    "channel = '9'",
    "request_id = 'other'",
    "session_id = 'session-2'",
    "address = '10.0.0.1'",
    "outcome = 'FAILED'",
    """facts = '{"purpose": "another"}'""",
)

BLOCK_CHANGES = {
    "made_at = made_at + interval '1 day'": [("broken_block", 1)],
    "row_count = 2, row_total = 2": [("broken_block", 1), ("broken_link", 2)],
    "tx_offset = 5": [("broken_block", 1)],
    "mac = digest": [("wrong_mac", 1)],
    "digest = sha256(digest)": [("broken_block", 1), ("broken_link", 2), ("wrong_mac", 1)],
    "previous = digest": [("broken_block", 1), ("broken_link", 1)],
}


class TestTampering:
    @pytest.fixture(autouse=True)
    def sealed(self) -> None:
        write("a", "b", "c")
        seal()
        write("d", "e", "f")
        audit_anchor.note_head(seal(), at=AT)
        assert found(verify_audit()) == []

    def test_with_any_column_names_the_row(self) -> None:
        row = id_of("b")
        run("CREATE TEMPORARY TABLE kept AS SELECT * FROM foundation_audit WHERE id = %s", row)
        told = {}

        for change in CHANGES:
            tamper(f"UPDATE foundation_audit SET {change} WHERE id = %s", row)
            told[change] = [(fault.what, fault.first_id, fault.block) for fault in verify_audit().faults]
            tamper("DELETE FROM foundation_audit WHERE id = %s", row)
            tamper("INSERT INTO foundation_audit SELECT * FROM kept")

        run("DROP TABLE kept")
        assert told == {change: [("changed_row", row, 1)] for change in CHANGES}
        assert found(verify_audit()) == []

    def test_with_the_transaction_of_a_row_names_the_row(self) -> None:
        row = id_of("b")
        other = value("SELECT tx FROM foundation_audit WHERE subject = 'e'")

        tamper("UPDATE foundation_audit SET tx = %s WHERE id = %s", other, row)

        assert found(verify_audit()) == [("missing_row", row, row), ("inserted_row", row, row)]

    def test_by_deleting_names_the_rows(self) -> None:
        first, last = id_of("b"), id_of("c")

        tamper("DELETE FROM foundation_audit WHERE id IN (%s, %s)", first, last)

        assert found(verify_audit()) == [("missing_row", first, last)]

    def test_by_inserting_among_the_sealed_names_the_row(self) -> None:
        tx = value("SELECT tx FROM foundation_audit WHERE subject = 'b'")

        run(
            "INSERT INTO foundation_audit (at, action, subject, actor_kind, actor_id, tx)"
            " VALUES (%s, 'x', 'new', 'STAFF', 'a', %s)",
            AT,
            tx,
        )

        row = id_of("new")
        assert found(verify_audit()) == [("inserted_row", row, row)]

    def test_by_exchanging_two_rows_names_both(self) -> None:
        first, second = id_of("a"), id_of("b")

        tamper(
            "UPDATE foundation_audit SET id = CASE id WHEN %s THEN %s::bigint ELSE %s::bigint END WHERE id IN (%s, %s)",
            first,
            second + 1000,
            first + 1000,
            first,
            second,
        )

        assert sorted(found(verify_audit())) == sorted(
            [
                ("inserted_row", first + 1000, first + 1000),
                ("inserted_row", second + 1000, second + 1000),
                ("missing_row", first, second),
            ]
        )

    def test_by_emptying_it_names_all_its_rows(self) -> None:
        first, last = id_of("a"), id_of("f")

        tamper("DELETE FROM foundation_audit")

        assert found(verify_audit()) == [("missing_row", first, first + 2), ("missing_row", first + 3, last)]

    def test_with_a_block_names_the_block(self) -> None:
        run("CREATE TEMPORARY TABLE kept AS SELECT * FROM foundation_audit_block WHERE number = 1")
        told = {}

        for change in BLOCK_CHANGES:
            tamper(f"UPDATE foundation_audit_block SET {change} WHERE number = 1")
            told[change] = sorted((fault.what, fault.block) for fault in verify_audit().faults)
            tamper("DELETE FROM foundation_audit_block WHERE number = 1")
            tamper("INSERT INTO foundation_audit_block SELECT * FROM kept")

        run("DROP TABLE kept")
        assert told == BLOCK_CHANGES
        assert found(verify_audit()) == []

    def test_with_the_digests_of_a_block_is_found(self) -> None:
        row = id_of("a")
        tamper("UPDATE foundation_audit SET subject = 'z' WHERE id = %s", row)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {audit_chain.COLUMNS} FROM foundation_audit WHERE tx < %s", [second_window()]
            )
            forged = audit_chain.entries_of(cursor.fetchall())

        tamper("UPDATE foundation_audit_block SET row_digests = %s WHERE number = 1", forged)

        assert found(verify_audit()) == [("broken_block", 0, 0)]

    def test_by_rewriting_rows_and_blocks_without_the_key_is_found(self) -> None:
        tamper("UPDATE foundation_audit SET subject = 'z' WHERE subject = 'a'")
        empty_blocks()
        forged = audit_chain.seal_settled(at=AT)
        assert forged is not None
        tamper("UPDATE foundation_audit_block SET mac = sha256(mac)")

        report = verify_audit()

        assert {fault.what for fault in report.faults} == {"wrong_mac", "cut_off"}

    def test_by_rewriting_all_of_it_with_the_key_is_shown_by_the_anchor(self) -> None:
        write("g")
        audit_anchor.note_head(seal(), at=AT)
        tamper("UPDATE foundation_audit SET subject = 'z' WHERE subject = 'a'")
        empty_blocks()
        for _ in range(3):
            audit_chain.seal_block(at=AT, most_rows=2)

        report = verify_audit()

        assert {fault.what for fault in report.faults} <= {"other_history", "cut_off"}
        assert len(report.faults) == 1

    def test_by_deleting_a_block_names_it(self) -> None:
        tamper("DELETE FROM foundation_audit_block WHERE number = 1")

        report = verify_audit()

        assert report.faults[0].what == "missing_block"
        assert report.faults[0].detail == "1-1"
        assert {fault.what for fault in report.faults[1:]} == {"inserted_row"}

    def test_by_cutting_off_the_end_is_shown_by_the_head_outside(self) -> None:
        tamper("DELETE FROM foundation_audit WHERE subject IN ('d', 'e', 'f')")
        tamper("DELETE FROM foundation_audit_block WHERE number = 2")

        report = verify_audit()

        assert [(fault.what, fault.block) for fault in report.faults] == [("cut_off", 2)]

    def test_with_the_guards_is_found(self) -> None:
        run("ALTER TABLE foundation_audit DISABLE TRIGGER foundation_audit_append_only")
        run("ALTER TABLE foundation_audit_202611 DISABLE TRIGGER audit_no_truncate")
        try:
            details = [fault.detail for fault in verify_audit().faults]
        finally:
            run("ALTER TABLE foundation_audit ENABLE TRIGGER foundation_audit_append_only")
            run("ALTER TABLE foundation_audit_202611 ENABLE TRIGGER audit_no_truncate")

        assert "foundation_audit_202611: audit_no_truncate" in details
        assert "foundation_audit: foundation_audit_append_only" in details

    def test_is_refused_while_the_guards_stand(self) -> None:
        columns = {
            "foundation_audit": "subject = 'z'",
            "foundation_audit_202611": "subject = 'z'",
            "foundation_audit_block": "mac = digest",
        }

        for table, column in columns.items():
            for change in ("UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"):
                with pytest.raises(DatabaseError, match="append-only"):
                    run(change.format(table, column))

        assert found(verify_audit()) == []

    def test_with_an_anchor_is_found(self) -> None:
        audit_anchor.anchor(at=AT)
        file = audit_anchor.folder() / "anchors.jsonl"
        line = json.loads(file.read_text())
        file.write_text(json.dumps({**line, "number": 1}) + "\nnonsense\n")

        assert [fault.what for fault in verify_audit().faults] == ["unreadable_anchor", "unreadable_anchor"]


def second_window() -> int:
    return int(value("SELECT from_tx FROM foundation_audit_block WHERE number = 2"))


def empty_blocks() -> None:
    tamper("DELETE FROM foundation_audit_block")


class TestAnchor:
    def test_says_how_far_the_chain_went_and_grows_by_a_line(self) -> None:
        assert audit_anchor.anchor(at=AT) is None
        write("a")
        sealed = seal()

        first = audit_anchor.anchor(at=AT)
        seal()
        audit_anchor.anchor(at=AT + timedelta(days=1))

        assert first is not None
        assert (first.number, first.digest, first.row_total) == (1, sealed.digest.hex(), 1)
        assert [one.number for one in audit_anchor.anchors() if one] == [1, 2]
        report = verify_audit()
        assert (report.anchors, report.faults) == (2, [])
