"""
亮证: choosing what may be seen, and the code that is renewed while it is shown.
"""

from base64 import b64encode
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.services import LicenceNotPresentable, PresentationOver
from tongban.business.licences.values.presenting import RENEWED_AFTER, PresentationFacts
from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput
from tongban.foundation.languages import in_language
from tongban.portal.workspace.views.cases import person_of
from tongban.support.documents import services as documents


@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Choose which lines of a licence may be seen, then show it.
    """
    actor = person_of(request)
    offered = selectors.presentable(identifier=identifier, actor=actor)
    chosen = [choice.line.key for choice in offered.choices if choice.is_usual]
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        chosen = request.POST.getlist("keys")
        try:
            opened = services.open_presentation(
                identifier=identifier, keys=chosen, actor=actor, at=clock.now()
            )
        except InvalidInput as error:
            errors = [("keys", str(text)) for text in error.fields.values()]
        except LicenceNotPresentable as error:
            errors = [("keys", str(error))]
        else:
            return redirect("workspace:presentation-show", presentation_id=opened.id)
    context = {
        "identifier": offered.identifier,
        "name": in_language(offered.type_name, offered.type_name_en),
        "options": [
            (
                choice.line.key,
                in_language(choice.line.label, choice.line.label_en),
                choice.line.value,
            )
            for choice in offered.choices
            if choice.line.value
        ],
        "chosen": chosen,
        "errors": errors,
    }
    return render(request, "workspace/presentation_choose.html", context, status=422 if errors else 200)


@never_cache
@require_safe
def show(request: HttpRequest, presentation_id: UUID) -> HttpResponse:
    """
    Show a licence: the page that the holder holds out.
    """
    return render(request, "workspace/presentation_show.html", _shown(request, presentation_id))


@never_cache
@require_safe
def show_code(request: HttpRequest, presentation_id: UUID) -> HttpResponse:
    """
    Show the next code, as the part of the page that changes.
    """
    return render(request, "workspace/_presentation_code.html", _shown(request, presentation_id))


@require_POST
def end(request: HttpRequest, presentation_id: UUID) -> HttpResponse:
    """
    Stop showing.
    """
    ended = services.end_presentation(
        presentation_id=presentation_id, actor=person_of(request), at=clock.now()
    )
    return redirect("workspace:licence-show", identifier=ended.identifier)


def _shown(request: HttpRequest, presentation_id: UUID) -> dict[str, object]:
    actor, at = person_of(request), clock.now()
    facts = selectors.presentation(presentation_id=presentation_id, actor=actor, at=at)
    try:
        code = services.next_code(presentation_id=presentation_id, actor=actor, at=at)
    except (PresentationOver, LicenceNotPresentable) as over:
        return {**_words(facts), "code": None, "over": str(over), "qr": "", "seconds": 0, "until": ""}
    picture = b64encode(documents.qr_picture(code.url)).decode()
    return {
        **_words(facts),
        "code": code,
        "over": "",
        "qr": f"data:image/svg+xml;base64,{picture}",
        "seconds": int(RENEWED_AFTER.total_seconds()),
        "until": _time(code.expires_at),
    }


def _words(facts: PresentationFacts) -> dict[str, object]:
    return {
        "facts": facts,
        "name": in_language(facts.type_name, facts.type_name_en),
        "lines": [(in_language(line.label, line.label_en), line.value) for line in facts.lines],
        "checks": [(_time(check.at), check.checker) for check in facts.checks],
    }


def _time(at: datetime) -> str:
    return at.astimezone(clock.CHINA).strftime("%H:%M:%S")
