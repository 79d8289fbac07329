"""
The inbox through the API.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Caller

from tests.factories.identity import PASSWORD, citizen, mobile, staff
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity import services as identity
from tongban.support.identity.values import AccountKind, Post
from tongban.support.messaging import services
from tongban.support.messaging.models import Message

pytestmark = pytest.mark.django_db

API = "/api/v1/messages"


def caller_for(login: str, *, kind: AccountKind = AccountKind.PERSON) -> Caller:
    token = identity.issue_session_token(
        login=login,
        password=PASSWORD,
        kind=kind,
        actor=services.MESSENGER,
        address=None,
        at=clock.now(),
    ).token
    return Caller(headers={"authorization": f"Bearer {token}"})


def tell(reader: Actor, number: int) -> UUID:
    assert reader.person_id is not None
    return services.send_once(
        key=f"k{number}",
        template="tests.inbox_only",
        person_id=UUID(reader.person_id),
        params={"case_number": str(number)},
        subject=str(number),
        actor=services.MESSENGER,
        at=clock.now() - timedelta(minutes=number),
    ).message_id


class TestMessages:
    def test_are_listed_page_by_page(self) -> None:
        reader = citizen(phone=mobile(1))
        for number in range(21):
            tell(reader, number)
        caller = caller_for(mobile(1))

        first: dict[str, Any] = caller.get(API).json()
        second: dict[str, Any] = caller.get(API, {"cursor": first["next_cursor"]}).json()

        assert [item["subject"] for item in first["items"] + second["items"]] == [str(n) for n in range(21)]
        assert second["next_cursor"] is None

    def test_are_read_when_marked(self) -> None:
        message_id = tell(citizen(phone=mobile(1)), 1)
        caller = caller_for(mobile(1))

        shown = caller.get(f"{API}/{message_id}").json()
        marked = [caller.post(f"{API}/{message_id}/read").status_code for _ in range(2)]

        assert (shown["body"], shown["is_read"]) == ("请查看 1。", False)
        assert marked == [204, 204]
        assert caller.get(f"{API}/unread").json() == {"count": 0}

    def test_of_others_are_not_found(self) -> None:
        message_id = tell(citizen(), 1)
        citizen(phone=mobile(2))
        caller = caller_for(mobile(2))

        answers = [caller.get(f"{API}/{message_id}"), caller.post(f"{API}/{message_id}/read")]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert Message.objects.get().read_at is None

    def test_are_for_persons(self) -> None:
        staff(Post.COUNTER, login_name="wang.gang")

        assert caller_for("wang.gang", kind=AccountKind.STAFF).get(API).status_code == 403
        assert Caller().get(API).status_code == 401

    @pytest.mark.parametrize("cursor", ["x", "%00", "A" * 500])
    def test_refuse_cursors_of_another_making(self, cursor: str) -> None:
        citizen(phone=mobile(1))

        assert caller_for(mobile(1)).get(API, {"cursor": cursor}).status_code == 422
