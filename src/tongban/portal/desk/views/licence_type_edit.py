"""
Compiling a licence type: beginning one, its form, and the face as it will look while it is typed.
"""

from base64 import b64encode
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.values import (
    DirectoryAct,
    FaceField,
    FieldKind,
    HolderKind,
    SharingCategory,
    TypeDefinition,
    ValidityKind,
    VersionDetail,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotPermitted, ServiceError
from tongban.portal.desk.views import licence_type_form as forms
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.licence_types import CURRENT, version_name
from tongban.support.documents import services as documents

HOLDER_FIELDS: Final = (
    FaceField(key="holder_name", label="持证主体", label_en="Holder", source="holder.name", is_required=True),
    FaceField(
        key="holder_code",
        label="持证主体代码",
        label_en="Holder's code",
        source="holder.code",
        masked=True,
        is_required=True,
    ),
)


@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """
    Begin a type that the directory does not have: its code and names first, all else in its form.

    :raises NotPermitted: the actor does not edit the directory
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_compile(actor=actor):
        raise NotPermitted
    errors: dict[str, str] = {}
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            receipt = services.compile_type(
                code=request.POST.get("code", "").strip().upper(),
                definition=_first(request),
                actor=actor,
                at=at,
            )
            return redirect("desk:licence-type-edit", version_id=receipt.id)
        except InvalidInput as error:
            refusal, errors = error, {key: str(text) for key, text in error.fields.items()}
        except ServiceError as error:
            refusal = error
    context = {
        "typed": request.POST,
        "errors": errors,
        "refusal": refusal if refusal and not errors else None,
    }
    return desk_page(
        request,
        "desk/licence_type_new.html",
        context,
        actor=actor,
        current=CURRENT,
        at=at,
        status=refusal.status if refusal else 200,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Show the form of a draft; take its rows in and out; save it; send it to review.

    :raises NotPermitted: the actor does not edit the directory
    """
    actor, at = staff(request), clock.now()
    detail = selectors.type_version(version_id=version_id, actor=actor)
    if not selectors.may_compile(actor=actor):
        raise NotPermitted
    if DirectoryAct.SAVE not in detail.acts:
        messages.info(request, _("这个版本现在不能修改"))
        return redirect("desk:licence-type-version", version_id=version_id)
    if request.method == "GET":
        form = forms.of_definition(detail.definition)
        return _page(request, detail, form, revision=detail.revision, actor=actor, at=at)
    form, act = forms.of_post(request.POST), request.POST.get("act", "")
    revision = _revision(request)
    if _rearranged(form, act):
        return _page(request, detail, form, revision=revision, actor=actor, at=at)
    return _saved(request, detail, form, revision=revision, actor=actor, at=at)


@require_POST
def preview(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Draw the face of what stands in the form, with made-up values; nothing is kept.
    """
    actor = staff(request)
    detail = selectors.type_version(version_id=version_id, actor=actor)
    form = forms.of_post(request.POST)
    definition = forms.definition_of(form)
    context = drawn(detail.type_code, definition, at=clock.now())
    return render(request, "desk/_licence_type_preview.html", context)


@never_cache
@require_safe
def face(request: HttpRequest, version_id: UUID, page: int) -> HttpResponse:
    """
    Draw a page of the face of a version as it was kept, with made-up values, as a picture.
    """
    actor = staff(request)
    detail = selectors.type_version(version_id=version_id, actor=actor)
    pages = services.face_preview(code=detail.type_code, definition=detail.definition, at=clock.now())
    if not 1 <= page <= len(pages):
        raise Http404
    return HttpResponse(pages[page - 1], content_type="image/svg+xml")


def drawn(code: str, definition: TypeDefinition | None, *, at: datetime) -> dict[str, Any]:
    """
    Return the pages of a face as addresses of pictures, or why there are none.
    """
    if definition is None:
        return {"pages": [], "problem": _("有内容还不能识别，改正后显示预览。")}
    try:
        pages = services.face_preview(code=code, definition=definition, at=at)
    except InvalidInput as error:
        words = "；".join(str(text) for text in error.fields.values())
        return {"pages": [], "problem": words or str(error)}
    except ServiceError as error:
        return {"pages": [], "problem": str(error)}
    return {
        "pages": [f"data:image/svg+xml;base64,{b64encode(page).decode()}" for page in pages],
        "problem": "",
    }


def _rearranged(form: forms.TypeForm, act: str) -> bool:
    """
    Do what a button does that changes the form and saves nothing; tell whether it was one.
    """
    if act == "own-template":
        forms.with_template(form, documents.template_json(documents.default_face_template()))
        return True
    if act == "usual-template":
        forms.with_template(form, {})
        return True
    return forms.changed(form, act)


def _saved(
    request: HttpRequest,
    detail: VersionDetail,
    form: forms.TypeForm,
    *,
    revision: int,
    actor: Actor,
    at: datetime,
) -> HttpResponse:
    version_id = detail.summary.id
    definition = forms.definition_of(form)
    if definition is None:
        return _page(request, detail, form, revision=revision, actor=actor, at=at, status=422)
    try:
        receipt = services.save_draft(
            version_id=version_id, revision=revision, definition=definition, actor=actor, at=at
        )
        revision = receipt.revision
        if request.POST.get("act") == "submit":
            services.submit_draft(version_id=version_id, actor=actor, at=at)
            messages.success(request, _("已保存并送审"))
            return redirect("desk:licence-type-version", version_id=version_id)
    except InvalidInput as error:
        form.errors |= {forms.input_of(part): str(text) for part, text in error.fields.items()}
        return _page(request, detail, form, revision=revision, actor=actor, at=at, status=error.status)
    except NotPermitted:
        raise
    except ServiceError as error:
        return _page(
            request, detail, form, revision=revision, actor=actor, at=at, refusal=error, status=error.status
        )
    messages.success(request, _("已保存"))
    return redirect("desk:licence-type-edit", version_id=version_id)


def _page(
    request: HttpRequest,
    detail: VersionDetail,
    form: forms.TypeForm,
    *,
    revision: int,
    actor: Actor,
    at: datetime,
    refusal: ServiceError | None = None,
    status: int = 200,
) -> HttpResponse:
    errors, form.errors = form.errors, {}
    picture = drawn(detail.type_code, forms.definition_of(form), at=at)
    context = {
        "detail": detail,
        "form": form,
        "errors": errors,
        "refusal": refusal,
        "revision": revision,
        "here": reverse("desk:licence-type-edit", kwargs={"version_id": detail.summary.id}),
        "preview_url": reverse("desk:licence-type-preview", kwargs={"version_id": detail.summary.id}),
        "field_kinds": FieldKind.choices,
        "box_kinds": _box_kinds(),
        "aligns": [("", _("默认")), ("start", _("左")), ("center", _("中")), ("end", _("右"))],
        "validity_kinds": ValidityKind.choices,
        "categories": SharingCategory.choices,
        "holder_kinds": HolderKind.choices,
        "based_on": version_name(detail.based_on) if detail.based_on else "",
        **picture,
    }
    return desk_page(
        request,
        "desk/licence_type_edit.html",
        context,
        actor=actor,
        current=CURRENT,
        at=at,
        status=status,
    )


def _box_kinds() -> list[tuple[str, str]]:
    names = {
        "text": _("文字"),
        "lines": _("照面要素表"),
        "qr": _("二维码"),
        "seal": _("印章位置"),
        "picture": _("图片"),
        "line": _("线"),
        "frame": _("框"),
        "path": _("图形"),
        "waves": _("底纹"),
        "corners": _("角饰"),
        "watermark": _("水印"),
    }
    return [(kind, names[kind]) for kind in forms.BOX_KINDS]


def _first(request: HttpRequest) -> TypeDefinition:
    code = request.POST.get("code", "").strip().upper()
    names = {name: request.POST.get(name, "").strip() for name in ("name", "defining_body_name")}
    wrong = {name: _("请填写") for name, text in names.items() if not text}
    wrong |= {name: _("不能超过 200 字") for name, text in names.items() if len(text) > 200}  # noqa: PLR2004
    if wrong:
        raise InvalidInput(fields=wrong)
    return TypeDefinition(
        name=names["name"],
        defining_body_code=code[:18],
        defining_body_name=names["defining_body_name"],
        fields=HOLDER_FIELDS,
    )


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004 - digits
