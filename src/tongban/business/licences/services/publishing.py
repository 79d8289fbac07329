"""
What other nodes are told of licences and types, written with each change for the exchange to carry.

Whoever changes a licence holds its row, so entries of one licence lie in the order of its changes.
"""

from datetime import datetime
from typing import Final

from django.conf import settings

from tongban.business.licences.models import Licence, LicenceType, LicenceTypeVersion
from tongban.business.licences.rules import holder_key
from tongban.business.licences.selectors.masking import public_name
from tongban.business.licences.values import (
    HolderKind,
    LicenceEventKind,
    LicenceStatus,
    TrustGrade,
    VersionState,
)
from tongban.business.licences.values.peers import LicenceEntry, TypeEntry
from tongban.foundation.clock import civil_date
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange import services as streams
from tongban.resources.exchange.values import Operation

LICENCES: Final = "licences.licence"
TYPES: Final = "licences.type"
SAME_TO_OTHERS: Final = frozenset({LicenceEventKind.RENDERED, LicenceEventKind.REMINDED})
"""Events that change nothing of what other nodes know."""


def write_licence(licence: Licence, kind: LicenceEventKind, *, at: datetime) -> None:
    """
    Tell the node above how a licence stands, in the transaction of its change; nothing where there is none.
    """
    if kind in SAME_TO_OTHERS:
        return
    streams.publish(
        dataset=LICENCES,
        key=licence.identifier,
        operation=Operation.INSERT if kind is LicenceEventKind.ISSUED else Operation.UPDATE,
        content=licence_entry(licence),
        at=at,
    )


def write_type(kind: LicenceType, *, at: datetime) -> None:
    """
    Tell the node above how a type stands, in the transaction of its change; nothing where there is none.
    """
    streams.publish(
        dataset=TYPES,
        key=type_key(exchange.neighbours().own_code, kind.code),
        operation=Operation.UPDATE,
        content=type_entry(kind),
        at=at,
    )


def type_key(node_code: str, code: str) -> str:
    """
    Return by which key a type of a node is told: two nodes may define one code.
    """
    return f"{node_code}:{code}"


def licence_entry(licence: Licence) -> LicenceEntry:
    """
    Return what other nodes are told of a licence: what anybody may learn of it, and a key of its holder.
    """
    return LicenceEntry(
        identifier=licence.identifier,
        number=licence.number,
        type_code=licence.type_code,
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        version=licence.version,
        issuer_code=licence.issuer_code,
        issuer_name=licence.issuer_name,
        division_code=licence.division_code,
        holder_kind=HolderKind(licence.holder_kind),
        holder_name=public_name(licence),
        holder_key=holder_key(licence.holder_code),
        status=LicenceStatus(licence.status),
        issued_date=civil_date(licence.issued_at),
        valid_from=licence.valid_from,
        valid_until=licence.valid_until,
        grade=TrustGrade(licence.grade),
        replaces=licence.replaces,
        is_demonstration=settings.TONGBAN_NODE.is_demo,
    )


def type_entry(kind: LicenceType) -> TypeEntry:
    """
    Return what other nodes are told of a type.
    """
    in_force = LicenceTypeVersion.objects.filter(type=kind, state=VersionState.PUBLISHED).first()
    return TypeEntry(
        code=kind.code,
        version=kind.version,
        state=kind.state,
        name=kind.name,
        name_en=kind.name_en,
        defining_body_code=kind.defining_body_code,
        defining_body_name=kind.defining_body_name,
        sharing=kind.sharing,
        items=tuple(kind.items),
        digest=in_force.digest if in_force else "",
    )
