"""
Accounts of the sample area: everything about them is made up, and their password is printed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NotRequired, TypedDict

from django.contrib.auth.hashers import make_password

from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import Account, Person
from tongban.support.identity.selectors import staff_of_agency
from tongban.support.identity.services.numbers import check_id_number, index_of_id_number
from tongban.support.identity.services.registration import fresh_login_name, make_account, make_person
from tongban.support.identity.services.staff import open_staff_account
from tongban.support.identity.values import AccountKind, AssuranceLevel, DemoAccounts, Post, Role


class StaffRow(TypedDict):
    """
    One line of staff.jsonl.
    """

    login_name: str
    name: str
    agency_code: str
    division_code: str
    posts: list[str]
    roles: list[str]
    shows: NotRequired[str]
    """What can be seen with the account, for whoever starts a demonstration."""


class PersonRow(TypedDict):
    """
    One line of persons.jsonl.
    """

    name: str
    id_number: str
    mobile: str
    shows: NotRequired[str]
    """What can be seen with the account, for whoever starts a demonstration."""


@business_transaction
def load_demo_accounts(
    *, staff: Iterable[StaffRow], persons: Iterable[PersonRow], password: str, actor: Actor, at: datetime
) -> DemoAccounts:
    """
    Open the demo accounts that do not exist yet; loading twice changes nothing.

    One hash serves all of them: they share a password that is no secret.

    :raises NotPermitted: the actor is neither an operator nor the node
    :raises InvalidInput: a person has an impossible ID number
    """
    permissions.operate.require(actor)
    encoded = make_password(password)
    return DemoAccounts(
        staff_created=sum(_load_staff(row, encoded=encoded, actor=actor, at=at) for row in staff),
        persons_created=sum(_load_person(row, encoded=encoded, at=at) for row in persons),
    )


def _load_staff(row: StaffRow, *, encoded: str, actor: Actor, at: datetime) -> bool:
    login = rules.normal_login(row["login_name"])
    if Account.objects.filter(login_name=login).exists():
        return False
    open_staff_account(
        login=login,
        name=row["name"],
        staff_code=login,
        agency_code=row["agency_code"],
        division_code=row["division_code"],
        posts=[Post(post) for post in row["posts"]],
        roles=[Role(role) for role in row["roles"]],
        encoded=encoded,
        actor=actor,
        at=at,
    )
    return True


def _load_person(row: PersonRow, *, encoded: str, at: datetime) -> bool:
    number = check_id_number(row["id_number"], on=civil_date(at))
    if Person.objects.filter(id_number_index=index_of_id_number(number.number)).exists():
        return False
    account = make_account(kind=AccountKind.PERSON, login_name=fresh_login_name(), encoded=encoded, at=at)
    make_person(
        number=number,
        name=row["name"],
        mobile=row["mobile"],
        level=AssuranceLevel.DATA_CHECK,
        account=account,
        at=at,
    )
    return True


def demo_staff(*, agency_code: str, roles: Iterable[Role], actor: Actor) -> dict[Role, Actor]:
    """
    Return one of an agency's staff for each of these roles, with that role alone; none where nobody has it. One query.

    :raises NotPermitted: the actor is neither an operator nor the node
    """
    permissions.operate.require(actor)
    office = staff_of_agency(agency_code=agency_code, post=None, actor=actor)
    return {
        role: Actor(
            kind=ActorKind.STAFF,
            id=str(member.account_id),
            name=member.name,
            agency_code=member.agency_code,
            division_code=member.division_code,
            roles=frozenset({role}),
        )
        for role in roles
        for member in office
        if role in member.roles
    }
