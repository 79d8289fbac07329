"""
我的单位: the companies and offices for which one acts, their data and their agents.
"""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput, NotAuthenticated, ServiceError
from tongban.portal.workspace.views.login import sentence_of, with_waiting_time
from tongban.support.identity.selectors import actor_of
from tongban.support.mandates import selectors, services


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show the entities that one represents or acts for.
    """
    actor = actor_of(request)
    entities = selectors.my_entities(actor=actor, at=clock.now())
    return render(request, "workspace/entity_list.html", {"entities": entities})


@never_cache
@require_safe
def show_entity(request: HttpRequest, entity_id: uuid.UUID) -> HttpResponse:
    """
    Show one entity; to its representative its agents and its log too.
    """
    actor, at = actor_of(request), clock.now()
    entity = selectors.entity(entity_id=entity_id, actor=actor, at=at)
    own = [choice for choice in selectors.choices(actor=actor, at=at) if choice.principal_id == entity_id]
    context = {
        "entity": entity,
        "mandates": selectors.given_by_entity(entity_id=entity_id, actor=actor, at=at)
        if entity.is_representative
        else [],
        "log": selectors.entity_log(entity_id=entity_id, actor=actor, at=at)
        if entity.is_representative
        else [],
        "own": own[0] if own else None,
    }
    return render(request, "workspace/entity_show.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """
    Register the entity that one represents.
    """
    actor = actor_of(request)
    if actor.acting_for is not None:
        return render(request, "workspace/mandate_oneself.html", {})
    if not actor.is_person:
        raise NotAuthenticated
    if request.method == "GET":
        return _form(request, typed={}, errors={})
    typed = {name: request.POST.get(name, "")[:300] for name in ("credit_code", "name", "address")}
    try:
        receipt = services.register_entity(**typed, actor=actor, at=clock.now())
    except InvalidInput as error:
        return _form(request, typed=typed, errors=error.fields, status=error.status)
    except ServiceError as error:
        page = _form(request, typed=typed, errors={"": sentence_of(error)}, status=error.status)
        return with_waiting_time(page, error)
    words = _("单位已登记") if receipt.is_new else _("单位信息已更新，您是法人库中登记的法定代表人（负责人）")
    messages.success(request, words)
    return redirect("workspace:entity-show", entity_id=receipt.entity_id)


def _form(
    request: HttpRequest, *, typed: dict[str, str], errors: dict[str, str], status: int = 200
) -> HttpResponse:
    context = {
        "typed": typed,
        "errors": errors,
        # Whose level does not suffice learns it before he types.
        "is_known_enough": actor_of(request).assurance_level
        >= settings.TONGBAN_MANDATES.representative_level,
    }
    return render(request, "workspace/entity_register.html", context, status=status)
