"""
How a person becomes known: by registering, or at a counter.

A registration rests on the identity card and on further contents: the mobile, proved by a code, and by choice the
social-security card, a bank card, the provident-fund account or the file number of the driving licence. Number and
name are compared with the population register. Where an authority does not answer, the person is registered at the
level that was proved, and finishes later: nothing that was typed is lost, and nobody is sent away.

Source: 国办函〔2016〕108号 五 统一身份认证 (自然人注册: the identity card and any two of the five).
"""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import is_mobile, mask_name
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, RuleViolation, Text
from tongban.foundation.events import announce
from tongban.foundation.limits import hit_limit
from tongban.support.identity import permissions, rules
from tongban.support.identity.events import PERSON_REGISTERED
from tongban.support.identity.models import Account, Person
from tongban.support.identity.selectors.assurance import level_of
from tongban.support.identity.services.agreements import agree
from tongban.support.identity.services.assurance import MEANS_BY_LEVEL, grant, revoke
from tongban.support.identity.services.codes import index_of_mobile, use_proof, verify_code
from tongban.support.identity.services.contents import (
    CheckedContents,
    check_contents,
    further_content,
)
from tongban.support.identity.services.finding import note_found
from tongban.support.identity.services.numbers import KnownNumber, check_id_number, index_of_id_number
from tongban.support.identity.services.passwords import require_good_password
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import (
    TRAVEL_PERMITS,
    AccountKind,
    AssuranceLevel,
    CodePurpose,
    ConsentWay,
    MeansCode,
    PersonReceipt,
    RegistrationReceipt,
)

HOUR = timedelta(hours=1)
ACCOUNT_OPENED = "ACCOUNT_OPENED"
MAKER = system_actor("identity.make_person")


class RegistrationRefused(Conflict):
    """
    These facts cannot be registered.

    An account exists, or a counter recorded something else; which, is not told.
    """

    code = "registration_refused"
    message = _("无法用这些信息注册。如果您已经注册过，请直接登录或重置密码；否则请携带身份证件到窗口办理")


class GuardianNeeded(RuleViolation):
    """
    The person is younger than fourteen: a guardian must consent and act.
    """

    code = "guardian_needed"
    message = _("未满 14 周岁不能自行注册，请由父母或其他监护人代为办理")
    clause = "个人信息保护法-31"


def register_person(
    *,
    id_number: str,
    name: str,
    mobile: str,
    code: str,
    password: str,
    actor: Actor,
    address: str | None,
    at: datetime,
    means_code: str = "",
    value: str = "",
    born_on: date | None = None,
) -> RegistrationReceipt:
    """
    Register a person who has just read a code on the mobile.

    :param code: what was sent to `mobile` for CodePurpose.REGISTER
    :param means_code: as for `register_proved_person`
    :param value: as for `register_proved_person`
    :param born_on: as for `register_proved_person`
    :raises InvalidInput: number, name, mobile, code or password are not acceptable; every field at once
    :raises GuardianNeeded: younger than fourteen
    :raises RegistrationRefused: somebody is known by this number or mobile
    :raises TooManyRequests: too many registrations from this address
    """
    check_facts(id_number=id_number, name=name, mobile=mobile, password=password, born_on=born_on, at=at)
    proof = verify_code(mobile=mobile, purpose=CodePurpose.REGISTER, code=code, at=at)
    return register_proved_person(
        id_number=id_number,
        name=name,
        mobile=mobile,
        proof=proof.id,
        password=password,
        actor=actor,
        address=address,
        at=at,
        means_code=means_code,
        value=value,
        born_on=born_on,
    )


def register_proved_person(
    *,
    id_number: str,
    name: str,
    mobile: str,
    proof: uuid.UUID,
    password: str,
    actor: Actor,
    address: str | None,
    at: datetime,
    means_code: str = "",
    value: str = "",
    born_on: date | None = None,
) -> RegistrationReceipt:
    """
    Register a person whose mobile was proved a moment ago.

    Number and name are compared with the population register, a further content with its authority. One that does not
    answer does not stand in the way: the receipt names it, and the person finishes later.

    Somebody a counter has recorded without an account takes over that record, but only with the name and the
    mobile that the clerk wrote down.

    :param proof: from `verify_code`; used up by success only
    :param means_code: a further content, of `values.means()` that count; empty: none. How many are needed is said by
        TONGBAN_IDENTITY_REGISTRATION_CONTENTS
    :param value: its number
    :param born_on: needed with a travel permit, whose number does not say it
    :raises InvalidInput: number, name, mobile, password or the further content are not acceptable, an authority says
        that they are not this person's, a content is missing, or the proof is too old
    :raises GuardianNeeded: younger than fourteen
    :raises RegistrationRefused: somebody is known by this number or mobile
    :raises TooManyRequests: too many registrations from this address
    """
    number = check_facts(
        id_number=id_number, name=name, mobile=mobile, password=password, born_on=born_on, at=at
    )
    limit = policy().registrations_per_address
    hit_limit(f"register-address:{address or 'unknown'}", limit=limit, window=HOUR, at=at)
    content = further_content(means_code, value=value)
    _require_unknown(number, name=name, mobile=mobile)
    checked = check_contents(number=number, name=rules.normal_name(name), content=content, actor=actor, at=at)
    encoded = make_password(password)
    return _register(
        number=number,
        name=name,
        mobile=mobile,
        proof=proof,
        encoded=encoded,
        checked=checked,
        actor=actor,
        at=at,
    )


@business_transaction
def find_or_register_by_counter(
    *,
    id_number: str,
    name: str,
    mobile: str,
    actor: Actor,
    at: datetime,
    born_on: date | None = None,
) -> PersonReceipt:
    """
    Return the person before the clerk, recording one who is not known yet; no account is made.

    :param mobile: where messages about the case go; may be empty for somebody who has none
    :param born_on: needed with a travel permit, whose number does not say it
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: number, name or mobile are not acceptable
    :raises GuardianNeeded: younger than fourteen
    :raises RegistrationRefused: the number is known under another name
    """
    permissions.record_person.require(actor)
    number = check_facts(
        id_number=id_number, name=name, mobile=mobile or None, password=None, born_on=born_on, at=at
    )
    return found_or_recorded(
        number=number,
        name=name,
        mobile=mobile,
        action="identity.person.find_by_counter",
        actor=actor,
        at=at,
    )


def found_or_recorded(
    *, number: KnownNumber, name: str, mobile: str, action: str, actor: Actor, at: datetime
) -> PersonReceipt:
    """
    Return a person whose card a clerk has seen, recording one who is not known yet; for the services of this app only.

    :param action: what the trail calls it
    :raises RegistrationRefused: the number is known under another name
    """
    person = Person.objects.locked().filter(id_number_index=index_of_id_number(number.number)).first()
    if person is None:
        person = _record_by_clerk(number=number, name=name, mobile=mobile, actor=actor, at=at)
    elif person.name != rules.normal_name(name):
        raise RegistrationRefused
    else:
        note_found(person.id, actor=actor, at=at)
    audit.record(action=action, actor=actor, subject=str(person.id), at=at)
    return PersonReceipt(
        person_id=person.id,
        name_masked=person.name_masked,
        assurance_level=level_of(person_id=person.id, at=at),
    )


def check_facts(
    *,
    id_number: str,
    name: str,
    mobile: str | None,
    password: str | None,
    born_on: date | None,
    at: datetime,
) -> KnownNumber:
    """
    Complain about every field at once, then about the law; for the services of this app only.
    """
    number = known_facts(
        id_number=id_number, name=name, mobile=mobile, password=password, born_on=born_on, at=at
    )
    if rules.needs_guardian(born_on=number.born_on, on=civil_date(at)):
        raise GuardianNeeded
    return number


def known_facts(
    *,
    id_number: str,
    name: str,
    mobile: str | None,
    password: str | None,
    born_on: date | None,
    at: datetime,
) -> KnownNumber:
    """
    Complain about every field at once, of whatever age somebody is; for the services of this app only.
    """
    wrong = _complaints_of(lambda: check_id_number(id_number, on=civil_date(at), born_on=born_on))
    if not rules.is_name(rules.normal_name(name)):
        wrong["name"] = _("请填写身份证件上的姓名")
    if mobile is not None and not is_mobile(rules.normal_mobile(mobile)):
        wrong["mobile"] = _("请填写 11 位手机号码")
    if password is not None:
        owner = (rules.normal_id_number(id_number), rules.normal_mobile(mobile or ""))
        wrong |= _complaints_of(lambda: require_good_password(password, about_owner=owner))
    if wrong:
        raise InvalidInput(fields=wrong)
    return check_id_number(id_number, on=civil_date(at), born_on=born_on)


def _complaints_of(check: Callable[[], object]) -> dict[str, Text]:
    try:
        check()
    except InvalidInput as error:
        return {**error.fields}
    return {}


def _require_unknown(number: KnownNumber, *, name: str, mobile: str) -> None:
    """
    Refuse what cannot be registered before an authority is asked about it; the transaction looks once more.
    """
    person = Person.objects.filter(id_number_index=index_of_id_number(number.number)).first()
    if person is not None and not _may_take_over(person, name=name, mobile=mobile):
        raise RegistrationRefused


@business_transaction
def _register(
    *,
    number: KnownNumber,
    name: str,
    mobile: str,
    proof: uuid.UUID,
    encoded: str,
    checked: CheckedContents,
    actor: Actor,
    at: datetime,
) -> RegistrationReceipt:
    use_proof(proof=proof, mobile=mobile, purpose=CodePurpose.REGISTER, at=at)
    person = Person.objects.locked().filter(id_number_index=index_of_id_number(number.number)).first()
    if person is not None and not _may_take_over(person, name=name, mobile=mobile):
        raise RegistrationRefused
    account = make_account(kind=AccountKind.PERSON, login_name=fresh_login_name(), encoded=encoded, at=at)
    try:
        with transaction.atomic():
            person = (
                _open_account_of(person, account=account, actor=actor, at=at)
                if person
                else make_person(
                    number=number,
                    name=name,
                    mobile=mobile,
                    level=AssuranceLevel.MOBILE,
                    account=account,
                    at=at,
                    actor=actor,
                )
            )
    except (
        IntegrityError
    ) as error:  # the number or the mobile was registered a moment ago, or logs somebody else in
        raise RegistrationRefused from error
    for means_code, evidence in checked.proved:
        grant(person_id=person.id, means_code=means_code, evidence_digest=evidence, actor=actor, at=at)
    agree(person_id=person.id, way=ConsentWay.ONLINE, actor=actor, at=at)
    audit.record(action="identity.person.register", actor=actor, subject=str(person.id), at=at)
    announce(topic=PERSON_REGISTERED, key=str(person.id), at=at, payload={})
    return RegistrationReceipt(
        person_id=person.id,
        account_id=account.id,
        name_masked=person.name_masked,
        assurance_level=level_of(person_id=person.id, at=at),
        not_checked=checked.not_checked,
    )


def _may_take_over(person: Person, *, name: str, mobile: str) -> bool:
    return (
        person.account_id is None
        and person.name == rules.normal_name(name)
        and person.mobile_index is not None
        and crypto.is_same_index(person.mobile_index, index_of_mobile(mobile))
    )


def _open_account_of(person: Person, *, account: Account, actor: Actor, at: datetime) -> Person:
    """
    Give a person known from a counter an account: name, number and mobile are those a clerk has seen.

    Whoever types them is not therefore the one who stood there: what the counter proved ends.
    """
    person.account = account
    person.save(update_fields=["account"])
    revoke(person_id=person.id, means_code=None, reason=ACCOUNT_OPENED, actor=actor, at=at)
    for means_code in (MeansCode.MOBILE_CODE, MeansCode.COUNTER_RECORD):
        grant(person_id=person.id, means_code=means_code, evidence_digest="", actor=actor, at=at)
    return person


def _record_by_clerk(*, number: KnownNumber, name: str, mobile: str, actor: Actor, at: datetime) -> Person:
    try:
        with transaction.atomic():
            return make_person(
                number=number,
                name=name,
                mobile=mobile or None,
                level=AssuranceLevel.COUNTER,
                account=None,
                at=at,
                registered_by=actor.id,
            )
    except IntegrityError as error:  # another counter was quicker
        raise RegistrationRefused from error


def fresh_login_name() -> str:
    """
    Return a login name for a person, who logs in by number or mobile and need not know it.
    """
    return f"u{uuid.uuid4().hex[:16]}"


def make_account(
    *, kind: AccountKind, login_name: str, encoded: str, at: datetime, is_initial: bool = False
) -> Account:
    """
    Return a new account; for the services of this app only.

    :param encoded: password, already hashed
    :param is_initial: somebody else made the password: it is changed before anything is opened with it
    """
    return Account.objects.create(
        kind=kind,
        login_name=login_name,
        password=encoded,
        password_changed_at=at,
        created_at=at,
        must_change_password=is_initial,
    )


def make_person(
    *,
    number: KnownNumber,
    name: str,
    mobile: str | None,
    level: AssuranceLevel,
    account: Account | None,
    at: datetime,
    registered_by: str = "",
    actor: Actor = MAKER,
) -> Person:
    """
    Return a new person; for the services of this app only.

    :param level: to which the person is taken as proved, by the usual means of that level
    :param registered_by: account of the clerk; empty: the person himself
    :param actor: who proved it
    """
    plain_name = rules.normal_name(name)
    person = Person.objects.create(
        account=account,
        id_type=number.id_type,
        id_number=number.number,
        id_number_index=index_of_id_number(number.number),
        born_on=number.born_on.isoformat() if number.id_type in TRAVEL_PERMITS else None,
        name=plain_name,
        name_masked=mask_name(plain_name),
        mobile=rules.normal_mobile(mobile) if mobile else None,
        mobile_index=index_of_mobile(mobile) if mobile else None,
        registered_by=registered_by,
        created_at=at,
    )
    if level is not AssuranceLevel.ANONYMOUS:
        grant(person_id=person.id, means_code=MEANS_BY_LEVEL[level], evidence_digest="", actor=actor, at=at)
    return person
