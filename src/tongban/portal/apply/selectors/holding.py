"""
What drafts hold of a person.
"""

from typing import Any
from uuid import UUID

from tongban.foundation.holdings import HeldFile
from tongban.portal.apply.models import Draft, DraftQuerySet


def drafts_of(person_id: UUID) -> list[dict[str, Any]]:
    """
    Return a person's drafts in full, for the copy of his data; the node itself asks. One query.
    """
    return [
        {
            "事项": draft.service_name,
            "办件编号": draft.case_number,
            "已填内容": draft.answers,
            "异议": draft.dispute,
            "领取方式": draft.delivery,
            "开始时间": draft.created_at,
            "更新时间": draft.updated_at,
        }
        for draft in _of(person_id).order_by("created_at")
    ]


def count_drafts(person_id: UUID) -> int:
    """
    Return how many drafts a person has. One query.
    """
    return _of(person_id).count()


def files_of_drafts(person_id: UUID) -> list[HeldFile]:
    """
    Return the files of a person's open drafts. One query.
    """
    return [
        HeldFile(id=UUID(file_id), folder="drafts")
        for draft in _of(person_id).open()
        for files in draft.materials.values()
        for file_id in files
    ]


def _of(person_id: UUID) -> DraftQuerySet:
    return Draft.objects.owned_by(f"PERSON:{person_id}")
