from datetime import date
from itertools import product

import pytest

from tongban.foundation.actors import MandateFunction
from tongban.support.mandates import rules
from tongban.support.mandates.rules import Life
from tongban.support.mandates.values import EntityKind, MandateState

DAY = date(2026, 11, 23)


class TestEntityKind:
    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("11510000MB1", EntityKind.GOVERNMENT),
            ("12510000MB1", EntityKind.INSTITUTION),
            ("52510000MB1", EntityKind.SOCIAL_ORGANISATION),
            ("91510000MB1", EntityKind.ENTERPRISE),
            ("92510000MB1", EntityKind.OTHER),
            ("N1510000MB1", EntityKind.OTHER),
            ("", EntityKind.OTHER),
        ],
    )
    def test_follows_from_the_first_two_characters(self, code: str, kind: EntityKind) -> None:
        assert rules.entity_kind(code) is kind


class TestAdultOn:
    @pytest.mark.parametrize(
        ("born_on", "adult_on"),
        [
            (date(2008, 11, 23), date(2026, 11, 23)),
            (date(2008, 2, 29), date(2026, 3, 1)),
            (date(2012, 12, 31), date(2030, 12, 31)),
        ],
    )
    def test_is_the_eighteenth_birthday(self, born_on: date, adult_on: date) -> None:
        assert rules.adult_on(born_on) == adult_on


class TestStateOf:
    @pytest.mark.parametrize(
        ("changes", "state"),
        [
            ({"is_accepted": False}, MandateState.OFFERED),
            ({"is_accepted": False, "offer_ends_on": DAY}, MandateState.LAPSED),
            ({"is_accepted": False, "valid_until": DAY}, MandateState.LAPSED),
            ({"is_accepted": False, "is_declined": True}, MandateState.DECLINED),
            ({"is_accepted": False, "is_ended": True}, MandateState.ENDED),
            ({}, MandateState.IN_FORCE),
            ({"valid_until": None}, MandateState.IN_FORCE),
            ({"valid_from": date(2026, 11, 24)}, MandateState.NOT_YET),
            ({"valid_until": DAY}, MandateState.EXPIRED),
            ({"is_ended": True}, MandateState.ENDED),
        ],
    )
    def test_follows_from_the_dates(self, changes: dict[str, object], state: MandateState) -> None:
        life = {
            "valid_from": date(2026, 11, 1),
            "valid_until": date(2027, 1, 1),
            "offer_ends_on": date(2026, 12, 1),
            "is_accepted": True,
            "is_declined": False,
            "is_ended": False,
            **changes,
        }

        assert rules.state_of(Life(**life), on=DAY) is state  # type: ignore[arg-type]

    def test_is_in_force_only_where_accepted_and_neither_declined_nor_ended(self) -> None:
        for accepted, declined, ended in product((True, False), repeat=3):
            life = Life(
                valid_from=DAY,
                valid_until=None,
                offer_ends_on=date(2030, 1, 1),
                is_accepted=accepted,
                is_declined=declined,
                is_ended=ended,
            )
            is_in_force = rules.state_of(life, on=DAY) is MandateState.IN_FORCE
            assert is_in_force is (accepted and not declined and not ended)


class TestTidyItems:
    def test_leaves_out_what_another_one_covers(self) -> None:
        assert rules.tidy_items([" b ", "a1", "a", "b", "", "a2"]) == ("a", "b")


class TestLacksQuery:
    @pytest.mark.parametrize(
        ("functions", "lacks"),
        [
            ((), False),
            ((MandateFunction.QUERY,), False),
            ((MandateFunction.APPLY,), True),
            ((MandateFunction.APPLY, MandateFunction.QUERY), False),
            ((MandateFunction.SEAL, MandateFunction.PAY), True),
        ],
    )
    def test_says_whether_somebody_would_act_blindly(
        self, functions: tuple[MandateFunction, ...], lacks: bool
    ) -> None:
        assert rules.lacks_query(functions) is lacks
