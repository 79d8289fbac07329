"""
The lights of lists, and the days that count as soon.
"""

from datetime import date, timedelta

import pytest

from tongban.business.casework.rules.clock import DueColour
from tongban.business.casework.selectors import last_soon_day, light
from tongban.business.casework.values import CaseStatus
from tongban.foundation.calendar import packaged_calendar

CALENDAR = packaged_calendar()
MONDAY = date(2026, 11, 23)
SPRING_FESTIVAL = date(2026, 2, 10)


class TestLastSoonDay:
    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (MONDAY, date(2026, 11, 24)),
            (MONDAY + timedelta(days=3), date(2026, 11, 29)),
            (MONDAY + timedelta(days=5), date(2026, 12, 1)),
        ],
        ids=["monday: tuesday", "thursday: with the weekend", "saturday: tuesday"],
    )
    def test_is_two_working_days_away(self, on: date, expected: date) -> None:
        assert last_soon_day(on=on, calendar=CALENDAR) == expected

    def test_agrees_with_the_yellow_light_on_every_day_around_a_long_holiday(self) -> None:
        for offset in range(24):
            on = SPRING_FESTIVAL + timedelta(days=offset)
            soon = last_soon_day(on=on, calendar=CALENDAR)

            for ahead in range(24):
                due = on + timedelta(days=ahead)
                colour, _left = light(due=due, status=CaseStatus.ACCEPTED, on=on, calendar=CALENDAR)
                assert (colour is DueColour.YELLOW) == (due <= soon), (on, due)
