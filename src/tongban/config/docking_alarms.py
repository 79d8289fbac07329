"""
What joins docking with messages: operators are told at the desk of systems with which something is wrong.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import system_actor
from tongban.resources.docking import ports
from tongban.support.identity import selectors as identity
from tongban.support.identity.values import Role
from tongban.support.messaging import ports as messages
from tongban.support.messaging.services import send_to_staff
from tongban.support.messaging.values import MessageTemplate

TELLER: Final = system_actor("docking.telling")
STALLED: Final = "docking.system_stalled"


def join() -> None:
    """
    Wire the port.
    """
    messages.register_templates(
        MessageTemplate(
            code=STALLED,
            title=_("系统对接需要处理：%(system)s"),
            body=_(
                "%(system)s 无法连通、长时间没有取走办件，或有消息超期未送达。请到数据共享工作台“部门系统”查看和处理。"
            ),
        )
    )
    ports.tell_operators_by(tell)


def tell(alarm: ports.SystemAlarm) -> None:
    """
    Leave a message for every operator.
    """
    for operator in identity.staff_with_role(role=Role.OPERATOR, actor=TELLER):
        send_to_staff(
            key=f"{STALLED}:{alarm.code}:{alarm.at.isoformat()}:{operator.account_id}",
            template=STALLED,
            account_id=operator.account_id,
            mobile="",
            params={"system": alarm.name},
            subject=alarm.code,
            actor=TELLER,
            at=alarm.at,
        )
