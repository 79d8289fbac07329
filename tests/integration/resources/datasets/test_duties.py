"""
目录更新 in time: what is due is told once before its last day, and once after it, by the node whose duty it is.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from tests.factories import identity
from tests.factories.datasets import AGENCY, DIVISION, OTHER_AGENCY, STEWARD
from tongban.config.datasets import tell
from tongban.foundation.calendar_rows import packaged_calendar
from tongban.foundation.models import AuditEntry
from tongban.resources.datasets import ports, services
from tongban.resources.datasets.models import CatalogueDuty
from tongban.resources.datasets.values import DutyPress, DutyReason
from tongban.support.identity.values import Role
from tongban.support.messaging import selectors as messaging

pytestmark = pytest.mark.django_db

CALENDAR = packaged_calendar()
CHANGED, REMINDED, DUE = date(2026, 3, 2), date(2026, 3, 18), date(2026, 3, 23)
"""Monday; three working days before the last one, a Wednesday; fifteen working days on, a Monday."""


@pytest.fixture
def notices() -> Iterator[list[ports.DutyNotice]]:
    """
    Hear what is told.
    """
    heard: list[ports.DutyNotice] = []
    put_back = ports.tell_by(heard.append)
    yield heard
    put_back()


def morning(day: date) -> datetime:
    """
    Return when the job runs on a day.
    """
    return datetime.fromisoformat(f"{day.isoformat()}T08:25:00+08:00")


def recorded() -> UUID:
    """
    Write down that a law changed.
    """
    return services.record_duty(
        agency_code=AGENCY,
        agency_name="广安区民政局",
        division_code=DIVISION,
        reason=DutyReason.LAW,
        text="社会救助法施行",
        occurred_on=CHANGED,
        actor=STEWARD,
        at=morning(CHANGED),
    )


def press(*days: date) -> list[int]:
    """
    Let the job run on these days.
    """
    return [services.press_duties(at=morning(day), calendar=CALENDAR) for day in days]


class TestPressDuties:
    def test_reminds_once_when_the_last_day_is_near_and_calls_others_in_once_after_it(
        self, notices: list[ports.DutyNotice]
    ) -> None:
        duty_id = recorded()
        day_before, day_after = REMINDED - timedelta(days=1), DUE + timedelta(days=1)

        pressed = press(CHANGED, day_before, REMINDED, REMINDED, DUE, day_after, day_after, date(2026, 6, 1))

        assert pressed == [0, 0, 1, 0, 0, 1, 0, 0]
        assert [(each.duty_id, each.what, each.agency_code, each.due) for each in notices] == [
            (duty_id, DutyPress.DUE_SOON, AGENCY, DUE),
            (duty_id, DutyPress.LATE, AGENCY, DUE),
        ]
        kept = CatalogueDuty.objects.get()
        assert (kept.reminded_on, kept.escalated_on) == (REMINDED, day_after)
        actions = AuditEntry.objects.filter(subject=str(duty_id)).order_by("id")
        assert [each.action for each in actions] == [
            "datasets.duty.record",
            "datasets.duty.remind",
            "datasets.duty.escalate",
        ]

    def test_says_only_that_it_is_late_where_the_job_did_not_run_before(
        self, notices: list[ports.DutyNotice]
    ) -> None:
        recorded()

        press(date(2026, 4, 1))

        assert [each.what for each in notices] == [DutyPress.LATE]

    def test_leaves_alone_what_is_done(self, notices: list[ports.DutyNotice]) -> None:
        services.settle_duty(duty_id=recorded(), actor=STEWARD, at=morning(CHANGED))

        assert press(REMINDED, date(2026, 4, 1)) == [0, 0]
        assert notices == []

    def test_leaves_duties_of_other_nodes_to_them(self, notices: list[ports.DutyNotice]) -> None:
        recorded()
        CatalogueDuty.objects.update(node="511300000000")

        assert press(REMINDED, date(2026, 4, 1)) == [0, 0]
        assert notices == []
        assert CatalogueDuty.objects.get().escalated_on is None

    def test_begins_to_remind_when_the_node_says(
        self, notices: list[ports.DutyNotice], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changed = settings.TONGBAN_DATASETS.model_copy(update={"remind_before_days": 0})
        monkeypatch.setattr(settings, "TONGBAN_DATASETS", changed)
        recorded()

        assert press(REMINDED, DUE) == [0, 1]


class TestTell:
    def member(self, role: Role, **place: Any) -> Any:
        return identity.staff(roles=[role], **{"agency_code": AGENCY, "division_code": DIVISION, **place})

    def titles(self, actor: Any) -> list[str]:
        return [str(each.title) for each in messaging.notices(actor=actor).items]

    def test_reaches_the_stewards_and_where_it_is_late_those_over_the_area(self) -> None:
        steward = self.member(Role.DATA_STEWARD)
        stranger = self.member(Role.DATA_STEWARD, agency_code=OTHER_AGENCY)
        reviewer = self.member(Role.DATA_REVIEWER, division_code="511600000000")
        supervisor = self.member(Role.SUPERVISOR)
        elsewhere = self.member(Role.DATA_REVIEWER, division_code="511300000000")
        put_back = ports.tell_by(tell)
        recorded()

        press(REMINDED)
        reminded = [self.titles(each) for each in (steward, stranger, reviewer, supervisor, elsewhere)]
        press(date(2026, 4, 1))
        late = [self.titles(each) for each in (steward, stranger, reviewer, supervisor, elsewhere)]
        put_back()

        soon, over = "信息资源目录更新将到期", "信息资源目录更新已超期"
        assert reminded == [[soon], [], [], [], []]
        assert late == [[over, soon], [], [over], [over], []]
