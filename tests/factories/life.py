"""
The statutory life, driven from outside: every action as somebody entitled to it would do it, and cases in every state.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tests.factories import casework as make
from tongban.business.casework import services
from tongban.business.casework.events import EventKind
from tongban.business.casework.models import Case
from tongban.business.casework.services.recording import append, check, hold, permit
from tongban.business.casework.values import Action, CaseStatus, Limit
from tongban.foundation.actors import system_actor

S = CaseStatus
AT = make.MONDAY
MONTHS_LATER = AT + timedelta(days=60)
"""All days for an answer or a correction are over."""

ALL_POSTS = ("ACCEPTANCE", "COUNTER", "REVIEW", "DECISION", "DELIVERY")


def _call(service: Callable[..., Any], number: str, at: datetime, **wanted: Any) -> None:
    service(number=number, at=at, calendar=make.CALENDAR, **{"actor": make.clerk(*ALL_POSTS), **wanted})


def _follow_up(action: Action, kind: EventKind) -> Callable[[str, datetime], None]:
    """
    Do what services do only as the consequence of something else.
    """

    def act(number: str, at: datetime) -> None:
        actor = system_actor("tests")
        with transaction.atomic():
            case = hold(number)
            permit(case, action, actor)
            check(case, action, at=at, calendar=make.CALENDAR)
            data = {"identifier": "x", "number": "x", "name": "x"} if kind is EventKind.ISSUED else {}
            append(case, kind, action=action, data=data, actor=actor, at=at, calendar=make.CALENDAR)

    return act


def _stop(number: str, at: datetime, **changes: Any) -> None:
    wanted = {
        "kind": "EXPERT_REVIEW",
        "name": "专家评审",
        "reason": "需要专家评审",
        "basis": "行政许可法第四十五条",
        "limit": Limit(amount=10),
    }
    _call(services.start_special_procedure, number, at, **{**wanted, **changes})


def _review(number: str, at: datetime) -> None:
    _call(
        services.record_review,
        number,
        at,
        stage="REVIEW",
        stage_name="审查",
        outcome="PASS",
        opinion="符合",
        step=1,
    )


ACTS: dict[Action, Callable[[str, datetime], None]] = {
    Action.PASS_PRE_CHECK: lambda number, at: _call(services.pass_pre_check, number, at),
    Action.REQUEST_CORRECTION: lambda number, at: _call(
        services.request_correction, number, at, items=make.correction()
    ),
    Action.CORRECT: lambda number, at: _call(services.correct, number, at, evidence=[make.evidence()]),
    Action.ACCEPT: lambda number, at: _call(services.accept, number, at),
    Action.DEEM_ACCEPTED: lambda number, at: _automatic(services.deem_accepted, number, MONTHS_LATER),
    Action.REFUSE_ACCEPTANCE: lambda number, at: _call(
        services.refuse_acceptance, number, at, reason="不属于本机关职权范围"
    ),
    Action.REVIEW: _review,
    Action.STOP_CLOCK: _stop,
    Action.RESUME_CLOCK: lambda number, at: _call(services.end_special_procedure, number, at, result="通过"),
    Action.EXTEND: lambda number, at: _call(services.extend, number, at, days=10, reason="情况复杂"),
    Action.GRANT: lambda number, at: _call(services.grant, number, at, opinion="符合条件"),
    Action.REFUSE: lambda number, at: _call(
        services.refuse, number, at, reason="不符合条件", legal_basis=["公共场所卫生管理条例第四条"]
    ),
    Action.ISSUE: _follow_up(Action.ISSUE, EventKind.ISSUED),
    Action.DELIVER: lambda number, at: _call(services.deliver, number, at, way="counter", recipient="王*明"),
    Action.CLOSE: _follow_up(Action.CLOSE, EventKind.CLOSED),
    Action.WITHDRAW: lambda number, at: _call(
        services.withdraw, number, at, reason="不办了", actor=make.person()
    ),
    Action.PASS_ON: lambda number, at: _call(
        services.pass_on, number, at, to_agency="示例市卫生健康委员会", reason="属于市级职权"
    ),
    Action.LAPSE: lambda number, at: _automatic(services.lapse, number, MONTHS_LATER),
    Action.VOID: lambda number, at: _call(services.void, number, at, reason="重复收件"),
    Action.RATE: lambda number, at: _call(
        services.rate, number, at, stars=5, tags=["510"], comment="", actor=make.person()
    ),
    Action.ARCHIVE: lambda number, at: _automatic(services.archive, number, at),
}
"""Every action but SUBMIT, which makes the case."""


def _automatic(service: Callable[..., Any], number: str, at: datetime) -> None:
    service(number=number, at=at, calendar=make.CALENDAR)


A = Action
WAY_TO: dict[CaseStatus, tuple[Action, ...]] = {
    S.SUBMITTED: (),
    S.PRE_CHECKED: (A.PASS_PRE_CHECK,),
    S.CORRECTION: (A.REQUEST_CORRECTION,),
    S.CORRECTED: (A.REQUEST_CORRECTION, A.CORRECT),
    S.ACCEPTED: (A.ACCEPT,),
    S.SUSPENDED: (A.ACCEPT, A.STOP_CLOCK),
    S.GRANTED: (A.ACCEPT,),
    S.REFUSED: (A.ACCEPT, A.REFUSE),
    S.ISSUED: (A.ACCEPT, A.GRANT),
    S.DELIVERED: (A.ACCEPT, A.REFUSE),
    S.CLOSED: (A.ACCEPT, A.REFUSE, A.DELIVER),
    S.NOT_ACCEPTED: (A.REFUSE_ACCEPTANCE,),
    S.WITHDRAWN: (A.WITHDRAW,),
    S.PASSED_ON: (A.PASS_ON,),
    S.LAPSED: (A.REQUEST_CORRECTION, A.LAPSE),
    S.VOIDED: (A.VOID,),
    S.ARCHIVED: (A.WITHDRAW, A.ARCHIVE),
}
"""How a case whose result is fetched at the counter comes into each state."""

BETWEEN = {S.GRANTED: EventKind.GRANTED, S.DELIVERED: EventKind.DELIVERED}
"""States that a service passes through within one transaction; the event alone brings a case there."""


def case_in(status: CaseStatus, *, at: datetime = AT) -> str:
    """
    Return the number of a new case in `status`; its offering ends in a licence and must be published.
    """
    number = make.submit("test-permit", delivery={"way": "counter"}, at=at).case_number
    for action in WAY_TO[status]:
        ACTS[action](number, at)
    if status in BETWEEN:
        _append(number, BETWEEN[status], at=at)
    assert Case.objects.get(number=number).status == status
    return number


def _append(number: str, kind: EventKind, *, at: datetime) -> None:
    data = {"opinion": "", "conditions": ""} if kind is EventKind.GRANTED else {"way": "counter"}
    with transaction.atomic():
        append(
            hold(number),
            kind,
            action=Action.GRANT if kind is EventKind.GRANTED else Action.DELIVER,
            data=data,
            actor=make.clerk(*ALL_POSTS),
            at=at,
            calendar=make.CALENDAR,
        )
