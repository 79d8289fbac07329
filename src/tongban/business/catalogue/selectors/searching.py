"""
What the search index reads: a stream of documents, in bounded memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import F, TextField
from django.db.models.functions import Cast

from tongban.business.catalogue import permissions
from tongban.business.catalogue.models import OfferingVersion
from tongban.business.catalogue.values import HandlingKind, LimitUnit, OfferingElements, OfferingState
from tongban.foundation.actors import Actor

CHUNK_ROWS = 500
BODY_CHARACTERS = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchDocument:
    """
    One offering as search sees it.
    """

    offering_id: int
    code: str
    version: int
    state: OfferingState
    name: str
    name_en: str
    main_item_name: str
    aliases: tuple[str, ...]
    everyday_words: tuple[str, ...]
    codes: tuple[str, ...]
    """National and local codes people may type."""
    agency_code: str
    agency_name: str
    division_code: str
    service_type: str
    summary: str
    summary_en: str
    body: str
    """Names of materials and results, conditions, questions: at most 20,000 characters."""
    for_persons: bool
    for_legal_entities: bool
    person_themes: tuple[str, ...]
    legal_themes: tuple[str, ...]
    life_events: tuple[str, ...]
    handling_kind: HandlingKind | None
    promised_amount: int | None
    promised_unit: LimitUnit | None
    online_grade: int
    visits: int | None
    can_apply_online: bool
    popularity: int


ROW_COLUMNS = (
    "for_persons",
    "for_legal_entities",
    "promised_amount",
    "online_grade",
    "visits",
    "can_apply_online",
    "popularity",
    "state",
    "code",
)


def search_documents(
    *, actor: Actor, after_id: int = 0, batch: str | None = None, codes: tuple[str, ...] | None = None
) -> Iterator[SearchDocument]:
    """
    Yield current versions as search documents in the order of their ids; one query per 500.

    Keepers of the catalogue, and the node itself, get every state, so that an index can drop what was retired.

    :param after_id: start after this offering id
    :param batch: only what one import batch brought
    :param codes: only the offerings with these codes
    """
    versions = OfferingVersion.objects.filter(version=F("offering__current_version"))
    if batch is not None:
        versions = versions.filter(batch=batch)
    if codes is not None:
        versions = versions.filter(offering__code__in=codes)
    if not permissions.read_unpublished.allows(actor):
        versions = versions.filter(offering__state=OfferingState.IN_USE)
    versions = versions.annotate(
        text=Cast("elements", TextField()),
        main_item_name=F("offering__definition__parent__name"),
        **{f"row_{name}": F(f"offering__{name}") for name in ROW_COLUMNS},
    ).values("offering_id", "version", "text", "main_item_name", *(f"row_{name}" for name in ROW_COLUMNS))
    while True:
        rows = list(versions.filter(offering_id__gt=after_id).order_by("offering_id")[:CHUNK_ROWS])
        for row in rows:
            yield _document(row)
        if len(rows) < CHUNK_ROWS:
            return
        after_id = rows[-1]["offering_id"]


def _document(row: dict[str, Any]) -> SearchDocument:
    elements = msgspec.json.decode(row["text"], type=OfferingElements)
    facts = {name: row[f"row_{name}"] for name in ROW_COLUMNS}
    facts["state"] = OfferingState(facts["state"])
    codes = (
        elements.basic_code,
        elements.local_basic_code,
        elements.implementation_code,
        elements.local_implementation_code,
    )
    return SearchDocument(
        offering_id=row["offering_id"],
        version=row["version"],
        main_item_name=row["main_item_name"] or "",
        codes=tuple(dict.fromkeys(code for code in codes if code)),
        body=_body(elements),
        promised_unit=elements.promised_limit.unit if elements.promised_limit else None,
        **{name: getattr(elements, name) for name in SAME_IN_ELEMENTS},
        **facts,
    )


SAME_IN_ELEMENTS = (
    "name",
    "name_en",
    "aliases",
    "everyday_words",
    "agency_code",
    "agency_name",
    "division_code",
    "service_type",
    "summary",
    "summary_en",
    "person_themes",
    "legal_themes",
    "life_events",
    "handling_kind",
)


def _body(elements: OfferingElements) -> str:
    parts = [material.name for material in elements.materials]
    parts += [result.name for result in elements.results]
    parts += [criterion.text for criterion in elements.eligibility_criteria]
    parts += [option.label for situation in elements.situations for option in situation.options]
    parts += [text for question in elements.questions for text in (question.question, question.answer)]
    return "\n".join(parts)[:BODY_CHARACTERS]
