"""
开放数据: what the public may have of the resource catalogue, for readers and, as DCAT-AP, for harvesters.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from tongban.foundation.errors import Text
from tongban.foundation.languages import in_language
from tongban.foundation.paging import page_url
from tongban.portal.site.values import OpenDataLine
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.values import (
    DatasetInForce,
    FileForm,
    Openness,
    code_in_address,
    code_of_address,
)
from tongban.support.identity.selectors import actor_of

LONGEST_WORDS: Final = 100
DOCUMENT_SECONDS: Final = 600
KINDS: Final[dict[FileForm, str]] = {
    FileForm.TURTLE: "text/turtle; charset=utf-8",
    FileForm.JSON_LD: "application/ld+json",
}


@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show what is open, narrowed by words. One query.
    """
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_WORDS]
    cursor = request.GET.get("cursor") or None
    page = selectors.open_datasets(actor=actor_of(request), text=words, cursor=cursor)
    context = {
        "lines": [_line(each) for each in page.items],
        "words": words,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return render(request, "site/open_data.html", context)


@require_safe
def show_one(request: HttpRequest, node: str, code: str) -> HttpResponse:
    """
    Show one dataset that is open: what it says, on what condition it is had, its fields and schema. One query.

    :raises DatasetNotFound: there is none, or it is not open
    """
    found = selectors.open_dataset(node=node, code=code_of_address(code), actor=actor_of(request))
    context = {
        "line": _line(found),
        "summary": found.definition.summary,
        "condition": found.definition.opening_condition if _is_conditional(found) else "",
        "facts": _facts(found),
        "fields": found.definition.fields,
        "schema_url": selectors.schema_address(found.node, found.code, found.version),
    }
    return render(request, "site/open_dataset.html", context)


@cache_control(public=True, max_age=DOCUMENT_SECONDS)
@require_safe
def export_catalogue(request: HttpRequest, form: str) -> HttpResponse:
    """
    Give what is open as DCAT-AP, a hundred datasets at a time; `Link` leads to those that follow (RFC 8288). One query.
    """
    wanted = FileForm(form)
    page = services.export_open(
        form=wanted, actor=actor_of(request), cursor=request.GET.get("cursor") or None
    )
    response = HttpResponse(page.items[0], content_type=KINDS[wanted])
    response["Content-Disposition"] = f'inline; filename="catalog.{form}"'
    # Public by nature: harvesters read it from pages of their own.
    response["Access-Control-Allow-Origin"] = "*"
    if page.next_cursor:
        following = request.build_absolute_uri(page_url(request, page.next_cursor))
        response["Link"] = f'<{following}>; rel="next"'
    return response


def _line(dataset: DatasetInForce) -> OpenDataLine:
    definition = dataset.definition
    return OpenDataLine(
        url=reverse("site:open-data-show", args=[dataset.node, code_in_address(dataset.code)]),
        title=in_language(definition.title, definition.title_en),
        provider=definition.provider_name,
        summary=definition.summary,
        openness=definition.openness.label,
        is_conditional=_is_conditional(dataset),
        cycle=definition.cycle.label,
        published_on=dataset.published_on,
    )


def _is_conditional(dataset: DatasetInForce) -> bool:
    return dataset.definition.openness is Openness.CONDITIONAL


def _facts(dataset: DatasetInForce) -> list[tuple[Text, Text]]:
    definition = dataset.definition
    return [
        (_("信息资源代码"), dataset.code),
        (_("信息资源提供方"), definition.provider_name),
        (_("提供方代码"), definition.provider_code),
        (_("登记节点"), dataset.node),
        (_("类"), definition.class_code.label),
        (_("信息资源格式"), definition.format.label),
        (_("获取方式"), "、".join(str(mode.label) for mode in definition.modes)),
        (_("更新周期"), definition.cycle.label),
        (_("版本"), str(dataset.version)),
        (_("发布日期"), dataset.published_on),
    ]
