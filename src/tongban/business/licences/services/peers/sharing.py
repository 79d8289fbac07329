"""
走出去、走进来: an agency uses a licence that another node issued, for one of its cases.

The parent says by the holder's key which node issued it; that node decides as it does for its own agencies (consent of
the holder, or law), writes every use down for him, and gives out an annotated copy, never the original.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions
from tongban.business.licences.models import Licence, LicenceShare
from tongban.business.licences.models.foreign import ForeignUse
from tongban.business.licences.models.peers import PeerLicence, PeerSource
from tongban.business.licences.permissions import ShareNotFound
from tongban.business.licences.rules import holder_key, index_of_holder_key
from tongban.business.licences.rules import peers as rules
from tongban.business.licences.services import sharing
from tongban.business.licences.services.peers.asking import NODE_ACTOR, ask, ask_node
from tongban.business.licences.services.sharing_using import ShareNotOpen, is_open, note_copy_opened
from tongban.business.licences.values import CURRENT
from tongban.business.licences.values.peers import (
    CopyQuestion,
    CopyTold,
    FindAnswer,
    FindQuestion,
    ForeignCopy,
    ForeignShare,
    FoundAt,
    PeerName,
    ShareQuestion,
    ShareTold,
)
from tongban.business.licences.values.sharing import CaseInHand
from tongban.foundation import audit
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, ServiceError
from tongban.support.documents import services as documents
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider

SECONDS: Final = 10.0
MOST_FOUND: Final = 10
T = TypeVar("T")


class NoParent(Conflict):
    """
    The topology file names no parent, so there is nobody to ask.
    """

    code = "no_parent_node"
    message = _("没有配置上级节点")


class RefusedElsewhere(Conflict):
    """
    The node that issued the licence does not let it be used; `facts`: reason, the code of its refusal.
    """

    code = "licence_refused_elsewhere"
    message = _("签发该证照的平台没有同意：%(words)s")


def ask_elsewhere(
    *,
    case_number: str,
    type_code: str,
    purpose: str,
    days: int,
    actor: Actor,
    at: datetime,
    legal_basis: str = "",
    number: str = "",
) -> ForeignShare:
    """
    Ask for a licence that the applicant of a case holds of another node; asking again tells where it stands.

    Not inside a transaction. Arguments as of `sharing.ask_for_licence`.

    :raises NotFound: there is no such case, or the actor has no part in deciding it
    :raises NotPermitted: the actor is no staff and no system that decides cases
    :raises InvalidInput: no purpose, a term or basis out of bounds
    :raises CaseOver: the case has ended
    :raises NoParent: there is nobody to ask who has issued it
    :raises LicenceNotHeld: the applicant holds none of this type, as far as the parent knows
    :raises RefusedElsewhere: the node that issued it says no
    :raises UpstreamError: the parent or that node does not answer
    """
    case = sharing.case_of(case_number, actor)
    permissions.ask_share.require(actor)
    wanted = sharing.wanted_of(purpose=purpose, days=days, legal_basis=legal_basis)
    if not case.is_open:
        raise sharing.CaseOver(case_number=case.number)
    key = holder_key(case.holder_code)
    _note(actor, case, "licences.peer.find", subject=type_code, at=at)
    found = _found(FindQuestion(holder_key=key, type_code=type_code, number=number.strip()), at=at)
    question = ShareQuestion(
        asker=settings.TONGBAN_NODE.division_code,
        identifier=found.identifier,
        holder_key=key,
        purpose=wanted.purpose,
        days=wanted.days,
        legal_basis=wanted.legal_basis,
        case_number=case.number,
        agency_code=case.agency_code,
        agency_name=case.agency_name,
        division_code=case.division_code,
        offering_code=case.offering_code,
        service_name=case.service_name,
        service_name_en=case.service_name_en,
    )
    told = msgspec.json.decode(
        ask(found.source, "share", msgspec.json.encode(question), seconds=SECONDS, at=at), type=ShareTold
    )
    if told.share_id is None or told.state is None or told.authority is None or told.last_day is None:
        raise RefusedElsewhere(reason=told.refusal, words=told.words)
    _keep(actor, case, found, told.share_id, type_code=type_code, at=at)
    return ForeignShare(
        node=PeerName(code=found.source, name=found.source_name),
        share_id=told.share_id,
        state=told.state,
        authority=told.authority,
        last_day=told.last_day,
        identifier=found.identifier,
        number=found.number,
        type_name=found.type_name,
    )


def fetch_copy(
    *, case_number: str, node_code: str, share_id: UUID, actor: Actor, at: datetime
) -> ForeignCopy:
    """
    Fetch the annotated copy of another node's licence for a case; its holder reads that it was opened.

    Not inside a transaction.

    :raises NotFound: there is no such case, or the actor has no part in deciding it
    :raises NotPermitted: the actor is no staff and no system that decides cases
    :raises RefusedElsewhere: nothing is shared now
    :raises UpstreamError: the node does not answer
    """
    case = sharing.case_of(case_number, actor)
    permissions.ask_share.require(actor)
    _note(actor, case, "licences.peer.copy", subject=str(share_id), at=at)
    question = CopyQuestion(
        asker=settings.TONGBAN_NODE.division_code, share_id=share_id, case_number=case.number
    )
    told = msgspec.json.decode(
        ask(node_code, "copy", msgspec.json.encode(question), seconds=SECONDS, at=at), type=CopyTold
    )
    if told.refusal:
        raise RefusedElsewhere(reason=told.refusal, words=told.words)
    return ForeignCopy(name=told.name, content=told.content)


def answer_find(*, question: FindQuestion) -> FindAnswer:
    """
    Tell which licences of a holder this node has issued, and nodes below. Three queries.
    """
    wanted = {
        "holder_index": index_of_holder_key(question.holder_key),
        "type_code": question.type_code,
        "status__in": CURRENT,
    } | ({"number": question.number} if question.number else {})
    here = settings.TONGBAN_NODE
    own = [
        FoundAt(
            source=here.division_code,
            source_name=here.name,
            identifier=row.identifier,
            number=row.number,
            type_name=row.type_name,
        )
        for row in Licence.objects.filter(**wanted).order_by("-issued_at")[:MOST_FOUND]
    ]
    names = dict(PeerSource.objects.values_list("code", "name"))
    below = [
        FoundAt(
            source=row.source,
            source_name=names.get(row.source, ""),
            identifier=row.identifier,
            number=row.number,
            type_name=row.content["type_name"],
        )
        for row in PeerLicence.objects.filter(**wanted).order_by("-told_at")[:MOST_FOUND]
    ]
    return FindAnswer(found=(*own, *below))


def answer_share_question(*, node: Provider, question: ShareQuestion, at: datetime) -> ShareTold:
    """
    Decide about the use of a licence of this node by an agency of another, as for an agency of its own.
    """

    @business_transaction
    def decide() -> ShareTold:
        _require_vouched(node, question.asker, division_code=question.division_code)
        licence = Licence.objects.filter(identifier=question.identifier).first()
        if licence is None or holder_key(licence.holder_code) != question.holder_key:
            raise sharing.LicenceNotHeld(type_code="")
        wanted = sharing.wanted_of(
            purpose=question.purpose, days=question.days, legal_basis=question.legal_basis
        )
        receipt = sharing.ask_within(
            licence, _case_of(question, licence), wanted, actor=_asker(question), at=at
        )
        return ShareTold(
            share_id=receipt.id,
            state=receipt.state,
            authority=receipt.authority,
            last_day=receipt.last_day,
        )

    return _or_refusal(decide, lambda code, words: ShareTold(refusal=code, words=words))


def answer_copy(*, node: Provider, question: CopyQuestion, at: datetime) -> CopyTold:
    """
    Hand the annotated copy to the node that asked for it; its holder reads that it was opened.
    """

    @business_transaction
    def hand() -> CopyTold:
        _require_vouched(node, question.asker)
        share = (
            LicenceShare.objects.select_for_update(no_key=True)
            .filter(
                id=question.share_id, case_number=question.case_number, asked_by=_actor_id(question.asker)
            )
            .first()
        )
        if share is None:
            raise ShareNotFound
        if share.original_id is None or not is_open(share, at=at):
            raise ShareNotOpen(state=share.state)
        asker = Actor(
            kind=ActorKind.SYSTEM,
            id=share.asked_by,
            name=share.agency_name,
            agency_code=share.agency_code,
        )
        # Files opened by the node itself leave no trace of their own; here it opens for somebody else.
        note_copy_opened(str(share.id), asker, at)
        opened = documents.open_file(file_id=share.original_id, actor=asker, at=at)
        with opened.content as content:
            return CopyTold(name=opened.name, content=content.read())

    return _or_refusal(hand, lambda code, words: CopyTold(refusal=code, words=words))


def _found(question: FindQuestion, *, at: datetime) -> FoundAt:
    above = federation.askable().above
    if above is None:
        raise NoParent
    told = ask_node(above, "find", msgspec.json.encode(question), seconds=SECONDS, at=at)
    here = settings.TONGBAN_NODE.division_code
    found = [one for one in msgspec.json.decode(told, type=FindAnswer).found if one.source != here]
    if not found:
        raise sharing.LicenceNotHeld(type_code=question.type_code)
    return found[0]


@business_transaction
def _keep(
    actor: Actor, case: CaseInHand, found: FoundAt, share_id: UUID, *, type_code: str, at: datetime
) -> None:
    """
    Remember which case uses which licence: its home tells what becomes of it.
    """
    ForeignUse.objects.get_or_create(
        share_id=share_id,
        defaults={
            "source": found.source,
            "source_name": found.source_name,
            "identifier": found.identifier,
            "number": found.number,
            "type_code": type_code,
            "type_name": found.type_name,
            "case_number": case.number,
            "agency_code": case.agency_code,
            "division_code": case.division_code,
            "asked_by": actor.id[:64],
            "asked_at": at,
        },
    )
    _note(actor, case, "licences.peer.ask", subject=found.identifier, at=at)


@business_transaction
def _note(actor: Actor, case: CaseInHand, action: str, *, subject: str, at: datetime) -> None:
    audit.record(action=action, actor=actor, subject=subject, at=at, case_number=case.number)


def _or_refusal(act: Callable[[], T], refused: Callable[[str, str], T]) -> T:
    try:
        return act()
    except ServiceError as error:
        return refused(error.code, str(error)[:300])


def _require_vouched(node: Provider, asker: str, *, division_code: str = "") -> None:
    """
    Refuse who speaks for a node he may not speak for: itself, and the parent for everybody.

    :raises ShareNotFound: it is not for the node to ask this
    """
    is_own = node.code == asker or federation.askable().is_above(node.code)
    is_inside = not division_code or division_code == asker or rules.is_below(division_code, asker)
    if not (is_own and is_inside):
        raise ShareNotFound


def _actor_id(asker: str) -> str:
    return f"{NODE_ACTOR}{asker}"


def _asker(question: ShareQuestion) -> Actor:
    return Actor(
        kind=ActorKind.SYSTEM,
        id=_actor_id(question.asker),
        name=question.agency_name,
        agency_code=question.agency_code,
    )


def _case_of(question: ShareQuestion, licence: Licence) -> CaseInHand:
    return CaseInHand(
        number=question.case_number,
        agency_code=question.agency_code,
        agency_name=question.agency_name,
        division_code=question.division_code,
        offering_code=question.offering_code,
        service_name=question.service_name,
        service_name_en=question.service_name_en,
        holder_code=licence.holder_code,
        is_open=True,
    )


audit.entitle(
    {
        "licences.peer.find": _("向上级平台查询申请人在其他地区的证照"),
        "licences.peer.ask": _("请求使用其他地区的证照"),
        "licences.peer.copy": _("取得其他地区证照的加注件"),
    }
)
