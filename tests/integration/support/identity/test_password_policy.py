"""
Passwords and sessions: what the settings ask, and that they are asked.
"""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings

from tests.factories.identity import NOW, PASSWORD, citizen, staff
from tests.integration.support.identity.test_second_factor import rules
from tongban.config.env import IdentitySettings
from tongban.foundation.actors import ANONYMOUS, Actor, Channel
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import selectors, services
from tongban.support.identity.models import Account, SignIn, UsedPassword
from tongban.support.identity.values import AccountKind, Post
from tongban.support.messaging.models import Message

pytestmark = pytest.mark.django_db


def change(actor: Actor, old: str, new: str) -> None:
    services.change_password(password=old, new_password=new, actor=actor, at=NOW)


def open_session(actor: Actor, *, browser: str = "test", minute: int = 0) -> UUID:
    receipt = services.begin_sign_in(
        session=SessionStore(),
        account_id=UUID(actor.id),
        address="10.0.0.1",
        user_agent=browser,
        at=NOW + timedelta(minutes=minute),
    )
    return receipt.sign_in_id


def is_open(sign_in_id: UUID, *, after: timedelta) -> bool:
    return selectors.open_session(sign_in_id=sign_in_id, channel=Channel.WEB, at=NOW + after) is not None


class TestPassword:
    @pytest.mark.parametrize(
        ("chosen", "password"),
        [
            pytest.param({"password_length": 12}, "Short-2026", id="length"),
            pytest.param({"password_classes": 4}, "Threeof2026", id="classes"),
        ],
    )
    def test_is_as_the_settings_ask(self, chosen: dict[str, Any], password: str) -> None:
        person = citizen()

        with rules(**chosen), pytest.raises(InvalidInput) as caught:
            change(person, PASSWORD, password)

        assert str(next(iter(chosen.values()))) in caught.value.fields["new_password"]
        change(person, PASSWORD, password)

    def test_is_none_of_the_last_five(self) -> None:
        person = citizen()
        had = [PASSWORD, *(f"Another-{turn}" for turn in range(4))]
        for old, new in itertools.pairwise(had):
            change(person, old, new)

        for old in had:
            with pytest.raises(InvalidInput):
                change(person, had[-1], old)

    def test_may_come_back_after_five_others(self) -> None:
        person = citizen()
        had = [PASSWORD, *(f"Another-{turn}" for turn in range(5))]
        for old, new in itertools.pairwise(had):
            change(person, old, new)

        change(person, had[-1], PASSWORD)

        assert UsedPassword.objects.filter(account_id=person.id).count() == 5

    def test_may_come_back_at_once_where_the_settings_say_so(self) -> None:
        person = citizen()

        with rules(password_history=0):
            change(person, PASSWORD, "Another-2026")
            change(person, "Another-2026", PASSWORD)

        assert not UsedPassword.objects.filter(account_id=person.id).exists()

    @pytest.mark.parametrize(
        "unsafe", [{"password_length": 7}, {"password_classes": 2}, {"staff_password_days": 91}]
    )
    def test_cannot_be_made_weaker_than_the_standard(self, unsafe: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match=next(iter(unsafe))):
            IdentitySettings(**unsafe)

    @override_settings(
        PASSWORD_HASHERS=[
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.MD5PasswordHasher",
        ]
    )
    def test_is_hashed_anew_at_the_next_log_in_when_the_parameters_changed(self) -> None:
        clerk = staff(Post.COUNTER)
        old = make_password(PASSWORD, hasher="md5")
        Account.objects.filter(id=clerk.id).update(password=old)
        login = Account.objects.get(id=clerk.id).login_name

        for _time in range(2):
            services.authenticate(
                login=login, password=PASSWORD, kind=AccountKind.STAFF, actor=ANONYMOUS, address=None, at=NOW
            )

        assert Account.objects.get(id=clerk.id).password.startswith("scrypt$")


class TestSession:
    @pytest.mark.parametrize(
        ("after", "still_open"),
        [(timedelta(minutes=20), True), (timedelta(minutes=20, seconds=1), False)],
    )
    def test_of_staff_ends_after_twenty_idle_minutes(self, after: timedelta, still_open: bool) -> None:
        assert is_open(open_session(staff(Post.COUNTER)), after=after) is still_open

    @pytest.mark.parametrize(
        ("after", "still_open"),
        [(timedelta(minutes=30), True), (timedelta(minutes=30, seconds=1), False)],
    )
    def test_of_persons_ends_after_thirty(self, after: timedelta, still_open: bool) -> None:
        assert is_open(open_session(citizen()), after=after) is still_open

    def test_of_staff_ends_in_any_case_when_the_settings_say(self) -> None:
        with rules(staff_session_absolute=timedelta(hours=1)):
            sign_in_id = open_session(staff(Post.COUNTER))
        SignIn.objects.filter(id=sign_in_id).update(seen_at=NOW + timedelta(hours=1))

        assert not is_open(sign_in_id, after=timedelta(hours=1))

    @pytest.mark.parametrize("unsafe", [{"staff_session_idle": timedelta(minutes=31)}])
    def test_of_staff_cannot_be_idle_longer_than_the_standard_lets(self, unsafe: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="staff_session_idle"):
            IdentitySettings(**unsafe)

    def test_is_one_of_three_for_staff_and_the_one_used_longest_ago_goes(self) -> None:
        clerk = staff(Post.COUNTER)
        opened = [open_session(clerk, minute=minute) for minute in range(4)]

        states = [is_open(sign_in_id, after=timedelta(minutes=4)) for sign_in_id in opened]

        assert states == [False, True, True, True]

    def test_is_one_of_ten_for_persons(self) -> None:
        person = citizen()
        opened = [open_session(person, minute=minute) for minute in range(11)]

        states = [is_open(sign_in_id, after=timedelta(minutes=11)) for sign_in_id in opened]

        assert states == [False] + [True] * 10


class TestNewDevice:
    def told(self, person: Actor) -> int:
        return Message.objects.filter(
            recipient_person_id=UUID(str(person.person_id)), template="identity.new_device"
        ).count()

    def test_is_told_to_the_person(self) -> None:
        person = citizen()
        open_session(person, browser="Firefox 130")

        open_session(person, browser="Chrome 129", minute=1)

        assert self.told(person) == 1

    def test_is_none_the_first_time_or_when_it_was_used_before(self) -> None:
        person = citizen()
        open_session(person, browser="Firefox 130")

        open_session(person, browser="Firefox 130", minute=1)

        assert self.told(person) == 0
