"""
窗口免提交: whoever stands at a counter agrees that its clerk finds his licences, for one application.

Nobody's licences are looked up without that: the consent is kept with the name of the clerk before whom it was signed,
the holder is told at once where he has an account, and every licence found is a line in his log of use.
Source: 个人信息保护法 arts. 13, 14, 44; 国务院令第716号 art. 10.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.models import CounterConsent, Licence
from tongban.business.licences.selectors.counter import licences_of
from tongban.business.licences.selectors.holding import thing_of
from tongban.business.licences.services.using import note_use
from tongban.business.licences.values.sharing import Application, UseKind
from tongban.foundation import audit, looks
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.looks import LookAct
from tongban.support.identity.values import SIGNED_AT_COUNTER, ConsentWay
from tongban.support.messaging import services as messaging
from tongban.support.messaging.values import MessageTemplate

logger = structlog.get_logger(__name__)

LONGEST_PURPOSE: Final = 100
TELLER: Final = system_actor("licences.tell_found")
TEMPLATE: Final = MessageTemplate(
    code="licences.found_at_counter",
    title=_("窗口查找了您的证照"),
    body=_(
        "%(agency_name)s的窗口记录您已同意，为办理“%(service_name)s”查找了您的证照。"
        "如果不是您本人同意的，请在“谁看过我的数据”中提出异议。"
    ),
    sms_template_id="SMS_LICENCES_FOUND",
)


@business_transaction
def find_by_consent(
    *,
    application: Application,
    holder_code: str,
    holder_name: str,
    type_codes: Collection[str],
    way: ConsentWay,
    actor: Actor,
    at: datetime,
) -> int:
    """
    Keep that the holder before the clerk has agreed, and find his licences of these types; return how many there are.

    Asking again for the same application and holder keeps the first consent, and writes no look a second time.

    :param holder_code: 公民身份号码 or 统一社会信用代码 of who applies
    :param holder_name: as the card says; of a person's licences only those that bear it are found
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: it was not signed at a counter
    """
    permissions.find_at_counter.require(actor)
    if way not in SIGNED_AT_COUNTER:
        raise InvalidInput(fields={"way": _("请选择协议的签署方式")})
    index = rules.holder_index(holder_code)
    consent, is_new = CounterConsent.objects.get_or_create(
        application_id=application.id,
        holder_index=index,
        defaults={
            "offering_code": application.offering_code,
            "service_name": application.service_name,
            "agency_code": application.agency_code,
            "agency_name": application.agency_name,
            "way": way,
            "agreed_at": at,
            "witnessed_by": actor.id,
        },
    )
    found = licences_of(consent, holder_name=holder_name, type_codes=type_codes, actor=actor)
    if is_new:
        _note(consent, found, application, actor=actor, at=at)
    return len(found)


def consent_for(application_id: UUID, holder_index: bytes) -> CounterConsent | None:
    """
    Return what the holder agreed to at a counter for an application; None: nothing.
    """
    return CounterConsent.objects.filter(application_id=application_id, holder_index=holder_index).first()


def _note(
    consent: CounterConsent,
    found: Sequence[Licence],
    application: Application,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    audit.record(
        action="licences.consent.witness",
        actor=actor,
        subject=str(consent.id),
        at=at,
        application=str(application.id),
        way=consent.way,
        found=len(found),
    )
    reason = Reason(purpose=Purpose.ACCEPTANCE, words=application.service_name[:LONGEST_PURPOSE])
    for licence in found:
        note_use(
            licence,
            UseKind.FOUND,
            actor=actor,
            at=at,
            who=application.agency_name,
            purpose=application.service_name[:LONGEST_PURPOSE],
        )
        looks.record(
            principal_id=licence.person_id,
            act=LookAct.REVEALED,
            thing=thing_of(licence),
            actor=actor,
            at=at,
            reason=reason,
        )
    holder = next((licence.person_id for licence in found if licence.person_id), "")
    if holder:
        consent.person_id = holder
        consent.save(update_fields=["person_id"])
        _tell(consent, application, at=at)


def _tell(consent: CounterConsent, application: Application, *, at: datetime) -> None:
    try:
        messaging.send_to_principal(
            key=f"{TEMPLATE.code}:{consent.id}",
            template=TEMPLATE.code,
            principal_id=UUID(consent.person_id),
            agent_id=None,
            params={
                "agency_name": application.agency_name,
                "service_name": application.service_name,
                "service_name_en": application.service_name_en,
            },
            subject="",
            actor=TELLER,
            at=at,
        )
    except NotFound:
        logger.info("nobody_to_tell", consent=str(consent.id))
