"""
Compiling a dataset: begun with its classification, then the form with its field table, which works without script.
"""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.portal.data.views import datasets_forms as forms
from tongban.portal.data.views import sharing_forms
from tongban.portal.data.views.datasets import CURRENT
from tongban.portal.data.views.datasets_words import CHOICES
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.values import DatasetAct, DatasetClass, Definition, VersionDetail

BEGINNING: Final = ("title", "class_code", "group_code", "subgroup_code", "detail_code")


@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """
    Begin a dataset of the own agency: its name and classification, of which its code is made.

    :raises NotFound: the reader compiles nothing
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_compile(actor=actor):
        raise NotFound

    def act() -> HttpResponse:
        receipt = services.compile_dataset(definition=_begun(request, actor), actor=actor, at=at)
        messages.success(request, _("已取得代码 %(code)s，请继续编制") % {"code": receipt.code})
        return redirect("data:dataset-edit", version_id=receipt.id)

    tried = sharing_forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "typed": {"class_code": DatasetClass.DEPARTMENT.value, **request.POST.dict()},
        "errors": tried.errors,
        "refusal": tried.refusal,
        "classes": DatasetClass.choices,
    }
    return data_page(
        request, "data/dataset_new.html", context, actor=actor, current=CURRENT, status=tried.status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Show and save a draft; the buttons of its field table redraw the form with what was typed.

    :raises NotFound: it is no draft, or not of the reader's agency
    """
    actor = staff(request)
    detail = selectors.dataset_version(version_id=version_id, actor=actor)
    if DatasetAct.SAVE not in detail.acts:
        raise NotFound
    act = request.POST.get("act", "save")
    if request.method == "POST" and act not in ("save", "submit"):
        typed = forms.typed_again(request.POST)
        typed["rows"] = forms.rearranged(typed["rows"], act)
        return _form(request, detail, typed, sharing_forms.Tried(), actor)
    tried = sharing_forms.attempt(request, lambda: _save(request, detail, act, actor))
    if isinstance(tried, HttpResponse):
        return tried
    is_sent = request.method == "POST"
    typed = forms.typed_again(request.POST) if is_sent else forms.typed_of(detail.definition)
    return _form(request, detail, typed, tried, actor)


def _save(request: HttpRequest, detail: VersionDetail, act: str, actor: Actor) -> HttpResponse:
    at, revision = clock.now(), request.POST.get("revision", "")
    version_id = detail.summary.id
    receipt = services.save_draft(
        version_id=version_id,
        revision=int(revision) if revision.isascii() and revision.isdecimal() and len(revision) < 9 else -1,  # noqa: PLR2004
        definition=forms.definition_of(request.POST, detail.definition),
        actor=actor,
        at=at,
    )
    if act == "submit":
        try:
            services.submit_draft(version_id=version_id, actor=actor, at=at)
        except InvalidInput as error:
            tried = sharing_forms.Tried(errors=dict(error.fields), status=error.status)
            typed = forms.typed_again(request.POST)
            return _form(request, detail, typed, tried, actor, revision=receipt.revision)
        messages.success(request, _("已提交审核"))
    else:
        messages.success(request, _("已保存草稿"))
    return redirect("data:dataset-version", version_id=version_id)


def _form(
    request: HttpRequest,
    detail: VersionDetail,
    typed: dict[str, Any],
    tried: sharing_forms.Tried,
    actor: Actor,
    *,
    revision: int | None = None,
) -> HttpResponse:
    held = request.POST.get("revision", str(detail.revision)) if revision is None else str(revision)
    context = {
        "detail": detail,
        "typed": typed,
        "errors": tried.errors,
        "refusal": tried.refusal,
        "revision": held,
        "choices": {name: choices.choices for name, choices in CHOICES.items()},
        "back": reverse("data:dataset-version", args=[detail.summary.id]),
        "is_saved": revision is not None,
    }
    return data_page(
        request, "data/dataset_edit.html", context, actor=actor, current=CURRENT, status=tried.status
    )


def _begun(request: HttpRequest, actor: Actor) -> Definition:
    typed = {name: request.POST.get(name, "").strip() for name in BEGINNING}
    if typed["class_code"] not in DatasetClass.values:
        raise InvalidInput(fields={"class_code": _("请选择")})
    too_long = [name for name in BEGINNING if len(typed[name]) > forms.TEXTS.get(name, 1)]
    if too_long:
        raise InvalidInput(
            fields={name: _("不能超过 %(limit)s 个字") % {"limit": forms.TEXTS[name]} for name in too_long}
        )
    return Definition(
        title=typed["title"],
        class_code=DatasetClass(typed["class_code"]),
        group_code=typed["group_code"],
        subgroup_code=typed["subgroup_code"],
        detail_code=typed["detail_code"],
        provider_code=actor.agency_code or "",
        provider_name=sharing_forms.agency_name(actor)(actor.agency_code or ""),
        division_code=actor.division_code or "",
    )
