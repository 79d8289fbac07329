"""
The life of a licence after its issue: suspension, revocation, cancellation, expiry.
"""

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions, rules
from tongban.business.licences.events import (
    LICENCE_CANCELED,
    LICENCE_CHECKED,
    LICENCE_EXPIRED,
    LICENCE_MOVED,
    LICENCE_RESUMED,
    LICENCE_REVOKED,
    LICENCE_SUSPENDED,
)
from tongban.business.licences.models import Licence
from tongban.business.licences.permissions import LicenceNotFound
from tongban.business.licences.services import faces
from tongban.business.licences.services.issuing import receipt_of
from tongban.business.licences.services.recording import record, require_words
from tongban.business.licences.values import Act, LicenceEventKind, LicenceReceipt, LicenceStatus
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict

EXPIRE_AT_ONCE: Final = 500
"""Rows of one transaction of the nightly job."""

_TRACES: Final[dict[Act, tuple[LicenceEventKind, str]]] = {
    Act.SUSPEND: (LicenceEventKind.SUSPENDED, LICENCE_SUSPENDED),
    Act.RESUME: (LicenceEventKind.RESUMED, LICENCE_RESUMED),
    Act.CHECK: (LicenceEventKind.CHECKED, LICENCE_CHECKED),
    Act.MOVE: (LicenceEventKind.MOVED, LICENCE_MOVED),
    Act.REVOKE: (LicenceEventKind.REVOKED, LICENCE_REVOKED),
    Act.CANCEL: (LicenceEventKind.CANCELED, LICENCE_CANCELED),
}


class ActNotAllowed(Conflict):
    """
    The licence is in a state in which this cannot be done to it.
    """

    code = "licence_act_not_allowed"
    message = _("证照当前状态不允许此操作")


def suspend_licence(
    *, identifier: str, reason: str, legal_basis: str, actor: Actor, at: datetime
) -> LicenceReceipt:
    """
    Suspend a valid licence; see `_act` for what is raised.
    """
    return _act(Act.SUSPEND, identifier, reason=reason, legal_basis=legal_basis, actor=actor, at=at)


def resume_licence(
    *, identifier: str, reason: str, legal_basis: str, actor: Actor, at: datetime
) -> LicenceReceipt:
    """
    Make a suspended licence valid again; see `_act` for what is raised.
    """
    return _act(Act.RESUME, identifier, reason=reason, legal_basis=legal_basis, actor=actor, at=at)


def revoke_licence(
    *, identifier: str, reason: str, legal_basis: str, actor: Actor, at: datetime
) -> LicenceReceipt:
    """
    Revoke a licence, for good (行政许可法 art. 69); see `_act` for what is raised.
    """
    return _act(Act.REVOKE, identifier, reason=reason, legal_basis=legal_basis, actor=actor, at=at)


def cancel_licence(
    *, identifier: str, reason: str, legal_basis: str, actor: Actor, at: datetime
) -> LicenceReceipt:
    """
    Cancel a licence, for good: it ran out, was given back, its holder ended (行政许可法 art. 70); see `_act`.
    """
    return _act(Act.CANCEL, identifier, reason=reason, legal_basis=legal_basis, actor=actor, at=at)


def check_licence(
    *, identifier: str, reason: str, legal_basis: str, actor: Actor, at: datetime
) -> LicenceReceipt:
    """
    Write down that a licence passed its check (年检) and until when the next is due; see `_act` for what is raised.

    :param reason: what was found
    """
    return _act(Act.CHECK, identifier, reason=reason, legal_basis=legal_basis, actor=actor, at=at)


def move_licence(
    *, identifier: str, reason: str, legal_basis: str, actor: Actor, at: datetime
) -> LicenceReceipt:
    """
    Hand a licence over to another registry (办理转出), for good; see `_act` for what is raised.

    :param reason: why, and where to
    """
    return _act(Act.MOVE, identifier, reason=reason, legal_basis=legal_basis, actor=actor, at=at)


def expire_due(*, at: datetime) -> int:
    """
    Mark licences that ran out before the day of `at` and announce it; return how many.

    What ran out counts as expired everywhere at once; this only writes it down. Safe to run twice at a time.
    """
    actor, today, total = system_actor("licences.expire_due"), civil_date(at), 0
    while True:
        with transaction.atomic():
            due = list(
                Licence.objects.current()
                .filter(valid_until__lte=today)
                .select_for_update(no_key=True, skip_locked=True)[:EXPIRE_AT_ONCE]
            )
            for licence in due:
                licence.status = LicenceStatus.EXPIRED
                licence.save(update_fields=["status"])
                record(licence, LicenceEventKind.EXPIRED, topic=LICENCE_EXPIRED, actor=actor, at=at)
        total += len(due)
        if len(due) < EXPIRE_AT_ONCE:
            return total


def require_act(act: Act, *, identifier: str, reason: str, legal_basis: str, actor: Actor, on: date) -> None:
    """
    Refuse what doing `act` to a licence would refuse for its actor, its words or its state; changes nothing.

    :param on: day of the state that counts
    :raises InvalidInput: no reason or no legal basis is given, or one that is too long
    :raises LicenceNotFound: no licence has this identifier
    :raises NotPermitted: the actor does not decide for the issuing agency
    :raises ActNotAllowed: not in this state
    """
    parsed = rules.parsed_identifier(identifier)
    licence = Licence.objects.filter(identifier=str(parsed)).first() if parsed else None
    if licence is None:
        raise LicenceNotFound
    _require(act, licence, reason=reason, legal_basis=legal_basis, actor=actor, on=on)


def _require(act: Act, licence: Licence, *, reason: str, legal_basis: str, actor: Actor, on: date) -> None:
    permissions.require_change(actor, licence)
    require_words(reason=reason, legal_basis=legal_basis)
    status = rules.status_on(LicenceStatus(licence.status), valid_until=licence.valid_until, on=on)
    if act not in rules.open_acts(status, check_due_date=licence.check_due_date):
        raise ActNotAllowed(identifier=licence.identifier, status=status.value, act=act.value)


@business_transaction
def _act(
    act: Act, identifier: str, *, reason: str, legal_basis: str, actor: Actor, at: datetime
) -> LicenceReceipt:
    """
    Do `act` to a licence.

    :raises InvalidInput: no reason or no legal basis is given, or one that is too long
    :raises LicenceNotFound: no licence has this identifier
    :raises NotPermitted: the actor does not decide for the issuing agency
    :raises ActNotAllowed: not in this state; a version that was replaced can no longer be changed
    """
    parsed = rules.parsed_identifier(identifier)
    licence = Licence.objects.locked().filter(identifier=str(parsed)).first() if parsed else None
    if licence is None:
        raise LicenceNotFound
    _require(act, licence, reason=reason, legal_basis=legal_basis, actor=actor, on=civil_date(at))
    _sources, licence.status = rules.LIFE[act]
    if act is Act.CHECK:
        licence.check_due_date = faces.next_check(licence, on=civil_date(at))
    licence.save(update_fields=["status", "check_due_date"])
    kind, topic = _TRACES[act]
    record(
        licence, kind, topic=topic, actor=actor, at=at, reason=reason.strip(), legal_basis=legal_basis.strip()
    )
    return receipt_of(licence)
