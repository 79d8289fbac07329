"""
Documents of licences of a batch: sealed by their issuer (grade A), or annotated as a counter compared them (grade B).
"""

import uuid
from datetime import datetime
from typing import Final

import structlog
from django.db.models import Q

from tongban.business.licences.models import StockLicence
from tongban.business.licences.services.rendering import render_licence
from tongban.business.licences.values import LicenceStatus, StockState, TrustGrade
from tongban.foundation import jobs
from tongban.foundation.errors import ServiceError

logger = structlog.get_logger(__name__)

AT_ONCE: Final = 200
"""Licences of one run of the job, each in a transaction of its own."""


def make_stock_documents(*, batch_id: uuid.UUID, after_line: int, at: datetime) -> int:
    """
    Make the next documents of a batch that is in, and queue the rest; return how many were looked at.

    One that cannot be made, of an issuer who has no seal here or with a face that does not fit, is passed over: the
    quality rules find it every night until it has one. Safe to run twice.
    """
    lacking = StockLicence.objects.filter(
        Q(licence__grade__in=[TrustGrade.A, TrustGrade.B]),
        batch_id=batch_id,
        state=StockState.TAKEN,
        line__gt=after_line,
        licence__status=LicenceStatus.VALID,
        licence__original_id__isnull=True,
    )
    rows = list(lacking.order_by("line").values_list("line", "licence_id")[:AT_ONCE])
    for line, licence_id in rows:
        try:
            render_licence(licence_id=licence_id, at=at)
        except ServiceError as refusal:
            logger.warning("stock_document_not_made", batch=str(batch_id), line=line, reason=refusal.code)
    if len(rows) == AT_ONCE:
        queue_stock_documents(batch_id, after_line=rows[-1][0])
    return len(rows)


def queue_stock_documents(batch_id: uuid.UUID, *, after_line: int = 0) -> None:
    """
    Let the documents of a batch be made by a job, from behind a line on.
    """
    jobs.defer(
        "licences.make_stock_documents",
        once=f"licences.stock_documents:{batch_id}:{after_line}",
        batch_id=str(batch_id),
        after_line=after_line,
    )
