"""
加注: what a copy of a licence says about its use (国办函〔2016〕108号, electronic licences).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AnnotatedGrade(StrEnum):
    """
    可信等级 of the copies that carry an annotation; C must be compared first, D is the user's own promise.
    """

    ISSUED = "A"
    """由实施机构产生."""
    COMPARED = "B"
    """经窗口与原件核对."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """
    Who lets the copy be used, for what, how long.
    """

    grade: AnnotatedGrade
    provider: str
    """A: the agency that issued the licence. B: the agency whose counter compared it."""
    valid_until: date | None
    """Last day on which the copy may be used; None: as long as the licence itself, which has no last day."""
    made_at: datetime
    """Aware."""
    maker: str
    """制作者: who had the copy made."""
    purpose: str = ""
    """事由: the service and the case it is for."""
    verifier: str = ""
    """B: who compared it with the original."""
    verified_date: date | None = None
