"""
What 亮证 holds of a person, and for how long.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.models import Presentation, PresentationCheck
from tongban.foundation import holdings
from tongban.foundation.holdings import Holding


def declare() -> None:
    """
    Declare it.
    """
    holdings.hold(
        Holding(
            code="licences.presentations",
            title=_("亮证记录"),
            purpose=_("让您出示证照，并防止二维码被重复使用。"),
            ground="个人信息保护法-13",
            models=("licences.Presentation", "licences.PresentationCheck"),
            term=_("一天"),
            exporter=_presentations,
            counter=lambda person_id: Presentation.objects.filter(licence__person_id=str(person_id)).count(),
            eraser=_forget,
            order=215,
        )
    )


def _presentations(person_id: UUID) -> list[dict[str, Any]]:
    shown = Presentation.objects.select_related("licence").filter(licence__person_id=str(person_id))
    return [
        {
            "证照": row.licence.type_name,
            "证照编号": row.licence.number,
            "出示的照面要素": [line["label"] for line in row.licence.face if line["key"] in row.keys],
            "开始时间": row.opened_at,
            "结束时间": row.ends_at,
        }
        for row in shown.order_by("opened_at")
    ]


def _forget(person_id: UUID, _at: datetime) -> int:
    PresentationCheck.objects.filter(licence__person_id=str(person_id)).delete()
    gone, _rows = Presentation.objects.filter(licence__person_id=str(person_id)).delete()
    return gone
