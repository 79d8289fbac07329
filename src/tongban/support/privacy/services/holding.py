"""
What this app holds itself, and the ledger of looks.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings, looks
from tongban.foundation.disclosure import Purpose
from tongban.foundation.holdings import Holding
from tongban.foundation.looks import LookFilter
from tongban.support.privacy.models import DataRequest, Objection


def declare() -> None:
    """
    Declare it.
    """
    holdings.hold(
        Holding(
            code="foundation.looks",
            title=_("谁看过我的数据"),
            purpose=_("让您知道谁在什么时候为什么查看过您的信息。"),
            ground="个人信息保护法-44",
            models=(),
            term=_("三年"),
            keeps_why=_("处理情况的记录依法至少保存三年"),
            keeps_clause="个人信息保护法-56",
            exporter=_looks,
            counter=lambda person_id: looks.count_at(principal_id=str(person_id)),
            order=800,
        )
    )
    holdings.hold(
        Holding(
            code="privacy.objections",
            title=_("对查看提出的异议"),
            purpose=_("核查并答复您的异议。"),
            ground="个人信息保护法-50",
            models=("privacy.Objection",),
            term=_("三年"),
            keeps_why=_("处理情况的记录依法至少保存三年"),
            keeps_clause="个人信息保护法-56",
            exporter=_objections,
            counter=lambda person_id: Objection.objects.filter(principal_id=person_id).count(),
            order=810,
        )
    )
    holdings.hold(
        Holding(
            code="privacy.requests",
            title=_("导出和注销的申请"),
            purpose=_("办理您导出信息、注销账号的申请。"),
            ground="个人信息保护法-50",
            models=("privacy.DataRequest",),
            term=_("三年"),
            keeps_why=_("处理情况的记录依法至少保存三年"),
            keeps_clause="个人信息保护法-56",
            exporter=_requests,
            counter=lambda person_id: DataRequest.objects.filter(person_id=person_id).count(),
            order=820,
        )
    )


def _looks(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "日期": row.day.isoformat(),
            "次数": row.count,
            "方式": str(row.act.label),
            "机构": row.agency_code,
            "对象": f"{row.thing.kind.label} {row.thing.key} {row.thing.label}".strip(),
            "用途": str(Purpose(row.purpose).label) if row.purpose else "",
            "说明": row.words,
        }
        for row in looks.all_looks_at(principal_id=str(person_id), wanted=LookFilter())
    ]


def _objections(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "提出时间": row.raised_at,
            "查看日期": row.day,
            "机构": row.agency_code,
            "对象": f"{row.object_key} {row.label}".strip(),
            "异议": row.words,
            "答复期限": row.due,
            "答复": row.answer or "",
            "答复时间": row.answered_at,
        }
        for row in Objection.objects.filter(principal_id=person_id).order_by("raised_at")
    ]


def _requests(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {"申请": str(row.get_kind_display()), "时间": row.asked_at, "状态": str(row.get_state_display())}
        for row in DataRequest.objects.filter(person_id=person_id).order_by("asked_at")
    ]
