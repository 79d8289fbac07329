"""
What cross-region service holds of a person.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.business.crossregion.models import INDEX, Intake
from tongban.foundation import crypto, holdings, rotation
from tongban.foundation.holdings import Holding
from tongban.support.identity.selectors.holders import number_of


def declare() -> None:
    """
    Declare it, and how rows are found again under another root.
    """
    holdings.hold(
        Holding(
            code="crossregion.intakes",
            title=_("异地收件"),
            purpose=_("在本地窗口收取您向异地提出的申请，转交办理地，并把结果送达给您。"),
            ground="个人信息保护法-13",
            models=("crossregion.Intake", "crossregion.ReceivedHandIn"),
            term=_("按档案保管期限"),
            keeps_why=_("作为收件和送达的凭证保存"),
            keeps_clause="716号令-12",
            exporter=_intakes,
            counter=lambda person_id: _of(person_id).count(),
            order=215,
        )
    )
    for model in ("Received", "ArrivedFile", "ArrivedPiece"):
        holdings.exempt(
            f"crossregion.{model}",
            why="Stands between the arrival of an application and its case, which is in the copy.",
        )
    rotation.index_by(
        "crossregion.Intake", "applicant_index", lambda row: _index(row.handed_in["applicant"]["id_number"])
    )


def _index(number: str) -> bytes:
    return crypto.blind_index(INDEX, number.strip().upper())


def _of(person_id: UUID) -> QuerySet[Intake]:
    number = number_of(person_id=person_id)
    rows = Intake.objects.all()
    return rows.filter(applicant_index=_index(number)) if number else rows.none()


def _intakes(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "收件编号": row.receipt_number,
            "办理地": row.node_name,
            "事项": row.service_name,
            "收件时间": row.handed_in_at,
            "办件编号": row.case_number,
            "申请人": row.handed_in["applicant"],
            "表单": row.handed_in["form"],
        }
        for row in _of(person_id).order_by("handed_in_at")
    ]
