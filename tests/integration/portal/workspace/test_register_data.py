"""
A person sees what the population register says of himself, and says that it is wrong.
"""

from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.factories import identity
from tests.integration.resources.registers.registers import POLICE, load, prepare
from tongban.foundation import clock
from tongban.resources.registers.models import DisputeCase
from tongban.support.identity.selectors.holders import number_of

pytestmark = pytest.mark.django_db
PAGE = "/my/register-data/"


def test_a_person_disputes_the_own_address(tmp_path: Path) -> None:
    prepare()
    browser, at = Browser(), clock.now()
    person = identity.citizen(at=at)
    identity.log_in(browser, person, at=at)
    row = {
        "id_number": number_of(person_id=UUID(str(person.person_id))),
        "name": "王小明",
        "household_address": "旧居路1号",
    }
    empty = browser.get(PAGE)
    load(tmp_path, row, at=at)

    page = browser.get(PAGE).content.decode()
    refused = browser.post(f"{PAGE}household_address/", {"words": ""})
    filed = browser.post(f"{PAGE}household_address/", {"words": "已迁居", "proposed": "新居路2号"})
    twice = browser.post(f"{PAGE}household_address/", {"words": "已迁居"})

    assert "还没有您的信息" in empty.content.decode()
    assert "区公安分局" in page
    assert refused.status_code == 422
    assert [answer.status_code for answer in (filed, twice)] == [302, 302]
    dispute = DisputeCase.objects.get()
    assert (dispute.owner_agency, str(dispute.filer_person_id)) == (POLICE, person.person_id)
    assert dispute.number in browser.get(PAGE).content.decode()
    assert browser.get(f"{PAGE}mobile/").status_code == 404
    assert Browser().get(PAGE).status_code in {302, 401}
