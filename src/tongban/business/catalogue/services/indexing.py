"""
Keeping the search index in step with the catalogue.
"""

from collections.abc import Iterator

from tongban.business.catalogue import selectors
from tongban.business.catalogue.values import Audience, OfferingState
from tongban.foundation.actors import Actor
from tongban.support.search import services as search
from tongban.support.search.values import IndexReceipt, SearchDocument


def index_offerings(
    *, actor: Actor, batch: str | None = None, codes: tuple[str, ...] | None = None
) -> IndexReceipt:
    """
    Put offerings into the search index, those no longer in use as inactive; safe to repeat.

    :param batch: only what one import batch brought
    :param codes: only the offerings with these codes; neither means the whole catalogue
    """
    return search.index_documents(_documents(actor=actor, batch=batch, codes=codes))


def _documents(*, actor: Actor, batch: str | None, codes: tuple[str, ...] | None) -> Iterator[SearchDocument]:
    for offering in selectors.search_documents(actor=actor, batch=batch, codes=codes):
        yield _document(offering)


def _document(offering: selectors.SearchDocument) -> SearchDocument:
    named = (offering.main_item_name, *offering.aliases, *offering.everyday_words)
    held = ((Audience.PERSON, offering.for_persons), (Audience.LEGAL, offering.for_legal_entities))
    return SearchDocument(
        ref_code=offering.code,
        name=offering.name,
        name_en=offering.name_en,
        codes=offering.codes,
        related=tuple(dict.fromkeys(name for name in named if name and name != offering.name)),
        agency_name=offering.agency_name,
        agency_code=offering.agency_code,
        division_code=offering.division_code,
        audiences=tuple(audience.value for audience, is_held in held if is_held),
        themes=tuple(dict.fromkeys((*offering.person_themes, *offering.legal_themes))),
        online_depth=offering.online_grade,
        popularity=offering.popularity,
        body="\n".join(text for text in (offering.summary, offering.summary_en, offering.body) if text),
        is_active=offering.state is OfferingState.IN_USE,
    )
