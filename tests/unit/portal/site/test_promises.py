"""
今天申请，最迟哪天有结果.
"""

from datetime import date, datetime

import pytest

from tongban.business.catalogue.values import HandlingKind, Limit, LimitUnit, OfferingElements
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.clock import CHINA
from tongban.portal.site.views.promises import promise_today


def elements(
    *,
    promised_limit: Limit | None = None,
    statutory_limit: Limit | None = None,
    handling_kind: HandlingKind = HandlingKind.COMMITTED,
) -> OfferingElements:
    return OfferingElements(
        name="公共场所卫生许可",
        service_type="01",
        agency_code="11511602MB1234567X",
        agency_name="示例区卫生健康局",
        division_code="511602000000",
        promised_limit=promised_limit,
        statutory_limit=statutory_limit,
        handling_kind=handling_kind,
    )


def morning(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 30, tzinfo=CHINA)


class TestPromiseToday:
    def test_counts_from_the_working_day_after_acceptance(self) -> None:
        calendar = packaged_calendar()

        promise = promise_today(
            elements(promised_limit=Limit(amount=5)), at=morning(2026, 11, 18), calendar=calendar
        )

        assert promise is not None
        assert promise.accepted == date(2026, 11, 18)
        assert promise.counts_from == date(2026, 11, 19)
        assert promise.due == date(2026, 11, 25)
        assert [days.name for days in promise.skipped] == ["周末"]
        assert promise.is_promised
        assert not promise.is_provisional

    def test_takes_acceptance_to_be_on_monday_for_who_applies_on_a_saturday(self) -> None:
        calendar = packaged_calendar()

        promise = promise_today(
            elements(promised_limit=Limit(amount=5)), at=morning(2026, 11, 21), calendar=calendar
        )

        assert promise is not None
        assert promise.accepted == date(2026, 11, 23)
        assert promise.counts_from == date(2026, 11, 24)
        assert promise.due == date(2026, 11, 30)

    def test_names_the_holidays_on_the_way(self) -> None:
        calendar = packaged_calendar()

        promise = promise_today(
            elements(promised_limit=Limit(amount=5)), at=morning(2026, 9, 29), calendar=calendar
        )

        assert promise is not None
        assert promise.skipped[-1].first == date(2026, 10, 1)
        assert promise.skipped[-1].last == date(2026, 10, 7)
        # 10-10 is a Saturday that is worked in exchange.
        assert promise.due == date(2026, 10, 12)

    def test_falls_back_to_the_statutory_limit_and_says_so(self) -> None:
        calendar = packaged_calendar()

        promise = promise_today(
            elements(statutory_limit=Limit(amount=20)), at=morning(2026, 11, 18), calendar=calendar
        )

        assert promise is not None
        assert promise.limit == "20 个工作日"
        assert not promise.is_promised

    def test_says_that_a_year_without_notice_is_provisional(self) -> None:
        calendar = packaged_calendar()

        promise = promise_today(
            elements(promised_limit=Limit(amount=20)), at=morning(2026, 12, 21), calendar=calendar
        )

        assert promise is not None
        assert promise.due.year == 2027
        assert promise.is_provisional

    @pytest.mark.parametrize(
        ("limit", "due"),
        [
            (Limit(amount=0), date(2026, 11, 18)),
            (Limit(amount=3, unit=LimitUnit.CALENDAR_DAY), date(2026, 11, 23)),
            (Limit(amount=1, unit=LimitUnit.MONTH), date(2026, 12, 18)),
            (Limit(amount=24, unit=LimitUnit.HOUR), date(2026, 11, 19)),
        ],
    )
    def test_counts_every_unit(self, limit: Limit, due: date) -> None:
        calendar = packaged_calendar()

        promise = promise_today(elements(promised_limit=limit), at=morning(2026, 11, 18), calendar=calendar)

        assert promise is not None
        assert promise.due == due

    def test_promises_nothing_where_nothing_is_published(self) -> None:
        assert promise_today(elements(), at=morning(2026, 11, 18), calendar=packaged_calendar()) is None

    def test_is_the_day_itself_for_what_is_done_on_the_spot(self) -> None:
        spot = elements(statutory_limit=Limit(amount=1), handling_kind=HandlingKind.ON_THE_SPOT)

        promise = promise_today(spot, at=morning(2026, 11, 18), calendar=packaged_calendar())

        assert promise is not None
        assert promise.due == date(2026, 11, 18)
        assert promise.is_on_the_spot
