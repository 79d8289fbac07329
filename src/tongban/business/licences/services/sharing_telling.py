"""
Who is told what of sharing: the holder that his licence is asked for or used, agencies that it has changed since.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import structlog
from django.utils.translation import gettext_lazy as _

from tongban.business.licences.events import (
    LICENCE_CANCELED,
    LICENCE_EXPIRED,
    LICENCE_MOVED,
    LICENCE_REPLACED,
    LICENCE_RESUMED,
    LICENCE_REVOKED,
    LICENCE_SUSPENDED,
    SHARE_ASKED,
    SHARE_GIVEN,
    SHARED_LICENCE_CHANGED,
    LicenceFact,
    ShareFact,
)
from tongban.business.licences.models import LicenceShare, ShareNotice
from tongban.business.licences.services.sharing import tell
from tongban.business.licences.values import LicenceStatus
from tongban.business.licences.values.sharing import ShareAuthority
from tongban.foundation import events
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import NotFound
from tongban.foundation.languages import in_both
from tongban.support.identity import selectors as people
from tongban.support.identity.values import Post
from tongban.support.messaging import services as messaging
from tongban.support.messaging.values import MessageTemplate

logger = structlog.get_logger(__name__)

TELLER: Final = system_actor("licences.tell_sharer")
TEMPLATES: Final[dict[str, MessageTemplate]] = {
    SHARE_ASKED: MessageTemplate(
        code="licences.share_asked",
        title=_("请求使用您的证照"),
        body=_(
            "%(agency_name)s办理“%(service_name)s”（办件编号 %(case_number)s）需要使用您的“%(type_name)s”，"
            "用途：%(purpose)s，期限至 %(last_day)s。请在“我的证照”的“证照共享”中同意或者不同意。"
        ),
        sms_template_id="SMS_LICENCE_SHARE_ASKED",
    ),
    SHARE_GIVEN: MessageTemplate(
        code="licences.share_given",
        title=_("您的证照已被使用"),
        body=_(
            "%(agency_name)s办理“%(service_name)s”（办件编号 %(case_number)s）取得了您的“%(type_name)s”的加注件，"
            "用途：%(purpose)s，期限至 %(last_day)s，依据：%(ground)s。查看记录在“我的证照”的“用证记录”。"
        ),
    ),
}
"""Topic -> what the holder is told. What he answers himself he is not told."""

CHANGES: Final[dict[str, LicenceStatus]] = {
    LICENCE_SUSPENDED: LicenceStatus.SUSPENDED,
    LICENCE_RESUMED: LicenceStatus.VALID,
    LICENCE_REVOKED: LicenceStatus.REVOKED,
    LICENCE_CANCELED: LicenceStatus.CANCELED,
    LICENCE_EXPIRED: LicenceStatus.EXPIRED,
    LICENCE_MOVED: LicenceStatus.MOVED,
    LICENCE_REPLACED: LicenceStatus.REPLACED,
}
"""Topic -> what agencies that got the licence are told it is now."""


def tell_holder(fact: events.Announced) -> None:
    """
    Tell the holder that a licence is asked for, or was handed over without him; hearing of it twice changes nothing.
    """
    share = msgspec.convert(fact.payload, ShareFact)
    authority = ShareAuthority(share.authority)
    if not share.person_id or (fact.topic == SHARE_GIVEN and authority is ShareAuthority.CONSENT):
        return
    template = TEMPLATES[fact.topic].code
    ground = share.legal_basis or str(authority.label)
    try:
        messaging.send_to_principal(
            key=f"{template}:{share.share_id}",
            template=template,
            principal_id=UUID(share.person_id),
            agent_id=None,
            params={
                "type_name": share.type_name,
                "type_name_en": share.type_name_en,
                "agency_name": share.agency_name,
                "service_name": share.service_name,
                "service_name_en": share.service_name_en,
                "case_number": share.case_number,
                "purpose": share.purpose.rstrip("。."),
                "last_day": share.last_day,
                "ground": ground.rstrip("。."),
            },
            subject=share.case_number,
            actor=TELLER,
            at=fact.at,
        )
    except NotFound:
        logger.info("nobody_to_tell", share=share.share_id, topic=fact.topic)


CHANGED: Final = MessageTemplate(
    code="licences.relied_changed",
    title=_("用过的证照有变化"),
    body=_(
        "本机构有 %(count)s 个办件用过的“%(type_name)s”，状态变为“%(state)s”。"
        "请到“共享证照”查看是哪些办件，考虑是否影响已经作出或者正在办理的决定，并点“已知悉”。"
    ),
)
"""What staff of an agency are told at the desk. No name and no number: those stand on the list."""
FORESEEN: Final = LicenceStatus.EXPIRED
"""The list shows it; nobody is told, for the last day stood on the copy."""


def tell_users(fact: events.Announced) -> None:
    """
    Tell every agency that got a licence what has become of it; hearing of it twice changes nothing.

    Also those whose term is over or whose consent was taken back: they decided by it. Of each agency those are told who
    decide, and who asked for the licence: one message, however many cases used it.
    """
    changed = msgspec.convert(fact.payload, LicenceFact)
    status = CHANGES[fact.topic]
    relying = LicenceShare.objects.select_related("licence").filter(
        licence__identifier=changed.identifier, original_id__isnull=False
    )
    new: dict[str, list[ShareNotice]] = {}
    for share in relying.order_by("asked_at", "id"):
        notice, is_new = ShareNotice.objects.get_or_create(share=share, status=status, at=fact.at)
        if is_new:
            tell(share, SHARED_LICENCE_CHANGED, actor=TELLER, at=fact.at, status=status.value)
            new.setdefault(share.agency_code, []).append(notice)
    if status is not FORESEEN:
        for agency_code, notices in new.items():
            tell_staff(
                agency_code=agency_code,
                key=str(notices[0].pk),
                askers={notice.share.asked_by for notice in notices},
                cases=len({notice.share.case_number for notice in notices}),
                type_name=changed.type_name,
                type_name_en=changed.type_name_en,
                status=status,
                at=fact.at,
            )


def tell_staff(
    *,
    agency_code: str,
    key: str,
    askers: Collection[str],
    cases: int,
    type_name: str,
    type_name_en: str,
    status: LicenceStatus,
    at: datetime,
) -> None:
    """
    Tell who decides at an agency, and who asked for a licence there, what it is now; a key tells once.

    :param askers: ids of accounts
    :param cases: how many of the agency's cases used it
    """
    for member in people.staff_of_agency(agency_code=agency_code, post=None, actor=TELLER):
        if Post.DECISION not in member.posts and str(member.account_id) not in askers:
            continue
        messaging.send_to_staff(
            key=f"{CHANGED.code}:{key}:{member.account_id}",
            template=CHANGED.code,
            account_id=member.account_id,
            mobile="",
            params={
                "count": str(cases),
                "type_name": type_name,
                "type_name_en": type_name_en,
                **in_both("state", status.label),
            },
            subject="",
            actor=TELLER,
            at=at,
        )
