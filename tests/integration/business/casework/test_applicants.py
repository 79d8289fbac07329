"""
Whom an offering serves (服务对象).
"""

from typing import Any

import msgspec
import pytest

from tests.factories import casework as make
from tongban.business.casework.models import Case
from tongban.business.casework.services import ApplicantNotServed
from tongban.business.catalogue.values import ApplicantKind

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
            make.submit(applicant=applicant)

        assert (refused.value.code, refused.value.status) == ("applicant_not_served", 409)
        assert str(served[0].label) in str(refused.value)
        assert not Case.objects.exists()

    @pytest.mark.parametrize("served", [(), (ApplicantKind.PERSON, ApplicantKind.ENTERPRISE)])
    def test_is_one_the_offering_does_not_name(self, served: tuple[ApplicantKind, ...]) -> None:
        make.publish(applicants=served)

        make.submit(applicant=ENTERPRISE)

        assert Case.objects.count() == 1
