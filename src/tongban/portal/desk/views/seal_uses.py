"""
授权与签章: letting somebody use a seal, and putting one's seal on a document, with the second factor shown just now.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import NotPermitted
from tongban.portal.desk.forms import Typed
from tongban.portal.desk.views.accounts import attempt
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.seal_pages import A4, SIZE, drawn_pages, sizes_of
from tongban.support.documents.values import SealPlace, straddle_places
from tongban.support.identity import selectors as identity
from tongban.support.seals import selectors, services
from tongban.support.seals.selectors.standing import neighbours
from tongban.support.seals.values import AuthorisationKind, Limits, SealPurpose

HOURS: Final = tuple(range(25))
MEDIA_TYPES: Final = {b"PK": ("application/ofd", "ofd"), b"%P": ("application/pdf", "pdf")}
USUAL_TERM: Final = timedelta(days=365)
CORNERS: Final = {"lower_right": (1, 1), "lower_left": (0, 1), "upper_right": (1, 0), "middle": (0.5, 0.5)}
MARGIN: Final = 20.0
"""From the edges of the page, mm."""


@never_cache
@require_http_methods(["GET", "POST"])
def authorise(request: HttpRequest, seal_id: UUID) -> HttpResponse:
    """
    Let a colleague use a seal, or let be sealed automatically what decisions make.
    """
    actor, at = staff(request), clock.now()
    selectors.require_keeper(actor=actor)
    detail = selectors.seal_detail(seal_id=seal_id, actor=actor)
    tried = attempt(request, lambda: _authorised(request, seal_id, actor, at=at), actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    today = civil_date(at)
    context = {
        "line": detail.line,
        "typed": request.POST
        or {"kind": "PERSONAL", "valid_from": f"{today}", "valid_until": f"{today + USUAL_TERM}"},
        "chosen": request.POST.getlist("purposes"),
        "kinds": _kinds(),
        "nodes": neighbours(),
        "purposes": SealPurpose.choices,
        "colleagues": _colleagues(detail.line.agency_code, actor),
        "hours": [(str(hour), _("%(hour)s 点") % {"hour": hour}) for hour in HOURS],
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/seal_authorise.html", context, actor=actor, current="seals", at=at, status=tried.status
    )


def _kinds() -> list[tuple[str, str]]:
    kinds = [(str(value), str(label)) for value, label in AuthorisationKind.choices]
    return kinds if neighbours() else [kind for kind in kinds if kind[0] != AuthorisationKind.NODE]


def _colleagues(agency_code: str, actor: Actor) -> list[tuple[str, str]]:
    members = identity.staff_of_agency(agency_code=agency_code, post=None, actor=actor)
    return [
        (str(member.account_id), f"{member.name} {member.staff_code}")
        for member in members
        if str(member.account_id) != actor.id
    ]


def _authorised(request: HttpRequest, seal_id: UUID, actor: Actor, *, at: datetime) -> HttpResponse:
    form = Typed(request.POST)
    kind = form.word("kind", AuthorisationKind.values, _("请选择授权类别"))
    limits = Limits(
        purposes=frozenset(
            SealPurpose(one) for one in request.POST.getlist("purposes") if one in SealPurpose.values
        ),
        offerings=form.codes("offerings"),
        licence_types=form.codes("licence_types"),
        most_fen=form.fen("most_yuan"),
        from_hour=form.number("from_hour"),
        until_hour=form.number("until_hour"),
        uses_a_day=form.number("uses_a_day"),
        uses_in_all=form.number("uses_in_all"),
    )
    # The first day is from now on, the last one is whole.
    valid_from = max(form.day("valid_from"), at)
    valid_until = form.day("valid_until") + timedelta(days=1)
    person = form.account("account_id") if kind == AuthorisationKind.PERSONAL else None
    form.refuse_faults()
    services.authorise(
        seal_id=seal_id,
        kind=AuthorisationKind(kind),
        limits=limits,
        valid_from=valid_from,
        valid_until=min(valid_until, valid_from + timedelta(days=366)),
        account_id=person,
        node_code=form.text("node_code") if kind == AuthorisationKind.NODE else "",
        actor=actor,
        at=at,
    )
    messages.success(request, _("已授权，立即生效"))
    return redirect("desk:seal-show", seal_id=seal_id)


@never_cache
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest) -> HttpResponse:
    """
    Put a seal one is authorised to use on a document, and give it back; the node keeps the log, not the document.
    """
    actor, at = staff(request), clock.now()
    seals = selectors.own_seals(actor=actor, at=at)
    if not seals:
        return desk_page(request, "desk/seal_sign.html", {"seals": []}, actor=actor, current="sign", at=at)
    tried = attempt(request, lambda: _signed(request, seals, actor, at=at), actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "seals": list({one.code: (one.code, f"{one.name} {one.code}") for one in seals}.values()),
        "typed": request.POST or {"corner": "lower_right", "page": "1", "purpose": "DOCUMENT"},
        "purposes": SealPurpose.choices,
        "corners": [
            ("lower_right", _("右下角")),
            ("lower_left", _("左下角")),
            ("upper_right", _("右上角")),
            ("middle", _("正中")),
            ("exact", _("指定位置")),
            ("none", _("不显示印章")),
        ],
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/seal_sign.html", context, actor=actor, current="sign", at=at, status=tried.status
    )


@never_cache
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """
    Show the pages of a file that is to be sealed, to choose the place of the seal; nothing of it is kept.
    """
    actor, at = staff(request), clock.now()
    if not selectors.own_seals(actor=actor, at=at):
        raise NotPermitted
    file = request.FILES.get("file")
    content = file.read() if file is not None else b""
    return render(request, "desk/_seal_preview.html", {"pages": drawn_pages(content)})


def _signed(
    request: HttpRequest, seals: tuple[selectors.OwnSeal, ...], actor: Actor, *, at: datetime
) -> HttpResponse:
    form = Typed(request.POST)
    agencies = {one.code: one.agency_code for one in seals}
    code = form.word("seal", list(agencies), _("请选择印章"))
    purpose = form.word("purpose", SealPurpose.values, _("请选择用印事由"))
    file = request.FILES.get("file")
    if file is None:
        form.faults["file"] = _("请选择要签章的文件")
    content = file.read() if file is not None else b""
    media_type, ending = MEDIA_TYPES.get(content[:2], ("", ""))
    if file is not None and not ending:
        form.faults["file"] = _("只能在 OFD 或 PDF 文件上签章")
    form.refuse_faults()
    places = _places(form, content, is_ofd=ending == "ofd")
    form.refuse_faults()
    sealed = services.seal_document(
        document=content,
        agency_code=agencies[code],
        seal_code=code,
        purpose=SealPurpose(purpose),
        case_number=form.text("case_number")[:50],
        offering_code=form.text("offering_code")[:100],
        amount_fen=form.fen("amount_yuan") or 0,
        places=places,
        actor=actor,
        at=at,
    )
    stem = (file.name or "document").rsplit(".", 1)[0] if file is not None else "document"
    name = f"{stem}-{_('已签章')}.{ending}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    return HttpResponse(sealed.content, content_type=media_type, headers=headers)


def _places(form: Typed, content: bytes, *, is_ofd: bool) -> tuple[SealPlace, ...]:
    """
    Return where the seal is shown: on one page, and cut over the edges of all where that is wished.
    """
    sizes = sizes_of(content)
    places: list[SealPlace] = []
    corner = form.text("corner")
    if corner != "none":
        number = form.number("page") or 1
        if sizes and not 1 <= number <= len(sizes):
            form.faults["page"] = _("文件没有这一页")
            return ()
        x, y = _point(form, corner, sizes[number - 1] if sizes else A4)
        places.append(SealPlace(name="issuer", page=number - 1, x=x, y=y, width=SIZE, height=SIZE))
    if form.text("straddle"):
        if not is_ofd:
            form.faults["straddle"] = _("骑缝章只能加盖在 OFD 文件上")
        elif sizes:
            places += straddle_places(sizes, name="straddle", size=SIZE, middle=sizes[0][1] / 2)
    return tuple(places)


def _point(form: Typed, corner: str, size: tuple[float, float]) -> tuple[float, float]:
    if corner == "exact":
        return form.millimetres("x"), form.millimetres("y")
    if corner not in CORNERS:
        form.faults["corner"] = _("请选择签章位置")
        return 0.0, 0.0
    across, down = CORNERS[corner]
    width, height = (max(side - SIZE - 2 * MARGIN, 0.0) for side in size)
    return round(MARGIN + width * across, 1), round(MARGIN + height * down, 1)
