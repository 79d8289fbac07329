"""
Offerings of nodes below, which are found here and handled there.
"""

from collections.abc import Collection
from functools import reduce
from operator import or_

from django.db.models import Q

from tongban.business.catalogue.models import OfferingBelow
from tongban.business.catalogue.values.elsewhere import OfferingElsewhere
from tongban.foundation.actors import Actor


def offerings_below(*, keys: Collection[str], actor: Actor) -> dict[str, OfferingElsewhere]:
    """
    Return offerings of nodes below that are in use, by their keys in the search index. At most one query.

    They are public, so the actor limits nothing.

    :param keys: "node:number"
    """
    del actor
    wanted = [key.partition(":") for key in keys]
    places = [Q(node=node, number=int(number)) for node, _sign, number in wanted if number.isdecimal()]
    if not places:
        return {}
    rows = OfferingBelow.objects.filter(reduce(or_, places), is_in_use=True)
    return {f"{row.node}:{row.number}": _facts(row) for row in rows}


def _facts(row: OfferingBelow) -> OfferingElsewhere:
    return OfferingElsewhere(
        key=f"{row.node}:{row.number}",
        node=row.node,
        node_name=row.node_name,
        node_name_en=row.node_name_en,
        name=row.name,
        name_en=row.name_en,
        service_type=row.service_type,
        agency_name=row.agency_name,
        can_apply_online=row.can_apply_online,
        url=row.url,
    )
