"""
Keys of the provider: made at first use, changed by command.
"""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import IntegrityError, transaction
from jwcrypto import jwk

from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.support.federation import permissions
from tongban.support.federation.models import SigningKey
from tongban.support.federation.values import RotationReceipt

KEY_BITS = 3072
PUBLIC_EXPONENT = 65537
PUBLISHED_FOR = timedelta(hours=24)
"""Longer than anything a retired key has signed is good for, and than anybody keeps our list of keys."""
MAKER = system_actor("federation.first_key")


def ensure_signing_key(*, at: datetime) -> None:
    """
    Make the first key if there is none. Two processes that do so at once end with one key.
    """
    if SigningKey.objects.filter(retired_at__isnull=True).exists():
        return
    try:
        with transaction.atomic():
            kid = _make(at=at)
            audit.record(action="federation.signing_key.make", actor=MAKER, subject=kid, at=at)
    except IntegrityError:  # another process was quicker
        return


@business_transaction
def rotate_signing_key(*, actor: Actor, at: datetime) -> RotationReceipt:
    """
    Let a new key sign from now on; the old one stays published until what it signed has lapsed.

    :raises NotPermitted: the actor is not a system administrator
    """
    old = SigningKey.objects.select_for_update().filter(retired_at__isnull=True).first()
    permissions.rotate_keys.require(actor)
    published_until = at + PUBLISHED_FOR
    if old is not None:
        old.retired_at, old.published_until = at, published_until
        old.save(update_fields=["retired_at", "published_until"])
    kid = _make(at=at)
    retired = old.kid if old else ""
    audit.record(action="federation.signing_key.rotate", actor=actor, subject=kid, at=at, retired_kid=retired)
    return RotationReceipt(kid=kid, retired_kid=retired, published_until=published_until if old else None)


def forget_lapsed_keys(*, at: datetime) -> int:
    """
    Delete keys that are published no more; return how many.
    """
    return SigningKey.objects.filter(published_until__lte=at).delete()[0]


def _make(*, at: datetime) -> str:
    private = rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kid = str(jwk.JWK.from_pem(pem).thumbprint())
    SigningKey.objects.create(kid=kid, private_pem=pem.decode(), created_at=at)
    return kid
