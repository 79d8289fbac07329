"""
Lists of offerings: browse by audience, theme, agency, life event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from tongban.business.catalogue import permissions
from tongban.business.catalogue.models import OfferingQuerySet, ServiceOffering, audience_column
from tongban.business.catalogue.values import Audience, HandlingKind, LimitUnit, OfferingState
from tongban.foundation.actors import Actor
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.paging import Page, decode_cursor, encode_cursor

PAGE_ROWS = 20
MOST_ROWS = 100
CURSOR = "catalogue.browse"


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferingSummary:
    """
    An offering as a list shows it.
    """

    id: int
    code: str
    name: str
    name_en: str
    service_type: str
    agency_code: str
    agency_name: str
    division_code: str
    state: OfferingState
    handling_kind: HandlingKind
    statutory_amount: int | None
    statutory_unit: LimitUnit | None
    promised_amount: int | None
    promised_unit: LimitUnit | None
    visits: int | None
    online_grade: int
    is_charged: bool
    can_apply_online: bool
    for_persons: bool
    for_legal_entities: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BrowseQuery:
    """
    What a list is to hold; every part narrows it.
    """

    audience: Audience | None = None
    theme: str | None = None
    """Three digits; of persons' themes unless `audience` is LEGAL."""
    agency_code: str | None = None
    life_event: str | None = None
    service_type: str | None = None
    division_code: str | None = None
    """Offerings of this division and of all below it."""
    online_only: bool = False
    """Only what can be applied for on this node's own pages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyCount:
    """
    An agency with the number of its offerings in use.
    """

    agency_code: str
    agency_name: str
    offerings: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogueCounts:
    """
    Numbers of offerings in use, by everything people browse by.
    """

    total: int
    online: int
    persons: int
    legal_entities: int
    by_person_theme: dict[str, int]
    by_legal_theme: dict[str, int]
    by_life_event: dict[str, int]
    by_service_type: dict[str, int]
    by_agency: tuple[AgencyCount, ...]
    """Most offerings first."""


SUMMARY_COLUMNS = tuple(OfferingSummary.__dataclass_fields__)

COUNTS_KEPT_SECONDS = 60

COUNTS = """
WITH held AS MATERIALIZED (
    SELECT id, agency_code, agency_name, service_type, person_themes, legal_themes, life_events,
        for_persons, for_legal_entities, can_apply_online
    FROM catalogue_serviceoffering
    WHERE state = 'IN_USE' AND division_code LIKE %(prefix)s
)
SELECT 'total', '', '', count(*) FROM held
UNION ALL SELECT 'online', '', '', count(*) FROM held WHERE can_apply_online
UNION ALL SELECT 'persons', '', '', count(*) FROM held WHERE for_persons
UNION ALL SELECT 'legal_entities', '', '', count(*) FROM held WHERE for_legal_entities
UNION ALL SELECT 'person_theme', theme, '', count(*) FROM held, unnest(person_themes) theme GROUP BY theme
UNION ALL SELECT 'legal_theme', theme, '', count(*) FROM held, unnest(legal_themes) theme GROUP BY theme
UNION ALL SELECT 'life_event', event, '', count(*) FROM held, unnest(life_events) event GROUP BY event
UNION ALL SELECT 'service_type', service_type, '', count(*) FROM held GROUP BY service_type
UNION ALL SELECT 'agency', agency_code, max(agency_name), count(*) FROM held GROUP BY agency_code
"""


def browse(
    *, query: BrowseQuery, actor: Actor, cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[OfferingSummary]:
    """
    Return offerings in use, those that can be applied for online first, then the most used.

    One query; indexes `offering_browse`, `offering_of_agency` and the GIN indexes over themes serve it.

    :param cursor: from the page before
    :param limit: rows on the page, at most 100
    :raises InvalidInput: the cursor was changed, or is of another list
    """
    limit = max(1, min(limit, MOST_ROWS))
    offerings = _visible(actor)
    offerings = _narrowed(offerings, query)
    if cursor is not None:
        offerings = _after(offerings, decode_cursor(CURSOR, cursor))
    ordered = offerings.order_by("browse_rank", "id")
    rows = list(ordered.values("browse_rank", *SUMMARY_COLUMNS)[: limit + 1])
    shown = rows[:limit]
    following = None
    if len(rows) > limit:
        last = shown[-1]
        following = encode_cursor(CURSOR, [last["browse_rank"], last["id"]])
    return Page(items=[summary_of(row) for row in shown], next_cursor=following)


def offerings_by_codes(*, codes: Sequence[str], actor: Actor) -> list[OfferingSummary]:
    """
    Return the offerings with these codes, in the order asked for; unknown and hidden ones are left out. One query.
    """
    rows = _visible(actor).filter(code__in=codes).values(*SUMMARY_COLUMNS)
    by_code = {row["code"]: summary_of(row) for row in rows}
    return [by_code[code] for code in codes if code in by_code]


def catalogue_counts(*, actor: Actor, division_code: str = "000000000000") -> CatalogueCounts:
    """
    Return the numbers of offerings in use by theme, life event, type, agency and audience.

    They may be a minute old: counting reads every offering, and each page that leads to offerings shows them. At most
    one query, most often none.

    :param division_code: only offerings of this division and below it
    """
    prefix = subtree_prefix(division_code)
    key = f"catalogue.counts.{prefix}"
    counts: CatalogueCounts | None = cache.get(key)
    if counts is None:
        counts = _counted(prefix)
        cache.set(key, counts, COUNTS_KEPT_SECONDS)
    return counts


def _counted(prefix: str) -> CatalogueCounts:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"prefix": f"{prefix}%"})
        rows = cursor.fetchall()
    single = {kind: count for kind, _key, _name, count in rows if not _key}
    keyed: dict[str, dict[str, int]] = {}
    for kind, key, _name, count in rows:
        if key:
            keyed.setdefault(kind, {})[key] = count
    agencies = [
        AgencyCount(agency_code=key, agency_name=name, offerings=count)
        for kind, key, name, count in rows
        if kind == "agency"
    ]
    return CatalogueCounts(
        total=single["total"],
        online=single["online"],
        persons=single["persons"],
        legal_entities=single["legal_entities"],
        by_person_theme=keyed.get("person_theme", {}),
        by_legal_theme=keyed.get("legal_theme", {}),
        by_life_event=keyed.get("life_event", {}),
        by_service_type=keyed.get("service_type", {}),
        by_agency=tuple(sorted(agencies, key=lambda agency: (-agency.offerings, agency.agency_code))),
    )


def summary_of(row: dict[str, Any]) -> OfferingSummary:
    """
    Return the summary of a row of `SUMMARY_COLUMNS`.
    """
    facts = {name: row[name] for name in SUMMARY_COLUMNS}
    facts["state"] = OfferingState(facts["state"])
    facts["handling_kind"] = HandlingKind(facts["handling_kind"])
    for name in ("statutory_unit", "promised_unit"):
        facts[name] = LimitUnit(facts[name]) if facts[name] else None
    return OfferingSummary(**facts)


def _visible(actor: Actor) -> OfferingQuerySet:
    offerings = ServiceOffering.objects.all()
    return offerings if permissions.read_unpublished.allows(actor) else offerings.in_use()


def _narrowed(offerings: OfferingQuerySet, query: BrowseQuery) -> OfferingQuerySet:
    offerings = offerings.in_use()
    if query.audience is not None:
        offerings = offerings.filter(**{audience_column(query.audience): True})
    if query.theme:
        themes = "legal_themes" if query.audience is Audience.LEGAL else "person_themes"
        offerings = offerings.filter(**{f"{themes}__contains": [query.theme]})
    if query.life_event:
        offerings = offerings.filter(life_events__contains=[query.life_event])
    if query.agency_code:
        offerings = offerings.filter(agency_code=query.agency_code)
    if query.service_type:
        offerings = offerings.filter(service_type=query.service_type)
    if query.division_code:
        offerings = offerings.filter(division_code__startswith=subtree_prefix(query.division_code))
    if query.online_only:
        offerings = offerings.filter(can_apply_online=True)
    return offerings


def _after(offerings: OfferingQuerySet, key: Sequence[Any]) -> OfferingQuerySet:
    # A comparison of rows, which the index answers by starting at the key.
    return offerings.filter(TupleGreaterThan(Tuple("browse_rank", "id"), tuple(key)))
