"""
信息资源目录: the catalogue with its filters and tree, one dataset, one version, and the steps of its life.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from django.contrib import messages
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import page_url
from tongban.foundation.sheets import csv_lines
from tongban.portal.data.views import sharing_forms
from tongban.portal.data.views.datasets_words import (
    DONE,
    EFFECTS,
    STATES,
    VERSION_STATES,
    change_line,
    facts_of,
)
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.values import (
    DatasetAct,
    DatasetClass,
    DatasetState,
    DatasetSummary,
    DatasetVersionState,
    Sharing,
)

Choice = TypeVar("Choice", bound=TextChoices)

CURRENT: Final = "datasets"
LONGEST_WORDS: Final = 100
PAGE_OF_EXPORT: Final = 100
SLUGS: Final[dict[str, DatasetAct]] = {
    "submit": DatasetAct.SUBMIT,
    "discard": DatasetAct.DISCARD,
    "return": DatasetAct.RETURN,
    "publish": DatasetAct.PUBLISH,
}
WORDED: Final = (DatasetAct.RETURN, DatasetAct.PUBLISH, DatasetAct.WITHDRAW)
GRAVE: Final = (DatasetAct.DISCARD, DatasetAct.WITHDRAW)


def card(actor: Actor, at: datetime) -> Card | None:
    """
    Return what waits for somebody in the catalogue, for the home page of the room.
    """
    if not selectors.may_read(actor=actor):
        return None
    in_review, late = selectors.waiting(actor=actor, at=at)
    words = []
    if in_review:
        words.append(ngettext("%(num)s 个版本待审核", "%(num)s 个版本待审核", in_review) % {"num": in_review})
    if late:
        words.append(ngettext("%(num)s 项目录更新逾期", "%(num)s 项目录更新逾期", late) % {"num": late})
    return Card(
        title=_("信息资源目录"),
        says="，".join(words) or _("没有待审核的版本和逾期的更新"),
        href=reverse("data:datasets-duties") if late and not in_review else reverse("data:datasets"),
        icon="books",
        state="bad" if late else "warn" if in_review else "good",
    )


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show the catalogue by code, narrowed by words, class, sharing, state, state of the open version and node.
    """
    actor, at = staff(request), clock.now()
    wanted = _wanted(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.datasets(actor=actor, at=at, cursor=cursor, **_filters(wanted, actor))
    may_compile = selectors.may_compile(actor=actor)
    context = {
        "lines": page.items,
        "tree": selectors.tree(actor=actor),
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        "classes": DatasetClass.choices,
        "sharings": Sharing.choices,
        "states": DatasetState.choices,
        "open_states": [
            (each.value, each.label) for each in (DatasetVersionState.DRAFT, DatasetVersionState.IN_REVIEW)
        ],
        "looks": STATES,
        "open_looks": VERSION_STATES,
        "may_compile": may_compile,
        "sees_drafts": may_compile or selectors.may_review(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
        "csv_url": reverse("data:datasets-csv") + page_url(request, None),
    }
    return data_page(request, "data/datasets.html", context, actor=actor, current=CURRENT)


@never_cache
@require_safe
def export_list(request: HttpRequest) -> StreamingHttpResponse:
    """
    Give the list, with the same filters, as a table.
    """
    actor, at = staff(request), clock.now()
    filters = _filters(_wanted(request), actor)
    headings = [
        _("信息资源代码"),
        _("信息资源名称"),
        _("信息资源提供方"),
        _("提供方代码"),
        _("类"),
        _("共享类型"),
        _("开放属性"),
        _("更新周期"),
        _("状态"),
        _("版本"),
        _("登记节点"),
        _("数据量"),
        _("错误数"),
    ]
    lines = csv_lines(headings, (_cells(line) for line in _all_of(actor, at, filters)))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="datasets-{at:%Y%m%d}.csv"'
    return answer


@never_cache
@require_safe
def show_one(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """
    Show one dataset: metadata, fields, schema, health, who uses it, versions, and what was done.
    """
    actor, at = staff(request), clock.now()
    detail = selectors.dataset(dataset_id=dataset_id, actor=actor, at=at)
    context = {
        "detail": detail,
        "line": detail.summary,
        "facts": facts_of(detail.definition),
        "schema": json.dumps(detail.schema, ensure_ascii=False, indent=2),
        "looks": STATES,
        "version_looks": VERSION_STATES,
        "log": [
            {"name": each.act.label, "at": each.at, "note": each.comment, "state": "done"}
            for each in detail.log
        ],
    }
    return data_page(request, "data/dataset.html", context, actor=actor, current=CURRENT)


@never_cache
@require_safe
def show_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Show one version, in what it differs from the one before, and the steps the reader may take.
    """
    actor = staff(request)
    detail = selectors.dataset_version(version_id=version_id, actor=actor)
    context = {
        "detail": detail,
        "name": version_name(detail.summary.version),
        "facts": facts_of(detail.definition),
        "changes": [change_line(change) for change in detail.changes],
        "compared_with": version_name(detail.compared_with) if detail.compared_with else "",
        "looks": VERSION_STATES,
        "may_edit": DatasetAct.SAVE in detail.acts,
        "steps": [
            (
                act.label,
                reverse("data:dataset-step", args=[version_id, slug]),
                "danger" if act in GRAVE else "",
            )
            for slug, act in SLUGS.items()
            if act in detail.acts
        ],
    }
    return data_page(request, "data/dataset_version.html", context, actor=actor, current=CURRENT)


@never_cache
@require_POST
def begin_version(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """
    Begin the next version of a dataset and lead to its form.
    """
    actor = staff(request)
    try:
        receipt = services.compile_version(dataset_id=dataset_id, actor=actor, at=clock.now())
    except services.VersionAlreadyOpen as error:
        messages.warning(request, str(error))
        return redirect("data:dataset", dataset_id=dataset_id)
    return redirect("data:dataset-edit", version_id=receipt.id)


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, version_id: UUID, slug: str) -> HttpResponse:
    """
    Take a step with a version: what it does is said first, with room for an opinion.

    :raises NotFound: there is no such step, or not for this reader now
    """
    actor, at = staff(request), clock.now()
    detail = selectors.dataset_version(version_id=version_id, actor=actor)
    act = SLUGS.get(slug)
    if act is None or (request.method == "GET" and act not in detail.acts):
        raise NotFound
    return _stepped(
        request,
        act,
        title=detail.definition.title,
        back=reverse("data:dataset-version", args=[version_id]),
        do=lambda words: _do(act, version_id, words, actor, at),
        actor=actor,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """
    Take a dataset out of use.

    :raises NotFound: not for this reader, or it is not in use
    """
    actor, at = staff(request), clock.now()
    detail = selectors.dataset(dataset_id=dataset_id, actor=actor, at=at)
    if request.method == "GET" and not detail.may_withdraw:
        raise NotFound
    return _stepped(
        request,
        DatasetAct.WITHDRAW,
        title=detail.summary.title,
        back=reverse("data:dataset", args=[dataset_id]),
        do=lambda words: services.withdraw_dataset(dataset_id=dataset_id, comment=words, actor=actor, at=at),
        actor=actor,
    )


def version_name(version: int | None) -> str:
    """
    Return how a version is called.
    """
    return _("第 %(number)s 版") % {"number": version} if version else _("未发布")


def _stepped(
    request: HttpRequest, act: DatasetAct, *, title: str, back: str, do: Callable[[str], object], actor: Actor
) -> HttpResponse:
    words = request.POST.get("comment", "")

    def done() -> HttpResponse:
        do(words)
        messages.success(request, str(DONE[act]))
        return redirect(back)

    tried = sharing_forms.attempt(request, done)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "act": act,
        "title": title,
        "effect": EFFECTS[act],
        "back": back,
        "is_worded": act in WORDED,
        "needs_words": act is not DatasetAct.PUBLISH,
        "is_grave": act in GRAVE,
        "words": words,
        "errors": {"comment": tried.errors["comment"]} if "comment" in tried.errors else {},
        "faults": [(part, text) for part, text in tried.errors.items() if part != "comment"],
        "refusal": tried.refusal,
    }
    return data_page(
        request, "data/dataset_step.html", context, actor=actor, current=CURRENT, status=tried.status
    )


def _do(act: DatasetAct, version_id: UUID, words: str, actor: Actor, at: datetime) -> None:
    match act:
        case DatasetAct.SUBMIT:
            services.submit_draft(version_id=version_id, actor=actor, at=at)
        case DatasetAct.DISCARD:
            services.discard_draft(version_id=version_id, actor=actor, at=at)
        case DatasetAct.RETURN:
            services.return_draft(version_id=version_id, comment=words, actor=actor, at=at)
        case DatasetAct.PUBLISH:
            services.publish_version(version_id=version_id, comment=words, actor=actor, at=at)
        case _:
            raise NotFound


def _wanted(request: HttpRequest) -> dict[str, str]:
    names = ("q", "class", "sharing", "state", "open", "whose")
    return {name: request.GET.get(name, "").replace("\0", "").strip()[:LONGEST_WORDS] for name in names}


def _filters(wanted: dict[str, str], actor: Actor) -> dict[str, Any]:
    whose = wanted["whose"]
    return {
        "text": wanted["q"],
        "class_code": _one_of(DatasetClass, wanted["class"]),
        "sharing": _one_of(Sharing, wanted["sharing"]),
        "state": _one_of(DatasetState, wanted["state"]),
        "open_state": _one_of(DatasetVersionState, wanted["open"]),
        "provider_code": actor.agency_code or "-" if whose == "mine" else "",
        "is_own": {"mine": True, "node": True, "others": False}.get(whose),
    }


def _one_of(choices: type[Choice], value: str) -> Choice | None:
    return choices(value) if value in choices.values else None


def _all_of(actor: Actor, at: datetime, filters: dict[str, Any]) -> Iterator[DatasetSummary]:
    cursor: str | None = None
    while True:
        page = selectors.datasets(actor=actor, at=at, cursor=cursor, limit=PAGE_OF_EXPORT, **filters)
        yield from page.items
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


def _cells(line: DatasetSummary) -> list[str | int]:
    return [
        line.code,
        line.title,
        line.provider_name,
        line.provider_code,
        str(line.class_code.label),
        str(line.sharing.label),
        str(line.openness.label),
        str(line.cycle.label),
        str(line.state.label),
        line.version,
        line.node,
        line.health.rows,
        line.health.errors,
    ]
