"""
People and staff for tests: all of them made up, with numbers that can exist.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.test import Client as Browser

from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.codes import id_check_character
from tongban.support.identity import services
from tongban.support.identity.models import Account, SignIn
from tongban.support.identity.services.factors import has_factor
from tongban.support.identity.services.numbers import check_id_number
from tongban.support.identity.services.registration import fresh_login_name, make_account, make_person
from tongban.support.identity.values import (
    THREE_ADMINISTRATORS,
    AccountKind,
    AssuranceLevel,
    Factor,
    Post,
    Role,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PASSWORD = "Tongban-2026"
NODE = system_actor("tests")
AGENCY = "11511602MB0000001A"
DISTRICT = "511602000000"

#: Far from the numbers that tests choose themselves, so that the order of tests does not matter.
_turn = count(100_001)


def id_number(*, born_on: date = date(1990, 1, 1), sequence: int = 1, division: str = "511602") -> str:
    """
    Return a resident's number with a right check character.

    :param sequence: a day has a thousand numbers; who comes after them is born on one of the days that follow
    """
    days, number = divmod(sequence, 1000)
    body = f"{division}{born_on + timedelta(days=days):%Y%m%d}{number:03d}"
    return body + id_check_character(body)


def mobile(number: int) -> str:
    """
    Return a mobile made up from a number.
    """
    return f"199{number:08d}"


def citizen(
    *,
    name: str = "张小三",
    number: str | None = None,
    phone: str | None = None,
    level: AssuranceLevel = AssuranceLevel.MOBILE,
    password: str = PASSWORD,
    at: datetime = NOW,
) -> Actor:
    """
    Return the actor of a person with an account.
    """
    turn = next(_turn)
    account = make_account(
        kind=AccountKind.PERSON, login_name=fresh_login_name(), encoded=make_password(password), at=at
    )
    person = make_person(
        number=check_id_number(number or id_number(sequence=turn), on=at.date()),
        name=name,
        mobile=phone or mobile(turn),
        level=level,
        account=account,
        at=at,
    )
    return Actor(
        kind=ActorKind.PERSON,
        id=str(account.id),
        name=person.name_masked,
        person_id=str(person.id),
        assurance_level=level.value,
    )


def staff(
    *posts: Post,
    roles: Collection[Role] = (),
    login_name: str | None = None,
    name: str = "李工",
    agency_code: str = AGENCY,
    division_code: str = DISTRICT,
    password: str = PASSWORD,
    at: datetime = NOW,
) -> Actor:
    """
    Return the actor of a member of staff with these posts.
    """
    is_administrator = not set(roles).isdisjoint(THREE_ADMINISTRATORS)
    receipt = services.create_staff(
        login_name=login_name or f"staff{next(_turn)}",
        name=name,
        agency_code=agency_code,
        division_code=division_code,
        posts=posts,
        roles=roles,
        id_number=id_number(born_on=date(1980, 1, 1), sequence=next(_turn)) if is_administrator else "",
        password=password,
        actor=NODE,
        at=at,
    )
    # Whoever a test logs in has changed the password that was given with the account.
    Account.objects.filter(id=receipt.account_id).update(must_change_password=False)
    return Actor(
        kind=ActorKind.STAFF,
        id=str(receipt.account_id),
        name=name,
        agency_code=agency_code,
        division_code=division_code,
        posts=frozenset(posts),
        roles=frozenset(roles),
    )


def checked(actor: Actor, *, level: int = 1, at: datetime = NOW) -> Actor:
    """
    Return a person who was checked anew in this session.
    """
    return replace(actor, checked_level=level, checked_at=at)


def log_in(browser: Browser, actor: Actor, *, at: datetime, checked_level: int = 0) -> None:
    """
    Give a test browser a session of this actor, as the login page would; who has a second factor has shown it.

    :param at: now; the session is idle from then on
    :param checked_level: of a fresh check in it; 0: there was none
    """
    session = browser.session
    account_id = UUID(actor.id)
    opened = services.begin_sign_in(
        session=session,
        account_id=account_id,
        address="127.0.0.1",
        user_agent="test",
        at=at,
        factor=Factor.TOTP if has_factor(account_id) else None,
    )
    if checked_level:
        SignIn.objects.filter(id=opened.sign_in_id).update(checked_level=checked_level, checked_at=at)
    session.save()
    browser.cookies["tongban_session"] = session.session_key or ""
