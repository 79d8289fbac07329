"""
The contracts of licences between nodes: `licences.licence` and `licences.type`, told upward and passed on.
"""

from collections.abc import Sequence

import msgspec
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.business.licences.models import Licence, LicenceType
from tongban.business.licences.models.peers import PeerLicence, PeerType
from tongban.business.licences.services.peers.receiving import (
    sweep_licences,
    sweep_types,
    take_licences,
    take_types,
)
from tongban.business.licences.services.publishing import (
    LICENCES,
    TYPES,
    licence_entry,
    type_entry,
    type_key,
)
from tongban.business.licences.values.peers import LicenceEntry, TypeEntry
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.values import Contract, Direction


def contracts() -> tuple[Contract, ...]:
    """
    Return what is exchanged of licences.
    """
    return (
        Contract(
            code=LICENCES,
            title=_("电子证照"),
            shape=LicenceEntry,
            direction=Direction.UP,
            take=take_licences,
            is_passed_on=True,
            snapshot=snapshot_of_licences,
            sweep=sweep_licences,
        ),
        Contract(
            code=TYPES,
            title=_("电子证照目录"),
            shape=TypeEntry,
            direction=Direction.UP,
            take=take_types,
            is_passed_on=True,
            snapshot=snapshot_of_types,
            sweep=sweep_types,
        ),
    )


def snapshot_of_licences(after: str, limit: int) -> Sequence[tuple[str, LicenceEntry, str]]:
    """
    Return how licences stand, of this node and of nodes below, in the order of their identifiers.
    """
    each = [
        model.objects.filter(identifier__gt=after).order_by("identifier").values_list("identifier")[:limit]
        for model in (Licence, PeerLicence)
    ]
    found = each[0].union(each[1], all=True).order_by("identifier")[:limit]
    identifiers = list(dict.fromkeys(identifier for (identifier,) in found))
    own = Licence.objects.in_bulk(identifiers, field_name="identifier")
    below = PeerLicence.objects.in_bulk(identifiers)
    here = exchange.neighbours().own_code
    return [
        (name, licence_entry(own[name]), here)
        if name in own
        else (name, msgspec.convert(below[name].content, LicenceEntry), below[name].source)
        for name in identifiers
    ]


def snapshot_of_types(after: str, limit: int) -> Sequence[tuple[str, TypeEntry, str]]:
    """
    Return how published types stand: this node's, then those of nodes below.
    """
    here = exchange.neighbours().own_code
    node, _sign, code = after.partition(":")
    rows: list[tuple[str, TypeEntry, str]] = []
    if node in ("", here):
        own = LicenceType.objects.filter(version__gt=0, code__gt=code).order_by("code")[:limit]
        rows = [(type_key(here, kind.code), type_entry(kind), here) for kind in own]
        node, code = "", ""
    others = PeerType.objects.filter(Q(source__gt=node) | Q(source=node, code__gt=code))
    return rows + [
        (type_key(row.source, row.code), msgspec.convert(row.content, TypeEntry), row.source)
        for row in others.order_by("source", "code")[: limit - len(rows)]
    ]
