"""
Telling in time that certificates end: what is written into the audit trail here, security events make known.
"""

from datetime import datetime
from itertools import groupby
from typing import Final

from tongban.foundation import audit, events
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.support.trust.events import CERTIFICATE_ENDING, CertificateEnding
from tongban.support.trust.models import ToldExpiry
from tongban.support.trust.selectors.ending import ending
from tongban.support.trust.services.publishing import hold_trust
from tongban.support.trust.values import WARNED_BEFORE, Ending

WARNER: Final = system_actor("trust.warn_of_ending")
MOST_NAMED: Final = 20


@business_transaction
def warn_of_ending(*, at: datetime) -> int:
    """
    Tell, 60, 30 and 7 days before, that certificates end that none follows; return of how many. Each is told once.

    One entry of the trail for all that end on one day; what uses a certificate hears of it by an event.
    """
    hold_trust()
    told = set(ToldExpiry.objects.values_list("fingerprint", "days"))
    fresh = [(one, limit) for one in ending(at=at) if (one.fingerprint, limit := _limit(one)) not in told]
    ToldExpiry.objects.bulk_create(
        ToldExpiry(fingerprint=one.fingerprint, days=limit, told_at=at) for one, limit in fresh
    )
    for (day, limit), group in groupby(fresh, key=lambda pair: (civil_date(pair[0].not_after), pair[1])):
        serials = [one.serial for one, _limit in group]
        audit.record(
            action="trust.certificate.near_end",
            actor=WARNER,
            subject=f"{day:%Y-%m-%d} ({limit})",
            at=at,
            count=len(serials),
            serials=serials[:MOST_NAMED],
        )
    for one, limit in fresh:
        if one.bearer:
            told_of = CertificateEnding(
                serial=one.serial, bearer=one.bearer, not_after=one.not_after, within_days=limit
            )
            events.announce(topic=CERTIFICATE_ENDING, key=one.serial, at=at, payload=told_of)
    return len(fresh)


def _limit(one: Ending) -> int:
    """
    Return the nearest of the limits that have been passed.
    """
    return min(limit for limit in WARNED_BEFORE if one.days < limit)
