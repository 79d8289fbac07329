"""
Whom the node trusts, kept in the process until it changes.

One row holds a number that changes with every change of trust (`TrustState`); it is read each time, so a process never
goes on with what is no longer so. Which certificates are revoked is not kept at all: that is asked each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from tongban.foundation.crypto import asn1
from tongban.foundation.crypto.certificates import Certificate, read_certificate
from tongban.foundation.crypto.chains import Standing
from tongban.foundation.crypto.revocation import (
    Revocation,
    RevocationList,
    RevocationReason,
    read_revocation_list,
)
from tongban.support.trust.models import Authority, ForeignList, IssuedCertificate, TrustAnchor, TrustState

LISTS_OF_AN_ISSUER: Final = 2
"""The newest lists of an issuer that are looked at; older ones say nothing more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """
    An authority of this node.
    """

    certificate: Certificate
    is_root: bool
    is_demonstration: bool
    standing: Revocation | Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """
    All that decides about trust but the register of certificates.
    """

    generation: int | None
    own: Mapping[bytes, Own]
    """Authorities of this node by their DER."""
    anchors: tuple[Certificate, ...]
    """Own roots, and outside authorities that are trusted."""
    names: Mapping[bytes, str]
    """What outside authorities are called here, by DER."""
    lists: tuple[RevocationList, ...] = field(repr=False)
    """Of outside authorities."""

    @property
    def issuers(self) -> tuple[Certificate, ...]:
        """
        Return the authorities of this node that are no roots.
        """
        return tuple(own.certificate for own in self.own.values() if not own.is_root)


class _Kept:
    lock: Final = Lock()
    material: Material | None = None


def material() -> Material:
    """
    Return whom the node trusts now. One query, and those of `material_of`.
    """
    return material_of(TrustState.objects.filter(id=1).values_list("generation", flat=True).first())


def material_of(generation: int | None) -> Material:
    """
    Return whom the node trusts. No query; four where it has changed since this process last asked.

    :param generation: the number in `TrustState` now; None: there is none yet, and nothing is kept
    """
    kept = _Kept.material
    if kept is not None and generation is not None and kept.generation == generation:
        return kept
    fresh = _read(generation)
    with _Kept.lock:
        _Kept.material = fresh
    return fresh


def chain_of(row: IssuedCertificate) -> tuple[bytes, ...]:
    """
    Return the authorities above a certificate, DER, from the issuer to the root.

    No query where `authority__parent` came with the row.
    """
    if row.chain is not None:
        return tuple(piece.der for piece in asn1.pieces(bytes(row.chain)))
    found, authority = [], row.authority
    while authority is not None:
        found.append(bytes(authority.der))
        authority = authority.parent
    return tuple(found)


def _read(generation: int | None) -> Material:
    own = {
        bytes(row.der): Own(
            certificate=read_certificate(bytes(row.der)),
            is_root=row.parent_id is None,
            is_demonstration=row.is_demonstration,
            standing=Standing.GOOD
            if row.revoked_at is None
            else Revocation(row.revoked_at, RevocationReason(row.reason)),
        )
        for row in Authority.objects.order_by("-made_at")
    }
    trusted = list(TrustAnchor.objects.filter(withdrawn_at__isnull=True).order_by("trusted_at"))
    outside = tuple(read_certificate(bytes(row.der)) for row in trusted)
    roots = tuple(one.certificate for one in own.values() if one.is_root)
    return Material(
        generation=generation,
        own=own,
        anchors=(*roots, *outside),
        names={bytes(row.der): row.name for row in trusted},
        lists=_newest_lists(),
    )


def _newest_lists() -> tuple[RevocationList, ...]:
    found: dict[str, list[RevocationList]] = {}
    for row in ForeignList.objects.order_by("issuer", "-made_at").iterator(chunk_size=20):
        lists = found.setdefault(row.issuer, [])
        if len(lists) < LISTS_OF_AN_ISSUER:
            lists.append(read_revocation_list(bytes(row.der)))
    return tuple(one for lists in found.values() for one in lists)
