"""
Many at once, on real connections: no error, no collision, no gap, one effect.

The suite submits CONCURRENT_CASES cases; `make concurrency` sets it to 10,000.
"""

import os
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from tests.factories import api
from tests.factories import casework as make
from tests.factories.database import contents, empty_logs
from tests.factories.parallel import in_parallel
from tongban.business.casework import services
from tongban.business.casework.models import Case, CaseEvent, Counter, Notice
from tongban.business.casework.values import CaseStatus, SubmissionReceipt
from tongban.foundation import clock, events
from tongban.foundation.errors import RuleViolation, StaleVersion
from tongban.foundation.idempotency import once
from tongban.foundation.models import Announcement, AuditEntry, Delivery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SUBMITTERS = 16
CASES = int(os.environ.get("CONCURRENT_CASES", "1600"))
AT = make.MONDAY


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    """
    Leave no log behind.
    """
    yield
    empty_logs()


def numbers_of(outcomes: list[list[SubmissionReceipt] | Exception]) -> list[str]:
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert errors == []
    return [
        receipt.case_number for receipts in outcomes if isinstance(receipts, list) for receipt in receipts
    ]


def submit_as_a_request() -> SubmissionReceipt:
    """
    Submit and give the connection back to the pool, which has fewer than all submitters and the test together need.
    """
    try:
        return make.submit()
    finally:
        connection.close()


class TestSubmittersInParallel:
    def test_get_numbers_without_collision_or_gap_for_one_offering(self) -> None:
        make.publish()
        each = CASES // SUBMITTERS

        outcomes = in_parallel(SUBMITTERS, lambda _: [submit_as_a_request() for _ in range(each)])

        numbers = numbers_of(outcomes)
        assert sorted(int(number[39:]) for number in numbers) == list(range(1, each * SUBMITTERS + 1))
        assert {number[:39] for number in numbers} == {numbers[0][:39]}
        assert Case.objects.count() == CaseEvent.objects.count() == each * SUBMITTERS
        assert Counter.objects.get(scope__startswith="case:").last == each * SUBMITTERS
        assert AuditEntry.objects.filter(action="casework.case.submit").count() == each * SUBMITTERS
        assert Announcement.objects.filter(topic="casework.case_submitted").count() == each * SUBMITTERS
        assert services.verify_ledger().faults == []

    def test_do_not_stand_in_one_anothers_way_for_many_offerings(self) -> None:
        codes = [make.publish(f"test-{number}") for number in range(SUBMITTERS)]
        each = CASES // SUBMITTERS // 4

        outcomes = in_parallel(
            SUBMITTERS,
            lambda number: [make.submit(codes[(number + turn) % SUBMITTERS]) for turn in range(each)],
        )

        stems = Tally(number[:39] for number in numbers_of(outcomes))
        assert set(stems.values()) == {each}
        assert len(stems) == SUBMITTERS
        assert sorted(Case.objects.values_list("number", flat=True)) == sorted(
            f"{stem}{serial:04d}" for stem in stems for serial in range(1, each + 1)
        )
        assert services.verify_ledger().faults == []

    def test_leave_no_gap_where_some_of_them_fail(self) -> None:
        make.publish()

        def submit(number: int) -> list[SubmissionReceipt]:
            receipts = []
            for turn in range(10):
                if (number + turn) % 3 == 0:
                    with pytest.raises(ZeroDivisionError):
                        fail_late()
                else:
                    receipts.append(make.submit())
            return receipts

        numbers = numbers_of(in_parallel(SUBMITTERS, submit))

        assert sorted(int(number[39:]) for number in numbers) == list(range(1, len(numbers) + 1))

    def test_make_one_case_of_one_draft(self) -> None:
        make.publish()
        draft_id = uuid4()

        outcomes = in_parallel(SUBMITTERS, lambda _: [make.submit(draft_id=draft_id)])

        assert len(set(numbers_of(outcomes))) == 1
        assert Case.objects.get().draft_id == draft_id
        assert CaseEvent.objects.count() == Announcement.objects.filter(key__startswith="1151").count() == 1
        assert Counter.objects.get(scope__startswith="case:").last == 1


def fail_late() -> None:
    """
    Fail after the number was given and the case written.
    """
    with transaction.atomic():
        make.submit()
        raise ZeroDivisionError


class TestClerksInParallel:
    def test_accept_once_and_the_others_are_told_that_the_case_moved_on(self) -> None:
        make.publish()
        number = make.submit().case_number

        def accept(_: int) -> str:
            receipt = services.accept(
                number=number, version=1, actor=make.clerk("ACCEPTANCE"), at=AT, calendar=make.CALENDAR
            )
            return receipt.status

        outcomes = in_parallel(8, accept)

        assert Tally(type(outcome) for outcome in outcomes) == {str: 1, StaleVersion: 7}
        assert Case.objects.get().version == 2
        assert Notice.objects.filter(kind="acceptance").count() == 1
        assert AuditEntry.objects.filter(action="casework.case.accept").count() == 1

    def test_change_nothing_when_they_come_second(self) -> None:
        make.publish()
        number = make.submit().case_number
        clerk = make.clerk("ACCEPTANCE")
        services.pass_pre_check(number=number, version=1, actor=clerk, at=AT, calendar=make.CALENDAR)
        before = contents()

        outcomes = in_parallel(
            4,
            lambda _: services.refuse_acceptance(
                number=number, reason="不需要许可", version=1, actor=clerk, at=AT, calendar=make.CALENDAR
            ),
        )

        assert {type(outcome) for outcome in outcomes} == {StaleVersion}
        assert contents() == before

    def test_do_one_of_two_things_that_exclude_each_other(self) -> None:
        make.publish()
        numbers = [make.submit().case_number for _ in range(10)]
        clerk = make.clerk("ACCEPTANCE")

        def act(who: int) -> list[str]:
            happened = []
            for number in numbers:
                try:
                    if who % 2:
                        services.withdraw(
                            number=number, reason="", actor=make.person(), at=AT, calendar=make.CALENDAR
                        )
                    else:
                        services.refuse_acceptance(
                            number=number, reason="不需要许可", actor=clerk, at=AT, calendar=make.CALENDAR
                        )
                    happened.append(number)
                except RuleViolation:
                    continue
            return happened

        outcomes = in_parallel(8, act)

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        done = [number for happened in outcomes if isinstance(happened, list) for number in happened]
        assert sorted(done) == sorted(numbers)
        assert set(Case.objects.values_list("status", flat=True)) <= {
            CaseStatus.WITHDRAWN,
            CaseStatus.NOT_ACCEPTED,
        }
        assert services.verify_ledger().faults == []

    def test_and_the_sweep_make_one_acceptance(self) -> None:
        make.publish()
        numbers = [make.submit().case_number for _ in range(5)]
        late = AT + timedelta(days=8)

        def act(who: int) -> int:
            if who % 2:
                return services.sweep(at=late, calendar=make.CALENDAR)
            done = 0
            for number in numbers:
                try:
                    services.accept(
                        number=number, actor=make.clerk("ACCEPTANCE"), at=late, calendar=make.CALENDAR
                    )
                    done += 1
                except RuleViolation:
                    continue
            return done

        outcomes = in_parallel(6, act)

        assert sum(outcome for outcome in outcomes if isinstance(outcome, int)) == 5
        assert set(Case.objects.values_list("version", "status")) == {(2, CaseStatus.ACCEPTED)}
        assert CaseEvent.objects.filter(kind="DEEMED_ACCEPTED").count() == 5


class TestIdempotencyKey:
    def test_has_one_effect_however_often_it_is_sent_at_once(self) -> None:
        make.publish()

        def send(_: int) -> str:
            def act() -> tuple[int, object]:
                return 201, make.submit().case_number

            _status, number = once(
                actor=make.person(), key="one", operation="submitCase", request=b"{}", at=AT, act=act
            )
            return str(number)

        outcomes = in_parallel(SUBMITTERS, send)

        assert set(outcomes) == {Case.objects.get().number}

    def test_has_one_effect_through_the_door_of_the_api(self) -> None:
        caller = api.system()
        make.publish(materials=(), at=clock.now())
        body = {
            "offering_code": "test-hygiene",
            "form": make.FORM,
            "applicant": {"name": "王小明", "id_number": "11010519491231002X", "mobile": "13900000001"},
        }

        def send(_: int) -> tuple[int, str]:
            sent = {**body, "draft_id": str(UUID(int=7))}
            answer = caller.post("/cases", sent, Idempotency_Key="the same")
            return answer.status_code, answer.json().get("case_number", str(answer.json()))

        outcomes = in_parallel(8, send)

        assert set(outcomes) == {(201, Case.objects.get().number)}


class TestRelaysInParallel:
    def test_apply_every_announcement_once(self) -> None:
        make.publish()
        numbers = [
            make.submit(applicant_id=None, actor=make.clerk("ACCEPTANCE")).case_number for _ in range(60)
        ]
        for number in numbers:
            make.accept(number)

        def relay(_: int) -> int:
            return sum(events.deliver_pending(at=AT, limit=7) for _ in range(60))

        outcomes = in_parallel(4, relay)
        # What a relay put off because another one stood in its way comes later.
        events.deliver_all(at=AT + timedelta(hours=1))

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert Delivery.objects.count() == 0
        receipts = Notice.objects.filter(kind="receipt")
        assert sorted(receipts.values_list("case_number", flat=True)) == sorted(numbers)
        assert set(receipts.values_list("event_seq", flat=True)) == {1}
        assert services.verify_ledger().faults == []
