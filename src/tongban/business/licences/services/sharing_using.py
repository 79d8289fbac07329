"""
Using what was shared: every look is one the holder can read of.
"""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import LicenceShare, ShareNotice
from tongban.business.licences.permissions import ShareNotFound
from tongban.business.licences.rules import sharing
from tongban.business.licences.selectors.holding import thing_of
from tongban.business.licences.selectors.sharing import has_part
from tongban.business.licences.services.sharing_copies import reason_of
from tongban.business.licences.services.using import note_use
from tongban.business.licences.values import FaceLine, LicenceStatus
from tongban.business.licences.values.sharing import SharedFace, ShareState, UseKind
from tongban.foundation import audit, looks
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict
from tongban.foundation.looks import LookAct


class ShareNotOpen(Conflict):
    """
    Nothing is shared now: not answered yet, refused, withdrawn, or its term is over.
    """

    code = "licence_share_not_open"
    message = _("该证照现在没有共享给本机构：尚未同意、已撤回或者已到期")


@business_transaction
def read_shared_face(*, share_id: UUID, actor: Actor, at: datetime) -> SharedFace:
    """
    Return what a shared licence says, in clear, to who has a part in deciding the case; the holder reads of it.

    :raises ShareNotFound: there is none, or the actor may not know of it
    :raises NotPermitted: the actor has no part in deciding the case
    :raises ShareNotOpen: it is not shared now
    """
    share = LicenceShare.objects.select_related("licence").select_for_update(no_key=True, of=("self",))
    held = share.filter(id=share_id).first()
    if held is None or not permissions.read_share.allows(actor, held):
        raise ShareNotFound
    permissions.open_share.require(actor, has_part=has_part(held.case_number, actor))
    if not is_open(held, at=at):
        raise ShareNotOpen(state=held.state)
    licence = held.licence
    _note(held, UseKind.READ, LookAct.REVEALED, actor=actor, at=at)
    return SharedFace(
        share_id=held.id,
        identifier=licence.identifier,
        type_name=licence.type_name,
        number=licence.number,
        issuer_name=licence.issuer_name,
        status=rules.status_on(
            LicenceStatus(licence.status), valid_until=licence.valid_until, on=civil_date(at)
        ),
        valid_from=licence.valid_from,
        last_valid_date=rules.last_valid_date(licence.valid_until),
        lines=tuple(
            FaceLine(
                key=line["key"], label=line["label"], label_en=line["label_en"], value=str(line["value"])
            )
            for line in licence.face
        ),
    )


@business_transaction
def see_notices(*, share_id: UUID, actor: Actor, at: datetime) -> int:
    """
    Take note of what has happened to a licence that was shared; return how much was new.

    :raises ShareNotFound: there is none, or the actor may not know of it
    :raises NotPermitted: the actor has no part in deciding the case
    """
    share = LicenceShare.objects.select_related("licence").filter(id=share_id).first()
    if share is None or not permissions.read_share.allows(actor, share):
        raise ShareNotFound
    permissions.open_share.require(actor, has_part=has_part(share.case_number, actor))
    seen = ShareNotice.objects.filter(share=share, seen_at__isnull=True).update(
        seen_at=at, seen_by=actor.id[:64]
    )
    if seen:
        audit.record(
            action="licences.share.seen",
            actor=actor,
            subject=share.licence.identifier,
            at=at,
            share=str(share.id),
        )
    return seen


def is_open(share: LicenceShare, *, at: datetime) -> bool:
    """
    Tell whether the agency may use the licence now.
    """
    state = sharing.state_on(ShareState(share.state), last_day=share.last_day, on=civil_date(at))
    return state is ShareState.GIVEN


def note_copy_opened(key: str, actor: Actor, at: datetime) -> None:
    """
    Write down that an annotated copy was opened.

    :param key: id of the share
    :raises ShareNotOpen: its term is over
    """
    share = LicenceShare.objects.select_related("licence").get(id=UUID(key))
    if not is_open(share, at=at):
        raise ShareNotOpen(state=share.state)
    _note(share, UseKind.OPENED, LookAct.OPENED, actor=actor, at=at)


def _note(share: LicenceShare, kind: UseKind, act: LookAct, *, actor: Actor, at: datetime) -> None:
    licence = share.licence
    note_use(licence, kind, actor=actor, at=at, share=share)
    audit.record(
        action="licences.share.open",
        actor=actor,
        subject=licence.identifier,
        at=at,
        share=str(share.id),
        case_number=share.case_number,
        purpose=share.purpose,
    )
    looks.record(
        principal_id=licence.person_id,
        act=act,
        thing=thing_of(licence),
        actor=actor,
        at=at,
        reason=reason_of(share),
    )
