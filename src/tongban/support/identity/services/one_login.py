"""
Persons between systems: handed over to one he logs in to, with his consent; taken over from another node.

All of it is for the node itself, which holds the consent and trusts the other node; all of it is written down.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, looks
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotFound, NotPermitted
from tongban.foundation.events import announce
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.support.identity import rules
from tongban.support.identity.events import SESSION_ENDED
from tongban.support.identity.models import Person, SignIn, found_level, level_at
from tongban.support.identity.services.assurance import grant
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import check_id_number, index_of_id_number
from tongban.support.identity.services.registration import (
    GuardianNeeded,
    fresh_login_name,
    make_account,
    make_person,
)
from tongban.support.identity.values import TRAVEL_PERMITS, AccountKind, AssuranceLevel, IdType, MeansCode

LONGEST_SOURCE = 64
DIVISION_DIGITS = 6


class PersonDisputed(Conflict):
    """
    The number is known here under another name: two records may mean two people, and nobody is taken for the other.
    """

    code = "person_disputed"
    message = _("该证件号码在本地登记的姓名与对方提供的不一致，请携带身份证件到窗口核实")


class AccountKnownHere(Conflict):
    """
    The person has an account here already; he must log in to it once before another node's login opens it.
    """

    code = "account_known_here"
    message = _("您在本地已有账号，请先用本地账号登录一次，确认关联")


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenOver:
    """
    A person of another node, as this node knows him now.
    """

    person_id: uuid.UUID
    account_id: uuid.UUID
    is_new: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedOver:
    """
    A person, as a system he logs in to is told.
    """

    person_id: uuid.UUID
    name: str
    name_masked: str
    id_type: IdType
    id_number: str
    mobile: str
    assurance_level: int
    born_on: str
    """YYYY-MM-DD of the holder of a travel permit; empty: the number says it."""

    def __repr__(self) -> str:
        return f"HandedOver(person_id={self.person_id!r}, …)"


@business_transaction
def hand_over_person(
    *,
    receiver: str,
    receiver_name: str,
    what: Collection[str],
    actor: Actor,
    at: datetime,
    account_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
) -> HandedOver:
    """
    Return a person's data in clear for a system he consented to tell; by account or by person.

    The caller holds the consent and passes on no more than it covers.

    :param receiver: id of the system
    :param receiver_name: its name; the person will read it in the ledger of who looked
    :param what: names of the data that leave, e.g. "name", "id_number"
    :raises NotPermitted: anybody but the node asks
    :raises NotFound: there is no such person
    """
    if not actor.is_system:
        raise NotPermitted
    wanted = {"id": person_id} if person_id else {"account_id": account_id}
    person = Person.objects.annotate(assurance_level=level_at(at)).filter(**wanted).first()
    if person is None:
        raise NotFound
    audit.record(
        action="identity.person.hand_over",
        actor=actor,
        subject=str(person.id),
        at=at,
        receiver=receiver,
        what=sorted(what),
    )
    looks.record(
        principal_id=person.id,
        act=LookAct.HANDED_OVER,
        thing=Thing(kind=ObjectKind.PERSON, key=receiver[:100], label=receiver_name),
        actor=actor,
        at=at,
    )
    return HandedOver(
        person_id=person.id,
        name=person.name,
        name_masked=person.name_masked,
        id_type=IdType(person.id_type),
        id_number=person.id_number,
        mobile=person.mobile or "",
        assurance_level=found_level(person),
        born_on=person.born_on or "",
    )


def certificate_key(*, id_number: str, name: str) -> str:
    """
    Return 证件散列码: by which nodes ask one another about a person without saying who it is, 64 hex digits.

    Source: GB/T 39554-2020, table up_uc_province_user (`cert_key`): a digest over number and name.
    """
    text = f"{rules.normal_id_number(id_number)}|{rules.normal_name(name)}"
    return crypto.sm3(text.encode()).hex()


def division_of_person(*, person_id: uuid.UUID, actor: Actor) -> str:
    """
    Return the division in a person's ID number, six digits: where he was first registered; empty: it names none.

    :raises NotPermitted: anybody but the node asks
    :raises NotFound: there is no such person
    """
    if not actor.is_system:
        raise NotPermitted
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise NotFound
    names_one = person.id_type not in TRAVEL_PERMITS
    return str(person.id_number)[:DIVISION_DIGITS] if names_one else ""


@business_transaction
def certificate_key_of(*, person_id: uuid.UUID, actor: Actor) -> str:
    """
    Return the certificate key of a person of this node.

    :raises NotPermitted: anybody but the node asks
    :raises NotFound: there is no such person
    """
    if not actor.is_system:
        raise NotPermitted
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise NotFound
    return certificate_key(id_number=person.id_number, name=person.name)


@business_transaction
def take_over_person(
    *,
    id_number: str,
    name: str,
    mobile: str,
    source: str,
    actor: Actor,
    at: datetime,
    born_on: date | None = None,
) -> TakenOver:
    """
    Know a person whom another node has proved; somebody who is known here by number and name is the same person.

    He gets an account without a password: only the other node's login opens it. One that a counter has recorded
    without an account is taken over. Rules: docs/explanation/one-login.md.

    :param source: code of the node that proved him
    :param born_on: needed with a travel permit, whose number does not say it
    :raises NotPermitted: anybody but the node asks
    :raises InvalidInput: the number cannot exist
    :raises GuardianNeeded: younger than fourteen: a guardian consents at a counter here, whatever he did elsewhere
    :raises PersonDisputed: the number is known here under another name
    :raises AccountKnownHere: the person has an account here already; `facts` names it for the caller
    """
    if not actor.is_system:
        raise NotPermitted
    number = check_id_number(id_number, on=civil_date(at), born_on=born_on)
    if rules.needs_guardian(born_on=number.born_on, on=civil_date(at)):
        raise GuardianNeeded
    person = Person.objects.locked().filter(id_number_index=index_of_id_number(number.number)).first()
    if person is not None and person.name != rules.normal_name(name):
        raise PersonDisputed
    if person is not None and person.account_id is not None:
        raise AccountKnownHere
    account = make_account(
        kind=AccountKind.PERSON, login_name=fresh_login_name(), encoded=make_password(None), at=at
    )
    is_new = person is None
    try:
        with transaction.atomic():
            if person is None:
                person = make_person(
                    number=number,
                    name=name,
                    mobile=_free_mobile(mobile),
                    level=AssuranceLevel.ANONYMOUS,
                    account=account,
                    at=at,
                    registered_by=f"node:{source}"[:LONGEST_SOURCE],
                    actor=actor,
                )
            else:
                person.account = account
                person.save(update_fields=["account"])
    except IntegrityError as error:  # another request was quicker, or the mobile logs somebody else in
        raise AccountKnownHere from error
    audit.record(
        action="identity.person.take_over", actor=actor, subject=str(person.id), at=at, source=source
    )
    return TakenOver(person_id=person.id, account_id=account.id, is_new=is_new)


@business_transaction
def believe_level(*, person_id: uuid.UUID, level: int, source: str, actor: Actor, at: datetime) -> None:
    """
    Believe another node how surely it knows a person, until he logs in by it again or the term of the means ends.

    :param level: 0 to 4 of ours
    :raises NotPermitted: anybody but the node asks
    """
    if not actor.is_system:
        raise NotPermitted
    if level > AssuranceLevel.ANONYMOUS:
        grant(
            person_id=person_id,
            means_code=MeansCode.OTHER_NODE,
            evidence_digest=crypto.sm3(f"{source}|{at:%F}".encode()).hex(),
            actor=actor,
            at=at,
            level=level,
        )


@business_transaction
def end_sign_ins(*, sign_in_ids: Collection[uuid.UUID], actor: Actor, at: datetime) -> int:
    """
    End logins that another system says are over; return how many were open.

    :raises NotPermitted: anybody but the node asks
    """
    if not actor.is_system:
        raise NotPermitted
    rows = list(SignIn.objects.select_for_update().filter(id__in=list(sign_in_ids), ended_at__isnull=True))
    for row in rows:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        audit.record(action="identity.session.end", actor=actor, subject=str(row.id), at=at)
        announce(topic=SESSION_ENDED, key=str(row.account_id), at=at, payload={})
    return len(rows)


def is_account_of(*, account_id: uuid.UUID, id_number: str, name: str) -> bool:
    """
    Return whether an account belongs to the person of this number and name.
    """
    person = Person.objects.filter(account_id=account_id).first()
    return (
        person is not None
        and person.name == rules.normal_name(name)
        and person.id_number == rules.normal_id_number(id_number)
    )


def is_number_of(*, account_id: uuid.UUID, id_number: str) -> bool:
    """
    Return whether an account belongs to the person of this number.
    """
    person = Person.objects.filter(account_id=account_id).first()
    return person is not None and person.id_number == rules.normal_id_number(id_number)


def _free_mobile(mobile: str) -> str | None:
    """
    Return a mobile that logs nobody else in here, else None.
    """
    if not mobile:
        return None
    is_taken = Person.objects.filter(mobile_index=index_of_mobile(mobile), account__isnull=False).exists()
    return None if is_taken else mobile
