"""
What licences hold of a person, and why it stays.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.models import Licence
from tongban.foundation import holdings
from tongban.foundation.holdings import HeldFile, Holding


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
            models=("licences.Licence", "licences.LicenceEvent"),
            term=_("按档案保管期限"),
            keeps_why=_("证照有效期间供核验，失效后作为档案保存"),
            keeps_clause="716号令-12",
            exporter=_licences,
            counter=lambda person_id: Licence.objects.filter(person_id=str(person_id)).count(),
            files=_files,
            order=220,
        )
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
    ]


def _files(person_id: UUID) -> list[HeldFile]:
    held = Licence.objects.filter(person_id=str(person_id), file_id__isnull=False)
    return [
        HeldFile(id=file_id, folder="licences")
        for file_id in held.values_list("file_id", flat=True)
        if file_id is not None
    ]
