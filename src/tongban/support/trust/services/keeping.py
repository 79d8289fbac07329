"""
Keys: made, used, destroyed; wherever they lie.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import Certificate, read_certificate
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict, NotFound
from tongban.support.identity.services import require_second_factor
from tongban.support.trust import permissions, ports
from tongban.support.trust.models import Authority, IssuedCertificate, SigningKey
from tongban.support.trust.selectors.material import chain_of
from tongban.support.trust.values import Signer

VALID: Final = """
SELECT c.id FROM trust_signingkey k JOIN trust_issuedcertificate c ON c.key_id = k.id
WHERE {} AND k.destroyed_at IS NULL
  AND (c.revoked_at IS NULL OR c.revoked_at > %s) AND c.not_before <= %s AND c.not_after >= %s
ORDER BY c.not_before DESC, c.issued_at DESC LIMIT 1
"""
HELD_OF_KEY: Final = VALID.format("k.id = %s") + " FOR SHARE OF k, c"
"""
Many may sign at once; revoking and destroying wait for them, and they for it.

The key is held before the certificate, as by whoever revokes. Both are: a row that was changed while this waited is
looked at again (read committed), one that is only read is not.
"""
VALID_OF_BEARER: Final = VALID.format("c.bearer = %s AND c.algorithm = %s")
LONGEST_LABEL: Final = 200
KEPT: Final = 512
"""Certificates with what signing with them takes."""


class KeyUnusable(Conflict):
    """
    The key signs nothing any more: it was destroyed, or its certificate is revoked, expired or not yet valid.
    """

    code = "key_unusable"
    message = _("签名密钥不能使用：证书已吊销、已过期或密钥已销毁")


class KeyNeeded(Conflict):
    """
    A key cannot be destroyed while a certificate of it is valid: revoke that first.
    """

    code = "key_needed"
    message = _("该密钥还有有效的证书，请先吊销证书")


def make_key(*, algorithm: Algorithm, label: str, actor: Actor, at: datetime) -> SigningKey:
    """
    Make a key in the store that the settings choose.

    :raises KeyStoreFailed: the store did not make it
    """
    require_transaction()
    store = str(settings.TONGBAN_TRUST.key_store)
    made = ports.key_store(store).generate(algorithm=algorithm, label=label[:LONGEST_LABEL], at=at)
    key = SigningKey.objects.create(
        algorithm=algorithm.value,
        store=store,
        handle=made.handle,
        point=made.point,
        label=label[:LONGEST_LABEL],
        made_at=at,
    )
    audit.record(
        action="trust.key.make", actor=actor, subject=str(key.id), at=at, algorithm=key.algorithm, store=store
    )
    return key


def signing_by(key: SigningKey, *, at: datetime) -> Callable[[bytes], bytes]:
    """
    Return what signs with a key, certificate or not.

    :raises KeyUnusable: it was destroyed
    :raises KeyStoreFailed: the store does not have it now
    """
    if key.destroyed_at is not None:
        raise KeyUnusable(key_id=str(key.id))
    return ports.key_store(key.store).signer(
        handle=key.handle, algorithm=Algorithm(key.algorithm), point=bytes(key.point), at=at
    )


def signer_of(*, key_id: UUID, at: datetime) -> Signer:
    """
    Return a key ready to sign, for one signature or a batch.

    Nobody revokes its certificate before the transaction ends. The caller has made sure that whoever acts may sign with
    it. One query, and more for a key that this process has not used of late.

    :raises RuntimeError: no transaction is open
    :raises KeyUnusable: destroyed, or no certificate of it is valid now
    :raises KeyStoreFailed: the store does not have it now
    """
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(HELD_OF_KEY, [key_id, at, at, at])
        found = cursor.fetchone()
    if found is None:
        raise KeyUnusable(key_id=str(key_id))
    return _signer(found[0], at=at)


def stamper_of(*, bearer: str, algorithm: Algorithm, at: datetime) -> Signer | None:
    """
    Return the key that a part of this node signs with, ready to sign; None: no certificate of it is valid now.

    One query, and more for a key that this process has not used of late.

    :raises KeyStoreFailed: the store does not have it now
    """
    with connection.cursor() as cursor:
        cursor.execute(VALID_OF_BEARER, [bearer, algorithm.value, at, at, at])
        found = cursor.fetchone()
    return None if found is None else _signer(found[0], at=at)


def _signer(certificate_id: UUID, *, at: datetime) -> Signer:
    made = _made(certificate_id)
    return Signer(
        key_id=made.key_id,
        algorithm=made.algorithm,
        certificate=made.certificate,
        chain=made.chain,
        sign=ports.key_store(made.store).signer(
            handle=made.handle, algorithm=made.algorithm, point=made.point, at=at
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """
    What never changes of a certificate and its key: read once. Whether they are valid is asked each time.
    """

    key_id: UUID
    algorithm: Algorithm
    store: str
    handle: str
    point: bytes
    certificate: Certificate
    chain: tuple[Certificate, ...]


@lru_cache(maxsize=KEPT)
def _made(certificate_id: UUID) -> _Made:
    row = IssuedCertificate.objects.select_related("key", "authority__parent").get(id=certificate_id)
    key = row.key
    assert key is not None  # noqa: S101 -- certificates without are left out by whoever asks
    return _Made(
        key_id=key.id,
        algorithm=Algorithm(key.algorithm),
        store=key.store,
        handle=key.handle,
        point=bytes(key.point),
        certificate=read_certificate(bytes(row.der)),
        chain=tuple(map(read_certificate, chain_of(row))),
    )


def sign_with(*, key_id: UUID, message: bytes, at: datetime) -> bytes:
    """
    Sign one message; DER SEQUENCE of r and s. See `signer_of`.
    """
    return signer_of(key_id=key_id, at=at).sign(message)


@business_transaction
def destroy_key(*, key_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Destroy the secret half of a key for ever. Repeating it changes nothing.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such key
    :raises KeyNeeded: a certificate of it is valid
    :raises KeyStoreFailed: the store may still have it
    """
    permissions.destroy_key.require(actor)
    require_second_factor(actor, at=at)
    key = SigningKey.objects.select_for_update().filter(id=key_id).first()
    if key is None:
        raise NotFound(key_id=str(key_id))
    if key.destroyed_at is not None:
        return
    is_authority = Authority.objects.filter(
        key_id=key_id, revoked_at__isnull=True, not_after__gte=at
    ).exists()
    if IssuedCertificate.objects.filter(key_id=key_id).valid(at=at).exists() or is_authority:
        raise KeyNeeded(key_id=str(key_id))
    ports.key_store(key.store).destroy(handle=key.handle, at=at)
    key.destroyed_at = at
    key.save(update_fields=["destroyed_at"])
    audit.record(action="trust.key.destroy", actor=actor, subject=str(key_id), at=at, store=key.store)
