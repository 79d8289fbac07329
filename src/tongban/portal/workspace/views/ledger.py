"""
谁看过我的数据: who looked at one's records, when, at what, what for; and objecting to it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.disclosure import Purpose
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.foundation.languages import in_language
from tongban.foundation.looks import LookAct, LookFilter, LookRow, ObjectKind
from tongban.foundation.sheets import csv_lines
from tongban.portal.workspace.views.login import sentence_of
from tongban.resources.registers.selectors import agency_names
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import Post
from tongban.support.privacy import selectors, services
from tongban.support.privacy.values import ObjectionState

LONGEST_KEY = 100
CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class LookLine:
    """
    One row of the ledger, in words.
    """

    look_id: int
    day: date
    last_at: datetime
    who: str
    act: str
    is_grave: bool
    """Somebody read in clear, or opened a file."""
    thing: str
    number: str
    href: str
    """Page of the case; empty: none of one's own."""
    purpose: str
    count: int
    objection: str
    """State of the objection to it; empty: none."""
    may_object: bool


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the ledger, narrowed by what was done, by number and by days, a page at a time.
    """
    actor = actor_of(request)
    wanted, typed = _wanted(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.ledger(actor=actor, wanted=wanted, cursor=cursor)
    here = reverse("workspace:ledger-show")
    query = {name: value for name, value in typed.items() if value}
    context = {
        "lines": look_lines(page.items, actor=actor),
        "acts": LookAct.choices,
        "typed": typed,
        "is_filtered": bool(query),
        "objections": selectors.my_objections(actor=actor, on=civil_date(clock.now())),
        "export_url": f"{reverse('workspace:ledger-export')}?{urlencode(query)}",
        "first_url": f"{here}?{urlencode(query)}" if cursor else "",
        "next_url": f"{here}?{urlencode({**query, 'cursor': page.next_cursor})}" if page.next_cursor else "",
    }
    return render(request, "workspace/ledger_show.html", context)


@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """
    Give the ledger as a table for a spreadsheet.
    """
    actor = actor_of(request)
    wanted, _typed = _wanted(request)
    lines = look_lines(selectors.whole_ledger(actor=actor, wanted=wanted), actor=actor)
    head = [_("日期"), _("谁"), _("做了什么"), _("对象"), _("编号"), _("用途"), _("次数")]
    rows = [
        [line.day.isoformat(), line.who, line.act, line.thing, line.number, line.purpose, str(line.count)]
        for line in lines
    ]
    response = HttpResponse(b"".join(csv_lines(head, rows)), content_type=CSV)
    response["Content-Disposition"] = 'attachment; filename="ledger.csv"'
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def object_to(request: HttpRequest, look_id: int) -> HttpResponse:
    """
    Ask what is wrong with a look, then hand the objection to its agency.
    """
    actor, at = actor_of(request), clock.now()
    look = selectors.look(look_id=look_id, actor=actor)
    words, errors = request.POST.get("words", ""), {}
    if request.method == "POST":
        try:
            receipt = services.raise_objection(
                look_id=look_id, words=words, actor=actor, at=at, calendar=current_calendar()
            )
        except InvalidInput as error:
            errors = error.fields
        except Conflict as error:
            messages.error(request, sentence_of(error))
            return redirect("workspace:ledger-show")
        else:
            told = _("异议已提交，机构最迟 %(day)s 答复，答复会发到“我的消息”") % {
                "day": receipt.due.isoformat()
            }
            messages.success(request, told)
            return redirect("workspace:ledger-show")
    context = {"line": look_lines([look], actor=actor)[0], "words": words, "errors": errors}
    return render(request, "workspace/ledger_object.html", context, status=422 if errors else 200)


def look_lines(rows: Collection[LookRow], *, actor: Actor) -> list[LookLine]:
    """
    Return rows of the ledger in words. Two queries, however many there are.
    """
    names = agency_names(codes={row.agency_code for row in rows}, actor=actor)
    objected = selectors.objected_looks(actor=actor, look_ids=[row.id for row in rows])
    return [_line(row, names, objected.get(row.id)) for row in rows]


def _line(row: LookRow, names: dict[str, str], state: ObjectionState | None) -> LookLine:
    is_case = row.thing.kind is ObjectKind.CASE and bool(row.thing.key)
    return LookLine(
        look_id=row.id,
        day=row.day,
        last_at=row.last_at,
        who=_who(row, names.get(row.agency_code, row.agency_code)),
        act=str(row.act.label),
        is_grave=row.act in {LookAct.REVEALED, LookAct.OPENED},
        thing=_thing(row),
        number=row.thing.key,
        href=reverse("workspace:case-show", kwargs={"number": row.thing.key}) if is_case else "",
        purpose=_purpose(row),
        count=row.count,
        objection=str(state.label) if state else "",
        may_object=bool(row.agency_code) and state is None,
    )


def _who(row: LookRow, agency: str) -> str:
    match row.actor_kind:
        case ActorKind.STAFF:
            posts = _("、").join(str(Post(post).label) for post in row.posts if post in Post.values)
            return f"{agency}（{posts}）" if posts else agency
        case ActorKind.CLIENT:
            return _("%(agency)s的业务系统") % {"agency": agency} if agency else _("其他业务系统")
        case ActorKind.PERSON:
            return _("您授权的代理人")
        case _:
            return _("平台自动处理（%(agency)s）") % {"agency": agency} if agency else _("平台自动处理")


def _thing(row: LookRow) -> str:
    label = in_language(row.thing.label, row.thing.label_en)
    return label or str(row.thing.kind.label)


def _purpose(row: LookRow) -> str:
    known = row.purpose in Purpose.values and row.purpose != Purpose.OTHER
    parts = [str(Purpose(row.purpose).label) if known else "", row.words]
    return "：".join(part for part in parts if part)


def _wanted(request: HttpRequest) -> tuple[LookFilter, dict[str, str]]:
    typed = {
        name: request.GET.get(name, "").strip()[:LONGEST_KEY] for name in ("act", "key", "since", "until")
    }
    act = LookAct(typed["act"]) if typed["act"] in LookAct.values else None
    wanted = LookFilter(
        act=act, key=typed["key"].upper(), since=_day(typed["since"]), until=_day(typed["until"])
    )
    return wanted, typed


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
