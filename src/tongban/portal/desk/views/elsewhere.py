"""
异地可办: what this counter took for other cities, how it stands there, corrections and handing over.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.business.casework.values import CaseStatus
from tongban.business.catalogue.values import FormField
from tongban.business.crossregion import selectors, services
from tongban.business.crossregion.values import INTAKE_FILES, IntakeState
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.languages import in_language
from tongban.portal.apply import selectors as apply
from tongban.portal.apply.values import FieldGroup
from tongban.portal.desk import permissions
from tongban.portal.desk.views.accept_parts import ACCEPTED_FILES, ON_THE_CARD
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import FileFacts, Owner, Purpose

CURRENT = "elsewhere"


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    List what was taken here for other cities, newest first.
    """
    actor = clerk(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.intakes(actor=actor, cursor=cursor, only=request.GET.get("state", ""))
    context = {
        "rows": [row_of(line) for line in page.items],
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(
        request, "desk/elsewhere_list.html", context, actor=actor, current=CURRENT, at=clock.now()
    )


@never_cache
@require_safe
def show(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """
    Show one: the case there, its clock, what is asked of this counter.
    """
    return _page(request, clerk(request), intake_id, at=clock.now())


@never_cache
@require_safe
def receipt(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """
    Show what the applicant takes home.
    """
    actor, at = clerk(request), clock.now()
    found = selectors.intake(intake_id=intake_id, actor=actor)
    context = {"intake": found, "row": row_of(found.line)}
    return desk_page(request, "desk/elsewhere_receipt.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_POST
def supplement(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """
    Hand in what the deciding city asked to be corrected.
    """
    actor, at = clerk(request), clock.now()
    key = uuid4()
    found = selectors.intake(intake_id=intake_id, actor=actor)
    asked = found.told.correction if found.told else None
    items = (asked or {}).get("items", [])
    answers = apply.answers_of(request.POST, _correctable(found))
    try:
        for item in items:
            for file in request.FILES.getlist(f"file-{item['material_code']}"):
                services.attach_file(
                    key=key,
                    material_code=item["material_code"],
                    content=file,
                    name=file.name or "",
                    declared_type=file.content_type or "",
                    declared_bytes=file.size,
                    actor=actor,
                    at=at,
                )
        services.supplement(
            intake_id=intake_id,
            key=key,
            answers=answers,
            paper=[
                item["material_code"] for item in items if f"paper-{item['material_code']}" in request.POST
            ],
            counter=counter_of(),
            note=request.POST.get("note", ""),
            actor=actor,
            at=at,
        )
    except ServiceError as error:
        return _page(request, actor, intake_id, at=at, refusal=error, answers=answers)
    messages.success(request, _("补正已收，将转交办理地"))
    return redirect("desk:elsewhere-show", intake_id=intake_id)


@never_cache
@require_POST
def deliver(request: HttpRequest, intake_id: UUID) -> HttpResponse:
    """
    Note who took the result, after a look at his card.
    """
    actor, at = clerk(request), clock.now()
    try:
        services.hand_over(
            intake_id=intake_id,
            recipient=request.POST.get("recipient", "")[:100],
            number_tail=request.POST.get("number_tail", "")[:4],
            counter=counter_of(),
            actor=actor,
            at=at,
        )
    except ServiceError as error:
        return _page(request, actor, intake_id, at=at, refusal=error)
    messages.success(request, _("送达已登记，将告知办理地"))
    return redirect("desk:elsewhere-show", intake_id=intake_id)


def clerk(request: HttpRequest) -> Actor:
    """
    Return the clerk, and refuse whoever takes in no applications.
    """
    actor = staff(request)
    permissions.open_counter.require(actor)
    return actor


def counter_of() -> str:
    """
    Return how the counter is called at the deciding city.
    """
    return str(_("%(node)s政务服务窗口") % {"node": settings.TONGBAN_NODE.name})


def row_of(line: selectors.IntakeLine) -> dict[str, Any]:
    """
    Return an intake as lists and pages draw it.
    """
    status = CaseStatus(line.status).label if line.status in CaseStatus.values else ""
    looks = {
        IntakeState.WAITING: ("info", "status"),
        IntakeState.UNDER_WAY: ("info", "status"),
        IntakeState.NOT_TAKEN: ("bad", "alert-circle"),
        IntakeState.ENDED: ("good", "circle-check"),
    }
    return {
        "line": line,
        "name": in_language(line.service_name, line.service_name_en),
        "href": reverse("desk:elsewhere-show", kwargs={"intake_id": line.id}),
        "state": status or line.state.label,
        "look": looks[line.state],
    }


def _page(
    request: HttpRequest,
    actor: Actor,
    intake_id: UUID,
    *,
    at: datetime,
    refusal: ServiceError | None = None,
    answers: Mapping[str, str] | None = None,
) -> HttpResponse:
    found = selectors.intake(intake_id=intake_id, actor=actor)
    files = files_of(owner=Owner(kind=INTAKE_FILES, key=str(intake_id)), actor=actor)
    told = found.told
    items = (told.correction or {}).get("items", []) if told else []
    wrong = refusal.fields if isinstance(refusal, InvalidInput) else {}
    context = {
        "intake": found,
        "row": row_of(found.line),
        "told": told,
        "papers": [_file(file) for file in files if file.purpose == Purpose.NOTICE],
        "files": [_file(file) for file in files if file.purpose != Purpose.NOTICE],
        "items": items,
        "groups": _form_of(found, answers or {}, wrong)
        if any(not each["material_code"] for each in items)
        else [],
        "refusal": refusal,
        "errors": list(wrong.values()),
        "accept": ACCEPTED_FILES,
    }
    status = refusal.status if refusal else 200
    return desk_page(
        request, "desk/elsewhere_show.html", context, actor=actor, current=CURRENT, at=at, status=status
    )


def _form_of(
    found: selectors.IntakeDetail, answers: Mapping[str, str], wrong: Mapping[str, Any]
) -> list[FieldGroup]:
    """
    Return the form as it is corrected: empty, for what was written is shown to nobody; what the card says stays.
    """
    fields = [msgspec.structs.replace(field, is_required=False) for field in _correctable(found)]
    errors = {name: str(text) for name, text in wrong.items()}
    return apply.field_groups(fields, answers=answers, errors=errors)


def _correctable(found: selectors.IntakeDetail) -> list[FormField]:
    return [field for field in found.fields if field.prefill not in ON_THE_CARD]


def _file(file: FileFacts) -> tuple[str, str]:
    return file.name, reverse("documents:file-download", kwargs={"file_id": file.id})
