"""
What stands behind an account: how its owner was proved, what he agreed to, his second factors, where it came from.
"""

from typing import Any, Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings
from tongban.foundation.holdings import Holding
from tongban.support.identity.models import AgreementConsent, AssuranceGrant, FactorReset, StockAccount
from tongban.support.identity.values import StockState, means

OWN_STOCK: Final = frozenset({StockState.OPENED, StockState.PENDING, StockState.MERGED})
"""What of another system fits the person; a disputed or declined row may be somebody else's, and is only told of."""


def declare() -> None:
    """
    Declare it.
    """
    holdings.hold(
        Holding(
            code="identity.assurance",
            title=_("实名核验记录"),
            purpose=_("记录您的身份核验到哪一级、怎样核验的，决定您能办哪些事项。"),
            ground="个人信息保护法-13",
            models=("identity.AssuranceGrant",),
            term=_("账号注销前"),
            exporter=_grants,
            counter=lambda person_id: AssuranceGrant.objects.filter(person_id=person_id).count(),
            eraser=lambda person_id, _at: AssuranceGrant.objects.filter(person_id=person_id).delete()[0],
            order=12,
        )
    )
    holdings.hold(
        Holding(
            code="identity.agreements",
            title=_("协议签署记录"),
            purpose=_("证明您在什么时候、以什么方式同意了哪个版本的服务协议。"),
            ground="个人信息保护法-13",
            models=("identity.AgreementConsent",),
            term=_("三年"),
            keeps_why=_("处理情况的记录依法至少保存三年"),
            keeps_clause="个人信息保护法-56",
            exporter=_consents,
            counter=lambda person_id: AgreementConsent.objects.filter(person_id=person_id).count(),
            order=14,
        )
    )
    holdings.hold(
        Holding(
            code="identity.factors",
            title=_("第二重认证"),
            purpose=_("登录时确认是您本人；密钥只加密存放，任何人不能查看，也不放入副本。"),
            ground="个人信息保护法-13",
            models=("mfa.Authenticator", "identity.FactorReset"),
            term=_("账号注销前，或者您停用前"),
            exporter=_factors,
            counter=lambda person_id: _factors_of(person_id).count() + _resets_of(person_id).count(),
            eraser=lambda person_id, _at: (
                _factors_of(person_id).delete()[0] + _resets_of(person_id).delete()[0]
            ),
            order=16,
        )
    )
    holdings.hold(
        Holding(
            code="identity.stock",
            title=_("其他平台转来的账号"),
            purpose=_("把您在其他平台的账号并入本平台，不必重新注册。"),
            ground="个人信息保护法-13",
            models=("identity.StockAccount",),
            term=_("账号注销前"),
            exporter=_stock,
            counter=lambda person_id: StockAccount.objects.filter(person_id=person_id).count(),
            eraser=lambda person_id, _at: StockAccount.objects.filter(person_id=person_id).delete()[0],
            order=18,
        )
    )


def _grants(person_id: UUID) -> list[dict[str, Any]]:
    known = means()
    return [
        {
            "核验方式": str(known[row.means].name) if row.means in known else row.means,
            "实名等级": str(row.get_level_display()),
            "核验时间": row.granted_at,
            "失效时间": row.expires_at or "",
            "撤销时间": row.revoked_at or "",
            "撤销原因": row.revoked_for,
        }
        for row in AssuranceGrant.objects.filter(person_id=person_id).order_by("granted_at", "id")
    ]


def _consents(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "协议版本": row.version,
            "签署方式": str(row.get_way_display()),
            "签署时间": row.agreed_at,
            "窗口见证": bool(row.witnessed_by),
        }
        for row in AgreementConsent.objects.filter(person_id=person_id).order_by("agreed_at", "id")
    ]


def _factors(person_id: UUID) -> list[dict[str, Any]]:
    kept = [
        {
            "种类": str(row.get_type_display()),
            "名称": row.data.get("name", ""),
            "设置时间": row.created_at,
            "最近使用": row.last_used_at or "",
        }
        for row in _factors_of(person_id).order_by("created_at", "id")
    ]
    resets = [
        {"种类": "重置申请", "原因": row.reason, "申请时间": row.asked_at, "批准时间": row.approved_at or ""}
        for row in _resets_of(person_id).order_by("asked_at")
    ]
    return kept + resets


def _stock(person_id: UUID) -> list[dict[str, Any]]:
    rows = StockAccount.objects.filter(person_id=person_id).order_by("imported_at", "id")
    return [{**_stock_facts(row), **(_stock_contents(row) if row.state in OWN_STOCK else {})} for row in rows]


def _stock_facts(row: StockAccount) -> dict[str, Any]:
    return {
        "来源系统": row.source,
        "状态": str(row.get_state_display()),
        "导入时间": row.imported_at,
        "确认时间": row.decided_at or "",
    }


def _stock_contents(row: StockAccount) -> dict[str, Any]:
    return {
        "原账号编号": row.key,
        "姓名": row.name or "",
        "证件号码": row.id_number or "",
        "手机号码": row.mobile or "",
        "原实名等级": row.level,
    }


def _factors_of(person_id: UUID) -> QuerySet[Any]:
    rows: QuerySet[Any] = Authenticator.objects.filter(user__person__id=person_id)
    return rows


def _resets_of(person_id: UUID) -> QuerySet[FactorReset]:
    return FactorReset.objects.filter(account__person__id=person_id)
