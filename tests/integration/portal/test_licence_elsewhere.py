"""
A clerk asks for a licence that another node issued, and fetches its annotated copy.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from django.test import Client as Browser

from tests.factories import casework as make
from tests.factories.identity import log_in, staff
from tongban.business.licences.services import peers
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider, ProviderKind, Topology
from tongban.support.identity.values import Post
from tongban.support.messaging.models import Message

pytestmark = pytest.mark.django_db

PROVINCE, CITY = "510000000000", "510100000000"
SHARE = "7b0f6f0e-0000-4000-8000-000000000009"
ANSWERS: dict[str, Any] = {
    "find": {
        "found": [
            {
                "source": CITY,
                "source_name": "成都市",
                "identifier": "1.2.3",
                "number": "N-1",
                "type_name": "某证",
            }
        ]
    },
    "share": {"share_id": SHARE, "state": "GIVEN", "authority": "CONSENT", "last_day": "2026-12-31"},
    "copy": {"name": "某证.ofd", "content": b"copy"},
}


@pytest.fixture
def province() -> Iterator[set[str]]:
    """
    A parent that answers so; the questions in the set it does not answer.
    """
    silent: set[str] = set()
    node = Provider(
        code=PROVINCE, kind=ProviderKind.NODE, name="四川省", name_en="", url="http://p", shared_key=b"k" * 32
    )

    def call(node: Provider, path: str, message: bytes, *, seconds: float, at: datetime) -> bytes:
        question = path.rstrip("/").rpartition("/")[2]
        if question == "relay":
            question = msgspec.json.decode(message)["question"]
        if question in silent:
            raise UpstreamError
        return msgspec.json.encode(ANSWERS[question])

    trust = federation.trust_by(federation.FixedTrust(Topology(parent=PROVINCE, providers=(node,))))
    caller = federation.call_nodes_by(call)
    yield silent
    federation.trust_by(trust)
    if caller is not None:
        federation.call_nodes_by(caller)


def test_a_clerk_gets_a_copy_from_the_node_that_issued_it(province: set[str], person: Actor) -> None:
    make.publish("test-plain", at=clock.now())
    number = make.submit(
        "test-plain", applicant_id=person.person_id, actor=person, at=clock.now()
    ).case_number
    clerk = Browser()
    log_in(clerk, staff(Post.REVIEW, agency_code=make.AGENCY, division_code=make.DIVISION), at=clock.now())
    here = f"/desk/cases/{number}/ask-elsewhere/"
    typed = {"type_code": "11510100MB1500000X001", "purpose": "核对", "days": "30"}

    form = clerk.get(here)
    wrong = clerk.post(here, {**typed, "purpose": ""})
    page = clerk.post(here, typed).content.decode()
    copy = clerk.post(here, {"share_id": SHARE, "node": CITY})
    province.add("share")
    silent = clerk.post(here, typed)

    change = {"share_id": SHARE, "status": "SUSPENDED", "at": clock.now()}
    for _twice in range(2):
        peers.answer_peer(
            question="changed",
            node=Provider(code=CITY, kind=ProviderKind.NODE, name="成都市", name_en="", url=""),
            message=msgspec.json.encode(change),
            at=clock.now(),
        )
    listed = clerk.get("/desk/shared-licences/").content.decode()
    changed = clerk.get(here).content.decode()
    noted = clerk.post(here, {"seen": SHARE}, follow=True).content.decode()

    assert form.status_code == 200
    assert "请写明用途" in wrong.content.decode()
    assert "成都市" in page
    assert "取得加注件" in page
    assert (copy.content, copy["Content-Type"]) == (b"copy", "application/ofd")
    assert silent.status_code == 502
    assert listed.count("成都市") == 1
    assert here in listed
    assert "证照暂停" in changed
    assert "证照暂停" in noted
    assert 'name="seen"' in changed
    assert 'name="seen"' not in noted
    assert here not in clerk.get("/desk/shared-licences/").content.decode()
    assert Message.objects.filter(template="licences.relied_changed").count() == 1
