"""
Offerings that are open to counters of other places (通办范围, T11).
"""

from django.db.models import F

from tongban.business.catalogue.models import OfferingVersion
from tongban.business.catalogue.selectors.terms import OfferingTerms, offering_terms
from tongban.business.catalogue.values import Reach
from tongban.foundation.actors import Actor

DIGITS = {Reach.NATION: 0, Reach.PROVINCE: 2, Reach.CITY: 4, Reach.COUNTY: 6, Reach.TOWNSHIP: 9}
"""How many leading digits of the division code both places share."""
MOST = 50


def reaches(*, reach: Reach | None, division_code: str, place: str) -> bool:
    """
    Return whether an offering of a division may be taken in at another place.

    :param reach: 通办范围 of the offering; None: nobody published one, and nobody else takes it in
    :param place: 12-digit division of the counter
    """
    if reach is None or reach not in DIGITS:
        return False
    shared = DIGITS[reach]
    return place[:shared] == division_code[:shared]


def open_offerings(*, words: str, place: str, actor: Actor) -> list[OfferingTerms]:
    """
    Return offerings in use that counters at a place may take applications for, by words in their name; 50 at most.

    They are public, so the actor limits nothing.

    :param place: 12-digit division of the counters
    """
    versions = OfferingVersion.objects.filter(
        offering__state="IN_USE",
        version=F("offering__current_version"),
        elements__can_apply_online=True,
        elements__reach__in=[reach.value for reach in DIGITS],
    )
    for word in words.split():
        versions = versions.filter(elements__name__icontains=word)
    codes = versions.order_by("offering__browse_rank", "offering_id").values_list("offering__code", flat=True)
    found = [offering_terms(actor=actor, code=code) for code in codes[: 4 * MOST]]
    return [
        each for each in found if reaches(reach=each.reach, division_code=each.division_code, place=place)
    ][:MOST]
