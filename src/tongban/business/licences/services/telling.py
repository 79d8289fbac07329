"""
What the holder is told when something is done to his licence: in the inbox, and by short message.
"""

from typing import Final
from uuid import UUID

import msgspec
import structlog
from django.utils.translation import gettext_lazy as _

from tongban.business.licences.events import (
    LICENCE_CANCELED,
    LICENCE_EXPIRED,
    LICENCE_EXPIRING,
    LICENCE_MOVED,
    LICENCE_REPLACED,
    LICENCE_RESUMED,
    LICENCE_REVOKED,
    LICENCE_SUSPENDED,
    LicenceFact,
)
from tongban.foundation import events
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import NotFound
from tongban.support.messaging import services as messaging
from tongban.support.messaging.values import MessageTemplate

logger = structlog.get_logger(__name__)

TELLER: Final = system_actor("licences.tell_holder")

TEMPLATES: Final[dict[str, MessageTemplate]] = {
    LICENCE_SUSPENDED: MessageTemplate(
        code="licences.suspended",
        title=_("证照已暂停"),
        body=_(
            "您的“%(type_name)s”（编号 %(number)s）已暂停使用，理由：%(reason)s。"
            "不服的，可以依法申请行政复议或者提起行政诉讼。"
        ),
        sms_template_id="SMS_LICENCE_SUSPENDED",
    ),
    LICENCE_RESUMED: MessageTemplate(
        code="licences.resumed",
        title=_("证照已恢复"),
        body=_("您的“%(type_name)s”（编号 %(number)s）已恢复有效。"),
    ),
    LICENCE_REVOKED: MessageTemplate(
        code="licences.revoked",
        title=_("证照已撤销"),
        body=_(
            "您的“%(type_name)s”（编号 %(number)s）已被撤销，理由：%(reason)s。"
            "不服的，可以依法申请行政复议或者提起行政诉讼。"
        ),
        sms_template_id="SMS_LICENCE_REVOKED",
    ),
    LICENCE_CANCELED: MessageTemplate(
        code="licences.canceled",
        title=_("证照已注销"),
        body=_("您的“%(type_name)s”（编号 %(number)s）已注销，理由：%(reason)s。"),
        sms_template_id="SMS_LICENCE_CANCELED",
    ),
    LICENCE_EXPIRED: MessageTemplate(
        code="licences.expired",
        title=_("证照已到期"),
        body=_("您的“%(type_name)s”（编号 %(number)s）已到期，不再有效。"),
    ),
    LICENCE_EXPIRING: MessageTemplate(
        code="licences.expiring",
        title=_("证照即将到期"),
        body=_(
            "您的“%(type_name)s”（编号 %(number)s）有效期至 %(last_valid_date)s。"
            "需要延续的，请在到期三十日前向发证机关提出申请；法律、法规另有规定的，从其规定。"
        ),
        sms_template_id="SMS_LICENCE_EXPIRING",
    ),
    LICENCE_MOVED: MessageTemplate(
        code="licences.moved",
        title=_("证照已转出"),
        body=_("您的“%(type_name)s”（编号 %(number)s）已办理转出，理由：%(reason)s。"),
    ),
    LICENCE_REPLACED: MessageTemplate(
        code="licences.amended",
        title=_("证照已变更"),
        body=_("您的“%(type_name)s”（编号 %(number)s）已变更，新版本已存入“我的证照”，理由：%(reason)s。"),
    ),
}
"""Topic -> what is said. Of an issue the case tells."""


def tell_holder(fact: events.Announced) -> None:
    """
    Tell the holder of one fact; hearing of it twice changes nothing. Who has no account is told on paper.
    """
    licence = msgspec.convert(fact.payload, LicenceFact)
    if not licence.person_id or (fact.topic == LICENCE_REPLACED and not licence.reason):
        return  # a version that a case has issued anew is told of by the case
    template = TEMPLATES[fact.topic].code
    try:
        messaging.send_to_principal(
            key=f"{template}:{fact.id}",
            template=template,
            principal_id=UUID(licence.person_id),
            agent_id=None,
            params={
                "type_name": licence.type_name,
                "type_name_en": licence.type_name_en,
                "number": licence.number,
                "reason": licence.reason.rstrip("。."),
                "last_valid_date": licence.last_valid_date,
            },
            subject=licence.number,
            actor=TELLER,
            at=fact.at,
        )
    except NotFound:
        logger.info("nobody_to_tell", licence=licence.identifier, topic=fact.topic)
