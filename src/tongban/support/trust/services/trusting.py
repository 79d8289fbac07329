"""
Whom this node trusts beside itself: outside authorities, by decision of a security administrator.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.crypto import sm3
from tongban.foundation.crypto.certificates import Certificate, NotACertificate, read_certificate
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.revocation import (
    LARGEST_LIST,
    NotARevocationList,
    RevocationList,
    read_revocation_list,
)
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotFound, Text
from tongban.foundation.outgoing import AddressNotAllowed, OutgoingFailed, fetch, require_allowed
from tongban.support.identity.services import require_second_factor
from tongban.support.trust import permissions
from tongban.support.trust.models import ForeignList, TrustAnchor
from tongban.support.trust.selectors.material import material
from tongban.support.trust.services.publishing import change_trust, hold_trust

logger = structlog.get_logger(__name__)

LONGEST_NAME: Final = 200
LONGEST_URL: Final = 500
LIST_SECONDS: Final = 60.0
FETCHER: Final = system_actor("trust.fetch_lists")
LONGEST_GROUNDS: Final = 500
FIRST_VERSION_WITH_EXTENSIONS: Final = 3


@business_transaction
def trust_issuer(
    *, content: bytes, name: str, grounds: str, actor: Actor, at: datetime, list_url: str = ""
) -> UUID:
    """
    Trust an outside authority from now on, a root or one below; everything it issued counts.

    :param content: its certificate, PEM or DER
    :param grounds: why: the licence of the 电子认证服务机构, the agreement of two governments
    :param list_url: where its revocation list is fetched every hour; empty: lists are taken over by hand
    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: it is no certificate of an authority, not valid now, trusted already, or words are missing
    """
    permissions.change_anchors.require(actor)
    require_second_factor(actor, at=at)
    wrong: dict[str, Text] = {}
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        wrong["name"] = _("请填写名称，不超过 200 字")
    if not 0 < len(grounds.strip()) <= LONGEST_GROUNDS:
        wrong["grounds"] = _("请填写信任的依据，不超过 500 字")
    complaint = _unreachable(list_url.strip())
    if complaint:
        wrong["list_url"] = complaint
    try:
        certificate = read_certificate(content)
    except NotACertificate:
        raise InvalidInput(fields={**wrong, "content": _("不是证书文件（PEM 或 DER）")}) from None
    complaint = _unfit(certificate, at=at)
    if certificate.der in material().own:
        complaint = _("本平台自己的认证机构总是受信任的")
    if complaint:
        wrong["content"] = complaint
    if wrong:
        raise InvalidInput(fields=wrong)
    hold_trust()
    if TrustAnchor.objects.filter(fingerprint=certificate.fingerprint, withdrawn_at__isnull=True).exists():
        raise InvalidInput(fields={"content": _("该机构已受信任")})
    anchor = TrustAnchor.objects.create(
        name=name.strip(),
        fingerprint=certificate.fingerprint,
        der=certificate.der,
        grounds=grounds.strip(),
        list_url=list_url.strip(),
        trusted_at=at,
        trusted_by=actor.id[:64],
    )
    change_trust()
    audit.record(
        action="trust.anchor.trust",
        actor=actor,
        subject=certificate.fingerprint,
        at=at,
        name=anchor.name,
        grounds=anchor.grounds,
    )
    return anchor.id


@business_transaction
def withdraw_trust(*, anchor_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Trust an outside authority no more, and nothing it issued. Repeating it changes nothing.

    :raises NotPermitted: the actor is no security administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: there is no such authority
    """
    permissions.change_anchors.require(actor)
    require_second_factor(actor, at=at)
    hold_trust()
    anchor = TrustAnchor.objects.select_for_update().filter(id=anchor_id).first()
    if anchor is None:
        raise NotFound(anchor_id=str(anchor_id))
    if anchor.withdrawn_at is not None:
        return
    anchor.withdrawn_at, anchor.withdrawn_by = at, actor.id[:64]
    anchor.save(update_fields=["withdrawn_at", "withdrawn_by"])
    change_trust()
    audit.record(
        action="trust.anchor.withdraw", actor=actor, subject=anchor.fingerprint, at=at, name=anchor.name
    )


@business_transaction
def take_list(*, content: bytes, actor: Actor, at: datetime) -> datetime:
    """
    Take over what a trusted outside authority has revoked, and return when it made the list. Twice does no harm.

    :param content: its revocation list, PEM or DER
    :raises NotPermitted: the actor is no security administrator
    :raises InvalidInput: it is no list, or no trusted authority signed it
    """
    permissions.take_list.require(actor)
    try:
        found = read_revocation_list(content)
    except NotARevocationList as error:
        raise InvalidInput(fields={"list": _("不是证书吊销列表（CRL）")}) from error
    if not any(_is_of(found, anchor) for anchor in material().anchors):
        raise InvalidInput(fields={"list": _("不是受信任的签发机构签发的吊销列表")})
    _keep(found, actor=actor, at=at)
    return found.this_update


def fetch_lists(*, at: datetime) -> int:
    """
    Fetch the revocation lists of trusted authorities whose address is known, and return how many were new.

    One that does not answer, or answers with something else, is left for the next time; the last list counts on.
    """
    rows = TrustAnchor.objects.filter(withdrawn_at__isnull=True).exclude(list_url="").order_by("trusted_at")
    return sum(_fetched(row, at=at) for row in rows)


def _fetched(row: TrustAnchor, *, at: datetime) -> bool:
    try:
        answer = fetch("GET", row.list_url, timeout_seconds=LIST_SECONDS, most_bytes=LARGEST_LIST)
        found = read_revocation_list(answer.content if answer.is_success else b"")
    except (OutgoingFailed, AddressNotAllowed, NotARevocationList) as error:
        logger.warning("list_not_fetched", anchor=row.name, reason=type(error).__name__)
        return False
    if not _is_of(found, read_certificate(bytes(row.der))):
        logger.warning("list_not_fetched", anchor=row.name, reason="OtherIssuer")
        return False
    return _keep(found, actor=FETCHER, at=at)


@business_transaction
def _keep(found: RevocationList, *, actor: Actor, at: datetime) -> bool:
    """
    Keep a list, and return whether it is new.
    """
    hold_trust()
    _row, is_new = ForeignList.objects.get_or_create(
        digest=sm3(found.der).hex(),
        defaults={
            "issuer": str(found.issuer)[:500],
            "number": "" if found.number is None else f"{found.number:X}"[:136],
            "der": found.der,
            "made_at": found.this_update,
            "taken_at": at,
            "taken_by": actor.id[:64],
        },
    )
    if is_new:
        change_trust()
        audit.record(
            action="trust.list.take",
            actor=actor,
            subject=str(found.issuer)[:200],
            at=at,
            entries=len(found.entries),
        )
    return is_new


def _unreachable(url: str) -> Text:
    """
    Return why the node would not fetch from an address; empty: it would, or there is none.
    """
    if not url:
        return ""
    if len(url) > LONGEST_URL:
        return _("地址过长")
    try:
        require_allowed(url)
    except AddressNotAllowed as error:
        return str(error)
    except OutgoingFailed:
        return ""  # the name is not known just now; what is fetched later is judged again
    return ""


def _unfit(certificate: Certificate, *, at: datetime) -> Text:
    """
    Return why a certificate cannot be trusted as that of an authority; empty: it can.
    """
    if certificate.strength is Proof.WEAK:
        return _("密钥（2048 位以下的 RSA）已不安全")
    if certificate.strength is Proof.UNKNOWN:
        return _("平台不能核验这种密钥的签名")
    if not certificate.is_authority and certificate.version >= FIRST_VERSION_WITH_EXTENSIONS:
        return _("不是签发机构的证书")
    # That of an old root may be weak; whoever trusts it compares the fingerprint.
    if certificate.is_self_issued and certificate.proof_of(certificate.body) is Proof.WRONG:
        return _("根证书的自签名不正确，文件可能已损坏")
    if certificate.strange_extensions:
        return _("证书带有平台不能处理的关键扩展")
    return "" if certificate.is_within_validity(at) else _("证书不在有效期内")


def _is_of(found: RevocationList, anchor: Certificate) -> bool:
    return found.issuer.matches(anchor.subject) and found.is_signed_by(anchor)
