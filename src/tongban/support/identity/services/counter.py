"""
窗口核验: a clerk sees the card, the person reads out a code and signs; the account is opened, or raised.

Source: 国办函〔2016〕108号 五 (窗口注册: the card is read, a code confirms, the agreement is signed, the window opens
the account; the login name is the ID number, shown masked, the first password is random and can be changed).
"""

import uuid
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.codes import mask_id
from tongban.foundation.db import business_transaction
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import Account, Person
from tongban.support.identity.ports import card_reader
from tongban.support.identity.selectors.assurance import level_of
from tongban.support.identity.services.agreements import agree
from tongban.support.identity.services.assurance import grant
from tongban.support.identity.services.checks import ask_authority, digest_of, facts_of, register_of
from tongban.support.identity.services.codes import index_of_mobile, request_code, use_proof, verify_code
from tongban.support.identity.services.contents import IdentityNotConfirmed
from tongban.support.identity.services.finding import note_found
from tongban.support.identity.services.mobiles import MobileTaken
from tongban.support.identity.services.numbers import KnownNumber, index_of_id_number
from tongban.support.identity.services.registration import (
    RegistrationRefused,
    check_facts,
    fresh_login_name,
    make_account,
    make_person,
)
from tongban.support.identity.services.staff import fresh_password
from tongban.support.identity.values import (
    AccountKind,
    Answer,
    AssuranceLevel,
    Card,
    CertificationReceipt,
    CodePurpose,
    CodeReceipt,
    ConsentWay,
    MeansCode,
)


def read_card(*, actor: Actor, at: datetime) -> Card | None:
    """
    Return what stands on the card that lies on the clerk's reader; None: there is none, or no reader.

    :raises NotPermitted: the actor does not work at a counter
    """
    permissions.record_person.require(actor)
    return card_reader().read(desk=actor.id, at=at)


def request_counter_code(
    *,
    id_number: str,
    name: str,
    mobile: str,
    actor: Actor,
    address: str | None,
    at: datetime,
    born_on: date | None = None,
) -> CodeReceipt:
    """
    Look at what stands on the card, and send a code to the mobile of the person before the clerk.

    The register of the document is asked too. Where it does not answer, the card in hand is enough: a clerk sees it.

    :param born_on: needed with a travel permit, whose number does not say it
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: number, name or mobile are not acceptable
    :raises IdentityNotConfirmed: the register says that number and name do not belong together
    :raises GuardianNeeded: younger than fourteen
    :raises RegistrationRefused: the number is known under another name
    :raises TooManyRequests: a code was just sent, or too many were sent today
    """
    permissions.record_person.require(actor)
    number = check_facts(id_number=id_number, name=name, mobile=mobile, password=None, born_on=born_on, at=at)
    person = Person.objects.filter(id_number_index=index_of_id_number(number.number)).first()
    if person is not None and person.name != rules.normal_name(name):
        raise RegistrationRefused
    if person is not None:
        note_found(person.id, actor=actor, at=at)
    facts = facts_of(number, name=rules.normal_name(name))
    subject = str(person.id) if person else ""
    answer = ask_authority(authority=register_of(number), facts=facts, subject=subject, actor=actor, at=at)
    if answer is Answer.NO:
        raise IdentityNotConfirmed
    return request_code(
        mobile=mobile,
        purpose=CodePurpose.COUNTER,
        actor=actor,
        address=address,
        at=at,
        account_id=uuid.UUID(actor.id),
    )


def certify_at_counter(
    *,
    id_number: str,
    name: str,
    mobile: str,
    code: str,
    way: ConsentWay,
    by_reader: bool,
    actor: Actor,
    at: datetime,
    born_on: date | None = None,
) -> CertificationReceipt:
    """
    Open or raise the account of the person before the clerk: level COUNTER, his mobile the one whose code he read out.

    Who had no account gets one, with a first password that the receipt shows once; it must be changed at the first
    log-in. The password of an account that exists is left alone.

    :param code: of `request_counter_code`, asked for by the same clerk
    :param way: how the agreement was signed: PAPER or SCREEN
    :param by_reader: what stands on the card was read by a card reader, not typed
    :param born_on: needed with a travel permit, whose number does not say it
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: number, name or mobile are not acceptable
    :raises CodeNotAccepted: the code is wrong, used, expired or was tried too often
    :raises GuardianNeeded: younger than fourteen
    :raises RegistrationRefused: the number is known under another name
    :raises MobileTaken: the mobile logs somebody else in
    """
    permissions.record_person.require(actor)
    number = check_facts(id_number=id_number, name=name, mobile=mobile, password=None, born_on=born_on, at=at)
    proof = verify_code(mobile=mobile, purpose=CodePurpose.COUNTER, code=code, at=at)
    password = fresh_password()
    return _certify(
        number=number,
        name=name,
        mobile=mobile,
        proof=proof.id,
        way=way,
        by_reader=by_reader,
        password=password,
        encoded=make_password(password),
        actor=actor,
        at=at,
    )


@business_transaction
def _certify(
    *,
    number: KnownNumber,
    name: str,
    mobile: str,
    proof: uuid.UUID,
    way: ConsentWay,
    by_reader: bool,
    password: str,
    encoded: str,
    actor: Actor,
    at: datetime,
) -> CertificationReceipt:
    person = Person.objects.locked().filter(id_number_index=index_of_id_number(number.number)).first()
    if person is not None and person.name != rules.normal_name(name):
        raise RegistrationRefused
    use_proof(proof=proof, mobile=mobile, purpose=CodePurpose.COUNTER, at=at, account_id=uuid.UUID(actor.id))
    is_new = person is None or person.account_id is None
    try:
        with transaction.atomic():
            account = _first_account(encoded, at=at) if is_new else None
            person = _written(
                person, number=number, name=name, mobile=mobile, account=account, actor=actor, at=at
            )
    except IntegrityError as error:
        raise MobileTaken from error
    evidence = digest_of(register_of(number), facts_of(number, name=person.name))
    for means_code in (MeansCode.MOBILE_CODE, MeansCode.COUNTER):
        grant(person_id=person.id, means_code=means_code, evidence_digest=evidence, actor=actor, at=at)
    version = agree(person_id=person.id, way=way, actor=actor, at=at, witnessed_by=actor.id)
    audit.record(
        action="identity.person.certify",
        actor=actor,
        subject=str(person.id),
        at=at,
        is_new_account=is_new,
        by_reader=by_reader,
        agreement=version,
        way=way.value,
    )
    return CertificationReceipt(
        person_id=person.id,
        name_masked=person.name_masked,
        login_masked=mask_id(number.number),
        initial_password=password if is_new else "",
        assurance_level=level_of(person_id=person.id, at=at),
        agreement_version=version,
        way=way,
        certified_at=at,
    )


def _first_account(encoded: str, *, at: datetime) -> Account:
    return make_account(
        kind=AccountKind.PERSON,
        login_name=fresh_login_name(),
        encoded=encoded,
        at=at,
        is_initial=True,
    )


def _written(
    person: Person | None,
    *,
    number: KnownNumber,
    name: str,
    mobile: str,
    account: Account | None,
    actor: Actor,
    at: datetime,
) -> Person:
    """
    Return the person with the account and the mobile just proved; one who is not known yet is written down.
    """
    if person is None:
        return make_person(
            number=number,
            name=name,
            mobile=mobile,
            level=AssuranceLevel.ANONYMOUS,
            account=account,
            at=at,
            registered_by=actor.id,
        )
    if account is not None:
        person.account = account
    person.mobile, person.mobile_index = rules.normal_mobile(mobile), index_of_mobile(mobile)
    person.save(update_fields=["account", "mobile", "mobile_index"])
    return person
