"""
Revocation lists, and the one row by which all processes notice whom the node trusts.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Max

from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import read_certificate
from tongban.foundation.crypto.revocation import (
    Revocation,
    RevocationList,
    RevocationReason,
    make_revocation_list,
    read_revocation_list,
)
from tongban.foundation.db import business_transaction, require_transaction
from tongban.support.trust.models import Authority, IssuedCertificate, PublishedList, TrustState
from tongban.support.trust.ports import OFFLINE
from tongban.support.trust.services.keeping import signing_by
from tongban.support.trust.values import LISTS_VALID_FOR, AuthorityRole

PUBLISHER: Final = system_actor("trust.publish_lists")
GENERATION_BITS: Final = 62


def hold_trust() -> None:
    """
    Let nobody else change authorities or trusted issuers until the transaction ends.
    """
    require_transaction()
    TrustState.objects.get_or_create(id=1)
    TrustState.objects.select_for_update().get(id=1)


def change_trust() -> None:
    """
    Tell every process, with the end of the transaction, to look anew at whom the node trusts.

    The number is drawn by lot: one that was rolled back never comes again, so nothing read under it is believed later.
    """
    require_transaction()
    TrustState.objects.update_or_create(id=1, defaults={"generation": secrets.randbits(GENERATION_BITS)})


def publish_list(
    *, authority_id: UUID, actor: Actor, at: datetime, valid_for: timedelta = LISTS_VALID_FOR
) -> int:
    """
    Publish what an authority has revoked, and return the number of the list.

    :param valid_for: how long it is the newest at most
    :raises KeyStoreFailed: the key store does not sign
    """
    require_transaction()
    authority = (
        Authority.objects.select_related("key")
        .select_for_update(no_key=True, of=("self",))
        .get(id=authority_id)
    )
    number, entries = next_number(authority), revoked_by(authority)
    der = make_revocation_list(
        issuer=read_certificate(bytes(authority.der)),
        algorithm=Algorithm(authority.algorithm),
        number=number,
        this_update=at,
        next_update=at + valid_for,
        entries=entries,
        sign=signing_by(authority.key, at=at),
    )
    keep_list(authority, read_revocation_list(der), actor=actor, at=at)
    return number


def next_number(authority: Authority) -> int:
    """
    Return the number of the next list of an authority.
    """
    newest = PublishedList.objects.filter(authority=authority).aggregate(number=Max("number"))["number"]
    return (newest or 0) + 1


def keep_list(authority: Authority, made: RevocationList, *, actor: Actor, at: datetime) -> None:
    """
    Publish a list that an authority has signed.
    """
    assert made.number is not None  # noqa: S101 -- lists of ours have a number and an end
    assert made.next_update is not None  # noqa: S101
    PublishedList.objects.create(
        authority=authority,
        number=made.number,
        der=made.der,
        entries=len(made.entries),
        made_at=made.this_update,
        next_update_at=made.next_update,
    )
    audit.record(
        action="trust.list.publish",
        actor=actor,
        subject=authority.serial,
        at=at,
        number=made.number,
        entries=len(made.entries),
    )


@business_transaction
def publish_lists(*, at: datetime) -> int:
    """
    Publish the lists of all authorities that are in force anew, as every day; return how many.

    Roots that people keep sign theirs when they are brought out.

    :raises KeyStoreFailed: the key store does not sign; the job tries again
    """
    rows = Authority.objects.filter(not_after__gte=at).exclude(key__store=OFFLINE)
    ids = list(rows.order_by("made_at").values_list("id", flat=True))
    for authority_id in ids:
        publish_list(authority_id=authority_id, actor=PUBLISHER, at=at)
    return len(ids)


def revoked_by(authority: Authority) -> dict[int, Revocation]:
    """
    Return what an authority has revoked, by serial number.
    """
    columns = ("serial", "revoked_at", "reason")
    revoked = (
        Authority.objects.filter(parent=authority, revoked_at__isnull=False).values_list(*columns)
        if authority.role == AuthorityRole.ROOT
        else IssuedCertificate.objects.filter(authority=authority, revoked_at__isnull=False).values_list(
            *columns
        )
    )
    return {
        int(serial, 16): Revocation(at, RevocationReason(reason))
        for serial, at, reason in revoked
        if at is not None
    }
