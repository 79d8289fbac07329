"""
What ends soon and nobody has renewed: authorities, certificates of this node, outside authorities that are trusted.
"""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import Final, TypeVar

from tongban.foundation.crypto.certificates import read_certificate
from tongban.support.trust.models import Authority, IssuedCertificate, TrustAnchor
from tongban.support.trust.values import DAY, WARNED_BEFORE, Ending, EndingKind

HORIZON: Final = max(WARNED_BEFORE) * DAY

Row = TypeVar("Row", Authority, IssuedCertificate)


def ending(*, at: datetime) -> list[Ending]:
    """
    Return what ends within 60 days and has no successor here, the first to end first. For the node. Three queries.
    """
    found = [*_authorities(at=at), *_certificates(at=at), *_anchors(at=at)]
    return sorted(found, key=lambda one: (one.not_after, one.name))


def _authorities(*, at: datetime) -> Iterable[Ending]:
    rows = Authority.objects.filter(revoked_at__isnull=True, not_after__gte=at)
    for row in _last(rows, lambda row: (row.role, row.algorithm, row.is_demonstration), at=at):
        yield _ending(EndingKind.AUTHORITY, row, at=at)


def _certificates(*, at: datetime) -> Iterable[Ending]:
    near = IssuedCertificate.objects.valid(at=at).filter(not_after__lt=at + HORIZON)
    # Those that follow them end later, so they are asked for by what uses the ones that end.
    rows = (
        IssuedCertificate.objects.valid(at=at)
        .filter(bearer__in=near.values("bearer"))
        .select_related("key")
        .defer("der", "chain")
    )
    for row in _last(rows, lambda row: (row.bearer, row.profile, row.algorithm, row.name), at=at):
        if row.key is None or row.key.destroyed_at is None:
            kind = EndingKind.INSTALLED if row.authority_id is None else EndingKind.CERTIFICATE
            yield _ending(kind, row, at=at)


def _anchors(*, at: datetime) -> Iterable[Ending]:
    for row in TrustAnchor.objects.filter(withdrawn_at__isnull=True):
        certificate = read_certificate(bytes(row.der))
        if at <= certificate.not_after < at + HORIZON:
            yield Ending(
                kind=EndingKind.ISSUER,
                name=row.name,
                serial=certificate.serial_text,
                fingerprint=row.fingerprint,
                not_after=certificate.not_after,
                days=(certificate.not_after - at).days,
            )


def _ending(kind: EndingKind, row: Authority | IssuedCertificate, *, at: datetime) -> Ending:
    return Ending(
        kind=kind,
        name=row.name,
        serial=row.serial,
        fingerprint=row.fingerprint,
        not_after=row.not_after,
        days=(row.not_after - at).days,
        bearer=row.bearer if isinstance(row, IssuedCertificate) else "",
    )


def _last(rows: Iterable[Row], key: Callable[[Row], Hashable], *, at: datetime) -> Iterable[Row]:
    """
    Keep of those that follow one another the last, where it ends soon itself.
    """
    last: dict[Hashable, Row] = {}
    for row in rows:
        kept = last.get(key(row))
        if kept is None or kept.not_after < row.not_after:
            last[key(row)] = row
    return [row for row in last.values() if row.not_after < at + HORIZON]
