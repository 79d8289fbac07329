"""
Doors at which other nodes knock: what is not one of their messages is refused, whatever form it has.
"""

import pytest
from django.test import Client

from tongban.support.federation.services.nodes import CASES_PATH, PERSONS_PATH

pytestmark = pytest.mark.django_db
DOORS = [CASES_PATH, PERSONS_PATH, "/peers/licences/find/", "/peers/seals/state/"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "text/plain"])
def test_refuses_what_nobody_signed(door: str, content_type: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'

    answer = Client().generic("POST", door, body, content_type=content_type)

    assert answer.status_code == 401
