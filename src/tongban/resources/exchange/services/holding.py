"""
What the exchange holds of people: copies on their way, sealed, found by record and never by person.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings, rotation
from tongban.foundation.holdings import Holding
from tongban.resources.exchange.services.publishing import SEALED_AS

COLUMNS = {
    "exchange.Outbox": "content",
    "exchange.Entry": "content",
    "exchange.ReceivedError": "content",
    "exchange.SnapshotPart": "body",
}
"""Contents on their way; the engine seals and opens them itself."""


def declare() -> None:
    """
    Declare what is held and what is sealed.
    """
    for label, column in COLUMNS.items():
        rotation.sealed_column(label, column, context=SEALED_AS)
    holdings.hold(
        Holding(
            code="exchange.entries",
            title=_("节点之间的交换记录"),
            purpose=_("把您的办件、证照等数据送达有权接收的上级、下级节点，并在对方缺失时补发。"),
            ground="个人信息保护法-13",
            models=tuple(COLUMNS),
            term=_("默认保留 400 天，由 TONGBAN_EXCHANGE_KEEP_DAYS 设定"),
            keeps_why=_("只加密存放，到期整月删除；内容与来源系统所持有的一致"),
            keeps_clause="716号令-12",
            exporter=_nothing_more,
            counter=lambda _person_id: 0,
            order=900,
        )
    )


def _nothing_more(_person_id: UUID) -> list[dict[str, Any]]:
    """
    Return nothing: the app that an entry is of shows what it says.
    """
    return []
