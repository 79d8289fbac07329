"""
What an authorisation covers: each limit at its edge.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tongban.support.seals.rules.authorising import Fault, Given, Use, fault
from tongban.support.seals.values import Limits, SealPurpose

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning in China."""
OPEN = Limits(purposes=frozenset({SealPurpose.NOTICE}))
GIVEN = Given(
    limits=OPEN, valid_from=AT - timedelta(days=1), valid_until=AT + timedelta(days=1), ended_at=None
)
USE = Use(purpose=SealPurpose.NOTICE, at=AT, offering_code="0101", amount_fen=500)


def limited(**limits: object) -> Given:
    return replace(GIVEN, limits=replace(OPEN, **limits))  # type: ignore[arg-type]


class TestFault:
    def test_finds_none_within_the_limits(self) -> None:
        assert fault(GIVEN, USE) is None

    @pytest.mark.parametrize(
        ("given", "found"),
        [
            (replace(GIVEN, ended_at=AT), Fault.ENDED),
            (replace(GIVEN, valid_from=AT), None),
            (replace(GIVEN, valid_from=AT + timedelta(microseconds=1)), Fault.NOT_YET),
            (replace(GIVEN, valid_until=AT), Fault.LAPSED),
            (replace(GIVEN, valid_until=AT + timedelta(microseconds=1)), None),
            (limited(purposes=frozenset({SealPurpose.LICENCE})), Fault.PURPOSE),
            (limited(offerings=("0101",)), None),
            (limited(offerings=("01", "02")), None),
            (limited(offerings=("0102",)), Fault.OFFERING),
            (limited(licence_types=("X",)), None),
            (limited(most_fen=500), None),
            (limited(most_fen=499), Fault.AMOUNT),
            (limited(from_hour=10, until_hour=11), None),
            (limited(from_hour=11), Fault.HOUR),
            (limited(until_hour=10), Fault.HOUR),
            (limited(from_hour=22, until_hour=11), None),
            (limited(from_hour=22, until_hour=6), Fault.HOUR),
            (replace(limited(uses_a_day=2), used_today=1), None),
            (replace(limited(uses_a_day=2), used_today=2), Fault.USES_TODAY),
            (replace(limited(uses_in_all=9), used_in_all=8), None),
            (replace(limited(uses_in_all=9), used_in_all=9), Fault.USES_IN_ALL),
        ],
    )
    def test_is_found_at_the_edge(self, given: Given, found: Fault | None) -> None:
        assert fault(given, USE) is found

    def test_is_found_where_a_use_says_nothing_about_what_is_limited(self) -> None:
        assert fault(limited(offerings=("0101",)), replace(USE, offering_code="")) is Fault.OFFERING

    @pytest.mark.parametrize(
        ("code", "found"), [("X", None), ("Y", Fault.LICENCE_TYPE), ("", Fault.LICENCE_TYPE)]
    )
    def test_asks_licences_for_their_type(self, code: str, found: Fault | None) -> None:
        given = limited(purposes=frozenset({SealPurpose.LICENCE}), licence_types=("X",))
        use = replace(USE, purpose=SealPurpose.LICENCE, licence_type_code=code)

        assert fault(given, use) is found
