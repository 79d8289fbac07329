"""
What joins the exchange with messages: operators are told at the desk of links that are stuck.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import system_actor
from tongban.resources.exchange import ports
from tongban.support.identity import selectors as identity
from tongban.support.identity.values import Role
from tongban.support.messaging import ports as messages
from tongban.support.messaging.services import send_to_staff
from tongban.support.messaging.values import MessageTemplate

TELLER: Final = system_actor("exchange.telling")
STUCK: Final = "exchange.link_stuck"


def join() -> None:
    """
    Wire the port.
    """
    messages.register_templates(
        MessageTemplate(
            code=STUCK,
            title=_("数据交换需要处理：%(node)s"),
            body=_(
                "与 %(node)s 的数据交换受阻或两端不一致（%(streams)s）。请到数据共享工作台“交换链路”查看和处理。"
            ),
        )
    )
    ports.tell_operators_by(tell)


def tell(alarm: ports.LinkAlarm) -> None:
    """
    Leave a message for every operator.
    """
    for operator in identity.staff_with_role(role=Role.OPERATOR, actor=TELLER):
        send_to_staff(
            key=f"{STUCK}:{alarm.code}:{alarm.at.isoformat()}:{operator.account_id}",
            template=STUCK,
            account_id=operator.account_id,
            mobile="",
            params={"node": alarm.name, "streams": ", ".join(alarm.streams)},
            subject=alarm.code,
            actor=TELLER,
            at=alarm.at,
        )
