"""
The level that an offering asks for, enforced where a case is made: for pages, the API and whoever else comes.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.factories import casework as make
from tongban.business.casework.services import LevelTooLow, PrincipalLevelTooLow
from tongban.foundation import policy
from tongban.foundation.actors import Actor, MandateFunction, Principal, PrincipalKind
from tongban.support.identity.services import FreshCheckNeeded

pytestmark = pytest.mark.django_db
COMPANY = msgspec.structs.replace(
    make.APPLICANT, kind="2", name="广安示例建筑有限公司", id_type="001", id_number="91350100M000100Y43"
)


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


class TestTheLevelOfThePrincipal:
    """
    Who is applied for is the applicant: he must be known as surely as the offering asks, like his agent.
    """

    @pytest.mark.parametrize("present", [0, 2])
    def test_refuses_a_person_who_is_below_it_however_sure_the_agent_is(self, present: int) -> None:
        with pytest.raises(PrincipalLevelTooLow) as refusal:
            submit(agent_of(PrincipalKind.PERSON, present), required_assurance_level=3)

        assert (refusal.value.code, refusal.value.status) == ("principal_assurance_too_low", 403)
        # Which level somebody else has is his own business.
        assert refusal.value.facts == {"needed": 3, "reason": policy.Reason.PRINCIPAL_LEVEL_TOO_LOW}

    def test_takes_a_person_who_has_reached_it(self) -> None:
        assert submit(agent_of(PrincipalKind.PERSON, 3), required_assurance_level=3)

    def test_does_not_make_up_for_that_of_the_agent(self) -> None:
        agent = replace(agent_of(PrincipalKind.PERSON, 4), assurance_level=2)

        with pytest.raises(LevelTooLow):
            submit(agent, required_assurance_level=3)

    @pytest.mark.parametrize("needed", [2, 4])
    def test_of_a_legal_entity_is_enough_where_the_register_agrees(self, needed: int) -> None:
        make.publish(required_assurance_level=needed)

        receipt = make.submit(actor=agent_of(PrincipalKind.LEGAL_ENTITY, 2), applicant=COMPANY)

        assert receipt.case_number

    def test_refuses_a_legal_entity_that_the_register_has_not_confirmed(self) -> None:
        make.publish(required_assurance_level=2)

        with pytest.raises(PrincipalLevelTooLow):
            make.submit(actor=agent_of(PrincipalKind.LEGAL_ENTITY, 1), applicant=COMPANY)


def agent_of(kind: PrincipalKind, level: int) -> Actor:
    """
    Return who is as sure as can be, acting for somebody of a level.
    """
    principal = Principal(
        kind=kind,
        id=str(make.PERSON_ID),
        name="示例",
        mandate_id="00000000-0000-4000-8000-00000000000a",
        functions=frozenset({MandateFunction.APPLY, MandateFunction.QUERY}),
        assurance_level=level,
    )
    return replace(make.person(make.OTHER_PERSON_ID), assurance_level=4, acting_for=principal)


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
