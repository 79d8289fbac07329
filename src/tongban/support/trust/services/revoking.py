"""
Revocation: a certificate counts no more with the end of the transaction, and every list says so.
"""

from datetime import datetime
from uuid import UUID

from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import NotFound
from tongban.support.identity.services import require_second_factor
from tongban.support.trust import permissions
from tongban.support.trust.events import CERTIFICATE_REVOKED, CertificateRevoked
from tongban.support.trust.models import IssuedCertificate, SigningKey
from tongban.support.trust.services.issuing import NotOurCertificate
from tongban.support.trust.services.publishing import publish_list
from tongban.support.trust.values import CertificateState, CertificateStatus, Reason


@business_transaction
def revoke_certificate(
    *, certificate_id: UUID, reason: Reason, actor: Actor, at: datetime
) -> CertificateStatus:
    """
    Revoke a certificate of this node. Repeating it changes nothing.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such certificate
    :raises NotOurCertificate: an outside authority issued it
    :raises KeyStoreFailed: the list cannot be signed; nothing is revoked then
    """
    permissions.revoke.require(actor)
    require_second_factor(actor, at=at)
    return revoke_within(certificate_id=certificate_id, reason=reason, actor=actor, at=at)


def revoke_within(*, certificate_id: UUID, reason: Reason, actor: Actor, at: datetime) -> CertificateStatus:
    """
    Revoke as part of another service, which has made sure that the actor may; see `revoke_certificate`.

    Waits for transactions that sign with the key at this moment; none signs after this one has ended.

    :raises RuntimeError: no transaction is open
    """
    require_transaction()
    row = _held(certificate_id)
    if row.authority_id is None:
        raise NotOurCertificate(serial=row.serial)
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by, row.reason = at, actor.id[:64], reason.value
        row.save(update_fields=["revoked_at", "revoked_by", "reason"])
        audit.record(
            action="trust.certificate.revoke",
            actor=actor,
            subject=row.serial,
            at=at,
            name=row.name,
            bearer=row.bearer,
            reason=row.reason,
        )
        publish_list(authority_id=row.authority_id, actor=actor, at=at)
        events.announce(topic=CERTIFICATE_REVOKED, key=row.serial, at=at, payload=_fact(row))
    return CertificateStatus(
        serial=row.serial,
        state=CertificateState.REVOKED,
        revoked_at=row.revoked_at,
        reason=row.reason,
        not_after=row.not_after,
    )


def _held(certificate_id: UUID) -> IssuedCertificate:
    # The key first, as whoever signs does; see `keeping.HELD_OF_KEY`.
    key_id = IssuedCertificate.objects.filter(id=certificate_id).values_list("key_id", flat=True).first()
    if key_id is not None:
        SigningKey.objects.select_for_update(no_key=True).get(id=key_id)
    row = IssuedCertificate.objects.locked().filter(id=certificate_id).first()
    if row is None:
        raise NotFound(certificate_id=str(certificate_id))
    return row


def _fact(row: IssuedCertificate) -> CertificateRevoked:
    return CertificateRevoked(
        certificate_id=str(row.id),
        serial=row.serial,
        fingerprint=row.fingerprint,
        profile=row.profile,
        bearer=row.bearer,
        reason=row.reason,
    )
