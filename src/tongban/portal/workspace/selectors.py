"""
One's own cases, as other nodes are told of them.
"""

from datetime import datetime

from django.utils import translation

from tongban.business.casework import selectors as casework
from tongban.business.casework.values import CaseStatus
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.support.federation.values import OwnCase

SHOWN = 50
"""Per node; older ones are looked for at the node they live at."""


def own_cases(*, actor: Actor, at: datetime) -> tuple[OwnCase, ...]:
    """
    Return the person's cases at this node, the latest first; at most 50. One query.
    """
    page = casework.cases(
        actor=actor,
        wanted=casework.CaseFilter(),
        on=civil_date(at),
        calendar=current_calendar(),
        limit=SHOWN,
    )
    return tuple(
        OwnCase(
            number=row.number,
            service_name=row.service_name,
            service_name_en=row.service_name_en,
            status=row.status.value,
            status_title=_title(row.status, "zh-hans"),
            status_title_en=_title(row.status, "en"),
            submitted_at=row.submitted_at.isoformat(),
            due=row.due.isoformat() if row.due else "",
        )
        for row in page.items
    )


def _title(status: CaseStatus, language: str) -> str:
    with translation.override(language):
        return str(status.label)
