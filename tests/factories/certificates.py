"""
Certificates of all kinds, made without a database: an authority with its key, and leaves below it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tongban.foundation.crypto import algorithms
from tongban.foundation.crypto.algorithms import Algorithm, PrivateKey
from tongban.foundation.crypto.certificates import Certificate, read_certificate
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.issuing import Draft, make_certificate
from tongban.foundation.crypto.names import name_of

BEGIN = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
YEAR = timedelta(days=365)
SIGNING = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.NON_REPUDIATION)
AUTHORITY = (KeyUsage.CERT_SIGN, KeyUsage.CRL_SIGN)


@dataclass(frozen=True)
class Holder:
    """
    A certificate and its private key.
    """

    certificate: Certificate
    key: PrivateKey = field(repr=False)


def root(name: str = "根", *, algorithm: Algorithm = Algorithm.SM2, **facts: Any) -> Holder:
    """
    Make a root.
    """
    return issued(None, name, algorithm=algorithm, is_authority=True, **facts)


def authority(issuer: Holder, name: str = "签发", **facts: Any) -> Holder:
    """
    Make an authority below another.
    """
    return issued(issuer, name, is_authority=True, **facts)


def issued(
    issuer: Holder | None,
    name: str = "某某局",
    *,
    algorithm: Algorithm = Algorithm.SM2,
    key: PrivateKey | None = None,
    signed_by: PrivateKey | None = None,
    **facts: Any,
) -> Holder:
    """
    Make a certificate.

    :param signed_by: another key than the issuer's
    :param facts: fields of `issuing.Draft`
    """
    own = key or algorithms.generate(algorithm)
    draft: dict[str, Any] = {
        "subject": name_of(C="CN", O="演示机构", CN=name),
        "algorithm": algorithm,
        "point": own.public.point,
        "serial": 1 << 64 | secrets.randbits(64),
        "not_before": BEGIN,
        "not_after": BEGIN + YEAR,
        "usages": AUTHORITY if facts.get("is_authority") else SIGNING,
        **facts,
    }
    signer = signed_by or (issuer.key if issuer else own)
    der = make_certificate(
        Draft(**draft),
        issuer=issuer.certificate if issuer else None,
        algorithm=(issuer.certificate.algorithm if issuer else None) or algorithm,
        sign=signer.sign,
    )
    return Holder(read_certificate(der), own)
