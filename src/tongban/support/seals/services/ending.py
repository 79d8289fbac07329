"""
Stopping a seal, letting it go on, ending it. What is stopped here is refused by the very next transaction that signs.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict
from tongban.support.identity import services as identity
from tongban.support.seals.models import Seal, SealAuthorisation
from tongban.support.seals.services.making import withdraw_keys
from tongban.support.seals.services.recording import check, held_seal, move, permit
from tongban.support.seals.values import ReceiptOfStep, SealAction, SealState, SuspensionKind
from tongban.support.trust import selectors as trust
from tongban.support.trust.values import Reason


class SealCertificateEnded(Conflict):
    """
    The seal's certificate was revoked or has ended: it could sign nothing, and none of it would be believed.
    """

    code = "seal_certificate_ended"
    message = _(
        "这枚印章的签章证书已被吊销或者已到期，不能恢复使用。请印章管理员在“电子印章”中申请续期，换发新证书后再使用"
    )


SWEEPER = system_actor("seals.expire_due")


@business_transaction
def freeze_seal(*, seal_id: uuid.UUID, note: str, actor: Actor, at: datetime) -> ReceiptOfStep:
    """
    冻结: let nobody use the seal until somebody else resumes it.

    :param note: why
    :raises InvalidInput: there is no reason
    :raises SealNotFound: no such seal that the actor may know of
    :raises StepRefused: it is not in use
    """
    return _suspend(seal_id, SealAction.FREEZE, SuspensionKind.FROZEN, note=note, actor=actor, at=at)


@business_transaction
def report_loss(*, seal_id: uuid.UUID, note: str, actor: Actor, at: datetime) -> ReceiptOfStep:
    """
    挂失: let nobody use a seal that somebody else may hold.

    It waits for signatures that are being made, and no signature begins after it.

    :param note: what happened
    :raises InvalidInput: there is no reason
    :raises SealNotFound: no such seal that the actor may know of
    :raises StepRefused: it is neither in use nor frozen
    """
    return _suspend(seal_id, SealAction.REPORT_LOSS, SuspensionKind.LOST, note=note, actor=actor, at=at)


def _suspend(
    seal_id: uuid.UUID, action: SealAction, kind: SuspensionKind, *, note: str, actor: Actor, at: datetime
) -> ReceiptOfStep:
    seal = held_seal(seal_id, actor=actor)
    permit(seal, action, actor=actor)
    check(seal, action, actor=actor, reason=note)
    seal.suspension = kind.value
    # A frozen seal that turns out to be lost is suspended since it was frozen.
    seal.suspended_at = seal.suspended_at or at
    return move(seal, action, actor=actor, at=at, note=note)


@business_transaction
def resume_seal(*, seal_id: uuid.UUID, note: str, actor: Actor, at: datetime) -> ReceiptOfStep:
    """
    恢复使用 (解冻, 撤销挂失): let the seal be used again. Stopping one asks for no second factor, this does.

    :param note: why it may
    :raises SecondFactorNotFresh: the actor has not shown his second factor a moment ago
    :raises InvalidInput: there is no reason
    :raises SealNotFound: no such seal that the actor may know of
    :raises SamePerson: the actor has suspended it himself
    :raises StepRefused: it is not suspended
    :raises SealCertificateEnded: a certificate it signs with does not count any more; it has to be renewed
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.RESUME, actor=actor)
    identity.require_second_factor(actor, at=at)
    check(seal, SealAction.RESUME, actor=actor, reason=note)
    needed = [one for one in (seal.certificate_id, seal.pdf_certificate_id) if one is not None]
    if not trust.are_valid(certificate_ids=needed, at=at):
        raise SealCertificateEnded(code=seal.code)
    seal.suspension, seal.suspended_at = "", None
    return move(seal, SealAction.RESUME, actor=actor, at=at, note=note)


@business_transaction
def destroy_seal(*, seal_id: uuid.UUID, note: str, actor: Actor, at: datetime) -> ReceiptOfStep:
    """
    销毁: end the seal for ever: authorisations end, keys are destroyed, certificates revoked.

    What was sealed before stays valid; the revocation says since when the certificates are not.

    :param note: why
    :raises SecondFactorNotFresh: the actor has not shown his second factor a moment ago
    :raises InvalidInput: there is no reason
    :raises SealNotFound: no such seal that the actor may know of
    :raises SamePerson: the actor has asked for it himself
    :raises StepRefused: it is not there to be destroyed
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.DESTROY, actor=actor)
    identity.require_second_factor(actor, at=at)
    check(seal, SealAction.DESTROY, actor=actor, reason=note)
    was_lost = seal.state == SealState.SUSPENDED and seal.suspension == SuspensionKind.LOST
    ended = SealAuthorisation.objects.filter(seal=seal).open()
    ended.update(ended_at=at, ended_by=actor.id, end_note="印章销毁")
    receipt = move(seal, SealAction.DESTROY, actor=actor, at=at, note=note, was_lost=was_lost)
    reason = Reason.KEY_COMPROMISE if was_lost else Reason.CESSATION
    withdraw_keys(seal, reason, actor=actor, at=at)
    return receipt


def expire_due(*, at: datetime) -> int:
    """
    到期: mark seals whose term is over; return how many. Whoever signs looks at the term himself and waits for no mark.
    """
    expired = 0
    for seal_id in list(Seal.objects.overdue(at=at).values_list("id", flat=True)):
        with transaction.atomic():
            seal = Seal.objects.overdue(at=at).filter(id=seal_id).locked().first()
            if seal is not None:
                move(seal, SealAction.EXPIRE, actor=SWEEPER, at=at)
                expired += 1
    return expired
