"""
异地可办: finding a service of another city, and the one page on which it is taken in by that city's rule.
"""

from dataclasses import replace
from typing import Final
from uuid import uuid4

import msgspec
from django.core.signing import BadSignature, dumps, loads
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.crossregion import selectors, services
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError, UpstreamError
from tongban.foundation.languages import in_language
from tongban.portal.apply import services as apply_services
from tongban.portal.apply.values import Visitor
from tongban.portal.desk.views.accept_parts import Sheet, complaints_about, controls_of, drawn, sheet_of
from tongban.portal.desk.views.elsewhere import CURRENT, clerk, counter_of
from tongban.portal.desk.views.frame import desk_page
from tongban.support.documents.values import FileFacts
from tongban.support.identity import services as identity

KEPT_SECONDS: Final = 24 * 3600


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """
    Choose a city, and find a service of it that is open to this counter.
    """
    actor, at = clerk(request), clock.now()
    nodes = selectors.other_nodes(actor=actor)
    node = request.GET.get("node", "")
    words = request.GET.get("q", "").strip()[:100]
    found, refusal = [], None
    if node in {each.code for each in nodes}:
        try:
            found = services.offerings_of(node=node, words=words, actor=actor, at=at)
        except UpstreamError as error:
            refusal = error
    context = {
        "nodes": [(each.code, each.name) for each in nodes],
        "chosen": node,
        "text": words,
        "lines": [
            (
                in_language(each.name, each.name_en),
                each.agency_name,
                reverse("desk:elsewhere-form", kwargs={"node": node, "code": each.code}),
            )
            for each in found
        ],
        "refusal": refusal,
    }
    status = refusal.status if refusal else 200
    return desk_page(
        request, "desk/elsewhere_find.html", context, actor=actor, current=CURRENT, at=at, status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def fill(request: HttpRequest, node: str, code: str) -> HttpResponse:
    """
    Show the one page of an application for another city; hand it in.

    :raises NotOpenHere: no such service is open to this counter
    :raises UpstreamError: the other city does not answer when the page is opened: its rule is not guessed
    """
    actor = clerk(request)
    guide = _opened_with(request, node, code) or services.guide_of(
        node=node, code=code, actor=actor, at=clock.now()
    )
    sheet = sheet_of(request, guide)
    if request.method == "GET":
        return _page(request, actor, node, guide, replace(sheet, key=uuid4()))
    refused = _keep_files(request, guide, sheet, actor)
    if "refresh" in request.POST or refused:
        return _page(request, actor, node, guide, sheet, errors=refused, status=422 if refused else 200)
    return _hand_in(request, actor, node, guide, sheet)


def _opened_with(request: HttpRequest, node: str, code: str) -> OfferingTerms | None:
    """
    Return the terms that the page was opened with, so that a link cut meanwhile loses nothing that was typed.

    The deciding city judges by the terms of today; those of yesterday are asked for anew.
    """
    try:
        kept = loads(request.POST.get("guide", ""), salt=_salt(node, code), max_age=KEPT_SECONDS)
    except BadSignature:
        return None
    return msgspec.json.decode(kept, type=OfferingTerms)


def _salt(node: str, code: str) -> str:
    return f"desk.elsewhere:{node}:{code}"


def _hand_in(
    request: HttpRequest, actor: Actor, node: str, guide: OfferingTerms, sheet: Sheet
) -> HttpResponse:
    at = clock.now()
    errors = complaints_about(sheet, guide, files=_files(guide, sheet, actor), at=at)
    if errors:
        return _page(request, actor, node, guide, sheet, errors=errors, status=422)
    born_on = identity.born_on_of(sheet.born_on)
    visitor = Visitor(id_number=sheet.id_number, name=sheet.name, mobile=sheet.mobile, born_on=born_on)
    try:
        applicant, form = apply_services.visitor_of(guide, sheet.answers, visitor, at=at)
        done = services.hand_in(
            key=sheet.key,
            node=node,
            guide=guide,
            situations=sheet.situations,
            form=form,
            applicant=applicant,
            born_on=born_on,
            paper=sorted(sheet.paper),
            counter=counter_of(),
            actor=actor,
            at=at,
        )
    except InvalidInput as error:
        wrong = controls_of(error, guide)
        return _page(request, actor, node, guide, sheet, errors=wrong, status=error.status)
    except ServiceError as error:
        return _page(request, actor, node, guide, sheet, refusal=error, status=error.status)
    return redirect("desk:elsewhere-receipt", intake_id=done.id)


def _keep_files(request: HttpRequest, guide: OfferingTerms, sheet: Sheet, actor: Actor) -> dict[str, str]:
    refused = {}
    for material in guide.materials_for(sheet.situations):
        for file in request.FILES.getlist(f"file-{material.code}"):
            try:
                services.attach_file(
                    key=sheet.key,
                    material_code=material.code,
                    content=file,
                    name=file.name or "",
                    declared_type=file.content_type or "",
                    declared_bytes=file.size,
                    actor=actor,
                    at=clock.now(),
                )
            except ServiceError as error:
                refused[f"file-{material.code}"] = str(error)
    return refused


def _files(guide: OfferingTerms, sheet: Sheet, actor: Actor) -> dict[str, list[FileFacts]]:
    codes = [material.code for material in guide.materials_for(sheet.situations)]
    return services.draft_files(key=sheet.key, materials=codes, actor=actor)


def _page(
    request: HttpRequest,
    actor: Actor,
    node: str,
    guide: OfferingTerms,
    sheet: Sheet,
    *,
    errors: dict[str, str] | None = None,
    refusal: ServiceError | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    here = reverse("desk:elsewhere-form", kwargs={"node": node, "code": guide.code})
    files = _files(guide, sheet, actor) if request.method == "POST" else {}
    limit = guide.promised_limit or guide.statutory_limit
    context = {
        "name": in_language(guide.name, guide.name_en),
        "agency": guide.agency_name,
        "limit": _("%(amount)s 个工作日") % {"amount": limit.amount} if limit else "",
        "is_charged": guide.is_charged,
        "here": here,
        "kept": dumps(msgspec.json.encode(guide).decode(), salt=_salt(node, guide.code), compress=True),
        "sheet": sheet,
        "parts": drawn(sheet, guide, files=files, can_be_found=False, found=None, errors=errors, here=here),
        "errors": errors,
        "summary": list(errors.items()),
        "refusal": refusal,
    }
    return desk_page(
        request,
        "desk/elsewhere_form.html",
        context,
        actor=actor,
        current=CURRENT,
        at=clock.now(),
        status=status,
    )
