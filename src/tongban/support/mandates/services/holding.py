"""
What mandates hold of a person, and what closing his account ends.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings, rotation
from tongban.foundation.clock import civil_date
from tongban.foundation.holdings import Holding
from tongban.support.identity import services as identity
from tongban.support.identity.selectors import index_of_name
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.mandates.values import EndReason

CLOSER = "privacy.close_account"


def declare() -> None:
    """
    Declare it.
    """
    rotation.index_by("mandates.Mandate", "grantee_index", _grantee_index)
    rotation.index_by(
        "mandates.Mandate", "grantee_name_index", lambda mandate: index_of_name(mandate.grantee_name)
    )
    holdings.hold(
        Holding(
            code="mandates.mandates",
            title=_("授权"),
            purpose=_("记明谁可以替谁办事。"),
            ground="个人信息保护法-13",
            models=("mandates.Mandate", "mandates.LegalEntity"),
            term=_("按档案保管期限"),
            keeps_why=_("授权是办件的依据，随案卷保存；仍然有效的授权在注销时终止"),
            keeps_clause="716号令-12",
            exporter=_mandates,
            counter=lambda person_id: _of(person_id).count(),
            eraser=_end_mandates,
            order=230,
        )
    )


def _of(person_id: UUID) -> QuerySet[Mandate]:
    return Mandate.objects.filter(Q(grantor_person_id=person_id) | Q(grantee_id=person_id))


def _mandates(person_id: UUID) -> list[dict[str, Any]]:
    rows = [
        {
            "授权类别": str(mandate.get_kind_display()),
            "授权人": mandate.grantor_masked,
            "被授权人": mandate.grantee_masked,
            "授权事项": "、".join(mandate.functions),
            "起始": mandate.valid_from,
            "截止": mandate.valid_until or "",
            "终止": mandate.ended_at or "",
        }
        for mandate in _of(person_id).order_by("offered_at")
    ]
    return rows + [
        {"法定代表人": entity.name, "统一社会信用代码": entity.credit_code}
        for entity in LegalEntity.objects.filter(representative_id=person_id).order_by("credit_code")
    ]


def _end_mandates(person_id: UUID, at: datetime) -> int:
    """
    End what is still open, by and for the person; the rows stay as they were.
    """
    opened = _of(person_id).filter(ended_at__isnull=True, declined_at__isnull=True)
    given = opened.filter(grantor_person_id=person_id)
    ended = given.update(ended_at=at, ended_by=CLOSER, end_reason=EndReason.WITHDRAWN)
    return ended + opened.filter(grantee_id=person_id).update(
        ended_at=at, ended_by=CLOSER, end_reason=EndReason.RENOUNCED
    )


def _grantee_index(mandate: Mandate) -> bytes:
    named = identity.addressee(
        name=mandate.grantee_name, number=mandate.grantee_number, on=civil_date(mandate.offered_at)
    )
    return named.index
