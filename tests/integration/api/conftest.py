"""
A small area to call the API of.
"""

import pytest

from tests.factories import api


@pytest.fixture
def world(db: None) -> api.World:
    """
    One case accepted, one waiting, a draft with a file, a message, a licence.
    """
    return api.world()
