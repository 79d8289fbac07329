"""
加注件: copies of licences that say across their pages who provides them, or who compared them and when.

Source: 国办函〔2016〕108号, 电子证照管理 (可信等级, 加注).
"""

from datetime import date, datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.models import Licence, StockLicence
from tongban.business.licences.rules.grades import is_usable
from tongban.business.licences.services.composing import from_scan, laid_out
from tongban.business.licences.values import TrustGrade
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict
from tongban.support.documents import services as documents
from tongban.support.documents.values import AnnotatedGrade, Annotation, Layout

READER: Final = system_actor("licences.annotate_licence")
PICTURES: Final = frozenset({"image/png", "image/jpeg"})


class NotComparable(Conflict):
    """
    Comparing changes nothing: the licence is not of grade C, or not valid any more.
    """

    code = "licence_not_comparable"
    message = _("只有有效的 C 级证照需要与原件核对")


class NotCompared(Conflict):
    """
    The licence is of grade C: a counter must compare it with its original before it is used.
    """

    code = "licence_not_compared"
    message = _("该证照尚未与原件核对，请先由窗口核对原件")


def require_usable(licence: Licence) -> None:
    """
    Refuse a licence that a counter must compare with its original before anybody uses it.

    :raises NotCompared: the licence is of grade C
    """
    if not is_usable(TrustGrade(licence.grade)):
        raise NotCompared(identifier=licence.identifier)


def annotation_of(
    licence: Licence, *, valid_until: date | None, maker: str, at: datetime, purpose: str = ""
) -> Annotation:
    """
    Return what a copy of a licence says across its pages: who provides it (A), or who compared it and when (B).

    :param valid_until: last day on which the copy may be used; None: as long as the licence, which has no last day
    :param maker: who has the copy made
    :param purpose: the service and the case it is for
    :raises NotCompared: the licence is of grade C
    :raises NotComparable: it is of grade D: the holder's own promise is not annotated as an agency's
    """
    require_usable(licence)
    grade = TrustGrade(licence.grade)
    if grade is TrustGrade.D:
        raise NotComparable(grade=grade.value, status=licence.status)
    is_issued = grade is TrustGrade.A
    compared = civil_date(licence.compared_at) if licence.compared_at else None
    return Annotation(
        grade=AnnotatedGrade.ISSUED if is_issued else AnnotatedGrade.COMPARED,
        provider=licence.issuer_name if is_issued else licence.compared_agency,
        valid_until=valid_until,
        made_at=at,
        maker=maker,
        purpose=purpose,
        verifier="" if is_issued else licence.compared_by,
        verified_date=None if is_issued else compared,
    )


def annotated_layout(licence: Licence, annotation: Annotation, *, at: datetime) -> Layout:
    """
    Return the layout of an annotated copy: of grade B the scan that was compared, where it is a picture; else the face.

    :raises NotPrintable: no installed font has a character of the copy
    :raises ContentMissing: the store has lost the scan
    """
    scan = _scan_of(licence, at=at) if annotation.grade is AnnotatedGrade.COMPARED else None
    return documents.annotated(from_scan(licence, scan) if scan else laid_out(licence), annotation)


def _scan_of(licence: Licence, *, at: datetime) -> bytes | None:
    row = StockLicence.objects.filter(licence=licence, scan_file_id__isnull=False).defer("content").first()
    if row is None or row.scan_file_id is None:
        return None
    file = documents.open_file(file_id=row.scan_file_id, actor=READER, at=at)
    with file.content as content:
        return content.read() if file.media_type in PICTURES else None
