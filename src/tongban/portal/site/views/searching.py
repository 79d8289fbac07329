"""
我要查: results and suggestions.
"""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.selectors.elsewhere import offerings_below
from tongban.business.catalogue.values import Audience
from tongban.foundation.actors import Actor
from tongban.foundation.clock import now
from tongban.foundation.languages import is_english
from tongban.portal.site.values import FilterOption, ItemLine, NumberHint, Part, SearchPage
from tongban.portal.site.views.words import agency_names, item_line, item_line_elsewhere
from tongban.support.identity.selectors import actor_of
from tongban.support.search import selectors as search
from tongban.support.search import services as search_log
from tongban.support.search.values import (
    MAX_QUERY_CHARACTERS,
    CodeHint,
    HintKind,
    SearchFilters,
    SearchHit,
    SearchKind,
    SearchResults,
)

SUGGESTIONS = 8
#: 网上办理深度 in four grades: III 在线申办, IV 全程网办.
DEPTHS = ("3", "4")


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show what was found; without a question, show how to ask. The search is counted, without who asked.

    The number of an item leads straight to its guide.
    """
    query = request.GET.get("q", "").strip()[:MAX_QUERY_CHARACTERS]
    if not query:
        return render(request, "site/search_start.html")
    actor = actor_of(request)
    filters = _filters(request)
    found = search.search(query, actor=actor, filters=filters)
    search_log.record_search(query=query, results=found.total, at=now())
    if found.hint is not None and found.hint.kind is HintKind.ITEM_CODE:
        return redirect("site:item-show", code=found.hint.value)
    context = {"search": _page(query, found, filters, actor)}
    return render(request, "site/search.html", context)


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """
    Return whole questions that begin with what was typed so far, as a fragment for the search box.
    """
    typed = request.GET.get("q", "").strip()[:MAX_QUERY_CHARACTERS]
    found = search.suggest(typed, actor=actor_of(request), limit=SUGGESTIONS) if typed else []
    return render(request, "site/_suggestions.html", {"suggestions": found})


def _filters(request: HttpRequest) -> SearchFilters:
    audience = request.GET.get("audience", "")
    depth = request.GET.get("depth", "")
    return SearchFilters(
        audience=audience if audience in Audience.values else None,
        agency_code=request.GET.get("agency", "")[:50] or None,
        min_online_depth=int(depth) if depth in DEPTHS else None,
    )


def _page(query: str, found: SearchResults, filters: SearchFilters, actor: Actor) -> SearchPage:
    return SearchPage(
        query=query,
        corrected=found.corrected_query or "",
        items=_lines(found.hits, actor),
        total=found.total,
        is_more=found.is_total_capped or found.total > len(found.hits),
        hint=_hint(found.hint),
        audiences=_options(
            chosen=filters.audience,
            options=[(Audience.PERSON.value, _("个人")), (Audience.LEGAL.value, _("法人"))],
        ),
        agencies=_agencies(found.hits, filters, actor),
        depths=_options(
            chosen=str(filters.min_online_depth or ""),
            options=[("3", _("在线申办及以上")), ("4", _("全程网办，不用跑"))],
        ),
        is_filtered=filters != SearchFilters(),
    )


def _lines(hits: tuple[SearchHit, ...], actor: Actor) -> tuple[ItemLine, ...]:
    """
    Return the hits with what the catalogue says of them now; what is no longer in use is left out.

    One query, and one more where nodes below offer something.
    """
    codes: dict[SearchKind, list[str]] = {kind: [] for kind in SearchKind}
    for hit in hits:
        codes[hit.kind].append(hit.ref_code)
    known = catalogue.offerings_by_codes(codes=codes[SearchKind.ITEM], actor=actor)
    by_code = {offering.code: offering for offering in known}
    below = offerings_below(keys=codes[SearchKind.BELOW], actor=actor)
    agencies = agency_names((offering.agency_code for offering in known), actor=actor)
    lines = []
    for hit in hits:
        if hit.kind is SearchKind.BELOW and hit.ref_code in below:
            lines.append(item_line_elsewhere(below[hit.ref_code], _parts(hit)))
        elif hit.kind is SearchKind.ITEM and hit.ref_code in by_code:
            lines.append(item_line(by_code[hit.ref_code], _parts(hit), agencies=agencies))
    return tuple(lines)


def _parts(hit: SearchHit) -> tuple[Part, ...]:
    if is_english() and hit.name_en:
        return (Part(hit.name_en),)
    return tuple(Part(segment.text, is_hit=segment.is_hit) for segment in hit.segments)


def _options(*, chosen: str | None, options: list[tuple[str, str]]) -> tuple[FilterOption, ...]:
    return (
        FilterOption(value="", label=_("不限"), is_chosen=not chosen),
        *(FilterOption(value=value, label=label, is_chosen=value == chosen) for value, label in options),
    )


def _agencies(hits: tuple[SearchHit, ...], filters: SearchFilters, actor: Actor) -> tuple[FilterOption, ...]:
    names = {hit.agency_code: hit.agency_name for hit in hits}
    names |= agency_names(names, actor=actor)
    return _options(chosen=filters.agency_code, options=list(names.items()))


def _hint(hint: CodeHint | None) -> NumberHint | None:
    if hint is None or hint.kind is HintKind.ITEM_CODE:
        return None
    is_licence = hint.kind is HintKind.LICENCE_IDENTIFIER
    words = {
        HintKind.CASE_NUMBER: _("这像是办件编号。"),
        HintKind.QUERY_CODE: _("这像是查询码。"),
        HintKind.LICENCE_IDENTIFIER: _("这像是电子证照标识。"),
    }
    page = reverse("site:verification-ask" if is_licence else "site:progress-show")
    return NumberHint(
        text=words[hint.kind],
        link_text=_("核验这份证照") if is_licence else _("查这件的进度"),
        url=f"{page}?{urlencode({'number': hint.value})}",
    )
