"""
Certificates, authorities and trusted issuers, for consoles, doors and other apps.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Max, OuterRef, Q, Subquery

from tongban.foundation.actors import Actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.support.trust import permissions
from tongban.support.trust.models import Authority, ForeignList, IssuedCertificate, PublishedList, TrustAnchor
from tongban.support.trust.selectors.material import chain_of
from tongban.support.trust.values import (
    AnchorFacts,
    AuthorityFacts,
    AuthorityRole,
    CertificateFacts,
    CertificateProfile,
    CertificateReceipt,
    CertificateState,
    CertificateStatus,
    KeyAlgorithm,
    PublishedKey,
)

PAGE: Final = 20
LONGEST_SERIAL: Final = 136
LIST: Final = "trust.certificates"


def may_read(*, actor: Actor) -> bool:
    """
    Tell whether somebody may see the console. No query.
    """
    return permissions.read_certificates.allows(actor)


def may_administer(*, actor: Actor) -> bool:
    """
    Tell whether somebody may issue, revoke and trust. No query.
    """
    return permissions.issue.allows(actor)


def require_administrator(*, actor: Actor) -> None:
    """
    Refuse whoever may not have certificates issued. No query.

    :raises NotPermitted: the actor is no security administrator
    """
    permissions.issue.require(actor)


def certificate_status(*, serial: str, at: datetime) -> CertificateStatus:
    """
    Say what is known of a certificate now. Asked in public. One query.

    :param serial: hexadecimal, in either case
    """
    wanted = serial.strip().upper().replace(":", "")[:LONGEST_SERIAL]
    row = IssuedCertificate.objects.filter(serial=wanted, authority__isnull=False).first()
    if row is None:
        return CertificateStatus(
            serial=wanted, state=CertificateState.UNKNOWN, revoked_at=None, reason="", not_after=None
        )
    return CertificateStatus(
        serial=row.serial,
        state=state_of(row, at=at),
        revoked_at=row.revoked_at,
        reason=row.reason,
        not_after=row.not_after,
    )


def authorities() -> list[AuthorityFacts]:
    """
    Return all authorities of this node, roots first, newest first. Public. One query.
    """
    newest = PublishedList.objects.filter(authority=OuterRef("pk")).order_by("-number")
    rows = Authority.objects.annotate(
        list_number=Subquery(newest.values("number")[:1]), listed_at=Subquery(newest.values("made_at")[:1])
    ).order_by("-role", "-algorithm", "-not_before")
    return [
        AuthorityFacts(
            id=row.id,
            role=AuthorityRole(row.role),
            algorithm=KeyAlgorithm(row.algorithm),
            name=row.name,
            serial=row.serial,
            fingerprint=row.fingerprint,
            der=bytes(row.der),
            not_before=row.not_before,
            not_after=row.not_after,
            revoked_at=row.revoked_at,
            is_demonstration=row.is_demonstration,
            list_number=row.list_number or 0,
            listed_at=row.listed_at,
        )
        for row in rows
    ]


def authority_certificate(
    *,
    authority_id: UUID | None = None,
    role: AuthorityRole | None = None,
    algorithm: Algorithm = Algorithm.SM2,
) -> bytes:
    """
    Return the certificate of an authority, DER: one of them, or the newest of a role. Public. One query.

    :raises NotFound: there is none
    """
    rows = (
        Authority.objects.filter(id=authority_id)
        if authority_id
        else Authority.objects.filter(role=role, algorithm=algorithm.value, revoked_at__isnull=True)
    )
    der = rows.order_by("-not_before").values_list("der", flat=True).first()
    if der is None:
        raise NotFound
    return bytes(der)


def newest_list(*, authority_id: UUID) -> bytes:
    """
    Return the newest revocation list of an authority, DER. Public. One query.

    :raises NotFound: there is none
    """
    der = (
        PublishedList.objects.filter(authority_id=authority_id)
        .order_by("-number")
        .values_list("der", flat=True)
        .first()
    )
    if der is None:
        raise NotFound
    return bytes(der)


def published_keys(*, profile: CertificateProfile, at: datetime) -> list[PublishedKey]:
    """
    Return the public keys of a profile whose certificates are valid now, newest first. Public. One query.
    """
    rows = (
        IssuedCertificate.objects.filter(
            profile=profile, key__isnull=False, authority__revoked_at__isnull=True
        )
        .valid(at=at)
        .order_by("-not_before", "id")
        .values_list("key_id", "algorithm", "key__point", "not_before", "not_after", "der")
    )
    return [
        PublishedKey(
            key_id=key_id,
            algorithm=Algorithm(algorithm),
            point=bytes(point),
            not_before=not_before,
            not_after=not_after,
            certificate=bytes(der),
        )
        for key_id, algorithm, point, not_before, not_after, der in rows
    ]


def find_bearer_certificate(
    *, bearer: str, profile: CertificateProfile, algorithm: Algorithm, at: datetime
) -> CertificateReceipt | None:
    """
    Return the newest valid certificate of whoever uses it here; None: it has none. For the services of other apps.

    :param bearer: e.g. "seal:<id>"
    """
    row = (
        IssuedCertificate.objects.select_related("authority__parent")
        .filter(bearer=bearer, profile=profile, algorithm=algorithm.value)
        .valid(at=at)
        .order_by("-not_before", "-issued_at")
        .first()
    )
    return receipt(row) if row is not None else None


def are_valid(*, certificate_ids: Collection[UUID], at: datetime) -> bool:
    """
    Tell whether certificates are all valid: none revoked, their terms running. One query. For services of other apps.
    """
    found = IssuedCertificate.objects.filter(id__in=certificate_ids).valid(at=at).count()
    return found == len(set(certificate_ids))


def certificates(
    *,
    actor: Actor,
    at: datetime,
    state: CertificateState | None = None,
    words: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[CertificateFacts]:
    """
    Return certificates, newest first. One query.

    :param state: VALID, EXPIRED or REVOKED; None: all
    :param words: part of a name, or the beginning of a serial number
    :raises NotPermitted: the actor looks after neither system nor security
    :raises InvalidInput: the cursor belongs to another list
    """
    permissions.read_certificates.require(actor)
    rows = _in_state(state, at=at)
    if words:
        rows &= (
            Q(name__icontains=words) | Q(organisation__icontains=words) | Q(serial__startswith=words.upper())
        )
    if cursor:
        moment, last = decode_cursor(LIST, cursor)
        at_cursor = datetime.fromisoformat(str(moment))
        rows &= Q(issued_at__lt=at_cursor) | Q(issued_at=at_cursor, id__lt=UUID(str(last)))
    found = list(
        IssuedCertificate.objects.select_related("authority", "key")
        .filter(rows)
        .order_by("-issued_at", "-id")[: limit + 1]
    )
    items = [_facts(row, at=at) for row in found[:limit]]
    more = len(found) > limit
    return Page(
        items=items,
        next_cursor=encode_cursor(LIST, [items[-1].issued_at.isoformat(), str(items[-1].id)])
        if more
        else None,
    )


def certificate(*, certificate_id: UUID, actor: Actor, at: datetime) -> CertificateFacts:
    """
    Return one certificate. One query.

    :raises NotPermitted: the actor looks after neither system nor security
    :raises NotFound: there is no such certificate
    """
    permissions.read_certificates.require(actor)
    return _facts(_row(certificate_id), at=at)


def certificate_der(*, certificate_id: UUID, actor: Actor) -> tuple[bytes, ...]:
    """
    Return a certificate and the authorities above it, DER. One query.

    :raises NotPermitted: the actor looks after neither system nor security
    :raises NotFound: there is no such certificate
    """
    permissions.read_certificates.require(actor)
    row = _row(certificate_id)
    return (bytes(row.der), *chain_of(row))


def anchors(*, actor: Actor) -> list[AnchorFacts]:
    """
    Return the outside authorities that are or were trusted; those trusted now first. Two queries.

    :raises NotPermitted: the actor looks after neither system nor security
    """
    permissions.read_certificates.require(actor)
    listed = dict(ForeignList.objects.values_list("issuer").annotate(Max("made_at")))
    found = []
    for row in TrustAnchor.objects.order_by("-withdrawn_at", "trusted_at"):
        certificate = read_certificate(bytes(row.der))
        found.append(
            AnchorFacts(
                id=row.id,
                name=row.name,
                subject=str(certificate.subject),
                key_name=certificate.key_name,
                fingerprint=row.fingerprint,
                not_after=certificate.not_after,
                trusted_at=row.trusted_at,
                trusted_by=row.trusted_by,
                grounds=row.grounds,
                list_url=row.list_url,
                withdrawn_at=row.withdrawn_at,
                listed_at=listed.get(str(certificate.subject)[:500]),
            )
        )
    return found


def state_of(row: IssuedCertificate, *, at: datetime) -> CertificateState:
    """
    Return what a certificate is at a moment.
    """
    if row.revoked_at is not None and row.revoked_at <= at:
        return CertificateState.REVOKED
    if at < row.not_before:
        return CertificateState.NOT_YET_VALID
    return CertificateState.EXPIRED if at > row.not_after else CertificateState.VALID


def _in_state(state: CertificateState | None, *, at: datetime) -> Q:
    match state:
        case CertificateState.VALID:
            return Q(revoked_at__isnull=True, not_after__gte=at)
        case CertificateState.EXPIRED:
            return Q(revoked_at__isnull=True, not_after__lt=at)
        case CertificateState.REVOKED:
            return Q(revoked_at__isnull=False)
        case _:
            return Q()


def _row(certificate_id: UUID) -> IssuedCertificate:
    row = (
        IssuedCertificate.objects.select_related("authority__parent", "key").filter(id=certificate_id).first()
    )
    if row is None:
        raise NotFound(certificate_id=str(certificate_id))
    return row


def receipt(row: IssuedCertificate) -> CertificateReceipt:
    """
    Return a certificate as other apps get it.
    """
    return CertificateReceipt(
        certificate_id=row.id,
        key_id=row.key_id,
        serial=row.serial,
        fingerprint=row.fingerprint,
        der=bytes(row.der),
        chain=chain_of(row),
        not_before=row.not_before,
        not_after=row.not_after,
    )


def _facts(row: IssuedCertificate, *, at: datetime) -> CertificateFacts:
    key = row.key
    issuer = (
        row.authority.name
        if row.authority is not None
        else read_certificate(bytes(row.der)).issuer.common_name
    )
    return CertificateFacts(
        id=row.id,
        serial=row.serial,
        fingerprint=row.fingerprint,
        profile=CertificateProfile(row.profile),
        algorithm=KeyAlgorithm(row.algorithm),
        name=row.name,
        organisation=row.organisation,
        organisation_code=row.organisation_code,
        bearer=row.bearer,
        issuer=issuer,
        is_installed=row.authority_id is None,
        key_id=row.key_id,
        key_store=key.store if key is not None else "",
        not_before=row.not_before,
        not_after=row.not_after,
        issued_at=row.issued_at,
        state=state_of(row, at=at),
        revoked_at=row.revoked_at,
        reason=row.reason,
        is_key_destroyed=key is not None and key.destroyed_at is not None,
    )
