"""
What licences hold of a person, and why it stays.
"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import rules
from tongban.business.licences.models import Licence, StockLicence
from tongban.foundation import holdings
from tongban.foundation.holdings import HeldFile, Holding
from tongban.support.identity.selectors.holders import number_of


def declare() -> None:
    """
    Declare it.
    """
    holdings.hold(
        Holding(
            code="licences.licences",
            title=_("电子证照"),
            purpose=_("证明您取得的许可和资格，供您出示和他人核验。"),
            ground="个人信息保护法-13",
            models=("licences.Licence", "licences.LicenceEvent", "licences.StockLicence"),
            term=_("按档案保管期限"),
            keeps_why=_("证照有效期间供核验，失效后作为档案保存"),
            keeps_clause="716号令-12",
            exporter=_licences,
            counter=lambda person_id: (
                Licence.objects.filter(person_id=str(person_id)).count() + _waiting(person_id).count()
            ),
            files=_files,
            order=220,
        )
    )
    holdings.exempt(
        "licences.LicenceTypeEvent",
        why="What staff did in the directory of types; says nothing of holders.",
    )
    holdings.exempt(
        "licences.QualityFinding",
        why="What a rule found about a licence or a type, and what staff say of it; says nothing of holders.",
    )


def _licences(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "证照": licence.type_name,
            "证照编号": licence.number,
            "电子证照标识": licence.identifier,
            "颁发机构": licence.issuer_name,
            "签发时间": licence.issued_at,
            "状态": str(licence.get_status_display()),
            "持证主体": licence.holder_name,
            "持证主体代码": licence.holder_code,
            "照面": {line["label"]: line["value"] for line in licence.face},
        }
        for licence in Licence.objects.filter(person_id=str(person_id)).order_by("issued_at")
    ] + [
        {
            "存量证照": str(row.get_state_display()),
            "证照类型代码": row.type_code,
            "证照编号": row.number,
            "颁发机构代码": row.issuer_code,
            "内容": row.content,
        }
        for row in _waiting(person_id).order_by("batch", "line")
    ]


def _waiting(person_id: UUID) -> QuerySet[StockLicence]:
    """
    Return rows of files that bear the person's number and are no licences yet: they wait for a check.
    """
    number = number_of(person_id=person_id)
    rows = StockLicence.objects.filter(content__isnull=False, licence__isnull=True)
    return rows.filter(holder_index=rules.holder_index(number)) if number else rows.none()


def _files(person_id: UUID) -> list[HeldFile]:
    held = Licence.objects.filter(person_id=str(person_id)).values_list("original_id", "file_id")
    scans = StockLicence.objects.filter(licence__person_id=str(person_id)).values_list("scan_file_id")
    return [
        HeldFile(id=file_id, folder="licences")
        for files in (*held, *scans)
        for file_id in files
        if file_id is not None
    ]
