"""
What casework does when it hears of something: receipts for new cases, and reports of whoever handles a case.

Reports come by topic: from our own handling, or from an agency's system in its place. A report that the statutory
life refuses is answered with "casework.report_refused"; it is never lost and never repeated for ever.
"""

from collections.abc import Callable

import msgspec

from tongban.business.casework.models import Notice
from tongban.business.casework.permissions import READ_SCOPE, WRITE_SCOPE
from tongban.business.casework.services import decision, examination
from tongban.business.casework.services.notices import draw_up
from tongban.business.casework.services.recording import hold
from tongban.business.casework.values import NoticeKind
from tongban.foundation import events, jobs
from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.calendar import current_calendar
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import ServiceError
from tongban.support.seals.events import SealFact


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who did it, as the handling system says.
    """

    id: str
    name: str
    agency_code: str
    posts: list[str]
    kind: str = "STAFF"
    """STAFF, or CLIENT for the agency's own system."""


class StepReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    Topic "handling.step_reported": one step of the agency's procedure.
    """

    case_number: str
    stage: str
    stage_name: str
    outcome: str
    opinion: str
    step: int
    actor: Reporter


class DecisionReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    Topic "handling.decision_reported": the decision.
    """

    case_number: str
    outcome: str
    """GRANT or REFUSE."""
    opinion: str
    actor: Reporter
    conditions: str = ""
    legal_basis: list[str] = []


class ReportRefused(msgspec.Struct, frozen=True, kw_only=True):
    """
    Topic "casework.report_refused": why a report was not taken over.
    """

    case_number: str
    topic: str
    code: str
    message: str


@business_transaction
def write_receipt(fact: events.Announced) -> None:
    """
    Draw up the receipt (收件凭证) of a case that was submitted.
    """
    case = hold(fact.key)
    # The case may have moved on meanwhile; the receipt is about the submission.
    draw_up(case, NoticeKind.RECEIPT, at=fact.at, content={}, event_seq=fact.payload["seq"])


def follow_calendar(fact: events.Announced) -> None:
    """
    Have the dates of open cases computed anew after working days changed; a job, for there may be many.
    """
    jobs.defer("casework.recompute_deadlines", once="casework.recompute_deadlines")


def take_step(fact: events.Announced) -> None:
    """
    Put a reported step on the case's log.
    """
    report = msgspec.convert(fact.payload, StepReport)
    _take(
        fact,
        lambda: examination.record_review(
            number=report.case_number,
            stage=report.stage,
            stage_name=report.stage_name,
            outcome=report.outcome,
            opinion=report.opinion,
            step=report.step,
            actor=_actor(report.actor),
            at=fact.at,
            calendar=current_calendar(),
        ),
    )


def take_decision(fact: events.Announced) -> None:
    """
    Take over a reported decision.
    """
    report = msgspec.convert(fact.payload, DecisionReport)
    if report.outcome == "GRANT":
        _take(
            fact,
            lambda: decision.grant(
                number=report.case_number,
                opinion=report.opinion,
                conditions=report.conditions,
                actor=_actor(report.actor),
                at=fact.at,
                calendar=current_calendar(),
            ),
        )
    else:
        _take(
            fact,
            lambda: decision.refuse(
                number=report.case_number,
                reason=report.opinion,
                legal_basis=report.legal_basis,
                actor=_actor(report.actor),
                at=fact.at,
                calendar=current_calendar(),
            ),
        )


def _take(fact: events.Announced, act: Callable[[], object]) -> None:
    try:
        act()
    except ServiceError as error:
        events.announce(
            topic="casework.report_refused",
            key=fact.key,
            at=fact.at,
            payload=ReportRefused(
                case_number=fact.key, topic=fact.topic, code=error.code, message=str(error)
            ),
        )


def on_seal_in_use(fact: events.Announced) -> None:
    """
    React to a seal that may be used now: make the notices of its agency that could not be sealed.

    A notice that has its file by the time its job comes is left alone.
    """
    seal = msgspec.convert(fact.payload, SealFact)
    waiting = Notice.objects.filter(agency_code=seal.agency_code, file_id__isnull=True)
    for notice_id in waiting.order_by("issued_at", "id").values_list("id", flat=True):
        jobs.defer("casework.render_notice", notice_id=notice_id)


def _actor(reporter: Reporter) -> Actor:
    is_client = reporter.kind == ActorKind.CLIENT.value
    return Actor(
        kind=ActorKind.CLIENT if is_client else ActorKind.STAFF,
        id=reporter.id,
        name=reporter.name,
        agency_code=reporter.agency_code,
        posts=frozenset(reporter.posts),
        # Whoever takes reports in has made sure that the system may make them.
        scopes=frozenset({READ_SCOPE, WRITE_SCOPE}) if is_client else frozenset(),
        channel=Channel.API,
    )
