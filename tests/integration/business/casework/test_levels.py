"""
The level that an offering asks for, enforced where a case is made: for pages, the API and whoever else comes.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.factories import casework as make
from tongban.business.casework.services import LevelTooLow
from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.support.identity.services import FreshCheckNeeded

pytestmark = pytest.mark.django_db


def submit(actor: Actor, **elements: Any) -> str:
    make.publish(**elements)
    return make.submit(actor=actor).case_number


class TestTheLevelOfAnOffering:
    def test_refuses_who_is_below_it_and_says_what_is_needed(self) -> None:
        with pytest.raises(LevelTooLow) as refusal:
            submit(make.person(), required_assurance_level=3)

        assert refusal.value.facts == {"needed": 3, "present": 2, "reason": policy.Reason.LEVEL_TOO_LOW}
        assert (refusal.value.code, refusal.value.status) == ("assurance_too_low", 403)

    @pytest.mark.parametrize("level", [2, 3, 4])
    def test_takes_who_has_reached_it(self, level: int) -> None:
        assert submit(replace(make.person(), assurance_level=level), required_assurance_level=2)

    def test_is_not_asked_of_clerks(self) -> None:
        assert submit(make.clerk("ACCEPTANCE"), required_assurance_level=4)


class TestAnOfferingOfHighRisk:
    def test_asks_for_a_check_by_the_face_within_the_window(self) -> None:
        sure = replace(make.person(), assurance_level=4)
        checked = replace(sure, checked_level=3, checked_at=make.MONDAY - timedelta(minutes=9))

        with pytest.raises(FreshCheckNeeded) as refusal:
            submit(sure, is_high_risk=True)
        with pytest.raises(FreshCheckNeeded):
            make.submit(actor=replace(checked, checked_level=1))
        with pytest.raises(FreshCheckNeeded):
            make.submit(actor=replace(checked, checked_at=make.MONDAY - timedelta(minutes=11)))

        assert (refusal.value.act.value, refusal.value.needed) == ("APPLY", 3)
        assert make.submit(actor=checked).case_number

    def test_asks_clerks_for_nothing(self) -> None:
        assert submit(make.clerk("ACCEPTANCE"), is_high_risk=True)
