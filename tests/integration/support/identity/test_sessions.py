"""
Browser sessions, and the passwords that end them.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.contrib.sessions.backends.db import SessionStore
from pytest_django import DjangoAssertNumQueries

from tests.factories.identity import NOW, PASSWORD, citizen, id_number, mobile, staff
from tongban.foundation.actors import ANONYMOUS, Actor, Channel
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, TooManyRequests
from tongban.foundation.models import AuditEntry
from tongban.support.identity import selectors, services
from tongban.support.identity.models import Account, SignIn, StaffMember
from tongban.support.identity.ports import RecordingCodeSender
from tongban.support.identity.services import LoginFailed, ResetRefused, WrongPassword
from tongban.support.identity.values import (
    CHECKED_BY_PASSWORD,
    AccountKind,
    CodePurpose,
    Post,
    Role,
    SignInReceipt,
)

pytestmark = pytest.mark.django_db

NEW = "Guangan-2027"


def begin(actor: Actor, *, session: SessionStore | None = None, at: datetime = NOW) -> SignInReceipt:
    return services.begin_sign_in(
        session=session if session is not None else SessionStore(),
        account_id=UUID(actor.id),
        address="10.0.0.1",
        user_agent="Firefox",
        at=at,
    )


def actor_now(sign_in_id: UUID, *, at: datetime = NOW) -> Actor:
    found = selectors.actor_for_session(sign_in_id=sign_in_id, channel=Channel.WEB, at=at)
    assert found.session_id in {str(sign_in_id), None}
    return replace(found, session_id=None)


class TestBeginSignIn:
    def test_leads_from_the_cookie_to_the_person(self) -> None:
        person = citizen()
        session = SessionStore()
        begin(person, session=session)

        sign_in_id = selectors.sign_in_of(session)

        assert sign_in_id is not None
        assert actor_now(sign_in_id) == person

    def test_leads_to_posts_roles_and_area_of_staff(self) -> None:
        clerk = staff(Post.COUNTER, Post.ACCEPTANCE, roles=[Role.OPERATOR])

        found = actor_now(begin(clerk).sign_in_id)

        assert found == replace(clerk, checked_level=CHECKED_BY_PASSWORD, checked_at=NOW)

    def test_is_written_down_by_whichever_door(self) -> None:
        person = citizen()

        opened = begin(person)

        entry = AuditEntry.objects.get(action="identity.session.begin")
        assert (entry.actor_kind, entry.actor_id, entry.subject, entry.session_id) == (
            "PERSON",
            person.id,
            person.id,
            str(opened.sign_in_id),
        )

    def test_changes_the_key_an_attacker_may_have_planted_and_keeps_what_was_typed(self) -> None:
        session = SessionStore()
        session["draft"] = "kept"
        session.save()
        planted = session.session_key

        begin(citizen(), session=session)

        assert session.session_key != planted
        assert session["draft"] == "kept"
        assert not SessionStore().exists(planted)  # type: ignore[arg-type]

    @pytest.mark.parametrize("address", ["", "not an address", "10.0.0.1, 10.0.0.2", None])
    def test_survives_a_strange_address(self, address: str | None) -> None:
        receipt = services.begin_sign_in(
            session=SessionStore(),
            account_id=UUID(citizen().id),
            address=address,
            user_agent="x\x00" * 1000,
            at=NOW,
        )

        assert SignIn.objects.get(id=receipt.sign_in_id).address is None


class TestOpenSession:
    def test_costs_one_query(self, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        sign_in_id = begin(citizen()).sign_in_id

        with django_assert_num_queries(1):
            actor_now(sign_in_id)

    def test_ends_after_half_an_hour_without_a_request(self) -> None:
        sign_in_id = begin(citizen()).sign_in_id

        assert actor_now(sign_in_id, at=NOW + timedelta(minutes=30)).is_person
        assert actor_now(sign_in_id, at=NOW + timedelta(minutes=30, seconds=1)) == ANONYMOUS

    def test_ends_after_twelve_hours_however_busy(self) -> None:
        sign_in_id = begin(citizen()).sign_in_id
        services.touch_sign_in(sign_in_id=sign_in_id, at=NOW + timedelta(hours=11, minutes=59))

        assert actor_now(sign_in_id, at=NOW + timedelta(hours=11, minutes=59)).is_person
        assert actor_now(sign_in_id, at=NOW + timedelta(hours=12)) == ANONYMOUS

    def test_ends_when_the_account_is_closed(self) -> None:
        person = citizen()
        sign_in_id = begin(person).sign_in_id

        Account.objects.filter(id=person.id).update(is_active=False)

        assert actor_now(sign_in_id) == ANONYMOUS

    def test_ends_when_a_member_of_staff_leaves(self) -> None:
        clerk = staff(Post.COUNTER)
        sign_in_id = begin(clerk).sign_in_id

        StaffMember.objects.filter(account_id=clerk.id).update(is_active=False)

        assert actor_now(sign_in_id) == ANONYMOUS

    def test_is_nobody_for_an_unknown_sign_in(self) -> None:
        assert actor_now(UUID(int=0)) == ANONYMOUS


class TestEnding:
    def test_by_logout_deletes_the_session(self) -> None:
        person, session = citizen(), SessionStore()
        sign_in_id = begin(person, session=session).sign_in_id
        session.save()
        key = session.session_key

        services.end_sign_in(session=session, actor=person, at=NOW)

        assert actor_now(sign_in_id) == ANONYMOUS
        assert not SessionStore().exists(key)  # type: ignore[arg-type]

    def test_by_logout_of_nobody_does_nothing(self) -> None:
        services.end_sign_in(session=SessionStore(), actor=ANONYMOUS, at=NOW)

        assert not SignIn.objects.exists()

    def test_of_one_device_leaves_the_others(self) -> None:
        person = citizen()
        phone, desk = begin(person).sign_in_id, begin(person).sign_in_id

        services.end_device(sign_in_id=phone, actor=person, at=NOW)

        assert actor_now(phone) == ANONYMOUS
        assert actor_now(desk) == person

    def test_of_another_persons_device_is_not_found(self) -> None:
        theirs = begin(citizen()).sign_in_id

        with pytest.raises(NotFound):
            services.end_device(sign_in_id=theirs, actor=citizen(), at=NOW)

        assert actor_now(theirs).is_person

    def test_everywhere_ends_sessions_and_tokens(self) -> None:
        person = citizen(phone=mobile(31))
        sign_ins = [begin(person).sign_in_id for _ in range(3)]
        token = services.issue_session_token(
            login=mobile(31),
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        ).token

        services.end_everything(actor=person, at=NOW)

        assert [actor_now(sign_in_id) for sign_in_id in sign_ins] == [ANONYMOUS] * 3
        assert selectors.actor_for_token(token=token, at=NOW) is None


class TestDevices:
    def test_shows_open_ones_of_the_owner_last_used_first(self) -> None:
        person = citizen()
        begin(citizen())
        first = begin(person).sign_in_id
        second = begin(person, at=NOW + timedelta(minutes=5)).sign_in_id
        ended = begin(person).sign_in_id
        services.end_device(sign_in_id=ended, actor=person, at=NOW)

        shown = selectors.devices(actor=person, current=first, at=NOW + timedelta(minutes=6))

        assert [(device.sign_in_id, device.is_current) for device in shown] == [
            (second, False),
            (first, True),
        ]

    def test_is_for_people_who_are_logged_in(self) -> None:
        with pytest.raises(NotAuthenticated):
            selectors.devices(actor=ANONYMOUS, current=None, at=NOW)


class TestChangePassword:
    def test_ends_everything_but_the_session_it_was_made_from(self) -> None:
        person = citizen(phone=mobile(41))
        here, there = begin(person).sign_in_id, begin(person).sign_in_id

        services.change_password(
            password=PASSWORD, new_password=NEW, actor=person, at=NOW, keep_sign_in_id=here
        )

        assert actor_now(here) == person
        assert actor_now(there) == ANONYMOUS
        receipt = services.authenticate(
            login=mobile(41), password=NEW, kind=AccountKind.PERSON, actor=ANONYMOUS, address=None, at=NOW
        )
        assert str(receipt.account_id) == person.id

    def test_keeps_no_session_of_somebody_else(self) -> None:
        person, stranger = citizen(), citizen()
        theirs = begin(stranger).sign_in_id

        services.change_password(
            password=PASSWORD, new_password=NEW, actor=person, at=NOW, keep_sign_in_id=theirs
        )

        assert actor_now(theirs) == stranger

    @pytest.mark.parametrize(
        ("password", "new", "field"),
        [
            pytest.param("Wrong-2026", NEW, "password", id="wrong present one"),
            pytest.param(PASSWORD, "short", "new_password", id="weak new one"),
            pytest.param(PASSWORD, PASSWORD, "new_password", id="the same again"),
            pytest.param(PASSWORD, f"Aa-{mobile(42)}", "new_password", id="own mobile inside"),
        ],
    )
    def test_changes_nothing_when_something_is_wrong(self, password: str, new: str, field: str) -> None:
        person = citizen(phone=mobile(42))
        before = Account.objects.get(id=person.id)

        with pytest.raises(InvalidInput) as refusal:
            services.change_password(password=password, new_password=new, actor=person, at=NOW)

        after = Account.objects.get(id=person.id)
        assert set(refusal.value.fields) == {field}
        assert (after.password, after.session_epoch) == (before.password, before.session_epoch)

    def test_allows_five_guesses(self) -> None:
        person = citizen()
        for _ in range(5):
            with pytest.raises(WrongPassword):
                services.change_password(password="Wrong-1", new_password=NEW, actor=person, at=NOW)

        with pytest.raises(TooManyRequests):
            services.change_password(password=PASSWORD, new_password=NEW, actor=person, at=NOW)

    def test_is_for_people_who_are_logged_in(self) -> None:
        with pytest.raises(NotAuthenticated):
            services.change_password(password=PASSWORD, new_password=NEW, actor=ANONYMOUS, at=NOW)


class TestResetPassword:
    NUMBER = id_number(sequence=51)
    MOBILE = mobile(51)

    def reset(self, code: str, *, number: str = NUMBER, password: str = NEW) -> None:
        services.reset_password(
            id_number=number,
            mobile=self.MOBILE,
            code=code,
            new_password=password,
            actor=ANONYMOUS,
            address="10.0.0.1",
            at=NOW,
        )

    def ask(self, codes: RecordingCodeSender) -> str:
        services.request_code(
            mobile=self.MOBILE, purpose=CodePurpose.RESET_PASSWORD, actor=ANONYMOUS, address=None, at=NOW
        )
        return codes.sent[-1][1]

    def test_sets_the_password_and_ends_every_session(self, codes: RecordingCodeSender) -> None:
        person = citizen(number=self.NUMBER, phone=self.MOBILE)
        sign_in_id = begin(person).sign_in_id

        self.reset(self.ask(codes))

        assert actor_now(sign_in_id) == ANONYMOUS
        with pytest.raises(LoginFailed):
            services.authenticate(
                login=self.MOBILE,
                password=PASSWORD,
                kind=AccountKind.PERSON,
                actor=ANONYMOUS,
                address=None,
                at=NOW,
            )

    @pytest.mark.parametrize("wrong", [pytest.param("number", id="number"), pytest.param("code", id="code")])
    def test_does_not_say_what_is_wrong(self, codes: RecordingCodeSender, wrong: str) -> None:
        person = citizen(number=self.NUMBER, phone=self.MOBILE)
        code = self.ask(codes)
        before = Account.objects.get(id=person.id).password

        with pytest.raises(ResetRefused) as refusal:
            self.reset(
                code if wrong == "number" else f"{(int(code) + 1) % 1_000_000:06d}",
                number=id_number(sequence=52) if wrong == "number" else self.NUMBER,
            )

        assert (refusal.value.fields, refusal.value.facts) == ({}, {})
        assert Account.objects.get(id=person.id).password == before

    def test_uses_the_code_up(self, codes: RecordingCodeSender) -> None:
        citizen(number=self.NUMBER, phone=self.MOBILE)
        code = self.ask(codes)
        self.reset(code)

        with pytest.raises(ResetRefused):
            self.reset(code, password="Another-2028")
