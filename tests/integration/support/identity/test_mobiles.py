"""
One's own mobile: replaced by whoever knows the password and reads the messages of the new number.
"""

from datetime import timedelta
from uuid import UUID

import pytest

from tests.factories.identity import NODE, NOW, PASSWORD, checked, citizen, mobile, staff
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated, TooManyRequests
from tongban.foundation.models import AuditEntry
from tongban.support.identity import services
from tongban.support.identity.models import Person
from tongban.support.identity.ports import RecordingCodeSender
from tongban.support.identity.selectors import assurance
from tongban.support.identity.services import (
    CodeNotAccepted,
    FreshCheckNeeded,
    MobileTaken,
    WrongPassword,
)
from tongban.support.identity.values import AccountKind, CodePurpose, HighRiskAct, Post
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.messaging.selectors import inbox

pytestmark = pytest.mark.django_db

OLD, NEW = mobile(501), mobile(502)


@pytest.fixture
def person() -> Actor:
    return checked(citizen(phone=OLD))


def ask(actor: Actor, *, phone: str = NEW, password: str = PASSWORD, minutes: int = 0) -> None:
    services.request_mobile_change(
        password=password, mobile=phone, actor=actor, address=None, at=NOW + timedelta(minutes=minutes)
    )


def change(actor: Actor, code: str, *, phone: str = NEW, minutes: int = 0) -> None:
    services.change_mobile(mobile=phone, code=code, actor=actor, at=NOW + timedelta(minutes=minutes))


def mobile_of(actor: Actor) -> str | None:
    found: str | None = Person.objects.get(account_id=UUID(actor.id)).mobile
    return found


class TestChangeMobile:
    def test_asks_for_a_fresh_check(self, codes: RecordingCodeSender) -> None:
        with pytest.raises(FreshCheckNeeded) as refusal:
            ask(citizen(phone=OLD))

        assert refusal.value.act is HighRiskAct.CHANGE_MOBILE
        assert codes.sent == []

    def test_takes_back_what_the_operator_said_about_the_old_number(
        self, person: Actor, codes: RecordingCodeSender
    ) -> None:
        services.grant_assurance(
            person_id=UUID(person.person_id or ""),
            means_code="MOBILE_OPERATOR",
            evidence_digest="",
            actor=NODE,
            at=NOW,
        )
        ask(person)

        change(person, codes.sent[-1][1])

        assert [proof.means for proof in assurance(actor=person, at=NOW).proofs] == ["MOBILE_CODE"]

    def test_replaces_the_number_that_logs_in(self, person: Actor, codes: RecordingCodeSender) -> None:
        ask(person)

        change(person, codes.sent[-1][1])

        assert codes.sent == [(NEW, codes.sent[-1][1], CodePurpose.CHANGE_MOBILE)]
        assert mobile_of(person) == NEW
        receipt = services.authenticate(
            login=NEW,
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )
        assert str(receipt.account_id) == person.id

    def test_is_written_down_without_the_numbers(self, person: Actor, codes: RecordingCodeSender) -> None:
        ask(person)

        change(person, codes.sent[-1][1])

        entry = AuditEntry.objects.get(action="identity.mobile.change")
        assert (entry.actor_id, entry.subject) == (person.id, person.person_id)
        assert not any(number in str(entry.facts) for number in (OLD, NEW))

    def test_tells_the_old_number_and_the_inbox(self, person: Actor, codes: RecordingCodeSender) -> None:
        ask(person)

        change(person, codes.sent[-1][1])

        text = OutgoingText.objects.get()
        assert (text.mobile, text.template) == (OLD, "identity.mobile_changed")
        assert text.params == {"mobile": f"{NEW[:3]}****{NEW[-4:]}"}
        assert [message.title for message in inbox(actor=person).items] == ["手机号码已修改"]

    def test_of_a_number_that_logs_somebody_else_in_is_refused(
        self, person: Actor, codes: RecordingCodeSender
    ) -> None:
        citizen(phone=NEW)
        ask(person)

        with pytest.raises(MobileTaken):
            change(person, codes.sent[-1][1])

        assert mobile_of(person) == OLD
        assert not OutgoingText.objects.exists()
        assert not Message.objects.exists()

    def test_takes_no_code_that_was_asked_for_by_somebody_else(
        self, person: Actor, codes: RecordingCodeSender
    ) -> None:
        ask(checked(citizen()))

        with pytest.raises(CodeNotAccepted):
            change(person, codes.sent[-1][1])

        assert mobile_of(person) == OLD

    @pytest.mark.parametrize("purpose", list(CodePurpose))
    def test_takes_no_code_for_which_no_password_was_asked(
        self, person: Actor, codes: RecordingCodeSender, purpose: CodePurpose
    ) -> None:
        phone = OLD if purpose is CodePurpose.RESET_PASSWORD else NEW
        services.request_code(mobile=phone, purpose=purpose, actor=person, address=None, at=NOW)

        with pytest.raises(CodeNotAccepted):
            change(person, codes.sent[-1][1], phone=phone)

        assert mobile_of(person) == OLD

    def test_takes_a_code_once_and_for_five_minutes(self, person: Actor, codes: RecordingCodeSender) -> None:
        ask(person)

        with pytest.raises(CodeNotAccepted):
            change(person, codes.sent[-1][1], minutes=6)
        ask(person, minutes=7)
        change(person, codes.sent[-1][1], minutes=8)
        with pytest.raises(CodeNotAccepted):
            change(person, codes.sent[-1][1], minutes=8)

        assert OutgoingText.objects.count() == 1


class TestRequestMobileChange:
    def test_asks_for_the_password_first(self, person: Actor, codes: RecordingCodeSender) -> None:
        with pytest.raises(WrongPassword):
            ask(person, password="Wrong-2026")

        assert codes.sent == []

    def test_closes_after_five_wrong_passwords(self, person: Actor, codes: RecordingCodeSender) -> None:
        for _ in range(5):
            with pytest.raises(WrongPassword):
                ask(person, password="Wrong-2026")

        with pytest.raises(TooManyRequests):
            ask(person)
        with pytest.raises(TooManyRequests):
            services.change_password(password=PASSWORD, new_password="Guangan-2027", actor=person, at=NOW)

        assert codes.sent == []

    def test_sends_ten_codes_a_day_whatever_the_number(
        self, person: Actor, codes: RecordingCodeSender
    ) -> None:
        for turn in range(10):
            ask(person, phone=mobile(510 + turn), minutes=turn)

        with pytest.raises(TooManyRequests):
            ask(person, phone=mobile(530), minutes=10)

        assert len(codes.sent) == 10

    @pytest.mark.parametrize(
        ("phone", "sentence"),
        [
            (OLD, "新号码不能与现在的号码相同"),
            (f" {OLD[:3]} {OLD[3:]}", "新号码不能与现在的号码相同"),
            ("12345", "请填写 11 位手机号码"),
            ("", "请填写 11 位手机号码"),
        ],
    )
    def test_refuses_a_number_that_makes_no_sense(
        self, person: Actor, codes: RecordingCodeSender, phone: str, sentence: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            ask(person, phone=phone)

        assert {name: str(text) for name, text in refused.value.fields.items()} == {"mobile": sentence}
        assert codes.sent == []

    def test_is_for_persons_only(self) -> None:
        for actor in (ANONYMOUS, staff(Post.COUNTER)):
            with pytest.raises(NotAuthenticated):
                ask(actor)
