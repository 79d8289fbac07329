"""
Browse by audience, theme, agency, life event and region.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.selectors import BrowseQuery, CodeFacts
from tongban.business.catalogue.values import Audience
from tongban.foundation.actors import Actor
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.languages import in_language
from tongban.portal.site.values import (
    EVENT_ICON,
    LEGAL_THEME_ICONS,
    PERSON_THEME_ICONS,
    AgencyGroup,
    AgencyTile,
    ItemPage,
    RegionTile,
)
from tongban.portal.site.views.home import event_tiles, theme_tiles
from tongban.portal.site.views.words import agency_names, item_line
from tongban.resources.registers import selectors as registers
from tongban.resources.registers.selectors import DivisionFacts
from tongban.resources.registers.values import DivisionLevel
from tongban.support.identity.selectors import actor_of

AUDIENCES = {"person": Audience.PERSON, "legal": Audience.LEGAL}
THEME_LISTS = {Audience.PERSON: "PERSON_THEME", Audience.LEGAL: "LEGAL_THEME"}


@require_safe
def show_audience(request: HttpRequest, audience: str) -> HttpResponse:
    """
    Show what there is for persons or for legal entities: themes first, then the most used items. Three queries.
    """
    actor, kind = actor_of(request), AUDIENCES[audience]
    counts = catalogue.catalogue_counts(actor=actor)
    codes = catalogue.code_list(code=THEME_LISTS[kind], actor=actor)
    is_person = kind is Audience.PERSON
    context = {
        "audience": audience,
        "title": audience_name(kind),
        "total": counts.persons if is_person else counts.legal_entities,
        "themes": theme_tiles(
            codes,
            counts.by_person_theme if is_person else counts.by_legal_theme,
            PERSON_THEME_ICONS if is_person else LEGAL_THEME_ICONS,
        ),
        "page": _page(request, BrowseQuery(audience=kind, online_only=_online_only(request)), actor),
        "online_only": _online_only(request),
    }
    return render(request, "site/audience.html", context)


@require_safe
def show_theme(request: HttpRequest, audience: str, theme: str) -> HttpResponse:
    """
    Show the items of one theme. Two queries.
    """
    actor, kind = actor_of(request), AUDIENCES[audience]
    codes = catalogue.code_list(code=THEME_LISTS[kind], actor=actor)
    found = _code(codes, theme)
    query = BrowseQuery(audience=kind, theme=theme, online_only=_online_only(request))
    context = {
        "audience": audience,
        "audience_name": audience_name(kind),
        "title": in_language(found.name, found.name_en),
        "page": _page(request, query, actor),
        "online_only": _online_only(request),
    }
    return render(request, "site/theme.html", context)


@require_safe
def list_themes(request: HttpRequest) -> HttpResponse:
    """
    Show all themes of both audiences. Three queries.
    """
    actor = actor_of(request)
    counts = catalogue.catalogue_counts(actor=actor)
    persons = catalogue.code_list(code="PERSON_THEME", actor=actor)
    legal = catalogue.code_list(code="LEGAL_THEME", actor=actor)
    context = {
        "person_themes": theme_tiles(persons, counts.by_person_theme, PERSON_THEME_ICONS),
        "legal_themes": theme_tiles(legal, counts.by_legal_theme, LEGAL_THEME_ICONS),
        "counts": counts,
    }
    return render(request, "site/themes.html", context)


@require_safe
def list_agencies(request: HttpRequest) -> HttpResponse:
    """
    Show the agencies that offer something, by division. Three queries.

    `region`, a 12-digit division code, keeps those of that division and below it.
    """
    actor = actor_of(request)
    node_code = settings.TONGBAN_NODE.division_code
    region = request.GET.get("region") or node_code
    divisions = {row.code: row for row in registers.divisions_inside(code=node_code, actor=actor)}
    if region != node_code and region not in divisions:
        raise Http404
    context = {
        "groups": _agency_groups(region=region, divisions=divisions, actor=actor),
        "region_name": _division_name(divisions.get(region)),
    }
    return render(request, "site/agencies.html", context)


@require_safe
def show_agency(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show one agency and its items. Two queries.
    """
    actor = actor_of(request)
    agency = registers.agency_by_code(code=code, actor=actor)
    query = BrowseQuery(agency_code=code, online_only=_online_only(request))
    context = {
        "code": code,
        "title": in_language(agency.name, agency.name_en),
        "code_is_valid": agency.code_is_valid,
        "page": _page(request, query, actor),
        "online_only": _online_only(request),
    }
    return render(request, "site/agency.html", context)


@require_safe
def list_events(request: HttpRequest) -> HttpResponse:
    """
    Show the life events. Two queries.
    """
    actor = actor_of(request)
    counts = catalogue.catalogue_counts(actor=actor)
    events = event_tiles(catalogue.code_list(code="LIFE_EVENT", actor=actor), counts)
    return render(request, "site/events.html", {"events": events, "event_icon": EVENT_ICON})


@require_safe
def show_event(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show the items that belong to one life event. Two queries.
    """
    actor = actor_of(request)
    found = _code(catalogue.code_list(code="LIFE_EVENT", actor=actor), code)
    context = {
        "title": in_language(found.name, found.name_en),
        "page": _page(request, BrowseQuery(life_event=code), actor),
    }
    return render(request, "site/event.html", context)


@require_safe
def list_regions(request: HttpRequest) -> HttpResponse:
    """
    Show the divisions of the node, with what is offered in each. Three queries.
    """
    actor = actor_of(request)
    node_code = settings.TONGBAN_NODE.division_code
    divisions = registers.divisions_inside(code=node_code, actor=actor)
    agencies = registers.agencies_inside(division_code=node_code, actor=actor)
    offered = {row.agency_code: row.offerings for row in catalogue.catalogue_counts(actor=actor).by_agency}
    regions = []
    for division in divisions:
        if division.level not in (DivisionLevel.CITY, DivisionLevel.COUNTY):
            continue
        inside = [row for row in agencies if row.division_code.startswith(subtree_prefix(division.code))]
        regions.append(
            RegionTile(
                code=division.code,
                name=_division_name(division),
                agencies=sum(1 for row in inside if offered.get(row.code)),
                items=sum(offered.get(row.code, 0) for row in inside),
                is_node=division.code == node_code,
            )
        )
    return render(request, "site/regions.html", {"regions": regions})


def audience_name(audience: Audience) -> str:
    """
    Return the name of a door: 个人服务, 法人服务.
    """
    return _("个人服务") if audience is Audience.PERSON else _("法人服务")


def _page(request: HttpRequest, query: BrowseQuery, actor: Actor) -> ItemPage:
    cursor = request.GET.get("after") or None
    found = catalogue.browse(query=query, actor=actor, cursor=cursor)
    kept = {name: value for name, value in request.GET.items() if name != "after"}
    following = urlencode({**kept, "after": found.next_cursor}) if found.next_cursor else ""
    agencies = agency_names((offering.agency_code for offering in found.items), actor=actor)
    return ItemPage(
        items=tuple(item_line(offering, agencies=agencies) for offering in found.items),
        next_url=f"?{following}" if following else "",
        first_url=f"?{urlencode(kept)}" if cursor else "",
    )


def _online_only(request: HttpRequest) -> bool:
    return request.GET.get("online") == "1"


def _code(codes: list[CodeFacts], wanted: str) -> CodeFacts:
    for code in codes:
        if code.code == wanted:
            return code
    raise Http404


def _agency_groups(
    *, region: str, divisions: dict[str, DivisionFacts], actor: Actor
) -> tuple[AgencyGroup, ...]:
    offered = {row.agency_code: row.offerings for row in catalogue.catalogue_counts(actor=actor).by_agency}
    groups: dict[str, list[AgencyTile]] = {}
    for agency in registers.agencies_inside(division_code=region, actor=actor):
        if count := offered.get(agency.code):
            tile = AgencyTile(code=agency.code, name=in_language(agency.name, agency.name_en), count=count)
            groups.setdefault(agency.division_code, []).append(tile)
    return tuple(
        AgencyGroup(name=_division_name(divisions.get(code)), agencies=tuple(tiles))
        for code, tiles in groups.items()
    )


def _division_name(division: DivisionFacts | None) -> str:
    if division is None:
        return in_language(settings.TONGBAN_NODE.name, settings.TONGBAN_NODE.name_en)
    return in_language(division.name, division.name_en)
