"""
用过的证照有变化, between nodes: the home of a licence tells nodes whose agencies have used it.

The home keeps each notice until the node has taken it, and sends it again every few minutes till then.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import structlog
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions
from tongban.business.licences.models import ShareNotice
from tongban.business.licences.models.foreign import ForeignUse
from tongban.business.licences.permissions import ShareNotFound
from tongban.business.licences.selectors.sharing import has_part
from tongban.business.licences.services.peers.asking import NODE_ACTOR, ask
from tongban.business.licences.services.sharing_telling import FORESEEN, tell_staff
from tongban.business.licences.values import LicenceStatus
from tongban.business.licences.values.peers import ChangeHeard, ChangeTold
from tongban.foundation import audit, events, jobs
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider

logger = structlog.get_logger(__name__)

TELLING_JOB: Final = "licences.tell_nodes"
SECONDS: Final = 5.0
MOST_AT_ONCE: Final = 500


def on_shared_licence_changed(_fact: events.Announced) -> None:
    """
    Have other nodes told at once, where there are any.
    """
    if federation.askable().nodes:
        jobs.defer(TELLING_JOB)


def tell_nodes(*, at: datetime) -> int:
    """
    Tell nodes what has become of licences that their agencies have used; return how many notices were taken.

    Not inside a transaction. A node that does not answer is told again with the next run.
    """
    waiting = ShareNotice.objects.filter(seen_at__isnull=True, share__asked_by__startswith=NODE_ACTOR)
    silent: set[str] = set()
    taken = 0
    for notice in waiting.select_related("share__licence").order_by("at", "id")[:MOST_AT_ONCE]:
        node = notice.share.asked_by.removeprefix(NODE_ACTOR)
        if node not in silent and _tell(notice, node, at=at):
            taken += 1
        else:
            silent.add(node)
    return taken


def _tell(notice: ShareNotice, node: str, *, at: datetime) -> bool:
    told = ChangeTold(share_id=notice.share_id, status=LicenceStatus(notice.status), at=notice.at)
    try:
        answer = ask(node, "changed", msgspec.json.encode(told), seconds=SECONDS, at=at)
        heard = msgspec.json.decode(answer, type=ChangeHeard)
    except (UpstreamError, msgspec.MsgspecError):
        logger.warning("change_not_told", node=node, share=str(notice.share_id))
        return False
    if not heard.is_known:
        logger.warning("change_of_unknown_use", node=node, share=str(notice.share_id))
    ShareNotice.objects.filter(pk=notice.pk, seen_at__isnull=True).update(
        seen_at=at, seen_by=f"{NODE_ACTOR}{node}"
    )
    return True


@business_transaction
def hear_change(*, node: Provider, told: ChangeTold, at: datetime) -> ChangeHeard:
    """
    Take note of what has become of another node's licence, and tell who uses it; repeating it changes nothing.

    The licence's home may say so, and the parent for everybody.
    """
    use = ForeignUse.objects.select_for_update(no_key=True).filter(share_id=told.share_id).first()
    if use is None or not (node.code == use.source or federation.askable().is_above(node.code)):
        return ChangeHeard(is_known=False)
    if use.changed_at is not None and told.at <= use.changed_at:
        return ChangeHeard(is_known=True)
    use.status, use.changed_at, use.seen_at, use.seen_by = told.status, told.at, None, ""
    use.save(update_fields=["status", "changed_at", "seen_at", "seen_by"])
    audit.record(
        action="licences.peer.change",
        actor=Actor(kind=ActorKind.SYSTEM, id=f"{NODE_ACTOR}{use.source}", name=use.source_name),
        subject=use.identifier,
        at=at,
        case_number=use.case_number,
        status=told.status.value,
    )
    if told.status is not FORESEEN:
        tell_staff(
            key=f"{use.share_id}:{int(told.at.timestamp())}",
            agency_code=use.agency_code,
            askers={use.asked_by},
            cases=1,
            type_name=use.type_name,
            type_name_en=use.type_name,
            status=told.status,
            at=at,
        )
    return ChangeHeard(is_known=True)


@business_transaction
def see_foreign_change(*, share_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Take note of what has become of a licence of another node; repeating it changes nothing.

    :raises ShareNotFound: there is no such use, or the actor may not know of it
    :raises NotPermitted: the actor has no part in deciding the case
    """
    use = ForeignUse.objects.select_for_update(no_key=True).filter(share_id=share_id).first()
    if use is None or not permissions.read_foreign_use.allows(actor, use):
        raise ShareNotFound
    permissions.open_share.require(actor, has_part=has_part(use.case_number, actor))
    if use.changed_at is None or use.seen_at is not None:
        return
    use.seen_at, use.seen_by = at, actor.id[:64]
    use.save(update_fields=["seen_at", "seen_by"])
    audit.record(
        action="licences.peer.seen", actor=actor, subject=use.identifier, at=at, case_number=use.case_number
    )


audit.entitle(
    {
        "licences.peer.change": _("其他地区的平台告知用过的证照有变化"),
        "licences.peer.seen": _("知悉用过的其他地区证照有变化"),
    }
)
