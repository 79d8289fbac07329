"""
Whom casework tells of a case, and that nobody to tell is no failure.
"""

from datetime import timedelta

import pytest

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.foundation import events
from tongban.foundation.models import Delivery
from tongban.support.messaging.models import Message

pytestmark = pytest.mark.django_db

SOON = make.MONDAY + timedelta(seconds=1)


def still_owed() -> int:
    return Delivery.objects.filter(subscriber="casework.tell_applicant").count()


class TestTelling:
    def test_reaches_an_applicant_who_is_known(self) -> None:
        make.publish()
        person = people.citizen()

        number = make.submit(applicant_id=person.person_id, actor=person).case_number
        events.deliver_all(at=SOON)

        assert still_owed() == 0
        assert [(m.subject, m.template) for m in Message.objects.all()] == [(number, "casework.submitted")]

    def test_is_done_where_identity_knows_nobody_of_that_id(self) -> None:
        make.publish()

        make.submit()
        events.deliver_all(at=SOON)

        assert still_owed() == 0
        assert Message.objects.count() == 0
