"""
Proving who one is, online: by facts that an authority confirms, by one's face, by a code.

Authorities are asked before any row is held. What they were asked is not kept, only that
they said yes (`AssuranceGrant`).
Source: 国办函〔2016〕108号 五; the levels of `identity/data/assurance.toml`.
"""

import json
import re
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, policy
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotAuthenticated, UpstreamError
from tongban.foundation.limits import hit_limit
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import AccessToken, Person, SignIn
from tongban.support.identity.ports import authorities
from tongban.support.identity.selectors.assurance import level_of
from tongban.support.identity.services.assurance import UnknownMeans, grant
from tongban.support.identity.services.checks import (
    ask_authority,
    digest_of,
    facts_of,
    note_check,
    register_of,
)
from tongban.support.identity.services.codes import request_code, use_proof, verify_code
from tongban.support.identity.services.numbers import number_of
from tongban.support.identity.values import (
    Answer,
    Authority,
    CaptureReceipt,
    CheckReceipt,
    CodePurpose,
    CodeReceipt,
    GrantReceipt,
    Means,
    MeansCode,
    means,
)

DAY = timedelta(days=1)
PROOFS_PER_DAY = 10
"""Questions to authorities about one person: a card number is not to be guessed."""
CODE_LEVEL = 1
LONGEST_CAPTURE = 1024


class ProofRefused(Conflict):
    """
    The authority says that what was given does not belong to this person; nothing about why.
    """

    code = "proof_refused"
    message = _("填写的内容与登记信息不一致，请核对；确实无误的，请联系登记机构或到窗口核验")


class AuthorityUnavailable(UpstreamError):
    """
    The authority did not answer in time; nothing was changed.
    """

    code = "authority_unavailable"
    status = 503
    message = _("暂时无法核验，已填写的内容没有丢失。请稍后再试，或换一种方式")


class CaptureInvalid(InvalidInput):
    """
    The face check is not one of this person's, or too old.
    """

    code = "capture_invalid"
    message = _("这次刷脸核验已失效，请重新开始")


class FaceNotSeen(Conflict):
    """
    The person has not held the face before the camera yet; ask again.
    """

    code = "face_not_seen"
    message = _("还没有收到刷脸结果，请在手机上完成后再试")


def prove_by_data(*, means_code: str, value: str, actor: Actor, at: datetime) -> GrantReceipt:
    """
    Have an authority confirm a fact about oneself, and raise one's level by it.

    :param means_code: one that asks an authority about a fact, of `values.means()`
    :param value: number of the card, account or file; empty where the means asks for none
    :raises NotAuthenticated: nobody is logged in as a person
    :raises UnknownMeans: there is no such means, or it is not proved in this way
    :raises InvalidInput: the value is not of the form of such numbers
    :raises ProofRefused: the authority says no
    :raises AuthorityUnavailable: it does not answer now
    :raises TooManyRequests: too many questions today
    """
    person_id = policy.require_person(actor)
    one = _provable(means_code)
    plain = plain_value(one, value)
    hit_limit(f"prove:{person_id}", limit=PROOFS_PER_DAY, window=DAY, at=at)
    person = Person.objects.get(id=person_id)
    authority, facts = _question(one, person, value=plain, at=at)
    answer = ask_authority(authority=authority, facts=facts, subject=str(person_id), actor=actor, at=at)
    require_yes(answer, means_code=one.code)
    return _granted(person_id, means_code=one.code, evidence=digest_of(authority, facts), actor=actor, at=at)


def begin_face_check(*, actor: Actor, at: datetime) -> CaptureReceipt:
    """
    Open a look at one's own face; the app on the phone finishes it.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises AuthorityUnavailable: faces cannot be looked at now
    :raises TooManyRequests: too many tries today
    """
    person_id = policy.require_person(actor)
    hit_limit(f"face:{person_id}", limit=PROOFS_PER_DAY, window=DAY, at=at)
    facts = name_and_number(person_id)
    token = authorities().begin_capture(facts=facts, at=at)
    if token is None:
        note_check(
            authority=Authority.FACE,
            facts=facts,
            answer=Answer.UNAVAILABLE,
            subject=str(person_id),
            actor=actor,
            at=at,
        )
        raise AuthorityUnavailable(means=MeansCode.FACE.value)
    sealed = crypto.seal(json.dumps({"token": token}).encode(), context=_capture_context(person_id))
    return CaptureReceipt(capture=urlsafe_b64encode(sealed).decode(), token=token)


def finish_face_check(*, capture: str, actor: Actor, at: datetime) -> CheckReceipt | None:
    """
    Ask what the camera saw; a face that fits raises the level and is a fresh check. None: nothing yet.

    :param capture: of `begin_face_check`, by the same person
    :raises NotAuthenticated: nobody is logged in as a person
    :raises CaptureInvalid: not one of this person's
    :raises ProofRefused: it was somebody else
    :raises AuthorityUnavailable: it cannot be told now
    """
    person_id = policy.require_person(actor)
    token = capture_token(capture, person_id=person_id)
    answer = authorities().capture_answer(token=token, at=at)
    if answer is None:
        return None
    facts = name_and_number(person_id)
    note_check(
        authority=Authority.FACE, facts=facts, answer=answer, subject=str(person_id), actor=actor, at=at
    )
    require_yes(answer, means_code=MeansCode.FACE)
    evidence = digest_of(Authority.FACE, facts)
    return proved_now(person_id, means_code=MeansCode.FACE, evidence=evidence, actor=actor, at=at)


def capture_token(capture: str, *, person_id: uuid.UUID) -> str:
    """
    Return by which token the app on the phone finishes a capture of this person.

    :raises CaptureInvalid: not one of this person's
    """
    try:
        sealed = urlsafe_b64decode(capture[:LONGEST_CAPTURE].encode(errors="replace"))
        token: str = json.loads(crypto.unseal(sealed, context=_capture_context(person_id)))["token"]
    except (ValueError, KeyError, crypto.SealBroken) as error:
        raise CaptureInvalid(fields={"capture": CaptureInvalid.message}) from error
    return token


def request_check_code(*, actor: Actor, address: str | None, at: datetime) -> CodeReceipt:
    """
    Send a code to one's own mobile, for a fresh check.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises InvalidInput: no mobile is known
    :raises TooManyRequests: a code was just sent, or too many were sent today
    """
    person = Person.objects.get(id=policy.require_person(actor))
    return request_code(
        mobile=person.mobile or "",
        purpose=CodePurpose.FRESH_CHECK,
        actor=actor,
        address=address,
        at=at,
        account_id=permissions.require_account(actor),
    )


def check_by_code(*, code: str, actor: Actor, at: datetime) -> CheckReceipt:
    """
    Be checked anew by the code that was sent to one's own mobile.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises CodeNotAccepted: wrong, used, expired, or tried too often
    """
    person_id, account_id = policy.require_person(actor), permissions.require_account(actor)
    mobile = Person.objects.get(id=person_id).mobile or ""
    proof = verify_code(mobile=mobile, purpose=CodePurpose.FRESH_CHECK, code=code, at=at)
    return _code_read(person_id, account_id=account_id, mobile=mobile, proof=proof.id, actor=actor, at=at)


def plain_value(one: Means, value: str) -> str:
    """
    Return a number as the authority knows it: no blanks or hyphens, capital letters.

    :raises InvalidInput: it is not of the form of such numbers
    """
    plain = re.sub(r"[\s-]", "", rules.plain_text(value)).upper()
    if one.field and not re.fullmatch(one.pattern, plain, re.ASCII):
        raise InvalidInput(fields={"value": _("请填写：%(hint)s") % {"hint": one.explanation}})
    return plain


def _provable(means_code: str) -> Means:
    one = means().get(means_code)
    if one is None or not one.offered or one.authority is None or one.fresh:
        raise UnknownMeans(means=means_code)
    return one


def _question(one: Means, person: Person, *, value: str, at: datetime) -> tuple[Authority, dict[str, str]]:
    """
    Return who is asked about a fact, and what.
    """
    if one.code == MeansCode.POPULATION_REGISTER:
        number = number_of(person, on=civil_date(at))
        return register_of(number), facts_of(number, name=person.name)
    assert one.authority is not None  # noqa: S101 -- said by _provable
    facts = {"id_number": person.id_number, "name": person.name}
    if one.code == MeansCode.MOBILE_OPERATOR:
        facts["mobile"] = person.mobile or ""
    if one.field:
        facts[one.field] = value
    return one.authority, facts


def name_and_number(person_id: uuid.UUID) -> dict[str, str]:
    """
    Return by which facts authorities know somebody; for the services of this app only.
    """
    person = Person.objects.get(id=person_id)
    return {"id_number": person.id_number, "name": person.name}


def require_yes(answer: Answer, *, means_code: str) -> None:
    """
    Go on only after a yes; for the services of this app only.

    :raises AuthorityUnavailable: the authority did not answer
    :raises ProofRefused: it says no
    """
    if answer is Answer.UNAVAILABLE:
        raise AuthorityUnavailable(means=means_code)
    if answer is Answer.NO:
        raise ProofRefused(means=means_code)


@business_transaction
def _granted(
    person_id: uuid.UUID, *, means_code: str, evidence: str, actor: Actor, at: datetime
) -> GrantReceipt:
    Person.objects.locked().get(id=person_id)
    grant(person_id=person_id, means_code=means_code, evidence_digest=evidence, actor=actor, at=at)
    return GrantReceipt(
        person_id=person_id, means=means_code, assurance_level=level_of(person_id=person_id, at=at)
    )


@business_transaction
def proved_now(
    person_id: uuid.UUID, *, means_code: str, evidence: str, actor: Actor, at: datetime
) -> CheckReceipt:
    """
    Raise a level by a means that shows who is there now: a fresh check too. For the services of this app only.
    """
    Person.objects.locked().get(id=person_id)
    given = grant(person_id=person_id, means_code=means_code, evidence_digest=evidence, actor=actor, at=at)
    _note_fresh(level=given.level, actor=actor, at=at)
    return CheckReceipt(
        checked_level=given.level, checked_at=at, assurance_level=level_of(person_id=person_id, at=at)
    )


@business_transaction
def _code_read(
    person_id: uuid.UUID,
    *,
    account_id: uuid.UUID,
    mobile: str,
    proof: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> CheckReceipt:
    Person.objects.locked().get(id=person_id)
    use_proof(proof=proof, mobile=mobile, purpose=CodePurpose.FRESH_CHECK, at=at, account_id=account_id)
    _note_fresh(level=CODE_LEVEL, actor=actor, at=at)
    return CheckReceipt(
        checked_level=CODE_LEVEL, checked_at=at, assurance_level=level_of(person_id=person_id, at=at)
    )


def _note_fresh(*, level: int, actor: Actor, at: datetime) -> None:
    """
    Keep a fresh check with the session or the token it was made in; a weaker one does not take the place of a stronger.
    """
    if actor.session_id is None:
        raise NotAuthenticated
    since = at - settings.TONGBAN_IDENTITY.fresh_check_lasts
    weaker = Q(checked_at__isnull=True) | Q(checked_at__lt=since) | Q(checked_level__lte=level)
    own = Q(id=actor.session_id, account_id=actor.id)
    for kept in (SignIn, AccessToken):
        kept.objects.filter(own & weaker).update(checked_level=level, checked_at=at)
    audit.record(action="identity.session.check", actor=actor, subject=actor.id, at=at, level=level)


def _capture_context(person_id: uuid.UUID) -> str:
    return f"identity.capture:{person_id}"
