"""
People in front of browsers.
"""

import pytest
from django.test import Client as Browser

from tests.factories import portal
from tests.factories.identity import citizen, log_in
from tongban.foundation import clock
from tongban.foundation.actors import Actor


@pytest.fixture
def person(db: None) -> Actor:
    """
    A citizen with an account.
    """
    return citizen(name="张小三")


@pytest.fixture
def browser(person: Actor) -> Browser:
    """
    The citizen's browser.
    """
    browser = Browser()
    log_in(browser, person, at=clock.now())
    return browser


@pytest.fixture
def other(db: None) -> Browser:
    """
    Somebody else's browser.
    """
    browser = Browser()
    log_in(browser, citizen(name="李小四"), at=clock.now())
    return browser


@pytest.fixture
def permit(db: None) -> str:
    """
    An offering that can be applied for.
    """
    return portal.publish_permit()
