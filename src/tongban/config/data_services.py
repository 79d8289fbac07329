"""
What the data services need of services that do not know them: ears of staff, and the way to the parent node.
"""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import system_actor
from tongban.foundation.codes import subtree_prefix
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.services import ask_node
from tongban.resources.sharing import ports as sharing
from tongban.resources.sharing import services
from tongban.resources.sharing.values import ALARM_TEMPLATE, NODE_SUBJECT, REQUEST_TEMPLATE
from tongban.support.identity import selectors as identity
from tongban.support.identity.values import Role
from tongban.support.messaging import ports as messages
from tongban.support.messaging.services import send_to_staff
from tongban.support.messaging.values import MessageTemplate

ACTOR = system_actor("sharing.tell_staff")


def join() -> None:
    """
    Wire all of it; called when all apps are loaded.
    """
    messages.register_templates(
        MessageTemplate(
            code=REQUEST_TEMPLATE,
            title=_("用数申请 %(number)s：%(service)s"),
            body=_("%(words)s。请到数据共享工作台查看。"),
            sms_template_id="",
        ),
        MessageTemplate(
            code=ALARM_TEMPLATE,
            title=_("数据服务告警：%(service)s"),
            body=_("%(words)s。请到数据共享工作台查看。"),
            sms_template_id="",
        ),
    )
    sharing.tell_staff_by(tell_staff)
    sharing.carry_to_parent_by(carry_to_parent)
    exchange.answer_questions_by(NODE_SUBJECT, answer_node)


def tell_staff(
    *,
    key: str,
    template: str,
    role: str,
    agency_code: str,
    division_code: str,
    params: Mapping[str, str],
    subject: str,
    at: datetime,
) -> int:
    """
    Leave a message with everybody who has the role in the agency, or over the division.
    """
    told = [
        member
        for member in identity.staff_with_role(role=Role(role), actor=ACTOR)
        if (
            member.agency_code == agency_code
            if agency_code
            else _is_over(member.division_code, division_code)
        )
    ]
    for member in told:
        send_to_staff(
            key=f"{key}:{member.account_id}",
            template=template,
            account_id=member.account_id,
            mobile="",
            params=params,
            subject=subject,
            actor=ACTOR,
            at=at,
        )
    return len(told)


def _is_over(upper: str, division_code: str) -> bool:
    return bool(upper) and division_code.startswith(subtree_prefix(upper))


def carry_to_parent(message: bytes, *, seconds: float, at: datetime) -> bytes:
    """
    Bring a question about data to the parent, signed and sealed by the nodes' own keys.

    :raises NoParentNode: there is none
    :raises UpstreamError: it does not answer, or does not want to
    """
    above = exchange.neighbours().parent
    if above is None:
        raise services.NoParentNode
    return ask_node(node=above.code, subject=NODE_SUBJECT, content=message, seconds=seconds, at=at)


def answer_node(*, question: bytes, node: str, at: datetime) -> bytes:
    """
    Answer a node below about data, within what was opened to it.
    """
    return services.answer_node(node_code=node, message=question, at=at)
