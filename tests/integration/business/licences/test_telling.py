from datetime import timedelta
from uuid import uuid4

import pytest

from tests.factories import identity, mandates
from tests.integration.business.licences.conftest import AT, DECIDER, holder, issue
from tongban.business.licences.services import (
    amend_licence,
    cancel_licence,
    expire_due,
    resume_licence,
    revoke_licence,
    suspend_licence,
)
from tongban.foundation import events
from tongban.foundation.actors import Actor
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.messaging.selectors import inbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types")]

WHY = {"reason": "核查发现问题", "legal_basis": "《行政许可法》第六十九条", "actor": DECIDER, "at": AT}


def issued_to(person: Actor) -> str:
    return issue(holder=holder(person_id=person.person_id)).identifier


def told(person: Actor) -> list[tuple[str, str]]:
    events.deliver_all(at=AT + timedelta(days=800))
    return [(message.title, message.body) for message in inbox(actor=person).items]


class TestTellHolder:
    @pytest.mark.parametrize(
        ("acts", "title", "body"),
        [
            ((suspend_licence,), "证照已暂停", "暂停使用，理由：核查发现问题。"),
            ((suspend_licence, resume_licence), "证照已恢复", "恢复有效。"),
            ((revoke_licence,), "证照已撤销", "撤销，理由：核查发现问题。"),
            ((cancel_licence,), "证照已注销", "注销，理由：核查发现问题。"),
        ],
    )
    def test_says_what_was_done_and_why(self, acts: tuple[object, ...], title: str, body: str) -> None:
        person = identity.citizen(at=AT)
        identifier = issued_to(person)

        for minute, act in enumerate(acts):
            act(identifier=identifier, **{**WHY, "at": AT + timedelta(minutes=minute)})  # type: ignore[operator]

        (newest, *earlier) = told(person)
        assert newest[0] == title
        assert "演示许可证" in newest[1]
        assert body in newest[1]
        assert len(earlier) == len(acts) - 1

    def test_says_where_to_turn_against_a_revocation(self) -> None:
        person = identity.citizen(at=AT)
        revoke_licence(identifier=issued_to(person), **WHY)  # type: ignore[arg-type]

        ((_title, body),) = told(person)

        assert "行政复议" in body
        assert "行政诉讼" in body

    def test_says_that_a_new_version_came(self) -> None:
        person = identity.citizen(at=AT)
        identifier = issued_to(person)

        amend_licence(identifier=identifier, face={"venue": "新店名"}, case_number="C-9", **WHY)  # type: ignore[arg-type]

        ((title, body),) = told(person)
        assert (title, "新版本" in body) == ("证照已变更", True)

    def test_says_that_it_ran_out(self) -> None:
        person = identity.citizen(at=AT)
        issued_to(person)

        expire_due(at=AT + timedelta(days=400))

        assert [title for title, _body in told(person)] == ["证照已到期"]

    def test_tells_a_unit_in_its_inbox_and_its_representative_by_short_message(self) -> None:
        unit = mandates.company(mandates.representative(at=AT), at=AT)
        identifier = issue(holder=holder(person_id=str(unit))).identifier
        revoke_licence(identifier=identifier, **WHY)  # type: ignore[arg-type]

        events.deliver_all(at=AT)

        assert Message.objects.get(template="licences.revoked").recipient_person_id == unit
        assert OutgoingText.objects.filter(template="licences.revoked").count() == 1

    def test_sends_a_short_message_too(self) -> None:
        person = identity.citizen(at=AT)
        revoke_licence(identifier=issued_to(person), **WHY)  # type: ignore[arg-type]

        told(person)

        assert OutgoingText.objects.get().template == "licences.revoked"

    def test_tells_nobody_where_nobody_is_known(self) -> None:
        for person_id in ("", str(uuid4())):
            identifier = issue(case_number=person_id or "C-1", holder=holder(person_id=person_id)).identifier
            revoke_licence(identifier=identifier, **WHY)  # type: ignore[arg-type]

        report = events.deliver_all(at=AT + timedelta(days=1))

        assert report is not None
        assert OutgoingText.objects.count() == 0

    def test_tells_once_however_often_it_hears(self) -> None:
        person = identity.citizen(at=AT)
        revoke_licence(identifier=issued_to(person), **WHY)  # type: ignore[arg-type]

        assert len(told(person)) == 1
        assert len(told(person)) == 1
