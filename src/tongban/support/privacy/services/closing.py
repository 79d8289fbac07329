"""
注销账号: what the law lets be deleted goes, what it keeps stays and is named before the person confirms.

Source: 个人信息保护法 art. 47.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, holdings
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import CHINA
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotFound
from tongban.foundation.events import announce
from tongban.foundation.rules import implements
from tongban.support.identity import services as identity
from tongban.support.identity.values import HighRiskAct
from tongban.support.messaging import services as messaging
from tongban.support.privacy import permissions
from tongban.support.privacy.models import DataRequest
from tongban.support.privacy.ports import open_matters_of
from tongban.support.privacy.services.telling import CLOSING_BEGUN
from tongban.support.privacy.values import RequestKind, RequestState

logger = structlog.get_logger(__name__)

CLOSER: Final = system_actor("privacy.close_account")
AT_ONCE: Final = 100
PUT_OFF: Final = timedelta(days=1)
ACCOUNT_CLOSED: Final = "privacy.account_closed"


class CasesUnderWay(Conflict):
    """
    Something is under way for the person that has to end first.
    """

    code = "cases_under_way"
    message = _("您还有正在办理的事项，请先办结或撤回，再注销账号")


@implements("个人信息保护法-47")
@business_transaction
def ask_for_closing(*, actor: Actor, at: datetime) -> UUID:
    """
    Ask for one's account to be closed; it is when a time for second thoughts is over. Asking again changes nothing.

    :raises NotPermitted: the actor is no person, or acts for another
    :raises FreshCheckNeeded: the person was not checked anew a moment ago
    :raises CasesUnderWay: something has to end first
    """
    permissions.close_account.require(actor)
    identity.require_fresh_check(actor, at=at, act=HighRiskAct.DELETE_ACCOUNT)
    person_id = UUID(str(actor.person_id))
    if open_matters_of(person_id):
        raise CasesUnderWay
    until = at + settings.TONGBAN_PRIVACY.second_thoughts
    try:
        with transaction.atomic():
            request = DataRequest.objects.create(
                person_id=person_id,
                account_id=actor.id,
                kind=RequestKind.CLOSING,
                state=RequestState.COOLING,
                asked_at=at,
                until=until,
            )
    except IntegrityError:
        return DataRequest.objects.get(
            person_id=person_id, kind=RequestKind.CLOSING, state=RequestState.COOLING
        ).id
    audit.record(action="privacy.account.ask_closing", actor=actor, subject=str(request.id), at=at)
    messaging.send_once(
        key=f"closing-begun:{request.id}",
        template=CLOSING_BEGUN,
        person_id=person_id,
        params={"until": f"{until.astimezone(CHINA):%Y-%m-%d %H:%M}"},
        subject="",
        actor=actor,
        at=at,
    )
    return request.id


@business_transaction
def cancel_closing(*, actor: Actor, at: datetime) -> None:
    """
    Think better of closing the account.

    :raises NotFound: it was not asked for, or it is too late
    """
    permissions.close_account.require(actor)
    request = (
        DataRequest.objects.select_for_update(no_key=True)
        .filter(person_id=str(actor.person_id), kind=RequestKind.CLOSING, state=RequestState.COOLING)
        .first()
    )
    if request is None:
        raise NotFound
    request.state, request.settled_at = RequestState.CANCELED, at
    request.save(update_fields=["state", "settled_at"])
    audit.record(action="privacy.account.cancel_closing", actor=actor, subject=str(request.id), at=at)


def close_due_accounts(*, at: datetime) -> int:
    """
    Close the accounts whose time for second thoughts is over; return how many. Each in a transaction of its own.
    """
    due = DataRequest.objects.filter(kind=RequestKind.CLOSING, state=RequestState.COOLING, until__lte=at)
    closed = 0
    for request_id in list(due.order_by("until").values_list("id", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            closed += _close(request_id, at=at)
    return closed


def _close(request_id: UUID, *, at: datetime) -> int:
    request = (
        DataRequest.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(id=request_id, state=RequestState.COOLING)
        .first()
    )
    if request is None:
        return 0
    if open_matters_of(request.person_id):
        # Applied for something meanwhile: the account is closed when that has ended.
        request.until = at + PUT_OFF
        request.save(update_fields=["until"])
        return 0
    announce(
        topic=ACCOUNT_CLOSED, key=str(request.person_id), at=at, payload={"person_id": str(request.person_id)}
    )
    report = {}
    # What others point to, the person himself, goes last.
    for holding in reversed(holdings.holdings()):
        gone = holding.eraser(request.person_id, at) if holding.eraser else 0
        report[holding.code] = {"gone": gone, "kept": holding.counter(request.person_id)}
    request.state, request.settled_at, request.report = RequestState.DONE, at, report
    request.save(update_fields=["state", "settled_at", "report"])
    audit.record(action="privacy.account.close", actor=CLOSER, subject=str(request.id), at=at, report=report)
    logger.info("account_closed", request_id=str(request.id))
    return 1
