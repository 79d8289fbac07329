"""
Telling holders in time that a licence will run out.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tongban.business.licences import rules
from tongban.business.licences.events import LICENCE_EXPIRING
from tongban.business.licences.models import Licence
from tongban.business.licences.services.recording import record
from tongban.business.licences.values import LicenceEventKind, LicenceStatus
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date

REMIND_AT_ONCE: Final = 500
"""Rows of one transaction of the job."""


def remind_expiring(*, days: int, at: datetime) -> int:
    """
    Announce, once for each, which valid licences run out within so many days; return how many.

    行政许可法 art. 50: who wants it renewed applies thirty days before, unless a law says otherwise. Safe to run twice
    at a time.
    """
    actor, today, total = system_actor("licences.remind_expiring"), civil_date(at), 0
    until = today + timedelta(days=days)
    while True:
        with transaction.atomic():
            due = list(
                Licence.objects.filter(
                    status=LicenceStatus.VALID,
                    valid_until__gt=today,
                    valid_until__lte=until,
                    reminded_at__isnull=True,
                ).select_for_update(no_key=True, skip_locked=True)[:REMIND_AT_ONCE]
            )
            for licence in due:
                licence.reminded_at = at
                licence.save(update_fields=["reminded_at"])
                last = rules.last_valid_date(licence.valid_until)
                record(
                    licence,
                    LicenceEventKind.REMINDED,
                    topic=LICENCE_EXPIRING,
                    actor=actor,
                    at=at,
                    last_valid_date=last.isoformat() if last else "",
                )
        total += len(due)
        if len(due) < REMIND_AT_ONCE:
            return total
