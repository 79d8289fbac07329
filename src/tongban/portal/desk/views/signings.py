"""
多方签章: one document that several agencies seal in turn: asking them, and taking one's turn.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput
from tongban.portal.desk.forms import Typed
from tongban.portal.desk.views.accounts import attempt
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.seal_batches import brought
from tongban.portal.desk.views.seal_pages import A4, SIZE, place_typed, placed_pages, sizes_of
from tongban.resources.registers import selectors as registers
from tongban.support.documents import services as documents
from tongban.support.documents.values import SealPlace
from tongban.support.seals import selectors, services
from tongban.support.seals.selectors import SigningLine
from tongban.support.seals.services import Party
from tongban.support.seals.values import SealPurpose, SigningState, SigningStepState

CURRENT: Final = "signings"
ROWS: Final = 5
MOST_ROWS: Final = 20
EDGE: Final = 15.0
"""Of a row of seals from the edges of the page, mm."""
LOOKS: Final = {
    SigningState.OPEN: ("info", "progress"),
    SigningState.FINISHED: ("good", "circle-check"),
    SigningState.DECLINED: ("bad", "alert-circle"),
    SigningState.WITHDRAWN: ("", "minus"),
}
STEP_LOOKS: Final = {SigningStepState.SEALED: "done", SigningStepState.DECLINED: "bad"}


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyView:
    """
    One agency's turn, for the timeline.
    """

    name: str
    at: datetime | None
    note: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningView:
    """
    A request as pages show it.
    """

    line: SigningLine
    state: str
    look: tuple[str, str]
    turn: str
    """Name of the agency whose turn it is; empty: nobody's."""
    is_our_turn: bool
    may_withdraw: bool
    parties: tuple[PartyView, ...]


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show what waits for one's agency, what goes on, and what has ended.
    """
    actor, at = staff(request), clock.now()
    views = _views(selectors.signings_of(actor=actor), actor, at=at)
    context = {
        "groups": [
            (_("轮到本机构"), [view for view in views if view.is_our_turn]),
            (_("等待其他机构"), [view for view in views if view.turn and not view.is_our_turn]),
            (_("已结束"), [view for view in views if not view.turn]),
        ],
        "has_any": bool(views),
        "may_begin": selectors.may_sign_with_others(actor=actor),
    }
    return desk_page(request, "desk/signing_list.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """
    Ask agencies to seal a document, one after the other.
    """
    actor, at = staff(request), clock.now()
    agencies = selectors.sealing_agencies(actor=actor)
    rows = _rows(request)
    is_sent = request.method == "POST" and "more" not in request.POST
    tried = attempt(
        request,
        lambda: _begun(request, actor, at=at) if is_sent else _form(request, rows, agencies, actor, at=at),
        actor=actor,
        at=at,
        asks_anew=False,
    )
    if isinstance(tried, HttpResponse):
        return tried
    return _form(
        request, rows, agencies, actor, at=at, errors=tried.errors, refusal=tried.refusal, status=tried.status
    )


def _rows(request: HttpRequest) -> int:
    given = request.POST.get("rows", "")
    rows = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(MOST_ROWS)) else ROWS
    return min(max(rows, ROWS) + (ROWS if "more" in request.POST else 0), MOST_ROWS)


def _form(
    request: HttpRequest,
    rows: int,
    agencies: tuple[selectors.SealingAgency, ...],
    actor: Actor,
    *,
    at: datetime,
    errors: object = None,
    refusal: object = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "typed": request.POST or {"purpose": "DOCUMENT", "arranged": "1"},
        "purposes": SealPurpose.choices,
        "agencies": [(agency.code, agency.name) for agency in agencies],
        "chosen": request.POST.getlist("party") or [actor.agency_code or ""],
        "rows": rows,
        "may_have_more": rows < MOST_ROWS,
        "errors": errors or {},
        "refusal": refusal,
    }
    return desk_page(
        request, "desk/signing_new.html", context, actor=actor, current=CURRENT, at=at, status=status
    )


def _begun(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    form = Typed(request.POST)
    purpose = form.word("purpose", SealPurpose.values, _("请选择用印事由"))
    chosen = [code for code in request.POST.getlist("party") if code]
    if len(chosen) < 2:  # noqa: PLR2004 - one agency alone seals on another page
        form.faults["party"] = _("请选择 2 至 20 个签章机构")
    file = request.FILES.get("file")
    if file is None:
        form.faults["file"] = _("请选择要签章的文件")
        raise InvalidInput(fields=form.faults)
    form.refuse_faults()
    kept = brought(file, actor, at=at)
    places = (
        _row_of_places(kept.id, len(chosen), actor, at=at) if form.text("arranged") else [None] * len(chosen)
    )
    receipt = services.begin_signing(
        file_id=kept.id,
        parties=[Party(agency_code=code, place=place) for code, place in zip(chosen, places, strict=True)],
        purpose=SealPurpose(purpose),
        case_number=form.text("case_number")[:50],
        offering_code=form.text("offering_code")[:100],
        actor=actor,
        at=at,
    )
    messages.success(request, _("已发起，并通知第一个签章机构"))
    return redirect("desk:signing-show", request_id=receipt.request_id)


def _row_of_places(file_id: UUID, count: int, actor: Actor, *, at: datetime) -> list[SealPlace]:
    """
    Return places beside one another at the foot of the last page, in rows from below.
    """
    sizes = sizes_of(_content(file_id, actor, at=at)) or (A4,)
    width, height = sizes[-1]
    in_row = max(int((width - 2 * EDGE) // SIZE), 1)
    return [
        SealPlace(
            name="issuer",
            page=len(sizes) - 1,
            x=round(EDGE + (turn % in_row) * SIZE, 1),
            y=round(max(height - EDGE - SIZE * (turn // in_row + 1), 0.0), 1),
            width=SIZE,
            height=SIZE,
        )
        for turn in range(count)
    ]


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """
    Show a document that agencies seal, and whose turn it is; seal, decline, or take the request back.
    """
    actor, at = staff(request), clock.now()
    # Asked first: one that is not there, or not shown to him, has no steps.
    line = selectors.signing(request_id=request_id, actor=actor)
    tried = attempt(
        request, lambda: _stepped(request, line, actor, at=at), actor=actor, at=at, asks_anew=False
    )
    if isinstance(tried, HttpResponse):
        return tried
    (view,) = _views([line], actor, at=at)
    seals = line.seals_for_turn(selectors.own_seals(actor=actor, at=at)) if view.is_our_turn else ()
    content = _content(line.file_id, actor, at=at)
    context = {
        "view": view,
        "line": line,
        "seals": [(one.code, f"{one.name} {one.code}") for one in seals],
        "drawn": placed_pages(content, place=line.turn.place if line.turn else None),
        "typed": request.POST,
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/signing_show.html", context, actor=actor, current=CURRENT, at=at, status=tried.status
    )


def _stepped(request: HttpRequest, line: SigningLine, actor: Actor, *, at: datetime) -> HttpResponse:
    act, request_id = request.POST.get("act", ""), line.id
    if act == "seal":
        form = Typed(request.POST)
        place = place_typed(form)
        seals = [one.code for one in line.seals_for_turn(selectors.own_seals(actor=actor, at=at))]
        seal_code = form.word("seal", seals, _("请选择印章")) if len(seals) > 1 else "".join(seals)
        form.refuse_faults()
        receipt = services.seal_in_turn(
            request_id=request_id,
            places=() if place is None else (place,),
            seal_code=seal_code,
            actor=actor,
            at=at,
        )
        told = (
            _("已签章，各方签章完成")
            if receipt.state is SigningState.FINISHED
            else _("已签章，并通知下一个机构")
        )
    elif act == "decline":
        services.decline_signing(
            request_id=request_id, note=request.POST.get("note", "").strip(), actor=actor, at=at
        )
        told = _("已说明不签章，并通知发起人")
    elif act == "withdraw":
        services.withdraw_signing(request_id=request_id, actor=actor, at=at)
        told = _("已撤回")
    else:
        raise Http404
    messages.success(request, told)
    return redirect("desk:signing-show", request_id=request_id)


def _content(file_id: UUID, actor: Actor, *, at: datetime) -> bytes:
    with documents.open_file(file_id=file_id, actor=actor, at=at).content as content:
        return content.read()


def _views(
    lines: list[SigningLine] | tuple[SigningLine, ...], actor: Actor, *, at: datetime
) -> list[SigningView]:
    codes = {party.agency_code for line in lines for party in line.parties}
    names = registers.agency_names(codes=codes, actor=actor)
    return [_view(line, names, actor, at=at) for line in lines]


def _view(line: SigningLine, names: dict[str, str], actor: Actor, *, at: datetime) -> SigningView:
    is_open = line.is_open(at)
    turn = line.turn if is_open else None
    is_lapsed = line.state is SigningState.OPEN and not is_open
    return SigningView(
        line=line,
        state=_("逾期未完成") if is_lapsed else str(line.state.label),
        look=("warn", "alert-triangle") if is_lapsed else LOOKS[line.state],
        turn=names.get(turn.agency_code, turn.agency_code) if turn else "",
        is_our_turn=turn is not None and turn.agency_code == actor.agency_code,
        may_withdraw=is_open and line.is_mine,
        parties=tuple(
            PartyView(
                name=names.get(party.agency_code, party.agency_code),
                at=party.done_at,
                note=" · ".join(
                    part for part in (str(party.state.label), party.account_name, party.note) if part
                ),
                state="current" if party is turn else STEP_LOOKS.get(party.state, "future"),
            )
            for party in line.parties
        ),
    )
