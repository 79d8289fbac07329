"""
What joins the resource catalogue with messages: agencies are told what is due, and those above them what is late.
"""

from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import system_actor
from tongban.foundation.codes import subtree_prefix
from tongban.resources.datasets import ports
from tongban.resources.datasets.values import DutyPress
from tongban.support.identity import selectors as identity
from tongban.support.identity.values import Role
from tongban.support.messaging import ports as messages
from tongban.support.messaging.services import send_to_staff
from tongban.support.messaging.values import MessageTemplate

TELLER: Final = system_actor("datasets.telling")
AUTHORITY: Final = (Role.DATA_REVIEWER, Role.SUPERVISOR)
"""Who is told what is late in his area."""
NOTICES: Final = {
    DutyPress.DUE_SOON: MessageTemplate(
        code="datasets.duty_due_soon",
        title=_("信息资源目录更新将到期"),
        body=_("“%(text)s”后，%(agency)s最迟 %(due)s 更新信息资源目录。完成后请在“目录更新责任”记为已更新。"),
    ),
    DutyPress.LATE: MessageTemplate(
        code="datasets.duty_late",
        title=_("信息资源目录更新已超期"),
        body=_("“%(text)s”后，%(agency)s应在 %(due)s 前更新信息资源目录，现已超期，已提请数据主管部门督办。"),
    ),
}


def join() -> None:
    """
    Wire the port.
    """
    messages.register_templates(*NOTICES.values())
    ports.tell_by(tell)


def tell(notice: ports.DutyNotice) -> None:
    """
    Tell the stewards of an agency, and what is late also to those who review or supervise its area.
    """
    template = NOTICES[notice.what]
    for account_id in sorted(_told(notice)):
        send_to_staff(
            key=f"{template.code}:{notice.duty_id}:{account_id}",
            template=template.code,
            account_id=account_id,
            mobile="",
            params={"text": notice.text, "agency": notice.agency_name, "due": notice.due.isoformat()},
            subject=str(notice.duty_id),
            actor=TELLER,
            at=notice.at,
        )


def _told(notice: ports.DutyNotice) -> set[UUID]:
    stewards = identity.staff_with_role(role=Role.DATA_STEWARD, actor=TELLER)
    told = {each.account_id for each in stewards if each.agency_code == notice.agency_code}
    if notice.what is DutyPress.LATE:
        for role in AUTHORITY:
            told |= {
                each.account_id
                for each in identity.staff_with_role(role=role, actor=TELLER)
                if _is_over(each.division_code, notice.division_code)
            }
    return told


def _is_over(upper: str, division_code: str) -> bool:
    return bool(upper) and division_code.startswith(subtree_prefix(upper))
