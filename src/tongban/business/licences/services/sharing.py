"""
证照共享: an agency asks for a licence for one of its cases; the holder, or the law, says yes.

Source: GB/T 36906-2018; 国发〔2016〕51号; 国务院令第716号 art. 11; 个人信息保护法 arts. 13-15, 23. Errors::

    ServiceError
    ├── NotFound  404  the case, the licence or the share is not there, or the actor may not know of it
    ├── InvalidInput  422  no purpose, a term or basis out of bounds
    └── Conflict  409  NotShareable, LicenceNotHeld, LicenceNotUsable, HolderNotReachable, CaseOver, ShareAnswered
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.events import (
    SHARE_ASKED,
    SHARE_GIVEN,
    SHARE_REFUSED,
    SHARE_WITHDRAWN,
    SHARED_LICENCE_CHANGED,
    ShareFact,
)
from tongban.business.licences.models import Licence, LicenceShare, LicenceTypeVersion
from tongban.business.licences.permissions import ShareNotFound
from tongban.business.licences.ports import case_in_hand
from tongban.business.licences.rules import sharing
from tongban.business.licences.selectors.directory import read_definition
from tongban.business.licences.selectors.sharing import no_use_of
from tongban.business.licences.services.recording import LONGEST_BASIS, lock_name
from tongban.business.licences.services.sharing_copies import hand_over
from tongban.business.licences.services.using import note_use
from tongban.business.licences.values import CURRENT, SharingCategory
from tongban.business.licences.values.sharing import (
    CaseInHand,
    NoUse,
    ShareAnswer,
    ShareAuthority,
    ShareReceipt,
    ShareState,
    UseKind,
)
from tongban.foundation import audit, events, looks
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.support.seals import services as seals

LONGEST_PURPOSE = 150
ACTIONS = {
    SHARE_ASKED: "licences.share.ask",
    SHARE_GIVEN: "licences.share.give",
    SHARE_REFUSED: "licences.share.refuse",
    SHARE_WITHDRAWN: "licences.share.withdraw",
    SHARED_LICENCE_CHANGED: "licences.share.change",
}
"""Topic -> action in the trail."""
LONGEST_WORDS = 500


class LicenceNotHeld(Conflict):
    """
    The applicant of the case holds no licence of this type, as far as the library knows.
    """

    code = "licence_not_held"
    message = _("证照库中没有申请人的这种证照")


class LicenceNotUsable(Conflict):
    """
    The licence cannot be used by an agency now; `facts`: reason, a code of `NoUse`.
    """

    code = "licence_not_usable"
    message = _("该证照目前不能共享使用：%(why)s")


class NotShareable(Conflict):
    """
    Licences of this type are not shared, unless a law or an administrative regulation says so.
    """

    code = "licence_not_shareable"
    message = _("该类证照不予共享；法律、行政法规另有规定的，请写明依据")
    clause = "共享办法-9"


class HolderNotReachable(Conflict):
    """
    The holder has no account with which he could consent.
    """

    code = "licence_holder_not_reachable"
    message = _("持证人没有本平台账户，不能在线征求同意；请由持证人到窗口办理，或者写明法律依据")


class CaseOver(Conflict):
    """
    The case has ended: nothing is left to use a licence for.
    """

    code = "licence_share_case_over"
    message = _("办件已经办结，不能再为它使用证照")


class ShareAnswered(Conflict):
    """
    The share is not in a state in which this can be answered.
    """

    code = "licence_share_answered"
    message = _("该共享请求已经答复、到期或者依法共享，不能这样答复")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """
    What an agency asks for.
    """

    purpose: str
    days: int
    legal_basis: str


@business_transaction
def ask_for_licence(
    *,
    case_number: str,
    type_code: str,
    purpose: str,
    days: int,
    actor: Actor,
    at: datetime,
    legal_basis: str = "",
    number: str = "",
) -> ShareReceipt:
    """
    Ask for the licence of a type that the applicant of a case holds; asking again gives the same share.

    Open types, and what a law or an administrative regulation allows, are handed over at once and the holder is told;
    for all else he is asked.

    :param purpose: what it is used for in the case, at most 150 characters, nothing personal
    :param days: term, 1 to 365
    :param legal_basis: law and article that allow it without consent; empty: there is none
    :param number: printed number, where the applicant holds several of the type; empty: the newest
    :raises NotFound: there is no such case, or the actor has no part in deciding it
    :raises NotPermitted: the actor is no staff and no system that decides cases
    :raises InvalidInput: no purpose, a term or basis out of bounds
    :raises CaseOver: the case has ended
    :raises LicenceNotHeld: the applicant holds none of this type
    :raises LicenceNotUsable: it is not valid, not compared, or the holder's own word
    :raises NotShareable: the type is closed and no law is named
    :raises HolderNotReachable: consent is needed and the holder has no account
    """
    case = case_of(case_number, actor)
    permissions.ask_share.require(actor)
    wanted = wanted_of(purpose=purpose, days=days, legal_basis=legal_basis)
    if not case.is_open:
        raise CaseOver(case_number=case.number)
    licence = _licence_of(case, type_code=type_code, number=number)
    return ask_within(licence, case, wanted, actor=actor, at=at)


def ask_within(
    licence: Licence, case: CaseInHand, wanted: Wanted, *, actor: Actor, at: datetime
) -> ShareReceipt:
    """
    Ask for a licence in the open transaction, for a case of this node or of another.

    :raises LicenceNotUsable: it is not valid, not compared, or the holder's own word
    :raises NotShareable: the type is closed and no law is named
    :raises HolderNotReachable: consent is needed and the holder has no account
    """
    lock_name(f"share:{licence.id}:{case.number}")
    same = LicenceShare.objects.filter(
        licence=licence,
        case_number=case.number,
        state__in=[ShareState.ASKED, ShareState.GIVEN],
    ).first()
    if same is not None and civil_date(at) <= same.last_day:
        return receipt_of(same, at=at)
    if same is not None:
        close(same)
    require_usable(licence, at=at)
    authority = _authority(licence, wanted)
    share = new_share(
        licence, case, authority=authority, purpose=wanted.purpose, days=wanted.days, actor=actor, at=at
    )
    share.legal_basis = wanted.legal_basis
    if authority is ShareAuthority.CONSENT:
        share.save(force_insert=True)
        note_use(licence, UseKind.ASKED, actor=actor, at=at, share=share)
        tell(share, SHARE_ASKED, actor=actor, at=at)
    else:
        give(share, actor=actor, at=at)
    return receipt_of(share, at=at)


@business_transaction
def answer_share(
    *, share_id: UUID, answer: ShareAnswer, actor: Actor, at: datetime, words: str = ""
) -> ShareReceipt:
    """
    Consent to a share, refuse it, or take consent back; giving the same answer again changes nothing.

    What was done before a consent is taken back stays right (个人信息保护法 art. 15); nothing can be opened afterwards.

    :param words: why, at most 500 characters; may be empty
    :raises ShareNotFound: there is none, or it is not of a licence in the actor's wallet
    :raises NotPermitted: the mandate does not let the actor apply in the holder's name
    :raises ShareAnswered: it was answered otherwise, its term is over, or it rests on a law
    :raises LicenceNotUsable: the licence has ended since it was asked for
    :raises InvalidInput: too many words
    """
    share = LicenceShare.objects.select_for_update(no_key=True, of=("self",)).select_related("licence")
    held = share.filter(id=share_id).first()
    if held is None or not permissions.holds_share(actor, held):
        raise ShareNotFound
    permissions.answer_share.require(actor, held)
    if len(words.strip()) > LONGEST_WORDS:
        raise InvalidInput(fields={"words": _("说明不能超过 500 字")})
    state = sharing.state_on(ShareState(held.state), last_day=held.last_day, on=civil_date(at))
    if state is _AFTER[answer]:
        return receipt_of(held, at=at)
    if answer not in sharing.open_answers(state, ShareAuthority(held.authority)):
        raise ShareAnswered(state=state.value)
    held.answered_at, held.words = at, words.strip()
    if answer is ShareAnswer.CONSENT:
        require_usable(held.licence, at=at)
        give(held, actor=actor, at=at)
    else:
        held.state = _AFTER[answer]
        held.save(update_fields=["state", "answered_at", "words"])
        note_use(held.licence, _USES[answer], actor=actor, at=at, share=held)
        tell(held, _TOPICS[answer], actor=actor, at=at)
    return receipt_of(held, at=at)


_AFTER = {
    ShareAnswer.CONSENT: ShareState.GIVEN,
    ShareAnswer.REFUSE: ShareState.REFUSED,
    ShareAnswer.WITHDRAW: ShareState.WITHDRAWN,
}
_USES = {ShareAnswer.REFUSE: UseKind.REFUSED, ShareAnswer.WITHDRAW: UseKind.WITHDRAWN}
_TOPICS = {ShareAnswer.REFUSE: SHARE_REFUSED, ShareAnswer.WITHDRAW: SHARE_WITHDRAWN}


def case_of(case_number: str, actor: Actor) -> CaseInHand:
    """
    Return a case that the actor has a part in deciding.

    :raises NotFound: there is none, or he has none
    """
    case = case_in_hand(case_number, actor)
    if case is None:
        raise NotFound(case_number=case_number)
    return case


def new_share(
    licence: Licence,
    case: CaseInHand,
    *,
    authority: ShareAuthority,
    purpose: str,
    days: int,
    actor: Actor,
    at: datetime,
    material_code: str = "",
) -> LicenceShare:
    """
    Return a share that is not kept yet.
    """
    return LicenceShare(
        id=uuid4(),
        licence=licence,
        person_id=licence.person_id,
        case_number=case.number,
        material_code=material_code,
        offering_code=case.offering_code,
        service_name=case.service_name,
        service_name_en=case.service_name_en,
        agency_code=case.agency_code,
        agency_name=case.agency_name,
        division_code=case.division_code,
        purpose=purpose,
        authority=authority,
        state=ShareState.ASKED,
        asked_at=at,
        asked_by=actor.id,
        last_day=civil_date(at) + timedelta(days=days),
        words="",
    )


def not_usable(why: NoUse) -> LicenceNotUsable:
    """
    Return the error that says why a licence cannot be used.
    """
    return LicenceNotUsable(reason=why.value, why=str(why.label))


def give(share: LicenceShare, *, actor: Actor, at: datetime) -> None:
    """
    Hand the annotated copy over and keep the share.

    :raises LicenceNotUsable: the issuer has no seal for the copy now
    """
    share.state, share.answered_at = ShareState.GIVEN, at
    try:
        hand_over(share, actor=actor, at=at)
    except (seals.NoSealInUse, seals.SealNotAuthorised) as error:
        raise not_usable(NoUse.NO_SEAL) from error
    share.save()
    tell(share, SHARE_GIVEN, actor=actor, at=at)


def close(share: LicenceShare) -> None:
    """
    Write down that the term of a share is over, so that another may begin.
    """
    share.state = ShareState.OVER
    share.save(update_fields=["state"])


def require_usable(licence: Licence, *, at: datetime) -> None:
    """
    Refuse a licence that no agency can use now.

    :raises LicenceNotUsable: says why
    """
    why = no_use_of(licence, on=civil_date(at))
    if why is not None:
        raise not_usable(why)


def receipt_of(share: LicenceShare, *, at: datetime) -> ShareReceipt:
    """
    Return where a share stands.
    """
    state = sharing.state_on(ShareState(share.state), last_day=share.last_day, on=civil_date(at))
    return ShareReceipt(
        id=share.id, state=state, authority=ShareAuthority(share.authority), last_day=share.last_day
    )


def tell(share: LicenceShare, topic: str, *, actor: Actor, at: datetime, status: str = "") -> None:
    """
    Write the audit entry, and announce the fact with the case's number as key, in the open transaction.

    :param status: of the licence, where it has changed
    """
    licence = share.licence
    audit.record(
        action=ACTIONS[topic],
        actor=actor,
        subject=licence.identifier,
        at=at,
        share=str(share.id),
        case_number=share.case_number,
        authority=share.authority,
    )
    events.announce(
        topic=topic,
        key=share.case_number,
        at=at,
        payload=ShareFact(
            share_id=str(share.id),
            identifier=licence.identifier,
            number=licence.number,
            type_code=licence.type_code,
            type_name=licence.type_name,
            type_name_en=licence.type_name_en,
            case_number=share.case_number,
            service_name=share.service_name,
            service_name_en=share.service_name_en,
            agency_code=share.agency_code,
            agency_name=share.agency_name,
            person_id=share.person_id,
            purpose=share.purpose,
            authority=share.authority,
            legal_basis=share.legal_basis,
            material_code=share.material_code,
            last_day=share.last_day.isoformat(),
            status=status,
        ),
    )


def wanted_of(*, purpose: str, days: int, legal_basis: str) -> Wanted:
    """
    Return what an agency asks for.

    :raises InvalidInput: no purpose, a term or basis out of bounds
    """
    wanted = Wanted(purpose=purpose.strip(), days=days, legal_basis=legal_basis.strip())
    wrong = {}
    if not 0 < len(wanted.purpose) <= LONGEST_PURPOSE:
        wrong["purpose"] = _("请写明用途，不超过 150 字")
    if not 0 < days <= sharing.LONGEST_TERM.days:
        wrong["days"] = _("期限为 1 至 365 日")
    if len(wanted.legal_basis) > LONGEST_BASIS:
        wrong["legal_basis"] = _("法律依据不能超过 1000 字")
    if wrong:
        raise InvalidInput(fields=wrong)
    return wanted


def _licence_of(case: CaseInHand, *, type_code: str, number: str) -> Licence:
    """
    Return the current licence of the case's applicant; the newest of several.
    """
    held = Licence.objects.filter(holder_index=rules.holder_index(case.holder_code), type_code=type_code)
    if number.strip():
        held = held.filter(number=number.strip())
    newest = sorted(held, key=lambda licence: (licence.status in CURRENT, licence.issued_at), reverse=True)
    if not newest:
        raise LicenceNotHeld(type_code=type_code)
    return newest[0]


def _authority(licence: Licence, wanted: Wanted) -> ShareAuthority:
    published = LicenceTypeVersion.objects.filter(type_id=licence.type_code, version__isnull=False)
    # How a type is shared is what the directory says now, not what it said when the licence was issued.
    version = published.order_by("-version")[0]
    category = SharingCategory(read_definition(version.definition).sharing)
    authority = sharing.authority_of(category, legal_basis=wanted.legal_basis)
    if authority is None:
        raise NotShareable(type_code=licence.type_code)
    if authority is ShareAuthority.CONSENT and not looks.is_principal(licence.person_id):
        raise HolderNotReachable(identifier=licence.identifier)
    return authority
