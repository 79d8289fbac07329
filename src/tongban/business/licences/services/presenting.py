"""
亮证: the holder shows a licence by codes that live for a minute, with no more on them than he chooses.
"""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import Licence, Presentation, PresentationCheck
from tongban.business.licences.permissions import LicenceNotFound, PresentationNotFound
from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.services.annotating import require_usable
from tongban.business.licences.services.presentation_keys import signing_key
from tongban.business.licences.services.using import note_use
from tongban.business.licences.values import LicenceStatus
from tongban.business.licences.values.presenting import (
    CODE_LIVES,
    PRESENTATION_LIVES,
    Claims,
    PresentationReceipt,
    ShownCode,
)
from tongban.business.licences.values.sharing import UseKind
from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.crypto import sm2
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput

NONCE_BYTES: Final = 12
CHECK_PATH: Final = "/check/"
"""Page of the portal where codes are checked; the code follows the #."""
KEPT_FOR: Final = timedelta(days=1)
"""So long presentations and their checks are kept; codes live for a minute."""


class LicenceNotPresentable(Conflict):
    """
    Only a licence that is valid today is shown.
    """

    code = "licence_not_presentable"
    message = _("证照当前不是有效状态，不能亮证")


class PresentationOver(Conflict):
    """
    A presentation ended, by its holder or by its time; he opens another.
    """

    code = "presentation_over"
    message = _("本次亮证已结束，请重新亮证")


@business_transaction
def open_presentation(
    *, identifier: str, keys: Collection[str], actor: Actor, at: datetime
) -> PresentationReceipt:
    """
    Begin to show a licence for ten minutes.

    :param keys: lines of the face that may be seen; name of the kind, issuer and last valid day always are
    :raises LicenceNotFound: no licence has this identifier, or it is not in the actor's wallet
    :raises LicenceNotPresentable: it is not valid now
    :raises NotCompared: a counter must compare it with its original before it is used
    :raises InvalidInput: a line that the face does not have, or more than one code can carry
    """
    parsed = rules.parsed_identifier(identifier)
    licence = Licence.objects.filter(identifier=str(parsed)).first() if parsed else None
    if licence is None or not permissions.present_licence.allows(actor, licence):
        raise LicenceNotFound
    _require_valid(licence, at=at)
    known = [line["key"] for line in licence.face]
    if not set(keys) <= set(known):
        raise InvalidInput(fields={"keys": _("该证照的照面没有此项")})
    shown = Presentation(
        id=uuid.uuid4(),
        licence=licence,
        keys=[key for key in known if key in keys],
        is_by_agent=actor.acting_for is not None,
        opened_at=at,
        ends_at=at + PRESENTATION_LIVES,
        actor_id=actor.id,
    )
    _signed(shown, at=at)
    shown.save(force_insert=True)
    note_use(licence, UseKind.PRESENTED, actor=actor, at=at)
    audit.record(
        action="licences.presentation.open",
        actor=actor,
        subject=licence.identifier,
        at=at,
        presentation=str(shown.id),
        keys=shown.keys,
    )
    return PresentationReceipt(id=shown.id, identifier=licence.identifier, ends_at=shown.ends_at)


@business_transaction
def next_code(*, presentation_id: uuid.UUID, actor: Actor, at: datetime) -> ShownCode:
    """
    Return a fresh code of a presentation: 60 seconds, another number used once. Nothing is written.

    :raises PresentationNotFound: there is none, or it is not of a licence in the actor's wallet
    :raises PresentationOver: it has ended
    :raises LicenceNotPresentable: the licence is not valid any more
    """
    shown = _own(presentation_id, actor)
    if at >= shown.ends_at:
        raise PresentationOver
    _require_valid(shown.licence, at=at)
    return _signed(shown, at=at)


@business_transaction
def end_presentation(*, presentation_id: uuid.UUID, actor: Actor, at: datetime) -> PresentationReceipt:
    """
    Stop showing a licence; its last code runs out by itself. Repeating it changes nothing.

    :raises PresentationNotFound: there is none, or it is not of a licence in the actor's wallet
    """
    shown = _own(presentation_id, actor, locked=True)
    if at < shown.ends_at:
        shown.ends_at = at
        shown.save(update_fields=["ends_at"])
        audit.record(
            action="licences.presentation.end",
            actor=actor,
            subject=shown.licence.identifier,
            at=at,
            presentation=str(shown.id),
        )
    return PresentationReceipt(id=shown.id, identifier=shown.licence.identifier, ends_at=shown.ends_at)


@business_transaction
def forget_presentations(*, at: datetime) -> int:
    """
    Delete presentations and checks of codes that ended a day ago; return how many presentations there were.
    """
    PresentationCheck.objects.filter(at__lt=at - KEPT_FOR).delete()
    gone, _rows = Presentation.objects.filter(ends_at__lt=at - KEPT_FOR).delete()
    return gone


def _own(presentation_id: uuid.UUID, actor: Actor, *, locked: bool = False) -> Presentation:
    rows = Presentation.objects.select_related("licence")
    if locked:
        rows = rows.select_for_update(no_key=True, of=("self",))
    shown = rows.filter(id=presentation_id).first()
    if shown is None or not permissions.present_licence.allows(actor, shown.licence):
        raise PresentationNotFound
    return shown


def _require_valid(licence: Licence, *, at: datetime) -> None:
    status = rules.status_on(
        LicenceStatus(licence.status), valid_until=licence.valid_until, on=civil_date(at)
    )
    if status is not LicenceStatus.VALID:
        raise LicenceNotPresentable(identifier=licence.identifier, status=status.value)
    require_usable(licence)


def _signed(shown: Presentation, *, at: datetime) -> ShownCode:
    """
    Return a code, signed now.

    :raises InvalidInput: the lines do not fit into one code
    """
    key = signing_key(at=at)
    # Whole seconds stand in the code; a fraction more would let it begin in the future.
    issued_at = at.replace(microsecond=0)
    claims = _claims(shown, key_id=codes.key_id_of(key.point), issued_at=issued_at)
    signed = codes.signed_part(claims)
    code = codes.sealed_code(signed, sm2.raw_of(key.sign(signed.encode("ascii"))))
    if len(code) > codes.LONGEST_CODE:
        raise InvalidInput(fields={"keys": _("内容太多，一个二维码放不下，请少选几项")})
    return ShownCode(
        code=code,
        url=f"{settings.TONGBAN_BASE_URL}{CHECK_PATH}#{code}",
        issued_at=claims.issued_at,
        expires_at=claims.expires_at,
    )


def _claims(shown: Presentation, *, key_id: str, issued_at: datetime) -> Claims:
    licence = shown.licence
    lines: list[dict[str, Any]] = [line for line in licence.face if line["key"] in shown.keys]
    return Claims(
        key_id=key_id,
        nonce=secrets.token_urlsafe(NONCE_BYTES),
        issued_at=issued_at,
        expires_at=issued_at + CODE_LIVES,
        identifier=licence.identifier,
        type_name=licence.type_name,
        issuer_name=licence.issuer_name,
        last_valid_date=rules.last_valid_date(licence.valid_until),
        is_by_agent=shown.is_by_agent,
        is_demonstration=settings.TONGBAN_NODE.is_demo,
        lines=tuple((line["label"], str(line["value"])) for line in lines),
    )
