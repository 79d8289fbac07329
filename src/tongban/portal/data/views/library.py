"""
办件库: cases of the area from whichever system, found and looked at. Names of persons are masked.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.disclosure import Purpose, reason_of
from tongban.foundation.errors import InvalidInput
from tongban.foundation.paging import Page, page_url
from tongban.foundation.sheets import csv_lines
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.caselibrary import selectors
from tongban.resources.caselibrary.values import CaseQuestion, CaseState, LibraryCase, LibraryRow
from tongban.resources.registers import selectors as registers

HERE: Final = "library"
EXPORTED_AT_ONCE: Final = 100
MOST_EXPORTED: Final = 10_000
OF_ONE_PERSON: Final = 100
LONGEST_TERM: Final = 50

STATE_LOOKS: Final = {
    CaseState.ENDED: ("good", "circle-check"),
    CaseState.NOT_ACCEPTED: ("", "minus"),
    CaseState.RETURNED: ("", "minus"),
    CaseState.SUSPENDED: ("", "player-pause"),
    CaseState.CORRECTING: ("warn", "alert-triangle"),
}
UNDER_WAY: Final = ("info", "progress")


def card(actor: Actor, at: datetime) -> Card | None:
    """
    Return how many cases the library holds, for the home page of the room.
    """
    if not selectors.sees_cases(actor=actor):
        return None
    counts = selectors.case_counts(actor=actor, wanted=CaseQuestion())
    ended = counts.by_state.get(CaseState.ENDED.value, 0)
    says = _("共 %(total)s 件，已办结 %(ended)s 件") % {"total": counts.total, "ended": ended}
    faults = _open_faults(actor)
    return Card(
        title=_("办件库"),
        says=_("%(counts)s，%(faults)s 行差错待更正") % {"counts": says, "faults": faults}
        if faults
        else says,
        href=reverse("data:library-quality" if faults else "data:library"),
        icon="files",
        state="warn" if faults else "good",
    )


def _open_faults(actor: Actor) -> int:
    if not selectors.sees_quality(actor=actor):
        return 0
    return sum(open_now for _node, _system, _fault, open_now, _all in selectors.fault_counts(actor=actor))


@never_cache
@require_safe
def show_cases(request: HttpRequest) -> HttpResponse:
    """
    Show the cases that the member of staff may know of, newest application first.
    """
    actor, at = staff(request), clock.now()
    wanted, errors = _wanted(request.GET)
    page = selectors.cases(
        actor=actor, wanted=wanted, at=at, cursor=None if errors else request.GET.get("cursor") or None
    )
    context = {
        "lines": _lines(page.items),
        "states": CaseState.choices,
        "divisions": registers.divisions_inside(code=actor.division_code or "", actor=actor),
        "typed": request.GET,
        "errors": errors,
        "counts": selectors.case_counts(actor=actor, wanted=wanted),
        "state_names": {state.value: state.label for state in CaseState},
        "csv_url": f"{reverse('data:library-csv')}?{request.GET.urlencode()}",
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if request.GET.get("cursor") else "",
    }
    return data_page(request, "data/library.html", context, actor=actor, current=HERE)


@never_cache
@require_safe
def export_list(request: HttpRequest) -> StreamingHttpResponse:
    """
    Hand the list out as CSV, as it is shown: masked, at most ten thousand rows.
    """
    actor, at = staff(request), clock.now()
    wanted, _errors = _wanted(request.GET)
    headings = [
        _("办件编号"), _("来源节点"), _("来源系统"), _("事项"), _("办理机构"), _("区划代码"), _("申请人"), _("状态"),
        _("申请时间"), _("受理时间"), _("办结时间"), _("满意度"),
    ]  # fmt: skip
    # The first page is asked for before the answer begins: whoever may not see the cases is refused, not cut off.
    first = selectors.cases(actor=actor, wanted=wanted, at=at, limit=EXPORTED_AT_ONCE)
    rows = (_cells(row) for row in _all_rows(first, actor, wanted, at))
    response = StreamingHttpResponse(csv_lines(headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="cases-{at:%Y%m%d}.csv"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find_person(request: HttpRequest) -> HttpResponse:
    """
    Ask for the number of a person's document and what for; show the person's cases. The number stays out of addresses.
    """
    actor, at = staff(request), clock.now()
    context: dict[str, Any] = {
        "purposes": Purpose.choices,
        "typed": request.POST,
        "errors": {},
        "lines": None,
    }
    status = 200
    if request.method == "POST":
        try:
            wanted = CaseQuestion(
                id_number=_number(request.POST),
                reason=reason_of(request.POST.get("purpose", ""), request.POST.get("words", "")),
            )
            page = selectors.cases(actor=actor, wanted=wanted, at=at, limit=OF_ONE_PERSON)
            context["lines"] = _lines(page.items)
        except InvalidInput as error:
            context["errors"], status = error.fields, error.status
    elif not selectors.sees_cases(actor=actor):
        selectors.cases(actor=actor, wanted=CaseQuestion(), at=at, limit=1)
    return data_page(
        request, "data/library_person.html", context, actor=actor, current="library-person", status=status
    )


@never_cache
@require_safe
def show_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """
    Show one case with everything of it; the look is written down for the applicant.

    :raises NotFound: there is none, or it is outside of what one may know of
    """
    actor, at = staff(request), clock.now()
    case = selectors.case_by_id(case_id=case_id, actor=actor, at=at)
    context = {"case": case, "look": look_of(case.row), "steps": _steps(case)}
    return data_page(request, "data/library_case.html", context, actor=actor, current=HERE)


def look_of(row: LibraryRow) -> tuple[str, str, str]:
    """
    Return name, colour and icon of a case's state.
    """
    state = CaseState(row.state)
    return (str(state.label), *STATE_LOOKS.get(state, UNDER_WAY))


def _steps(case: LibraryCase) -> list[dict[str, Any]]:
    return [
        {
            "name": step.name,
            "at": step.started_at,
            "state": "done",
            "note": "，".join(filter(None, (step.handler, step.explanation))),
        }
        for step in sorted(case.process, key=lambda step: step.started_at)
    ]


def _lines(rows: list[LibraryRow]) -> list[tuple[LibraryRow, str, tuple[str, str, str]]]:
    return [(row, reverse("data:library-case", kwargs={"case_id": row.id}), look_of(row)) for row in rows]


def _number(typed: QueryDict) -> str:
    number = typed.get("id_number", "").strip()
    if not number or len(number) > LONGEST_TERM:
        raise InvalidInput(fields={"id_number": _("请填写完整的证件号码")})
    return number


def _wanted(typed: QueryDict) -> tuple[CaseQuestion, dict[str, str]]:
    """
    Return what is asked for, and what of it makes no sense.
    """
    errors: dict[str, str] = {}

    def day(name: str) -> date | None:
        if not (text := typed.get(name, "").strip()):
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            errors[name] = _("日期应写作 2026-01-31")
            return None

    def term(name: str) -> str:
        return typed.get(name, "").strip()[:LONGEST_TERM]

    state = term("state")
    wanted = CaseQuestion(
        number=term("number"),
        agency_code=term("agency").upper(),
        division_code=term("division"),
        item_code=term("item"),
        state=state if state in CaseState.values else "",
        since=day("since"),
        until=day("until"),
    )
    return wanted, errors


def _all_rows(
    first: Page[LibraryRow], actor: Actor, wanted: CaseQuestion, at: datetime
) -> Iterator[LibraryRow]:
    page = first
    yield from page.items
    for _page in range(1, MOST_EXPORTED // EXPORTED_AT_ONCE):
        if page.next_cursor is None:
            return
        page = selectors.cases(
            actor=actor, wanted=wanted, at=at, cursor=page.next_cursor, limit=EXPORTED_AT_ONCE
        )
        yield from page.items


def _cells(row: LibraryRow) -> list[str | int | None]:
    return [
        row.number,
        row.node,
        row.system,
        row.item_name,
        row.agency_name,
        row.division_code,
        row.applicant_masked,
        look_of(row)[0],
        _moment(row.applied_at),
        _moment(row.accepted_at),
        _moment(row.ended_at),
        row.satisfaction,
    ]


def _moment(at: datetime | None) -> str:
    return at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M") if at else ""
