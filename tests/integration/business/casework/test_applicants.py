"""
Whom an offering serves (服务对象).
"""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.factories import casework as make
from tongban.business.casework.models import Case
from tongban.business.casework.services import ApplicantNotServed, UnitNeedsMandate
from tongban.business.catalogue.values import ApplicantKind
from tongban.foundation import refusals
from tongban.foundation.actors import Actor, MandateFunction, Principal, PrincipalKind

pytestmark = pytest.mark.django_db

ENTERPRISE = msgspec.structs.replace(make.APPLICANT, kind=ApplicantKind.ENTERPRISE.value)


class TestAnApplicantOfAnotherKind:
    @pytest.mark.parametrize(
        ("served", "applicant"),
        [
            ((ApplicantKind.ENTERPRISE,), make.APPLICANT),
            ((ApplicantKind.PERSON,), ENTERPRISE),
            ((ApplicantKind.INSTITUTION, ApplicantKind.OTHER), ENTERPRISE),
        ],
    )
    def test_is_refused_at_submission(self, served: tuple[ApplicantKind, ...], applicant: Any) -> None:
        make.publish(applicants=served)

        with pytest.raises(ApplicantNotServed) as refused:
            make.submit(applicant=applicant, actor=make.clerk("COUNTER"))

        assert (refused.value.code, refused.value.status) == ("applicant_not_served", 409)
        assert str(served[0].label) in str(refused.value)
        assert not Case.objects.exists()

    @pytest.mark.parametrize("served", [(), (ApplicantKind.PERSON, ApplicantKind.ENTERPRISE)])
    def test_is_one_the_offering_does_not_name(self, served: tuple[ApplicantKind, ...]) -> None:
        make.publish(applicants=served)

        make.submit(applicant=ENTERPRISE, actor=make.clerk("COUNTER"))

        assert Case.objects.count() == 1


class TestAUnitOnline:
    """
    A code on an application gives nobody the right to apply in the name of the unit that has it.
    """

    def test_is_no_applicant_of_who_does_not_act_for_it(self) -> None:
        make.publish()

        with pytest.raises(UnitNeedsMandate) as refused:
            make.submit(applicant=ENTERPRISE)

        assert (refused.value.code, refused.value.status) == ("unit_needs_mandate", 403)
        assert refused.value.facts == {"action": "casework.case.submit_as_kind", "reason": "NO_MANDATE"}
        assert not Case.objects.exists()

    def test_is_noted_for_the_trail_when_somebody_tries(self) -> None:
        make.publish()

        with refusals.collected() as noted, pytest.raises(UnitNeedsMandate):
            make.submit(applicant=ENTERPRISE)

        assert [(one.action, one.reason) for one in noted] == [("casework.case.submit_as_kind", "NO_MANDATE")]

    def test_is_no_applicant_of_who_acts_for_a_person(self) -> None:
        make.publish()

        with pytest.raises(UnitNeedsMandate):
            make.submit(applicant=ENTERPRISE, actor=acting_for(PrincipalKind.PERSON))

        assert not Case.objects.exists()

    def test_does_not_make_its_agent_an_applicant(self) -> None:
        make.publish()

        with pytest.raises(UnitNeedsMandate) as refused:
            make.submit(actor=acting_for(PrincipalKind.LEGAL_ENTITY))

        assert refused.value.facts == {"action": "casework.case.submit_as_kind", "reason": "ACTS_FOR_ANOTHER"}
        assert not Case.objects.exists()

    def test_applies_through_who_acts_for_it(self) -> None:
        make.publish()

        make.submit(applicant=ENTERPRISE, actor=acting_for(PrincipalKind.LEGAL_ENTITY))

        assert Case.objects.count() == 1


def acting_for(kind: PrincipalKind) -> Actor:
    return replace(
        make.person(make.OTHER_PERSON_ID),
        acting_for=Principal(
            kind=kind,
            id=str(make.PERSON_ID),
            name="示例",
            mandate_id="00000000-0000-4000-8000-00000000000a",
            functions=frozenset({MandateFunction.APPLY, MandateFunction.QUERY}),
            assurance_level=2,
        ),
    )
