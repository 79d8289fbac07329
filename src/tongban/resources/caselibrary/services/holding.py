"""
What the case library holds of a person, and why it stays.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings
from tongban.foundation.holdings import Holding
from tongban.resources.caselibrary import ports
from tongban.resources.caselibrary.models import LibraryRecord
from tongban.resources.caselibrary.rules import keeping
from tongban.resources.caselibrary.values import CaseContent, CaseState, Kind


def declare() -> None:
    """
    Declare it.
    """
    holdings.hold(
        Holding(
            code="caselibrary.cases",
            title=_("办件库中的办件"),
            purpose=_("汇总您在本地区各系统办理的事项，供您查询，供监督检查。"),
            ground="个人信息保护法-13",
            models=(
                "caselibrary.LibraryRecord",
                "caselibrary.LibraryPart",
                "caselibrary.WaitingPart",
            ),
            term=_("按档案保管期限"),
            keeps_why=_("办结的案卷是档案，归档保存；个人信息只加密存放，查看仍会告诉您"),
            keeps_clause="716号令-12",
            exporter=cases_of,
            counter=count_cases_of,
            order=210,
        )
    )
    holdings.exempt(
        "caselibrary.LibraryExport",
        why="Who asked for which export; its sealed column is the key of a file that goes after days.",
    )


def cases_of(person_id: UUID) -> list[dict[str, Any]]:
    """
    Return a person's cases of all systems in clear, for the copy of his data. One query.
    """
    return [_readable(record) for record in _records_of(person_id)]


def count_cases_of(person_id: UUID) -> int:
    """
    Return how many cases of a person the library holds. One query.
    """
    return len(_records_of(person_id))


def index_of_record(record: LibraryRecord) -> bytes | None:
    """
    Return the blind index of a record's applicant under the root in use.
    """
    content = keeping.decoded(record.content, Kind.CASE)
    return keeping.applicant_index(content.applicant.id_number) if isinstance(content, CaseContent) else None


def _records_of(person_id: UUID) -> list[LibraryRecord]:
    number = ports.people().number_of(person_id)
    index = keeping.applicant_index(number)
    if index is None:
        return []
    return list(LibraryRecord.objects.filter(applicant_index=index).order_by("at", "id"))


def _readable(record: LibraryRecord) -> dict[str, Any]:
    content = keeping.decoded(record.content, Kind.CASE)
    applicant = content.applicant if isinstance(content, CaseContent) else None
    return {
        "办件编号": record.number,
        "来源系统": f"{record.node} {record.system}",
        "事项": record.item_name,
        "办理机构": record.agency_name,
        "状态": str(CaseState(record.state).label),
        "申请时间": record.at,
        "办结时间": record.ended_at or "",
        "申请人": applicant.name if applicant else "",
        "证件号码": applicant.id_number if applicant else "",
        "手机号码": applicant.contact_mobile if applicant else "",
        "地址": applicant.address if applicant else "",
    }
