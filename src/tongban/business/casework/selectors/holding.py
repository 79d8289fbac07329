"""
What cases hold of a person.
"""

from typing import Any
from uuid import UUID

from tongban.business.casework.models import Case, CaseKey, Notice
from tongban.business.casework.rules.sealing import unseal_applicant, unseal_form
from tongban.business.casework.values import UNDER_WAY
from tongban.foundation.holdings import HeldFile


def cases_of(person_id: UUID) -> list[dict[str, Any]]:
    """
    Return a person's cases with what he told, in clear, for the copy of his data; the node itself asks. Two queries.
    """
    cases = list(Case.objects.filter(applicant_id=person_id).order_by("id"))
    keys = _keys([case.number for case in cases])
    return [_readable(case, keys.get(case.number)) for case in cases]


def count_cases_of(person_id: UUID) -> int:
    """
    Return how many cases a person has. One query.
    """
    return Case.objects.filter(applicant_id=person_id).count()


def count_open_cases_of(person_id: UUID) -> int:
    """
    Return how many cases are under way for a person. One query.
    """
    under_way = [status.value for status in UNDER_WAY]
    return Case.objects.filter(applicant_id=person_id, status__in=under_way).count()


def files_of_cases(person_id: UUID) -> list[HeldFile]:
    """
    Return the materials and notices of a person's cases. Two queries.
    """
    numbers, files = [], []
    for number, state in Case.objects.filter(applicant_id=person_id).values_list("number", "state"):
        numbers.append(number)
        files += [
            HeldFile(id=UUID(material["file_id"]), folder=f"cases/{number}")
            for material in state.get("materials", [])
            if material.get("file_id")
        ]
    notices = Notice.objects.filter(case_number__in=numbers, file_id__isnull=False)
    files += [
        HeldFile(id=file_id, folder=f"cases/{number}")
        for number, file_id in notices.values_list("case_number", "file_id")
        if file_id is not None
    ]
    return files


def _readable(case: Case, key: bytes | None) -> dict[str, Any]:
    applicant = unseal_applicant(bytes(case.applicant_sealed), case.number, key)
    return {
        "办件编号": case.number,
        "事项": case.service_name,
        "状态": str(case.get_status_display()),
        "提交时间": case.submitted_at,
        "办结时间": case.closed_at or "",
        "申请人": applicant.name,
        "证件号码": applicant.id_number,
        "手机号码": applicant.mobile,
        "地址": applicant.address,
        "申请表": unseal_form(bytes(case.form_sealed), case.number, key),
    }


def _keys(numbers: list[str]) -> dict[str, bytes | None]:
    rows = CaseKey.objects.filter(case_number__in=numbers).values_list("case_number", "key")
    return {number: bytes.fromhex(str(key)) for number, key in rows}
