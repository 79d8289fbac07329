"""
At the node that decides: telling the counter's node how the case stands, with its papers.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils import translation

from tongban.business.casework import selectors as casework
from tongban.business.casework.values import FINISHED, Action, CaseStatus
from tongban.business.crossregion.models import Received
from tongban.business.crossregion.services.files import send_file
from tongban.business.crossregion.values import (
    LICENCE_PAPER,
    PROGRESS,
    HandInState,
    ResultPaper,
    Told,
)
from tongban.business.licences import selectors as licences
from tongban.foundation import events, jobs
from tongban.foundation.actors import system_actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.resources.exchange.services import publish
from tongban.resources.exchange.values import Operation

TELLING_JOB: Final = "crossregion.tell_counter"
TELLER: Final = system_actor(TELLING_JOB)
AWAITS_CORRECTION: Final = frozenset({CaseStatus.CORRECTION})
DECIDED: Final = frozenset({CaseStatus.REFUSED, CaseStatus.ISSUED, CaseStatus.GRANTED})


def on_case_changed(fact: events.Announced) -> None:
    """
    Have the counter told of a change, where another node's counter took the case in.
    """
    if Received.objects.filter(case_number=fact.key).exists():
        tell_job(fact.key)


def on_licence_rendered(fact: events.Announced) -> None:
    """
    Have the counter sent the document of a licence, where another node's counter took its case in.
    """
    number = str(fact.payload.get("case_number", ""))
    if number and Received.objects.filter(case_number=number).exists():
        tell_job(number)


def tell_job(case_number: str) -> None:
    """
    Queue telling the counter of a case.
    """
    jobs.defer(TELLING_JOB, once=f"{TELLING_JOB}:{case_number}", case_number=case_number)


@business_transaction
def tell_counter(*, case_number: str, at: datetime) -> bool:
    """
    Tell the counter's node how a case stands, and send papers it does not have; return whether all are made.

    Safe to repeat: what stands is told, not what changed.
    """
    received = Received.objects.select_for_update().filter(case_number=case_number).first()
    if received is None:
        return True
    case = casework.case_by_number(actor=TELLER, number=case_number, at=at, calendar=current_calendar())
    told = _told(received, case, at=at)
    new = [paper.file for paper in told.papers if paper.file and paper.file not in received.sent_files]
    for file_id in new:
        send_file(file_id=UUID(file_id), intake=received.intake, to=received.node, actor=TELLER, at=at)
    received.sent_files = [*received.sent_files, *new]
    received.save(update_fields=["sent_files"])
    _publish(received, told, at=at)
    return all(paper.file for paper in told.papers)


def tell_not_taken(received: Received, *, reason: str, at: datetime) -> None:
    """
    Tell that an application was not taken, and why; there is no case.
    """
    _publish(
        received,
        Told(intake=str(received.intake), version=0, reason=reason, is_ended=True, told_at=at),
        at=at,
    )


def _told(
    received: Received,
    case: casework.CaseDetail,
    *,
    at: datetime,
) -> Told:
    clock, state = case.clock, case.state
    # What was refused last stands until something else is handed in.
    last = received.handins.exclude(state=HandInState.WAITING).order_by("-number").first()
    refused = last if last is not None and last.state == HandInState.REFUSED else None
    # Sentences are told in Chinese, whatever the language of whoever acted.
    with translation.override("zh-hans"):
        why = [[line.text, line.clause] for line in casework.explain(clock)]
    return Told(
        intake=str(received.intake),
        version=case.version,
        case_number=case.number,
        status=case.status.value,
        reason=refused.reason if refused else "",
        refused_handin=str(refused.id) if refused else "",
        due=clock.due,
        acceptance_due=clock.acceptance_due,
        promised_due=clock.promised_due,
        statutory_due=clock.statutory_due,
        left=clock.left,
        colour=clock.colour.value,
        why=why,
        correction=state.correction if case.status in AWAITS_CORRECTION else None,
        decision=state.decision,
        licences=[str(each) for each in state.licences],
        papers=[*_notices(case), *_licences(case, at=at)],
        is_delivery_wanted=case.status in DECIDED and Action.DELIVER in case.actions,
        is_ended=case.status in FINISHED,
        told_at=at,
    )


def _notices(case: casework.CaseDetail) -> Iterator[ResultPaper]:
    for notice in case.notices:
        file = str(notice.file_id) if notice.file_id else ""
        yield ResultPaper(kind=notice.kind.value, number=notice.document_number, file=file)


def _licences(case: casework.CaseDetail, *, at: datetime) -> Iterator[ResultPaper]:
    """
    Yield original and copy of each licence that the case ended in.
    """
    if not case.state.licences:
        return
    for licence in licences.licences_of_case(case_number=case.number, actor=TELLER, on=civil_date(at)):
        for file in (licence.original_id, licence.file_id):
            yield ResultPaper(kind=LICENCE_PAPER, number=licence.identifier, file=str(file) if file else "")


def _publish(received: Received, told: Told, *, at: datetime) -> None:
    publish(
        dataset=PROGRESS,
        key=str(received.intake),
        operation=Operation.UPDATE,
        content=told,
        at=at,
        to=received.node,
    )
