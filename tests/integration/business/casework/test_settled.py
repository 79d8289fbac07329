"""
What a decision or an end has settled: no calendar that is loaded later moves it, on no page.
"""

from datetime import date
from unittest.mock import Mock

import pytest
from django.utils import translation

from tests.factories import casework as make
from tests.factories.life import ACTS, AT, case_in
from tongban.business.casework import selectors, services
from tongban.business.casework.models import CaseEvent
from tongban.business.casework.rules import clock_reading
from tongban.business.casework.rules.clock import ClockReading, read_clock
from tongban.business.casework.services import recording
from tongban.business.casework.values import Action, CaseStatus
from tongban.foundation.calendar import CalendarRow, calendar_from_rows
from tongban.foundation.worktime import DayKind, NamedDay, WorkCalendar

pytestmark = pytest.mark.django_db

YEARS_LATER = AT.replace(year=2029)
LOADED_LATER = make.CALENDAR.with_days({date(2026, 11, 25): NamedDay(DayKind.HOLIDAY, "新增假日")})
NOTHING_KNOWN = calendar_from_rows([CalendarRow(date=date(2026, 1, 1), is_working=False, name="元旦")])


@pytest.fixture(autouse=True)
def offering() -> None:
    """
    Publish an offering that ends in a licence.
    """
    make.publish_permit()


def page(number: str, calendar: WorkCalendar) -> tuple[ClockReading, list[str]]:
    case = selectors.case_by_number(actor=make.person(), number=number, at=YEARS_LATER, calendar=calendar)
    with translation.override("zh-hans"):
        return case.clock, [line.text for line in selectors.explain(case.clock)]


class TestFinishedCase:
    @pytest.mark.parametrize(
        "status", [CaseStatus.CLOSED, CaseStatus.NOT_ACCEPTED, CaseStatus.WITHDRAWN, CaseStatus.LAPSED]
    )
    @pytest.mark.parametrize("loaded", [LOADED_LATER, NOTHING_KNOWN])
    def test_shows_the_same_dates_and_reasons_by_any_calendar(
        self, status: CaseStatus, loaded: WorkCalendar
    ) -> None:
        number = case_in(status)

        assert page(number, loaded) == page(number, make.CALENDAR)

    def test_shows_holidays_as_they_were_when_it_was_decided(self) -> None:
        december = AT.replace(day=28, month=12)
        number = case_in(CaseStatus.CLOSED, at=december)

        _clock, sentences = page(number, WorkCalendar())

        assert "2027年1月1日 元旦放假，不计入" in sentences

    def test_promises_no_new_dates(self) -> None:
        number = case_in(CaseStatus.CLOSED, at=AT.replace(day=28, month=12))

        clock, sentences = page(number, make.CALENDAR)

        assert not clock.is_provisional
        assert not [text for text in sentences if "暂定" in text]


class TestDays:
    def test_are_kept_by_the_decision_and_by_the_end(self) -> None:
        number = case_in(CaseStatus.CLOSED, at=AT.replace(day=28, month=12))

        kept = {
            event.kind: event.data["days"]
            for event in CaseEvent.objects.filter(case_number=number)
            if "days" in event.data
        }
        assert set(kept) == {"REFUSED", "CLOSED"}
        assert ["2027-01-01", 0, "元旦"] in kept["REFUSED"]
        assert ["2027-01-01", 0, "元旦"] in kept["CLOSED"]

    def test_are_not_announced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        telling = Mock(wraps=recording.fact_of)
        monkeypatch.setattr(recording, "fact_of", telling)

        case_in(CaseStatus.CLOSED)

        told = [call.kwargs["data"] for call in telling.call_args_list]
        assert len(told) == 4
        assert not [data for data in told if "days" in data]


class TestReadingTheClock:
    @pytest.mark.parametrize(
        "action", [Action.ACCEPT, Action.PASS_PRE_CHECK, Action.REQUEST_CORRECTION, Action.WITHDRAW]
    )
    def test_is_done_twice_for_an_act(self, action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
        number = case_in(CaseStatus.SUBMITTED)
        reading = Mock(wraps=read_clock)
        monkeypatch.setattr(clock_reading, "read_clock", reading)

        ACTS[action](number, AT)

        assert reading.call_count == 2

    def test_is_told_in_the_receipt(self) -> None:
        number = case_in(CaseStatus.SUBMITTED)

        receipt = make.accept(number)

        case = selectors.case_by_number(actor=make.person(), number=number, at=AT, calendar=make.CALENDAR)
        assert receipt.statutory_due == case.clock.statutory_due == date(2026, 12, 21)
        assert services.verify_ledger().is_sound
