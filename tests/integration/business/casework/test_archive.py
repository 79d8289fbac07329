"""
What is finished goes to the archive by itself, after the days the operator set. 国务院令第716号 art. 12, DA/T 85-2019.
"""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import casework as make
from tests.factories.life import AT, WAY_TO, case_in
from tongban.business.casework import services, tasks
from tongban.business.casework.events import EventKind
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.casework.values import CaseStatus
from tongban.config.env import CaseworkSettings
from tongban.foundation import clock

pytestmark = pytest.mark.django_db

ARCHIVED_FROM = (
    CaseStatus.CLOSED,
    CaseStatus.NOT_ACCEPTED,
    CaseStatus.WITHDRAWN,
    CaseStatus.PASSED_ON,
    CaseStatus.LAPSED,
    CaseStatus.VOIDED,
)
OTHERS = sorted(set(WAY_TO) - set(ARCHIVED_FROM))


def archive(*, days: int, after_days: int = 90) -> int:
    return services.archive_finished(
        after_days=after_days, at=AT + timedelta(days=days), calendar=make.CALENDAR
    )


@pytest.fixture(autouse=True)
def offering(db: None) -> None:
    make.publish_permit(at=AT)


class TestArchiveFinished:
    @pytest.mark.parametrize("status", ARCHIVED_FROM)
    def test_archives_every_end_of_a_case_once(self, status: CaseStatus) -> None:
        number = case_in(status)

        archived = [archive(days=400), archive(days=401)]

        assert archived == [1, 0]
        assert Case.objects.get(number=number).status == CaseStatus.ARCHIVED
        assert CaseEvent.objects.filter(case_number=number, kind=EventKind.ARCHIVED).count() == 1
        assert services.verify_ledger().is_sound

    @pytest.mark.parametrize("status", OTHERS)
    def test_leaves_every_other_case_alone(self, status: CaseStatus) -> None:
        number = case_in(status)

        assert archive(days=400) == 0
        assert Case.objects.get(number=number).status == status

    def test_waits_the_days_that_were_set(self) -> None:
        case_in(CaseStatus.CLOSED)

        assert archive(days=89) == 0
        assert archive(days=91) == 1

    def test_takes_no_more_than_it_is_told(self) -> None:
        for _ in range(3):
            make.submit("test-permit", at=AT)
        for case in Case.objects.all():
            services.void(
                number=case.number,
                reason="重复收件",
                actor=make.clerk("DECISION"),
                at=AT,
                calendar=make.CALENDAR,
            )

        later = AT + timedelta(days=400)
        archived = [
            services.archive_finished(after_days=90, at=later, calendar=make.CALENDAR, limit=2)
            for _ in range(3)
        ]

        assert archived == [2, 1, 0]

    def test_finds_nothing_by_one_statement(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        case_in(CaseStatus.ACCEPTED)

        with django_assert_num_queries(1):
            archive(days=400)

    def test_lets_a_case_be_rated_afterwards(self) -> None:
        number = case_in(CaseStatus.CLOSED)
        archive(days=400)

        services.rate(
            number=number,
            stars=5,
            tags=["510"],
            comment="",
            actor=make.person(),
            at=AT + timedelta(days=401),
            calendar=make.CALENDAR,
        )

        assert Case.objects.get(number=number).status == CaseStatus.ARCHIVED


class TestNightlyJob:
    def test_follows_the_setting(self, settings: Settings) -> None:
        case_in(CaseStatus.CLOSED, at=clock.now() - timedelta(days=10))

        settings.TONGBAN_CASEWORK = CaseworkSettings(archive_after_days=30)
        tasks.archive()
        before = Case.objects.get().status
        settings.TONGBAN_CASEWORK = CaseworkSettings(archive_after_days=5)
        tasks.archive()

        assert (before, Case.objects.get().status) == (CaseStatus.CLOSED, CaseStatus.ARCHIVED)
