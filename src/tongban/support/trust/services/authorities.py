"""
The authorities of this node: a root and an issuing one for each algorithm, and who stamps time.

Setting them up is safe to repeat; each is followed by a new one while it can still issue for a full term.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import Certificate, read_certificate
from tongban.foundation.crypto.issuing import make_certificate
from tongban.foundation.crypto.names import Name
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotFound
from tongban.support.identity.services import require_second_factor
from tongban.support.trust import permissions
from tongban.support.trust.models import Authority, IssuedCertificate
from tongban.support.trust.ports import OFFLINE
from tongban.support.trust.rules.offline import authority_draft
from tongban.support.trust.services.issuing import issue_within
from tongban.support.trust.services.keeping import make_key, signing_by
from tongban.support.trust.services.making import Subject, addresses, issue_by
from tongban.support.trust.services.publishing import change_trust, hold_trust, publish_list
from tongban.support.trust.values import (
    ISSUING_VALID_FOR,
    ROOT_VALID_FOR,
    VALID_FOR,
    AuthorityRole,
    CertificateProfile,
    Reason,
)

STAMPER = "node:timestamp"
"""What uses the certificates with which this node stamps time."""
STAMPER_RENEWED_BEFORE = timedelta(days=365)
VALID_FOR_AT_MOST = max(VALID_FOR.values())
TITLES = {AuthorityRole.ROOT: ("根", "R"), AuthorityRole.ISSUING: ("签发", "I")}
"""Part of what is signed, so never translated."""


class RootStays(Conflict):
    """
    A root is revoked by nobody: whoever trusts it stops doing so.
    """

    code = "root_stays"
    message = _("根证书不能吊销；请设立新的根，并通知各方不再信任旧根")


@business_transaction
def ensure_authorities(*, name: str, is_demonstration: bool, actor: Actor, at: datetime) -> tuple[str, ...]:
    """
    Set up the authorities that are missing or near their end, and return the names of those that were made.

    :param name: of the node, e.g. "广安市"; its authorities are called after it
    :param is_demonstration: they and all their certificates say that they have no legal effect
    :raises NotPermitted: somebody else than the node itself asks
    :raises KeyStoreFailed: the key store does not make keys
    """
    permissions.establish.require(actor)
    hold_trust()
    made: list[str] = []
    for algorithm in Algorithm:
        if not has_offline_root(algorithm, demo=is_demonstration, at=at):
            made += _follow(algorithm, name=name, demo=is_demonstration, actor=actor, at=at)
        if not _has_stamper(algorithm, demo=is_demonstration, at=at):
            _certify_stamper(algorithm, name=name, actor=actor, at=at)
            made.append(STAMPER)
    return tuple(made)


def has_offline_root(algorithm: Algorithm, *, demo: bool, at: datetime) -> bool:
    """
    Whether people keep the root: then the node sets up neither roots nor what stands below them by itself.
    """
    return Authority.objects.filter(
        role=AuthorityRole.ROOT,
        algorithm=algorithm.value,
        is_demonstration=demo,
        key__store=OFFLINE,
        not_after__gte=at,
    ).exists()


@business_transaction
def revoke_authority(*, authority_id: UUID, reason: Reason, actor: Actor, at: datetime) -> None:
    """
    Revoke an issuing authority with everything it has issued. Repeating it changes nothing.

    The next `ensure_authorities` sets up another. Where people keep the root, its list says so when they sign the next;
    this node, and whoever asks it for the status of a certificate, knows at once.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such authority
    :raises RootStays: it is a root
    """
    permissions.revoke.require(actor)
    require_second_factor(actor, at=at)
    hold_trust()
    authority = (
        Authority.objects.select_related("parent__key")
        .select_for_update(no_key=True, of=("self",))
        .filter(id=authority_id)
        .first()
    )
    if authority is None:
        raise NotFound(authority_id=str(authority_id))
    if authority.parent is None:
        raise RootStays(authority_id=str(authority_id))
    if authority.revoked_at is not None:
        return
    authority.revoked_at, authority.reason = at, reason.value
    authority.save(update_fields=["revoked_at", "reason"])
    if authority.parent.key.store != OFFLINE:
        publish_list(authority_id=authority.parent.id, actor=actor, at=at)
    change_trust()
    audit.record(
        action="trust.certificate.revoke",
        actor=actor,
        subject=authority.serial,
        at=at,
        authority=authority.name,
        reason=reason.value,
    )


def _follow(algorithm: Algorithm, *, name: str, demo: bool, actor: Actor, at: datetime) -> list[str]:
    """
    Set up a root and an authority that issues, where the newest cannot issue for a full term any more.
    """
    made = []
    root = _newest(AuthorityRole.ROOT, algorithm, until=at + ISSUING_VALID_FOR, demo=demo)
    if root is None:
        root = _establish(None, algorithm, name=name, demo=demo, actor=actor, at=at)
        made.append(root.name)
    if _newest(AuthorityRole.ISSUING, algorithm, until=at + VALID_FOR_AT_MOST, demo=demo) is None:
        made.append(_establish(root, algorithm, name=name, demo=demo, actor=actor, at=at).name)
    return made


def _newest(role: AuthorityRole, algorithm: Algorithm, *, until: datetime, demo: bool) -> Authority | None:
    """
    Return the newest authority that can still issue until a moment.
    """
    return (
        Authority.objects.filter(
            role=role,
            algorithm=algorithm.value,
            revoked_at__isnull=True,
            is_demonstration=demo,
            not_after__gte=until,
        )
        .order_by("-not_before")
        .first()
    )


def _establish(
    root: Authority | None, algorithm: Algorithm, *, name: str, demo: bool, actor: Actor, at: datetime
) -> Authority:
    role = AuthorityRole.ROOT if root is None else AuthorityRole.ISSUING
    title = title_of(role, algorithm, name=name, demo=demo, at=at)
    key = make_key(algorithm=algorithm, label=title, actor=actor, at=at)
    authority = Authority(role=role, algorithm=algorithm.value, name=title, parent=root, key=key)
    valid_for = ROOT_VALID_FOR if root is None else ISSUING_VALID_FOR
    draft = authority_draft(
        subject=subject_of(title, name=name, demo=demo),
        algorithm=algorithm,
        point=bytes(key.point),
        at=at,
        until=at + valid_for if root is None else min(at + valid_for, root.not_after),
        addresses=addresses(root) if root is not None else None,
    )
    if root is None:
        der = make_certificate(draft, issuer=None, algorithm=algorithm, sign=signing_by(key, at=at))
        made = read_certificate(der)
    else:
        made = issue_by(root, draft, key=root.key, at=at)
    keep_authority(authority, made, demo=demo, actor=actor, at=at)
    publish_list(authority_id=authority.id, actor=actor, at=at)
    return authority


def title_of(role: AuthorityRole, algorithm: Algorithm, *, name: str, demo: bool, at: datetime) -> str:
    """
    Return what an authority of a node is called.
    """
    word, letter = TITLES[role]
    return f"{'演示 ' if demo else ''}{name}政务服务电子认证{word} {algorithm.value}-{letter}{at:%Y}"


def subject_of(title: str, *, name: str, demo: bool) -> Name:
    """
    Return the distinguished name of an authority of a node.
    """
    return Subject(
        name=title, organisation=f"{name}政务服务平台", organisation_code="", is_demonstration=demo
    ).as_name()


def keep_authority(
    authority: Authority, made: Certificate, *, demo: bool, actor: Actor, at: datetime
) -> None:
    """
    Keep an authority with its certificate, and let every process know of it.
    """
    authority.serial, authority.fingerprint, authority.der = made.serial_text, made.fingerprint, made.der
    authority.not_before, authority.not_after = made.not_before, made.not_after
    authority.is_demonstration, authority.made_at = demo, at
    authority.save(force_insert=True)
    change_trust()
    audit.record(
        action="trust.authority.establish",
        actor=actor,
        subject=authority.serial,
        at=at,
        authority=authority.name,
        fingerprint=authority.fingerprint,
    )


def _has_stamper(algorithm: Algorithm, *, demo: bool, at: datetime) -> bool:
    return (
        IssuedCertificate.objects.filter(
            bearer=STAMPER,
            algorithm=algorithm.value,
            authority__revoked_at__isnull=True,
            authority__is_demonstration=demo,
        )
        .valid(at=at)
        .filter(not_after__gte=at + STAMPER_RENEWED_BEFORE, key__destroyed_at__isnull=True)
        .exists()
    )


def _certify_stamper(algorithm: Algorithm, *, name: str, actor: Actor, at: datetime) -> None:
    issue_within(
        name=f"{name}政务服务平台时间戳 {algorithm.value}",
        organisation=f"{name}政务服务平台",
        profile=CertificateProfile.TIMESTAMP,
        algorithm=algorithm,
        bearer=STAMPER,
        actor=actor,
        at=at,
    )
