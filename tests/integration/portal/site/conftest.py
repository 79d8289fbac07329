"""
A small catalogue, and a browser without a screen.
"""

from datetime import datetime

import pytest
from django.test import Client

from tests.journeys import samples
from tongban.business.catalogue import services as catalogue
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import CHINA

AT = datetime(2026, 11, 18, 10, 0, tzinfo=CHINA)


@pytest.fixture
def small_catalogue(db: None) -> None:
    """
    Code lists, two agencies, three offerings.
    """
    catalogue.load_code_lists(actor=samples.KEEPER, at=AT)
    samples.publish(at=AT)
    current_calendar()


@pytest.fixture
def reader(small_catalogue: None) -> Client:
    """
    Somebody who reads the pages, not logged in.
    """
    return Client()
