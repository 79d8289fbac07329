"""
The terms of an offering, as submissions ask for them again and again.
"""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import casework as make
from tongban.business.catalogue import selectors
from tongban.business.catalogue.models import ServiceOffering
from tongban.business.catalogue.selectors import UnknownOffering
from tongban.business.catalogue.values import Limit
from tongban.foundation.actors import ANONYMOUS

pytestmark = pytest.mark.django_db


class TestOfferingTerms:
    def test_asks_once_each_time(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        make.publish("terms-once")

        with django_assert_num_queries(2):
            first = selectors.offering_terms(actor=ANONYMOUS, code="terms-once")
            again = selectors.offering_terms(actor=ANONYMOUS, code="terms-once")

        assert first == again

    def test_follows_a_new_version_at_once(self) -> None:
        make.publish("terms-new", promised_limit=Limit(amount=5))
        before = selectors.offering_terms(actor=ANONYMOUS, code="terms-new")
        make.publish("terms-new", at=make.MONDAY + timedelta(hours=1), promised_limit=Limit(amount=3))

        after = selectors.offering_terms(actor=ANONYMOUS, code="terms-new")

        assert (before.version, before.promised_limit) == (1, Limit(amount=5))
        assert (after.version, after.promised_limit) == (2, Limit(amount=3))

    def test_keeps_the_earlier_version_within_reach(self) -> None:
        make.publish("terms-old", promised_limit=Limit(amount=5))
        make.publish("terms-old", at=make.MONDAY + timedelta(hours=1), promised_limit=Limit(amount=3))

        earlier = selectors.offering_terms(actor=ANONYMOUS, code="terms-old", version=1)

        assert earlier.promised_limit == Limit(amount=5)

    def test_hides_an_offering_that_was_taken_out_of_use_after_it_was_read(self) -> None:
        make.publish("terms-gone")
        selectors.offering_terms(actor=ANONYMOUS, code="terms-gone")
        ServiceOffering.objects.filter(code="terms-gone").update(state="RETIRED")

        with pytest.raises(UnknownOffering):
            selectors.offering_terms(actor=ANONYMOUS, code="terms-gone")
