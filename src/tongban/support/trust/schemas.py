"""
Shapes of the API of certificates and trust.
"""

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema

from tongban.support.trust.values import AuthorityRole, CertificateState, KeyAlgorithm


class CertificateStatusOut(Schema):
    """
    证书状态.
    """

    serial: str = Field(description="序列号, upper-case hexadecimal")
    state: CertificateState
    revoked_at: datetime | None = Field(description="吊销时间; null: it is not revoked")
    reason: str = Field(description="吊销原因, as RFC 5280 5.3.1 names them; empty: it is not revoked")
    not_after: datetime | None = Field(description="有效期截止; null: this node did not issue it")


class AuthorityOut(Schema):
    """
    本平台的认证机构.
    """

    id: UUID
    role: AuthorityRole
    algorithm: KeyAlgorithm
    name: str
    serial: str = Field(description="Upper-case hexadecimal")
    fingerprint: str = Field(description="SM3 of the certificate, hexadecimal")
    certificate: str = Field(description="PEM")
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    is_demonstration: bool = Field(description="Its certificates have no legal effect")
    list_number: int = Field(description="Of its newest revocation list")
    listed_at: datetime | None


class AuthorityList(Schema):
    """
    认证机构清单.
    """

    items: list[AuthorityOut]
