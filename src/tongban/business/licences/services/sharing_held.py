"""
What sharing holds of a person, and why it stays.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.models import CounterConsent, LicenceShare, LicenceUse
from tongban.foundation import holdings, rotation
from tongban.foundation.holdings import HeldFile, Holding


def declare() -> None:
    """
    Declare it.
    """
    # Looked up only while the clerk's draft is open; after a change of keys he asks for consent once more.
    rotation.index_lapses("licences.CounterConsent", "holder_index")
    holdings.hold(
        Holding(
            code="licences.sharing",
            title=_("证照共享和用证记录"),
            purpose=_("让办理机关在您同意或者法律规定的范围内使用您的证照，并让您看到每一次使用。"),
            ground="个人信息保护法-13",
            models=(
                "licences.LicenceShare",
                "licences.LicenceUse",
                "licences.ShareNotice",
                "licences.CounterConsent",
            ),
            term=_("按档案保管期限"),
            keeps_why=_("办件依据该证照作出，使用记录须能追溯"),
            keeps_clause="716号令-12",
            exporter=_shared,
            counter=lambda person_id: LicenceShare.objects.filter(person_id=str(person_id)).count(),
            files=_files,
            order=225,
        )
    )


def _shared(person_id: UUID) -> list[dict[str, Any]]:
    shares = LicenceShare.objects.select_related("licence").filter(person_id=str(person_id))
    uses = LicenceUse.objects.select_related("licence").filter(licence__person_id=str(person_id))
    agreed = CounterConsent.objects.filter(person_id=str(person_id))
    return [
        *(
            {
                "窗口同意": str(consent.get_way_display()),
                "时间": consent.agreed_at,
                "用证机构": consent.agency_name,
                "事项": consent.service_name,
                "办件编号": consent.case_number,
            }
            for consent in agreed.order_by("agreed_at", "id")
        ),
        *(
            {
                "证照": share.licence.type_name,
                "证照编号": share.licence.number,
                "用证机构": share.agency_name,
                "事项": share.service_name,
                "办件编号": share.case_number,
                "用途": share.purpose,
                "共享依据": share.legal_basis or str(share.get_authority_display()),
                "状态": str(share.get_state_display()),
                "请求时间": share.asked_at,
                "期限截止日": share.last_day,
                "您的说明": share.words,
            }
            for share in shares.order_by("asked_at", "id")
        ),
        *(
            {
                "证照": use.licence.type_name,
                "证照编号": use.licence.number,
                "用证事项": str(use.get_kind_display()),
                "时间": use.at,
                "用证人": use.who,
                "办件编号": use.case_number,
                "用途": use.purpose,
            }
            for use in uses.order_by("at", "id")
        ),
    ]


def _files(person_id: UUID) -> list[HeldFile]:
    given = LicenceShare.objects.filter(person_id=str(person_id)).values_list("original_id", "copy_id")
    return [
        HeldFile(id=file_id, folder="licences") for pair in given for file_id in pair if file_id is not None
    ]
