"""
The keys that sign the codes of 亮证: certificates of this node's own authority, published before they are used.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from tongban.business.licences.services.recording import lock_name
from tongban.foundation.actors import system_actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.db import business_transaction, require_transaction
from tongban.support.trust import selectors as trust
from tongban.support.trust import services as trust_services
from tongban.support.trust.values import CertificateProfile, PublishedKey

BEARER: Final = "licences:presentation"
KEEPER: Final = system_actor("licences.renew_presentation_key")
PUBLISHED_AHEAD: Final = timedelta(days=2)
"""A new key is published for so long before it signs: phones that check offline fetch the keys once a day."""
RENEWED_BEFORE_END: Final = timedelta(days=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """
    The key that signs codes now.
    """

    point: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Signs a message; DER."""


def signing_key(*, at: datetime) -> SigningKey:
    """
    Return the key to sign with, in the open transaction; the first one is made when it is first needed.

    :raises NoAuthority: the node has no authority yet
    """
    require_transaction()
    key = _in_use(at=at)
    if key is None:
        lock_name("presentation-key")
        key = _in_use(at=at)
    if key is None:
        _issue(at=at)
        key = _in_use(at=at)
    if key is None:
        raise LookupError("the certificate that was just issued is not there")
    signer = trust_services.signer_of(key_id=key.key_id, at=at)
    return SigningKey(point=key.point, sign=signer.sign)


@business_transaction
def renew_presentation_key(*, at: datetime) -> bool:
    """
    Publish the first key, or the next one a month before the newest ends; return whether one was made.

    :raises NoAuthority: the node has no authority yet
    """
    lock_name("presentation-key")
    keys = _keys(at=at)
    if keys and keys[0].not_after - at > RENEWED_BEFORE_END:
        return False
    _issue(at=at)
    return True


def _in_use(*, at: datetime) -> PublishedKey | None:
    keys = _keys(at=at)
    known_to_all = [key for key in keys if key.not_before <= at - PUBLISHED_AHEAD]
    # Before any has been published for long enough, the oldest: it is the one most phones know.
    return next(iter(known_to_all), keys[-1] if keys else None)


def _keys(*, at: datetime) -> list[PublishedKey]:
    keys = trust.published_keys(profile=CertificateProfile.PRESENTATION, at=at)
    return [key for key in keys if key.algorithm is Algorithm.SM2]


def _issue(*, at: datetime) -> None:
    trust_services.issue_within(
        name="亮证签名",
        organisation=settings.TONGBAN_NODE.name,
        profile=CertificateProfile.PRESENTATION,
        bearer=BEARER,
        actor=KEEPER,
        at=at,
    )
