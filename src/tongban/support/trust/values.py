"""
Vocabulary of certificates and trust.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import Certificate
from tongban.foundation.crypto.chains import ChainReport


class KeyAlgorithm(TextChoices):
    """
    密钥算法.
    """

    SM2 = Algorithm.SM2.value, _("SM2（国密）")
    P256 = Algorithm.P256.value, _("ECDSA P-256")


class AuthorityRole(TextChoices):
    """
    认证机构层级.
    """

    ROOT = "ROOT", _("根")
    ISSUING = "ISSUING", _("签发")


class CertificateProfile(TextChoices):
    """
    证书用途: what a certificate lets its key do, and how long it is valid.
    """

    SEAL_MAKER = "SEAL_MAKER", _("制章")
    SEAL = "SEAL", _("印章签名")
    DOCUMENT = "DOCUMENT", _("文件签名")
    PRESENTATION = "PRESENTATION", _("亮证")
    TIMESTAMP = "TIMESTAMP", _("时间戳")
    NODE = "NODE", _("节点")


class CertificateState(TextChoices):
    """
    证书状态.
    """

    VALID = "VALID", _("有效")
    NOT_YET_VALID = "NOT_YET_VALID", _("尚未生效")
    EXPIRED = "EXPIRED", _("已过期")
    REVOKED = "REVOKED", _("已吊销")
    UNKNOWN = "UNKNOWN", _("不是本平台签发")


class Reason(TextChoices):
    """
    吊销原因; the values are those of `crypto.revocation.RevocationReason` that an authority of ours gives.
    """

    KEY_COMPROMISE = "KEY_COMPROMISE", _("密钥泄露或丢失")
    AFFILIATION_CHANGED = "AFFILIATION_CHANGED", _("持有者信息变更")
    SUPERSEDED = "SUPERSEDED", _("已换发新证书")
    CESSATION = "CESSATION", _("不再使用")
    PRIVILEGE_WITHDRAWN = "PRIVILEGE_WITHDRAWN", _("取消资格")
    UNSPECIFIED = "UNSPECIFIED", _("其他")


DAY: Final = timedelta(days=1)
ROOT_VALID_FOR: Final = 3652 * DAY
ISSUING_VALID_FOR: Final = 1826 * DAY
VALID_FOR: Final = {
    CertificateProfile.SEAL_MAKER: 1095 * DAY,
    CertificateProfile.SEAL: 1095 * DAY,
    CertificateProfile.DOCUMENT: 1095 * DAY,
    CertificateProfile.PRESENTATION: 365 * DAY,
    CertificateProfile.TIMESTAMP: 1095 * DAY,
    CertificateProfile.NODE: 1095 * DAY,
}
"""How long certificates are valid; an authority is followed by a new one while it can still issue for this long."""
LISTS_VALID_FOR: Final = 7 * DAY
"""A revocation list is made anew every day and with every revocation; so long an old one may be believed."""
WARNED_BEFORE: Final = (60, 30, 7)
"""So many days before a certificate ends without a successor somebody is told."""
OFFLINE_LISTS_VALID_FOR: Final = 400 * DAY
"""The same for a root that people keep: it is brought out about once a year."""
STATUS_VALID_FOR: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateReceipt:
    """
    A certificate that was made or installed.
    """

    certificate_id: UUID
    key_id: UUID | None
    """The key of this node; None: whoever asked for the certificate keeps it."""
    serial: str
    """Upper-case hexadecimal."""
    fingerprint: str
    """SM3 of the certificate, hexadecimal."""
    der: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    """The authorities above it, DER, from the issuer to the root."""
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateStatus:
    """
    What is known of a certificate now.
    """

    serial: str
    state: CertificateState
    revoked_at: datetime | None
    reason: str
    """Code of `Reason`; empty: it is not revoked."""
    not_after: datetime | None
    """None: it is not ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestReceipt:
    """
    A request for a certificate of a new key of this node, to be taken to an outside authority.
    """

    key_id: UUID
    request: bytes = field(repr=False)
    """PKCS#10, DER."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """
    A key of this node, ready to sign, with the certificate that says whose it is.
    """

    key_id: UUID
    algorithm: Algorithm
    certificate: Certificate
    chain: tuple[Certificate, ...] = field(repr=False)
    """The authorities above it, from the issuer to the root."""
    sign: Callable[[bytes], bytes] = field(repr=False)
    """Signs a message; DER SEQUENCE of r and s."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimestampToken:
    """
    A time-stamp that was obtained.
    """

    token: bytes = field(repr=False)
    """RFC 3161 token, DER."""
    at: datetime
    """What it says, to the second."""
    is_local: bool
    """This node stamped; False: an outside service did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustReport:
    """
    What was found out about a certificate.
    """

    chain: ChainReport
    is_own: bool
    """It leads to a root of this node."""
    anchor_name: str
    """Of the authority that is trusted; empty: none."""
    is_demonstration: bool
    """An authority of a demonstration issued it: the certificate has no legal effect."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimestampReport:
    """
    What was found out about a time-stamp.
    """

    at: datetime | None
    """What it says; None: it cannot be read."""
    problems: tuple[str, ...]
    """Codes of `timestamps.TimestampFault` and `chains.ChainFault`, or MALFORMED; empty: nothing is wrong with it."""
    is_trusted: bool
    """Its signer leads to an authority that is trusted here."""
    signer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedKey:
    """
    A public key that others verify with without asking this node each time.
    """

    key_id: UUID
    algorithm: Algorithm
    point: bytes
    """Uncompressed, 65 bytes."""
    not_before: datetime
    not_after: datetime
    certificate: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthorityFacts:
    """
    An authority of this node.
    """

    id: UUID
    role: AuthorityRole
    algorithm: KeyAlgorithm
    name: str
    serial: str
    fingerprint: str
    der: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    is_demonstration: bool
    list_number: int
    """Of its newest revocation list; 0: it has made none."""
    listed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateFacts:
    """
    A certificate as consoles show it.
    """

    id: UUID
    serial: str
    fingerprint: str
    profile: CertificateProfile
    algorithm: KeyAlgorithm
    name: str
    organisation: str
    organisation_code: str
    bearer: str
    issuer: str
    """Its issuer's common name."""
    is_installed: bool
    """An outside authority issued it."""
    key_id: UUID | None
    key_store: str
    """Where its key lies; empty: not with this node."""
    not_before: datetime
    not_after: datetime
    issued_at: datetime
    state: CertificateState
    revoked_at: datetime | None
    reason: str
    is_key_destroyed: bool


class EndingKind(TextChoices):
    """
    将到期的证书类别.
    """

    AUTHORITY = "AUTHORITY", _("本平台认证机构")
    CERTIFICATE = "CERTIFICATE", _("本平台签发的证书")
    INSTALLED = "INSTALLED", _("外部机构签发的证书")
    ISSUER = "ISSUER", _("信任的签发机构")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """
    A certificate that ends soon and that none follows.
    """

    kind: EndingKind
    name: str
    serial: str
    fingerprint: str
    """SM3, hexadecimal."""
    not_after: datetime
    days: int
    """Whole days that are left."""
    bearer: str = ""
    """What uses it here, e.g. "seal:<id>"; of authorities nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AnchorFacts:
    """
    An outside authority that this node trusts, or trusted.
    """

    id: UUID
    name: str
    subject: str
    key_name: str
    fingerprint: str
    not_after: datetime
    trusted_at: datetime
    trusted_by: str
    grounds: str
    list_url: str
    """Empty: its lists are taken over by hand."""
    withdrawn_at: datetime | None
    listed_at: datetime | None
    """Date of the newest revocation list that was taken over; None: none was."""
