"""
What the applicant is told at each step: in the inbox, and by short message where a mobile is known.
"""

from uuid import UUID

import structlog
from django.utils.translation import gettext_lazy as _

from tongban.business.casework.events import EventKind, topic_of
from tongban.foundation import events
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import NotFound
from tongban.support.messaging import services as messaging
from tongban.support.messaging.values import MessageTemplate

logger = structlog.get_logger(__name__)

TELLER = system_actor("casework.tell_applicant")

TEMPLATES: dict[EventKind, MessageTemplate] = {
    EventKind.SUBMITTED: MessageTemplate(
        code="casework.submitted",
        title=_("申请已提交"),
        body=_(
            "您申请的“%(service_name)s”已提交，查询码 %(query_code)s。办理机关最迟 %(due)s 前答复是否受理。"
        ),
        sms_template_id="SMS_CASE_SUBMITTED",
    ),
    EventKind.CORRECTION_REQUESTED: MessageTemplate(
        code="casework.correction_requested",
        title=_("请补正材料"),
        body=_("您申请的“%(service_name)s”需要补正 %(count)s 项内容，请于 %(due)s 前补正。"),
        sms_template_id="SMS_CASE_CORRECTION",
    ),
    EventKind.CORRECTED: MessageTemplate(
        code="casework.corrected",
        title=_("补正材料已收到"),
        body=_("您申请的“%(service_name)s”的补正材料已收到，办理机关最迟 %(due)s 前答复是否受理。"),
    ),
    EventKind.ACCEPTED: MessageTemplate(
        code="casework.accepted",
        title=_("申请已受理"),
        body=_("您申请的“%(service_name)s”已受理，承诺最迟 %(due)s 办结。"),
        sms_template_id="SMS_CASE_ACCEPTED",
    ),
    EventKind.DEEMED_ACCEPTED: MessageTemplate(
        code="casework.deemed_accepted",
        title=_("申请视为受理"),
        body=_(
            "办理机关未在法定期限内答复，您申请的“%(service_name)s”自收到材料之日起视为受理，最迟 %(due)s 办结。"
        ),
        sms_template_id="SMS_CASE_ACCEPTED",
    ),
    EventKind.ACCEPTANCE_REFUSED: MessageTemplate(
        code="casework.acceptance_refused",
        title=_("申请不予受理"),
        body=_("您申请的“%(service_name)s”不予受理，理由和救济途径见不予受理决定书。"),
        sms_template_id="SMS_CASE_NOT_ACCEPTED",
    ),
    EventKind.CLOCK_STOPPED: MessageTemplate(
        code="casework.clock_stopped",
        title=_("特别程序告知"),
        body=_("您申请的“%(service_name)s”进入特别程序（%(name)s），所需时间不计入办理期限。"),
        sms_template_id="SMS_CASE_STOPPED",
    ),
    EventKind.CLOCK_RESUMED: MessageTemplate(
        code="casework.clock_resumed",
        title=_("恢复办理"),
        body=_("您申请的“%(service_name)s”特别程序已结束，办理期限继续计算，最迟 %(due)s 办结。"),
    ),
    EventKind.EXTENDED: MessageTemplate(
        code="casework.extended",
        title=_("办理期限延长"),
        body=_("您申请的“%(service_name)s”办理期限延长 %(days)s 个工作日，理由：%(reason)s"),
        sms_template_id="SMS_CASE_EXTENDED",
    ),
    EventKind.GRANTED: MessageTemplate(
        code="casework.granted",
        title=_("申请获得准予"),
        body=_("您申请的“%(service_name)s”已作出准予决定。"),
        sms_template_id="SMS_CASE_GRANTED",
    ),
    EventKind.REFUSED: MessageTemplate(
        code="casework.refused",
        title=_("申请未获准予"),
        body=_("您申请的“%(service_name)s”已作出不予许可决定，理由和救济途径见决定书。"),
        sms_template_id="SMS_CASE_REFUSED",
    ),
    EventKind.ISSUED: MessageTemplate(
        code="casework.issued",
        title=_("电子证照已制发"),
        body=_("您的“%(name)s”已存入“我的证照”。"),
    ),
    EventKind.DELIVERED: MessageTemplate(
        code="casework.delivered",
        title=_("办理结果已送达"),
        body=_("您申请的“%(service_name)s”的办理结果已送达，可以在办件页查看。"),
    ),
    EventKind.CLOSED: MessageTemplate(
        code="casework.closed",
        title=_("办件已办结"),
        body=_("您申请的“%(service_name)s”已办结，欢迎评价。"),
    ),
    EventKind.LAPSED: MessageTemplate(
        code="casework.lapsed",
        title=_("逾期未补正"),
        body=_("您申请的“%(service_name)s”逾期未补正，本次申请终止，您可以重新申请。"),
        sms_template_id="SMS_CASE_LAPSED",
    ),
    EventKind.WITHDRAWN: MessageTemplate(
        code="casework.withdrawn",
        title=_("申请已撤回"),
        body=_("您申请的“%(service_name)s”已按您的请求撤回，本次申请终止，您可以重新申请。"),
    ),
    EventKind.VOIDED: MessageTemplate(
        code="casework.voided",
        title=_("办件已作废"),
        body=_(
            "您申请的“%(service_name)s”已作废，理由：%(reason)s。您可以重新申请；不服的，可以申请行政复议或者"
            "提起行政诉讼，期限见作废告知书。"
        ),
        sms_template_id="SMS_CASE_VOIDED",
    ),
    EventKind.PASSED_ON: MessageTemplate(
        code="casework.passed_on",
        title=_("办件已转办"),
        body=_("您申请的“%(service_name)s”已转交有权机关办理。"),
    ),
}

SILENT = frozenset(
    {
        EventKind.PRE_CHECKED,  # the answer that counts, acceptance or not, follows
        EventKind.REVIEWED,  # a step inside the agency; the decision is told
        EventKind.RATED,  # the applicant did it, and saw it
        EventKind.ARCHIVED,  # changes nothing for the applicant
    }
)
"""What the applicant finds on the case's page and is not told."""


def tell_applicant(fact: events.Announced) -> None:
    """
    Tell the applicant of one event; an applicant without an account is told on paper.

    So is one whom identity does not know: an interface named an id of its own, or the person was erased since. Trying
    again would not bring anybody back.
    """
    payload = fact.payload
    kind = KINDS[fact.topic]
    if not payload["applicant_id"]:
        return
    due = payload["promised_due"] or payload["statutory_due"] or payload["acceptance_due"] or ""
    if kind in {EventKind.SUBMITTED, EventKind.CORRECTED}:
        due = payload["acceptance_due"]
    params = {
        "service_name": payload["service_name"],
        # Announcements of earlier versions have no English.
        "service_name_en": payload.get("service_name_en", ""),
        "query_code": payload["query_code"],
        "due": due,
        **{name: str(value) for name, value in payload["data"].items() if isinstance(value, str | int)},
    }
    try:
        messaging.send_to_principal(
            key=f"{TEMPLATES[kind].code}:{payload['case_number']}:{payload['seq']}",
            template=TEMPLATES[kind].code,
            principal_id=UUID(payload["applicant_id"]),
            # Announcements of earlier versions know of no agents.
            agent_id=UUID(payload["agent_id"]) if payload.get("agent_id") else None,
            params=params,
            subject=payload["case_number"],
            actor=TELLER,
            at=fact.at,
        )
    except NotFound:
        logger.info("nobody_to_tell", case_number=payload["case_number"], topic=fact.topic)


KINDS: dict[str, EventKind] = {topic_of(kind): kind for kind in TEMPLATES}
