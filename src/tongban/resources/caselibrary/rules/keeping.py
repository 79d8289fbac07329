"""
How a row is kept: its digest, what of it is sealed, what stands in the clear beside it.
"""

from typing import Final, TypeVar

import msgspec

from tongban.foundation import crypto
from tongban.foundation.codes import mask_name
from tongban.resources.caselibrary.values import (
    CONTENT_OF,
    ApplicantContent,
    CaseContent,
    Content,
    Kind,
)

NATURAL_PERSON: Final = "1"
C = TypeVar("C", bound=Content)


def encoded(content: Content) -> bytes:
    """
    Return a content as it is sealed.
    """
    return msgspec.json.encode(content)


def decoded(text: str | bytes, kind: Kind) -> Content:
    """
    Return the content that `encoded` was given.
    """
    return msgspec.json.decode(text, type=CONTENT_OF[kind])


def masked_name(applicant: ApplicantContent) -> str:
    """
    Return an applicant's name as lists show it; names of organizations are public.
    """
    return mask_name(applicant.name) if applicant.kind == NATURAL_PERSON else applicant.name


def applicant_index(id_number: str) -> bytes | None:
    """
    Return the blind index by which an applicant's cases are found; None where there is no number.
    """
    normal = id_number.strip().upper()
    return crypto.blind_index("caselibrary_applicant", normal) if normal else None


def item_code_of(case: CaseContent) -> str:
    """
    Return the code by which the cases of an item are found.
    """
    return case.task_code or case.local_task_code
