"""
Which grade a licence has, what may be done with it, and how it rises.
"""

from typing import Final

from tongban.business.licences.values import Supply, TrustGrade

_AS_SUPPLIED: Final[dict[Supply, TrustGrade]] = {
    Supply.ISSUER: TrustGrade.A,
    Supply.COMPARED: TrustGrade.B,
    Supply.UPLOADED: TrustGrade.C,
    Supply.DECLARED: TrustGrade.D,
}


def grade_of(*, supply: Supply, is_from_issuer: bool, is_compared: bool) -> TrustGrade:
    """
    Return the grade of a licence that is taken in (国办函〔2016〕108号, 电子证照管理: 可信等级).

    :param is_from_issuer: the agency that brings it is the one that issued it; nobody else's word makes an A
    :param is_compared: it is written down who compared it with the original, and when; nothing else makes a B
    """
    grade = _AS_SUPPLIED[supply]
    if (grade is TrustGrade.A and not is_from_issuer) or (grade is TrustGrade.B and not is_compared):
        return TrustGrade.B if is_compared else TrustGrade.C
    return grade


def is_usable(grade: TrustGrade) -> bool:
    """
    Tell whether a licence of this grade is used without a look at the original: every one but C is.
    """
    return grade is not TrustGrade.C


def is_comparable(grade: TrustGrade) -> bool:
    """
    Tell whether comparing a licence with its original changes its grade: C becomes B, nothing else changes.
    """
    return grade is TrustGrade.C
