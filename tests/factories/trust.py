"""
Authorities of a test node, and who acts on them.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.support.identity.values import Role
from tongban.support.trust import services
from tongban.support.trust.values import CertificateProfile, CertificateReceipt

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
NODE = system_actor("tests.establish")


def administrator(role: Role = Role.SECURITY_ADMINISTRATOR) -> Actor:
    """
    Return one of the three administrators.
    """
    account_id = uuid5(NAMESPACE_URL, f"staff:{role.value}")
    return Actor(kind=ActorKind.STAFF, id=str(account_id), name="管理员", roles=frozenset({role.value}))


def establish(*, at: datetime = AT) -> tuple[str, ...]:
    """
    Set up the authorities of a demonstration.
    """
    return services.ensure_authorities(name="测试市", is_demonstration=True, actor=NODE, at=at)


def issue(*, at: datetime = AT, **facts: Any) -> CertificateReceipt:
    """
    Issue a certificate for a seal.
    """
    given: dict[str, Any] = {
        "name": "测试市某局公章",
        "organisation": "测试市某局",
        "organisation_code": "11511600MB15504428",
        "profile": CertificateProfile.SEAL,
        "bearer": "seal:test",
        **facts,
    }
    return services.issue_certificate(**given, actor=administrator(), at=at)
