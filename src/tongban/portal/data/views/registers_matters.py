"""
What people decide in the registers: whose a row is, and whether a datum is wrong.
"""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.foundation.paging import page_url
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.exchange import ports as exchange
from tongban.resources.registers import selectors, services
from tongban.resources.registers.values import (
    DEFINITIONS,
    Answered,
    DecisionKind,
    DisputeState,
    MatchState,
    RegisterCode,
    definition,
)

MATCHES: Final = "registers-matches"
DISPUTES: Final = "registers-disputes"
FILED: Final = ("register", "key", "field", "proposed", "words")


@never_cache
@require_safe
def show_matches(request: HttpRequest) -> HttpResponse:
    """
    Show the rows that wait for a person, the oldest first.
    """
    actor = staff(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.waiting_rows(actor=actor, cursor=cursor)
    context = {
        "rows": page.items,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/registers_matches.html", context, actor=actor, current=MATCHES)


@never_cache
@require_http_methods(["GET", "POST"])
def show_match(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """
    Show a row beside the records it may be of, and take the decision.

    :raises NotFound: there is none, or not for the actor
    """
    actor = staff(request)
    facts = selectors.waiting_row(row_id=row_id, actor=actor)
    typed = {name: request.POST.get(name, "").strip() for name in ("decision", "record", "words")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            services.decide_waiting_row(
                row_id=row_id,
                decision=_decision(typed["decision"]),
                record_id=_record(typed["record"]),
                words=typed["words"],
                actor=actor,
                at=clock.now(),
            )
        except InvalidInput as error:
            errors = dict(error.fields)
        except Conflict as error:
            errors = {"decision": str(error)}
        else:
            messages.success(request, _("已处理"))
            return redirect("data:registers-matches")
    context = {
        "facts": facts,
        "is_open": facts.line.state is MatchState.OPEN,
        "decisions": [each for each in DecisionKind.choices if facts.candidates or each[0] != "MERGE"],
        "records": [
            (str(each), _("记录 %(number)s") % {"number": number})
            for number, each in enumerate(facts.candidates, start=1)
        ],
        "typed": typed,
        "errors": errors,
    }
    return data_page(
        request,
        "data/registers_match.html",
        context,
        actor=actor,
        current=MATCHES,
        status=422 if errors else 200,
    )


@never_cache
@require_safe
def show_disputes(request: HttpRequest) -> HttpResponse:
    """
    Show the disputes the actor may know of, the first to fall due first.
    """
    actor, at = staff(request), clock.now()
    cursor = request.GET.get("cursor") or None
    wanted = request.GET.get("state", "")
    state = DisputeState(wanted) if wanted in DisputeState.values else DisputeState.OPEN
    page = selectors.disputes(actor=actor, on=civil_date(at), state=state, cursor=cursor)
    codes = {each.owner_agency for each in page.items} | {each.filer_agency for each in page.items}
    context = {
        "disputes": [(each, _title(each.register, each.field)) for each in page.items],
        "agencies": selectors.agency_names(codes=codes, actor=actor),
        "states": [(each.value, each.label, each is state) for each in DisputeState],
        "may_file": selectors.may_file_disputes(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/registers_disputes.html", context, actor=actor, current=DISPUTES)


@never_cache
@require_http_methods(["GET", "POST"])
def file_dispute(request: HttpRequest) -> HttpResponse:
    """
    Say that a datum is wrong.
    """
    actor, at = staff(request), clock.now()
    typed = {name: request.POST.get(name, "").strip() for name in FILED}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            register, field = _datum(typed["field"])
            filed = services.file_dispute(
                register=register,
                key=typed["key"],
                field=field,
                proposed=typed["proposed"],
                words=typed["words"],
                actor=actor,
                at=at,
                calendar=current_calendar(),
            )
        except InvalidInput as error:
            errors = {
                ("proposed" if name == "correction" else name): text for name, text in error.fields.items()
            }
        except (Conflict, NotFound) as error:
            errors = {"key": str(error)}
        else:
            messages.success(
                request,
                _("已提交，编号 %(number)s，数源单位最迟 %(due)s 答复")
                % {"number": filed.number, "due": filed.due.isoformat()},
            )
            return redirect("data:registers-disputes")
    context = {
        "typed": typed,
        "errors": errors,
        "fields": [
            (f"{code.value}.{rule.name}", f"{each.title} · {rule.title}")
            for code, each in DEFINITIONS.items()
            for rule in each.fields
            if rule.name != each.key
        ],
    }
    return data_page(
        request,
        "data/registers_dispute_new.html",
        context,
        actor=actor,
        current=DISPUTES,
        status=422 if errors else 200,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def show_dispute(request: HttpRequest, number: str) -> HttpResponse:
    """
    Show one dispute, and take the answer of the source.

    :raises NotFound: there is none, or not for the actor
    """
    actor, at = staff(request), clock.now()
    dispute = selectors.dispute_by_number(number=number, actor=actor, on=civil_date(at))
    typed = {name: request.POST.get(name, "").strip() for name in ("finding", "correction", "words")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            services.answer_dispute(
                number=number,
                finding=_finding(typed["finding"]),
                correction=typed["correction"],
                words=typed["words"],
                actor=actor,
                at=at,
            )
        except InvalidInput as error:
            errors = dict(error.fields)
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("data:registers-disputes")
        else:
            messages.success(request, _("已答复"))
            return redirect("data:registers-disputes")
    codes = {dispute.owner_agency, dispute.filer_agency}
    context = {
        "dispute": dispute,
        "title": _title(dispute.register, dispute.field),
        "agencies": selectors.agency_names(codes=codes, actor=actor),
        "may_answer": dispute.state is DisputeState.OPEN
        and not dispute.owner_node
        and selectors.may_answer_dispute(row_agency=dispute.owner_agency, actor=actor),
        "answers_at": exchange.neighbours().name_of(dispute.owner_node) if dispute.owner_node else "",
        "findings": Answered.choices,
        "typed": typed,
        "errors": errors,
    }
    return data_page(
        request,
        "data/registers_dispute.html",
        context,
        actor=actor,
        current=DISPUTES,
        status=422 if errors else 200,
    )


def _title(register: RegisterCode, field: str) -> str:
    rule = definition(register).field(field)
    return str(rule.title) if rule else field


def _datum(text: str) -> tuple[RegisterCode, str]:
    register, _dot, field = text.partition(".")
    if register not in RegisterCode.values:
        raise InvalidInput(fields={"field": _("请选择信息项")})
    return RegisterCode(register), field


def _finding(text: str) -> Answered:
    if text not in Answered.values:
        raise InvalidInput(fields={"finding": _("请选择校核结论")})
    return Answered(text)


def _decision(text: str) -> DecisionKind:
    if text not in DecisionKind.values:
        raise InvalidInput(fields={"decision": _("请选择怎样处理")})
    return DecisionKind(text)


def _record(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInput(fields={"record": _("请从可能的记录中选择")}) from error
