"""
证照目录: the list of types, one type with its versions and its log, one version, files in and out, and the steps.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.values import (
    Difference,
    DirectoryAct,
    DirectoryEntry,
    FaceField,
    SharingCategory,
    TypeDefinition,
    TypeState,
    TypeSummary,
    VersionDetail,
    VersionReceipt,
    VersionState,
    VersionSummary,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import InvalidInput, NotPermitted, ServiceError
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.cases import Button
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)
from tongban.portal.desk.views.lists import page_url
from tongban.support.identity import selectors as identity

LONGEST_TEXT: Final = 100
LARGEST_FILE_BYTES: Final = 5 * 1024 * 1024
CURRENT: Final = "licence-types"
STATE_LOOKS: Final = {
    TypeState.NEW: ("", "minus"),
    TypeState.IN_USE: ("good", "circle-check"),
    TypeState.WITHDRAWN: ("warn", "player-pause"),
}
VERSION_LOOKS: Final = {
    VersionState.DRAFT: ("info", "clock-plus"),
    VersionState.IN_REVIEW: ("warn", "alert-triangle"),
    VersionState.APPROVED: ("info", "circle-check"),
    VersionState.PUBLISHED: ("good", "circle-check"),
    VersionState.REPLACED: ("", "minus"),
    VersionState.DISCARDED: ("", "minus"),
}
SLUGS: Final[dict[str, DirectoryAct]] = {
    "submit": DirectoryAct.SUBMIT,
    "discard": DirectoryAct.DISCARD,
    "return": DirectoryAct.RETURN,
    "approve": DirectoryAct.APPROVE,
    "publish": DirectoryAct.PUBLISH,
}
WORDED: Final = frozenset({DirectoryAct.RETURN, DirectoryAct.APPROVE, DirectoryAct.WITHDRAW})
GRAVE: Final = frozenset({DirectoryAct.DISCARD, DirectoryAct.WITHDRAW})


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeLine:
    """
    A type as the list shows it.
    """

    code: str
    name: str
    body: str
    state: str
    look: tuple[str, str]
    """Kind and icon of the tag that shows the state."""
    version: str
    sharing: str
    opened: str
    """State of the version that is being compiled; empty where there is none."""
    opened_look: tuple[str, str]
    changed_at: datetime
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionLine:
    """
    A version in the history of a type.
    """

    name: str
    state: str
    look: tuple[str, str]
    since: datetime
    until: datetime | None
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """
    A line of a type's log.
    """

    act: str
    at: datetime
    by: str
    comment: str
    version: str


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show types by code, narrowed by name, state, state of the open version and sharing category.
    """
    actor, at = staff(request), clock.now()
    cursor = request.GET.get("cursor") or None
    wanted = {name: request.GET.get(name, "") for name in ("q", "state", "open", "sharing")}
    page = selectors.licence_types(
        actor=actor,
        text=wanted["q"][:LONGEST_TEXT],
        state=TypeState(wanted["state"]) if wanted["state"] in TypeState.values else None,
        open_state=VersionState(wanted["open"]) if wanted["open"] in VersionState.values else None,
        sharing=SharingCategory(wanted["sharing"]) if wanted["sharing"] in SharingCategory.values else None,
        cursor=cursor,
    )
    context = {
        "lines": [_line(row) for row in page.items],
        "wanted": wanted,
        "states": TypeState.choices,
        "open_states": [(state.value, state.label) for state in VersionState if state in VERSION_LOOKS][:3],
        "categories": SharingCategory.choices,
        "is_filtered": any(wanted.values()),
        "keeps": selectors.keeps_directory(actor=actor),
        "may_compile": selectors.may_compile(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/licence_type_list.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_safe
def show_one(request: HttpRequest, type_code: str) -> HttpResponse:
    """
    Show one type: what its version in force says, its versions, its log, and what the reader may do.
    """
    actor, at = staff(request), clock.now()
    detail = selectors.licence_type(code=type_code, actor=actor)
    names = _names(detail.log, actor)
    context = {
        "line": _line(detail.summary),
        "current": shown(detail.current) if detail.current else None,
        "versions": [version_line(one) for one in detail.versions],
        "log": [_log_line(entry, names) for entry in detail.log],
        "open_href": _version_href(detail.open_version) if detail.open_version else "",
        "may_compile": DirectoryAct.COMPILE in detail.acts,
        "may_withdraw": DirectoryAct.WITHDRAW in detail.acts,
    }
    return desk_page(request, "desk/licence_type_show.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_safe
def show_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Show one version, what it changes, its face, and the steps the reader may take with it.
    """
    actor, at = staff(request), clock.now()
    detail = selectors.type_version(version_id=version_id, actor=actor, against=_against(request))
    return desk_page(
        request,
        "desk/licence_type_version.html",
        _version_context(detail),
        actor=actor,
        current=CURRENT,
        at=at,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, version_id: UUID, act: str) -> HttpResponse:
    """
    Take a step with a version: what it does is said first, with room for a comment.

    :raises NotPermitted: the step is not for this reader
    """
    if act not in SLUGS:
        raise Http404
    actor, at, wanted = staff(request), clock.now(), SLUGS[act]
    detail = selectors.type_version(version_id=version_id, actor=actor)
    if request.method == "GET" and wanted not in detail.acts:
        messages.info(request, _("这个版本现在不能%(act)s") % {"act": wanted.label})
        return redirect("desk:licence-type-version", version_id=version_id)
    return _stepped(
        request,
        wanted,
        name=detail.definition.name,
        back=_version_href(version_id),
        do=lambda: _STEPS[wanted](request, version_id, actor, at),
        actor=actor,
        at=at,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, type_code: str) -> HttpResponse:
    """
    Take a type out of use.
    """
    actor, at = staff(request), clock.now()
    detail = selectors.licence_type(code=type_code, actor=actor)
    back = reverse("desk:licence-type-show", kwargs={"type_code": type_code})
    if request.method == "GET" and DirectoryAct.WITHDRAW not in detail.acts:
        messages.info(request, _("这个证照类型现在不能停用"))
        return redirect(back)
    return _stepped(
        request,
        DirectoryAct.WITHDRAW,
        name=detail.summary.name,
        back=back,
        do=lambda: services.withdraw_type(
            code=type_code, comment=request.POST.get("comment", ""), actor=actor, at=at
        ),
        actor=actor,
        at=at,
    )


@never_cache
@require_POST
def begin_version(request: HttpRequest, type_code: str) -> HttpResponse:
    """
    Begin the next version of a type and lead to its form.
    """
    actor = staff(request)
    try:
        receipt = services.compile_version(code=type_code, actor=actor, at=clock.now())
    except services.VersionAlreadyOpen as error:
        messages.warning(request, str(error))
        return redirect("desk:licence-type-show", type_code=type_code)
    return redirect("desk:licence-type-edit", version_id=receipt.id)


@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """
    Hand the types in force out as a file that this node, or another one, imports.
    """
    rows = selectors.exported_types(actor=staff(request), text=request.GET.get("q", "")[:LONGEST_TEXT])
    response = HttpResponse(
        msgspec.json.format(msgspec.json.encode(rows), indent=2), content_type="application/json"
    )
    response["Content-Disposition"] = f'attachment; filename="licence-types-{clock.now():%Y%m%d}.json"'
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """
    Begin drafts from a file.

    :raises NotPermitted: the actor does not edit the directory
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_compile(actor=actor):
        raise NotPermitted
    error: ServiceError | None = None
    receipt = None
    if request.method == "POST":
        try:
            receipt = services.import_licence_types(rows=_rows_of(request), actor=actor, at=at)
        except ServiceError as refusal:
            error = refusal
    context = {
        "refusal": error,
        "faults": list(error.fields.items()) if isinstance(error, InvalidInput) else [],
        "receipt": receipt,
        "drafts": [(one.type_code, _version_href(one.id)) for one in receipt.drafts] if receipt else [],
    }
    return desk_page(
        request,
        "desk/licence_type_import.html",
        context,
        actor=actor,
        current=CURRENT,
        at=at,
        status=error.status if error else 200,
    )


def shown(detail: VersionDetail) -> dict[str, Any]:
    """
    Return what a version says, in words for its page.
    """
    definition = detail.definition
    return {
        "facts": _facts(definition),
        "fields": [_field_line(one) for one in definition.fields],
        "issuers": [(body.name or body.code, body.code) for body in definition.issuers],
        "items": definition.items,
        "pages": [
            reverse("desk:licence-type-face", kwargs={"version_id": detail.summary.id, "page": number})
            for number, _page in enumerate(definition.template.get("pages") or [{}], start=1)
        ],
    }


def version_line(version: VersionSummary) -> VersionLine:
    """
    Return a version as lists show it.
    """
    return VersionLine(
        name=version_name(version.version),
        state=str(version.state.label),
        look=VERSION_LOOKS[version.state],
        since=version.published_at or version.created_at,
        until=version.ended_at,
        href=_version_href(version.id),
    )


def version_name(version: int | None) -> str:
    """
    Return how a version is called.
    """
    return _("第 %(number)s 版") % {"number": version} if version else _("未发布")


def _version_context(detail: VersionDetail) -> dict[str, Any]:
    buttons = [
        Button(
            label=str(act.label),
            href=reverse("desk:licence-type-step", kwargs={"version_id": detail.summary.id, "act": slug}),
            kind="danger" if act in GRAVE else "",
            key="",
        )
        for slug, act in SLUGS.items()
        if act in detail.acts
    ]
    return {
        "detail": detail,
        "line": version_line(detail.summary),
        "name": in_language(detail.definition.name, detail.definition.name_en),
        "shown": shown(detail),
        "changes": [_change_line(change) for change in detail.changes],
        "compared_with": version_name(detail.compared_with) if detail.compared_with else "",
        "buttons": buttons,
        "may_edit": DirectoryAct.SAVE in detail.acts,
        "schema": json.dumps(detail.schema, ensure_ascii=False, indent=2),
    }


def _stepped(
    request: HttpRequest,
    act: DirectoryAct,
    *,
    name: str,
    back: str,
    do: Callable[[], object],
    actor: Actor,
    at: datetime,
) -> HttpResponse:
    errors: dict[str, str] = {}
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            do()
        except NotPermitted:
            raise
        except InvalidInput as error:
            refusal, errors = error, {key: str(text) for key, text in error.fields.items()}
        except ServiceError as error:
            refusal = error
        else:
            messages.success(request, _("已%(act)s") % {"act": act.label})
            return redirect(back)
    context = {
        "act": act,
        "name": name,
        "back": back,
        "effect": _effect(act),
        "is_worded": act in WORDED,
        "needs_words": act is not DirectoryAct.APPROVE,
        "is_grave": act in GRAVE,
        "typed": request.POST.get("comment", ""),
        "errors": errors,
        "faults": [(part, text) for part, text in errors.items() if part != "comment"],
        "refusal": refusal if "comment" not in errors else None,
    }
    return desk_page(
        request,
        "desk/licence_type_step.html",
        context,
        actor=actor,
        current=CURRENT,
        at=at,
        status=refusal.status if refusal else 200,
    )


def _submit(_request: HttpRequest, version_id: UUID, actor: Actor, at: datetime) -> VersionReceipt:
    return services.submit_draft(version_id=version_id, actor=actor, at=at)


def _discard(_request: HttpRequest, version_id: UUID, actor: Actor, at: datetime) -> VersionReceipt:
    return services.discard_draft(version_id=version_id, actor=actor, at=at)


def _return(request: HttpRequest, version_id: UUID, actor: Actor, at: datetime) -> VersionReceipt:
    words = request.POST.get("comment", "")
    return services.return_draft(version_id=version_id, comment=words, actor=actor, at=at)


def _approve(request: HttpRequest, version_id: UUID, actor: Actor, at: datetime) -> VersionReceipt:
    words = request.POST.get("comment", "")
    return services.approve_draft(version_id=version_id, comment=words, actor=actor, at=at)


def _publish(_request: HttpRequest, version_id: UUID, actor: Actor, at: datetime) -> VersionReceipt:
    return services.publish_version(version_id=version_id, actor=actor, at=at)


_STEPS: Final[dict[DirectoryAct, Callable[[HttpRequest, UUID, Actor, datetime], VersionReceipt]]] = {
    DirectoryAct.SUBMIT: _submit,
    DirectoryAct.DISCARD: _discard,
    DirectoryAct.RETURN: _return,
    DirectoryAct.APPROVE: _approve,
    DirectoryAct.PUBLISH: _publish,
}


def _rows_of(request: HttpRequest) -> list[dict[str, Any]]:
    file = request.FILES.get("file")
    if file is None or file.size is None:
        raise InvalidInput(fields={"file": _("请选择文件")})
    if file.size > LARGEST_FILE_BYTES:
        raise InvalidInput(fields={"file": _("文件不能超过 5 MB")})
    try:
        return msgspec.json.decode(file.read(), type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(fields={"file": _("文件不是证照类型的 JSON 列表")}) from error


def _against(request: HttpRequest) -> int | None:
    text = request.GET.get("against", "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else None  # noqa: PLR2004 - digits


def _names(log: tuple[DirectoryEntry, ...], actor: Actor) -> dict[str, str]:
    ids = {entry.actor_id for entry in log if entry.actor_kind == ActorKind.STAFF.value}
    members = identity.staff_by_ids(account_ids=[UUID(one) for one in ids], actor=actor) if ids else {}
    return {str(account_id): member.name for account_id, member in members.items()}


def _log_line(entry: DirectoryEntry, names: dict[str, str]) -> LogLine:
    return LogLine(
        act=str(entry.act.label),
        at=entry.at,
        by=names.get(entry.actor_id, _("平台") if entry.actor_kind == ActorKind.SYSTEM.value else ""),
        comment=entry.comment,
        version=version_name(entry.version) if entry.version else "",
    )


def _line(row: TypeSummary) -> TypeLine:
    return TypeLine(
        code=row.code,
        name=in_language(row.name, row.name_en),
        body=row.defining_body_name,
        state=str(row.state.label),
        look=STATE_LOOKS[row.state],
        version=version_name(row.version),
        sharing=str(row.sharing.label),
        opened=str(row.open_state.label) if row.open_state else "",
        opened_look=VERSION_LOOKS[row.open_state] if row.open_state else ("", ""),
        changed_at=row.changed_at,
        href=reverse("desk:licence-type-show", kwargs={"type_code": row.code}),
    )


def _version_href(version_id: UUID) -> str:
    return reverse("desk:licence-type-version", kwargs={"version_id": version_id})


def _facts(definition: TypeDefinition) -> list[tuple[str, str]]:
    rule = definition.validity
    detail = (
        rule.event or rule.until or (_("%(months)s 个月") % {"months": rule.months} if rule.months else "")
    )
    kinds = {"PERSON": _("自然人"), "LEGAL": _("法人和其他组织")}
    checks = definition.check_months
    return [
        (_("证照定义机构"), f"{definition.defining_body_name} {definition.defining_body_code}"),
        (_("持证主体类别"), _("、").join(kinds.get(kind, kind) for kind in definition.holder_kinds)),
        (_("有效期规则"), _("：").join(part for part in (str(rule.kind.label), detail) if part)),
        (_("有效期说明"), in_language(definition.validity_words, definition.validity_words_en)),
        (_("年检"), _("每 %(months)s 个月至少一次") % {"months": checks} if checks else _("不年检")),
        (
            _("一人多证"),
            _("允许") if definition.allows_several else _("不允许，同一持证主体只有一本现行证照"),
        ),
        (_("共享类型"), str(definition.sharing.label)),
        (_("共享条件"), definition.sharing_condition),
        (_("说明"), in_language(definition.note, definition.note_en)),
    ]


def _field_line(one: FaceField) -> dict[str, str]:
    limits = [
        _("必填") if one.is_required else "",
        _("个人信息") if one.masked else "",
        _("、").join(one.choices),
        _("不小于 %(number)s") % {"number": one.minimum} if one.minimum is not None else "",
        _("不大于 %(number)s") % {"number": one.maximum} if one.maximum is not None else "",
        one.unit,
    ]
    return {
        "key": one.key,
        "label": in_language(one.label, one.label_en),
        "kind": str(one.kind.label),
        "source": one.source,
        "limits": "；".join(limit for limit in limits if limit),
    }


def _change_line(change: Difference) -> dict[str, str]:
    return {"part": part_name(change), "before": change.before, "after": change.after}


def part_name(change: Difference) -> str:
    """
    Return how a part of a definition is called.
    """
    if change.part == "fields":
        return _("照面要素 %(key)s") % {"key": change.key} if change.key else _("照面要素的顺序")
    names = {
        "name": _("证照类型名称"),
        "name_en": _("英文名称"),
        "defining_body_code": _("证照定义机构代码"),
        "defining_body_name": _("证照定义机构"),
        "holder_kinds": _("持证主体类别"),
        "issuers": _("颁发机构"),
        "validity": _("有效期规则"),
        "validity_words": _("有效期说明"),
        "validity_words_en": _("有效期英文说明"),
        "check_months": _("年检"),
        "allows_several": _("一人多证"),
        "sharing": _("共享类型"),
        "sharing_condition": _("共享条件"),
        "items": _("关联事项"),
        "template": _("照面样式"),
        "note": _("说明"),
        "note_en": _("英文说明"),
    }
    return names.get(change.part, change.part)


def _effect(act: DirectoryAct) -> str:
    effects = {
        DirectoryAct.SUBMIT: _("送审后不能再修改，由没有参与编制的审核员审核；需要修改时由审核员退回。"),
        DirectoryAct.DISCARD: _("作废后这个版本不再使用，只在记录中保留。"),
        DirectoryAct.RETURN: _("退回后由编制员修改并重新送审。"),
        DirectoryAct.APPROVE: _("审核通过后等待发布，发布前对外没有效力。"),
        DirectoryAct.PUBLISH: _("发布后立即生效：此后签发的证照按这个版本制作；已签发的证照不变。"),
        DirectoryAct.WITHDRAW: _("停用后不再签发这类证照；已签发的证照不变。发布新版本可以恢复使用。"),
    }
    return effects[act]
