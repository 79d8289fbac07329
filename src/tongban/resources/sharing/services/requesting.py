"""
用数申请: applied for, looked at by the reviewer within two working days, answered by the provider within ten.

Data that is shared without condition is opened at once. Nothing an applicant wrote is thrown away: what is returned is
amended and sent again under its number. Source: 国发〔2016〕51号; standards 7.2.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, RuleViolation, Text
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.datasets.values import Sharing
from tongban.resources.sharing import permissions, ports
from tongban.resources.sharing.models import DataRequest, DataService, Grant, RequestEvent
from tongban.resources.sharing.permissions import GrantNotFound, RequestNotFound, ServiceNotFound
from tongban.resources.sharing.rules import expressions, terms
from tongban.resources.sharing.rules.expressions import Flaw
from tongban.resources.sharing.services import granting
from tongban.resources.sharing.services.flaws import words_of
from tongban.resources.sharing.services.telling import tell_agency, tell_reviewers
from tongban.resources.sharing.values import (
    OPEN_REQUESTS,
    DataRequestState,
    RequestAct,
    RequestContent,
    RequestReceipt,
    ServiceState,
)

PHONE: Final = re.compile(r"[0-9+() -]{5,20}")
LONGEST_WORDS: Final = 500
LONGEST_ANSWER: Final = 1000
LONGEST_CLAUSE: Final = 200
MOST_QUOTA: Final = 10_000_000


class ServiceNotOpen(Conflict):
    """
    The service is not published; nobody can apply for it now.
    """

    code = "data_service_not_open"
    message = _("该数据服务未发布或已暂停，暂不能申请")


class AlreadyAsked(Conflict):
    """
    A request of this system for this service is being dealt with.
    """

    code = "data_request_open_already"
    message = _("该系统对此服务的申请正在办理中")


class RequestStepNotAllowed(Conflict):
    """
    The request is in a state in which this cannot be done to it.
    """

    code = "data_request_step_not_allowed"
    message = _("该申请当前状态不允许此操作")


class RefusalWithoutGround(RuleViolation):
    """
    A refusal names the ground in law, and says why.
    """

    code = "data_refusal_without_ground"
    message = _("不予授权须说明理由并写明法律、法规或政策依据")
    clause = "共享办法-9"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """
    What a provider opens: what was asked for, or less.
    """

    fields: tuple[str, ...]
    row_condition: str
    daily_quota: int
    until: date | None = None
    """Last day; None: the one that was asked for."""


@business_transaction
def submit_request(
    *,
    service_code: str,
    content: RequestContent,
    actor: Actor,
    calendar: WorkCalendar,
    at: datetime,
    renews: uuid.UUID | None = None,
) -> RequestReceipt:
    """
    Apply for data; what is shared without condition is opened at once.

    :param renews: the grant that is to go on
    :raises NotPermitted: the actor is no steward of an agency
    :raises ServiceNotFound: there is no such service
    :raises ServiceNotOpen: it is not published
    :raises AlreadyAsked: the same is being dealt with
    :raises InvalidInput: says which field is wrong
    """
    permissions.apply_for_data.require(actor, agency_code=actor.agency_code or "")
    service = DataService.objects.filter(code=service_code).first()
    if service is None:
        raise ServiceNotFound(code=service_code)
    if service.state != ServiceState.PUBLISHED:
        raise ServiceNotOpen(code=service_code)
    _check(content, service, agency_code=actor.agency_code or "", at=at)
    open_ones = DataRequest.objects.filter(service=service, client_id=content.client_id)
    if open_ones.filter(state__in=OPEN_REQUESTS).exists():
        raise AlreadyAsked(code=service_code, client_id=content.client_id)
    request = DataRequest(
        number=_next_number(at),
        service=service,
        provider_code=service.agency_code,
        agency_code=actor.agency_code or "",
        division_code=service.division_code,
        applicant_name=actor.name[:64],
        state=DataRequestState.SUBMITTED,
        renews=_renewed(renews, service, actor),
        submitted_at=at,
        changed_at=at,
    )
    _write(request, content)
    _wait(request, working_days=settings.TONGBAN_SHARING.check_days, calendar=calendar, at=at)
    request.save(force_insert=True)
    _log(request, RequestAct.SUBMIT, actor=actor, at=at, words=content.purpose)
    if service.sharing == Sharing.UNCONDITIONAL:
        return _open_at_once(request, actor=actor, at=at)
    tell_reviewers(request, words=gettext("有新的用数申请待合规审核"), key="submitted", at=at)
    return _receipt(request)


@business_transaction
def resubmit_request(
    *, request_id: uuid.UUID, content: RequestContent, actor: Actor, calendar: WorkCalendar, at: datetime
) -> RequestReceipt:
    """
    Send a returned request again, amended; its number stays, its term begins anew.

    :raises RequestNotFound: there is none, or it is not the actor's agency's
    :raises RequestStepNotAllowed: it was not returned
    """
    request = _held(request_id, RequestAct.RESUBMIT, actor)
    permissions.apply_for_data.require(actor, agency_code=request.agency_code)
    _check(content, request.service, agency_code=request.agency_code, at=at)
    _write(request, content)
    _wait(request, working_days=settings.TONGBAN_SHARING.check_days, calendar=calendar, at=at)
    tell_reviewers(
        request, words=gettext("补充后的用数申请待合规审核"), key=f"resubmitted:{int(at.timestamp())}", at=at
    )
    return _moved(request, RequestAct.RESUBMIT, actor=actor, at=at, words=content.purpose)


@business_transaction
def withdraw_request(*, request_id: uuid.UUID, actor: Actor, at: datetime) -> RequestReceipt:
    """
    Take a request back.
    """
    request = _held(request_id, RequestAct.WITHDRAW, actor)
    permissions.apply_for_data.require(actor, agency_code=request.agency_code)
    _stop(request)
    return _moved(request, RequestAct.WITHDRAW, actor=actor, at=at)


@business_transaction
def pass_request(
    *, request_id: uuid.UUID, actor: Actor, calendar: WorkCalendar, at: datetime, words: str = ""
) -> RequestReceipt:
    """
    Find a request in order (合规审核): the provider's term begins.
    """
    request = _held(request_id, RequestAct.PASS, actor)
    permissions.review_request.require(actor, division_code=request.division_code)
    _wait(request, working_days=settings.TONGBAN_SHARING.answer_days, calendar=calendar, at=at)
    due = {"due": request.due_date.isoformat() if request.due_date else ""}
    tell_agency(
        request,
        request.provider_code,
        words=gettext("有用数申请待答复，请于 %(due)s 前答复") % due,
        key="passed",
        at=at,
    )
    return _moved(request, RequestAct.PASS, actor=actor, at=at, words=words.strip()[:LONGEST_WORDS])


@business_transaction
def return_request(*, request_id: uuid.UUID, words: str, actor: Actor, at: datetime) -> RequestReceipt:
    """
    Let the applicant complete a request; nothing of it is lost.

    :raises InvalidInput: nothing was said about what is missing
    """
    request = _held(request_id, RequestAct.RETURN, actor)
    permissions.review_request.require(actor, division_code=request.division_code)
    _require_words(words)
    _stop(request)
    tell_agency(
        request,
        request.agency_code,
        words=words[:LONGEST_WORDS],
        key=f"returned:{int(at.timestamp())}",
        at=at,
    )
    return _moved(request, RequestAct.RETURN, actor=actor, at=at, words=words.strip())


@business_transaction
def grant_request(
    *, request_id: uuid.UUID, answer: Answer, actor: Actor, at: datetime, words: str = ""
) -> RequestReceipt:
    """
    Open what was asked for, or less: exactly these fields and rows, so often a day.

    :raises InvalidInput: more than was asked for, or a condition that is none
    """
    request = _held(request_id, RequestAct.GRANT, actor)
    permissions.answer_request.require(actor, provider_code=request.provider_code)
    _check_answer(answer, request, at=at)
    grant = granting.open_grant(
        request,
        fields=answer.fields,
        row_condition=answer.row_condition,
        daily_quota=answer.daily_quota,
        until=answer.until,
        actor=actor,
        at=at,
    )
    _stop(request)
    request.answer = words.strip()[:LONGEST_ANSWER]
    tell_agency(request, request.agency_code, words=gettext("用数申请已授权"), key="granted", at=at)
    return _moved(request, RequestAct.GRANT, actor=actor, at=at, words=request.answer, grant=grant)


@business_transaction
def refuse_request(
    *, request_id: uuid.UUID, words: str, clause: str, actor: Actor, at: datetime
) -> RequestReceipt:
    """
    Refuse, with the reason and its ground in law: the reviewer before the provider is asked, or the provider.

    :raises RefusalWithoutGround: one of the two is missing
    """
    request = _held(request_id, RequestAct.REFUSE, actor)
    if request.state == DataRequestState.SUBMITTED:
        permissions.review_request.require(actor, division_code=request.division_code)
    else:
        permissions.answer_request.require(actor, provider_code=request.provider_code)
    if not words.strip() or not clause.strip():
        raise RefusalWithoutGround(number=request.number)
    request.answer, request.answer_clause = words.strip()[:LONGEST_ANSWER], clause.strip()[:LONGEST_CLAUSE]
    _stop(request)
    tell_agency(request, request.agency_code, words=gettext("用数申请不予授权"), key="refused", at=at)
    return _moved(
        request, RequestAct.REFUSE, actor=actor, at=at, words=f"{request.answer}（{request.answer_clause}）"
    )


def _held(request_id: uuid.UUID, act: RequestAct, actor: Actor) -> DataRequest:
    request = DataRequest.objects.locked().select_related("service", "renews").filter(id=request_id).first()
    if request is None:
        raise RequestNotFound
    permissions.read_request.require(
        actor,
        agency_code=request.agency_code,
        provider_code=request.provider_code,
        division_code=request.division_code,
    )
    if DataRequestState(request.state) not in terms.REQUEST_LIFE[act].sources:
        raise RequestStepNotAllowed(number=request.number, state=request.state)
    return request


def _moved(
    request: DataRequest,
    act: RequestAct,
    *,
    actor: Actor,
    at: datetime,
    words: str = "",
    grant: Grant | None = None,
) -> RequestReceipt:
    request.state = terms.REQUEST_LIFE[act].target
    request.changed_at = at
    request.save()
    _log(request, act, actor=actor, at=at, words=words)
    return _receipt(request, grant)


def _log(request: DataRequest, act: RequestAct, *, actor: Actor, at: datetime, words: str = "") -> None:
    RequestEvent.objects.create(
        request=request,
        at=at,
        act=act,
        words=words[:LONGEST_ANSWER],
        actor_name=actor.name[:64],
        agency_code=actor.agency_code or "",
    )
    audit.record(
        action=f"sharing.request.{act.value.lower()}",
        actor=actor,
        subject=request.number,
        at=at,
        service=request.service.code,
    )


def _open_at_once(request: DataRequest, *, actor: Actor, at: datetime) -> RequestReceipt:
    grant = granting.open_grant(
        request,
        fields=tuple(request.fields),
        row_condition=request.row_condition,
        daily_quota=request.daily_quota,
        actor=actor,
        at=at,
    )
    _stop(request)
    request.state = DataRequestState.GRANTED
    request.answer = gettext("无条件共享，平台直接授权")
    request.save()
    _log(request, RequestAct.GRANT, actor=actor, at=at, words=request.answer)
    tell_agency(
        request, request.provider_code, words=gettext("无条件共享的数据已授权使用"), key="informed", at=at
    )
    return _receipt(request, grant)


def _receipt(request: DataRequest, grant: Grant | None = None) -> RequestReceipt:
    return RequestReceipt(
        id=request.id,
        number=request.number,
        state=DataRequestState(request.state),
        grant_id=grant.id if grant else None,
    )


def _wait(request: DataRequest, *, working_days: int, calendar: WorkCalendar, at: datetime) -> None:
    today = civil_date(at)
    due = terms.due_date(today, working_days=working_days, calendar=calendar)
    request.due_date, request.escalated_at = due, None
    request.remind_date = terms.reminder_date(due, start=today, calendar=calendar)


def _stop(request: DataRequest) -> None:
    request.due_date = request.remind_date = None


def _write(request: DataRequest, content: RequestContent) -> None:
    request.client_id = content.client_id
    request.purpose, request.legal_basis = content.purpose.strip(), content.legal_basis.strip()
    request.item_code, request.row_condition = content.item_code.strip(), content.row_condition.strip()
    request.fields = list(content.fields)
    request.daily_quota, request.until = content.daily_quota, content.until
    request.contact_name, request.contact_phone = content.contact_name.strip(), content.contact_phone.strip()


def _renewed(renews: uuid.UUID | None, service: DataService, actor: Actor) -> Grant | None:
    if renews is None:
        return None
    grant = Grant.objects.filter(id=renews, service=service, agency_code=actor.agency_code or "").first()
    if grant is None:
        raise GrantNotFound
    return grant


def _check(content: RequestContent, service: DataService, *, agency_code: str, at: datetime) -> None:
    wrong: dict[str, Text] = {}
    today = civil_date(at)
    if content.client_id not in {each.client_id for each in ports.clients().of_agency(agency_code, at=at)}:
        wrong["client_id"] = _("请选择本机构已接入的系统")
    for name in ("purpose", "legal_basis"):
        if not 1 <= len(getattr(content, name).strip()) <= LONGEST_WORDS:
            wrong[name] = _("请填写，不超过 500 字")
    known = {field["name"] for field in service.fields}
    if not content.fields or not known.issuperset(content.fields):
        wrong["fields"] = _("请从该服务的信息项中选择所需的项")
    if not today < content.until <= today + terms.LONGEST_TERM:
        wrong["until"] = _("使用期限应在今天之后、三年以内")
    if not 1 <= content.daily_quota <= MOST_QUOTA:
        wrong["daily_quota"] = _("每日调用次数应为 1 至 10000000")
    if not 1 <= len(content.contact_name.strip()) <= 64:  # noqa: PLR2004 -- as other names
        wrong["contact_name"] = _("请填写安全联系人")
    if PHONE.fullmatch(content.contact_phone.strip()) is None:
        wrong["contact_phone"] = _("请填写联系电话")
    wrong |= _flaw_of_condition(content.row_condition)
    if wrong:
        raise InvalidInput(fields=wrong)


def _check_answer(answer: Answer, request: DataRequest, *, at: datetime) -> None:
    wrong: dict[str, Text] = {}
    if not answer.fields or not set(request.fields).issuperset(answer.fields):
        wrong["fields"] = _("只能从申请的信息项中选择授权的项")
    if not 1 <= answer.daily_quota <= request.daily_quota:
        wrong["daily_quota"] = _("授权次数不能超过申请的次数")
    if answer.until is not None and not civil_date(at) <= answer.until <= request.until:
        wrong["until"] = _("授权期限不能早于今天，也不能晚于申请的期限")
    wrong |= _flaw_of_condition(answer.row_condition)
    if wrong:
        raise InvalidInput(fields=wrong)


def _flaw_of_condition(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        expressions.check(text, names=("row", "question"))
    except Flaw as error:
        return {"row_condition": words_of(error)}
    return {}


def _require_words(words: str) -> None:
    if not 1 <= len(words.strip()) <= LONGEST_WORDS:
        raise InvalidInput(fields={"words": _("请填写，不超过 500 字")})


def _next_number(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('sharing_request_number')")
        (number,) = cursor.fetchone()
    return f"YS{civil_date(at):%Y%m%d}{number:06d}"
