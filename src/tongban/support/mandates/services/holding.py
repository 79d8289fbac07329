"""
What mandates hold of a person: who acts for whom. Taken along, counted, and emptied when an account is closed.
"""

import secrets
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings
from tongban.foundation.actors import system_actor
from tongban.foundation.crypto import BLIND_INDEX_BYTES
from tongban.foundation.db import business_transaction
from tongban.foundation.holdings import Holding
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.mandates.services.recording import end_row
from tongban.support.mandates.values import EndReason, MandateKind

ERASER = system_actor("mandates.erase")
ORDER = 400


def declare() -> None:
    """
    Name what is held, what for and how long.
    """
    holdings.hold(
        Holding(
            code="mandates.mandates",
            title=_("授权和您代表的单位"),
            purpose=_("记录谁可以替谁办事，以谁的名义办过。"),
            ground="民法典-173",
            models=("mandates.Mandate", "mandates.MandateLog", "mandates.LegalEntity"),
            term=_("账号注销前"),
            exporter=mandates_of,
            counter=count_mandates,
            eraser=erase_mandates,
            order=ORDER,
        )
    )


def mandates_of(person_id: UUID) -> list[dict[str, str]]:
    """
    Return what lets a person act and what he has granted, for the copy of his data. One query.
    """
    return [
        {
            "类别": str(MandateKind(row.kind).label),
            "授权人": row.grantor_masked,
            "被授权人": row.grantee_masked,
            "有效期起始": row.valid_from.isoformat(),
            "有效期截止": row.valid_until.isoformat() if row.valid_until else "",
            "终止时间": row.ended_at.isoformat() if row.ended_at else "",
        }
        for row in _of(person_id).order_by("offered_at", "id")
    ]


def count_mandates(person_id: UUID) -> int:
    """
    Return how many mandates concern a person. One query.
    """
    return _of(person_id).count()


@business_transaction
def erase_mandates(person_id: UUID, at: datetime) -> int:
    """
    End what is open and empty what was written of him; masked names stay in the log of what was done by it.
    """
    rows = list(_of(person_id).select_for_update(no_key=True).order_by("id"))
    for row in rows:
        if row.ended_at is None:
            is_grantee = row.grantee_id == person_id
            end_row(row, EndReason.RENOUNCED if is_grantee else EndReason.WITHDRAWN, actor=ERASER, at=at)
        if row.grantee_id == person_id:
            row.grantee_name, row.grantee_number = "", ""
            row.grantee_index = secrets.token_bytes(BLIND_INDEX_BYTES)
            row.grantee_name_index = secrets.token_bytes(BLIND_INDEX_BYTES)
        row.evidence_note, row.end_note = None, None
        row.save()
    LegalEntity.objects.filter(representative_id=person_id, representative_lost_at__isnull=True).update(
        representative_lost_at=at
    )
    return len(rows)


def _of(person_id: UUID) -> QuerySet[Mandate]:
    return Mandate.objects.filter(Q(grantee_id=person_id) | Q(grantor_person_id=person_id))
