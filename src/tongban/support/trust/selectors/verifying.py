"""
Whether a certificate or a time-stamp can be trusted. Asked in public: whoever holds a file may ask.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from tongban.foundation.crypto.certificates import (
    TIME_STAMPING,
    Certificate,
    NotACertificate,
    read_certificate,
)
from tongban.foundation.crypto.chains import (
    MOST_IN_POOL,
    ChainFault,
    Known,
    Standing,
    verify_chain,
)
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.revocation import Revocation, RevocationReason
from tongban.foundation.crypto.timestamps import NotATimestamp, read_token
from tongban.support.trust.selectors.material import Material, material_of
from tongban.support.trust.values import TimestampReport, TrustReport

SIGNING: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.NON_REPUDIATION)
MALFORMED: Final = "MALFORMED"
REGISTER: Final = """
SELECT t.generation, c.fingerprint, c.revoked_at, c.reason
FROM (SELECT max(generation) AS generation FROM trust_truststate WHERE id = 1) t
LEFT JOIN trust_issuedcertificate c ON c.fingerprint = ANY(%s) AND c.authority_id IS NOT NULL
"""

Standings = dict[str, Revocation | Standing]


def chain_report(
    *,
    certificate: bytes | Certificate,
    extra: Sequence[bytes | Certificate] = (),
    at: datetime,
    usages: Sequence[KeyUsage] = SIGNING,
    purpose: str = "",
) -> TrustReport:
    """
    Say whether a certificate could be trusted at a moment; a revocation that is committed is seen at once.

    One query; four more after trust has changed. Signatures that were verified once are not verified again.

    :param extra: certificates that came with it; those that cannot be read are left out
    :param at: the moment that is asked about: when something was signed, or now
    :param usages: the key must be for one of these; empty: anything
    :param purpose: extended key usage that it must be for, an object identifier; empty: any
    :raises NotACertificate: it is none
    """
    leaf = certificate if isinstance(certificate, Certificate) else read_certificate(certificate)
    pool = _readable(extra)
    generation, standings = _asked((leaf, *pool))
    known = material_of(generation)
    chain = verify_chain(
        leaf,
        anchors=known.anchors,
        pool=(*known.issuers, *pool),
        revocation_lists=known.lists,
        known=_register(known, standings),
        at=at,
        usages=usages,
        purpose=purpose,
    )
    own = known.own.get(chain.anchor.der) if chain.anchor else None
    name = ""
    if chain.anchor is not None:
        name = known.names.get(chain.anchor.der) or chain.anchor.subject.common_name
    return TrustReport(
        chain=chain,
        is_own=own is not None,
        anchor_name=name,
        is_demonstration=own is not None and own.is_demonstration,
    )


def timestamp_report(*, token: bytes, digest: bytes) -> TimestampReport:
    """
    Say whether a time-stamp can be trusted as one of a digest. One query.

    :param token: RFC 3161 token of any maker
    :param digest: of what it should be a stamp
    """
    try:
        stamp = read_token(token)
    except NotATimestamp:
        return TimestampReport(at=None, problems=(MALFORMED,), is_trusted=False, signer="")
    problems = [fault.value for fault in stamp.problems(digest)]
    if stamp.signer is None:
        return TimestampReport(at=stamp.at, problems=tuple(problems), is_trusted=False, signer="")
    trust = chain_report(
        certificate=stamp.signer, extra=stamp.certificates, at=stamp.at, purpose=TIME_STAMPING
    )
    problems += sorted(trust.chain.faults - {ChainFault.REVOCATION_UNKNOWN, ChainFault.WRONG_USAGE})
    return TimestampReport(
        at=stamp.at,
        problems=tuple(problems),
        is_trusted=trust.chain.is_trusted,
        signer=stamp.signer.subject.common_name,
    )


def _readable(extra: Sequence[bytes | Certificate]) -> tuple[Certificate, ...]:
    found = []
    for one in extra[:MOST_IN_POOL]:
        try:
            found.append(one if isinstance(one, Certificate) else read_certificate(one))
        except NotACertificate:
            continue
    return tuple(found)


def _asked(certificates: Sequence[Certificate]) -> tuple[int | None, Standings]:
    """
    Return the generation of trust, and what the register of this node says of certificates that are in it.
    """
    with connection.cursor() as cursor:
        cursor.execute(REGISTER, [[one.fingerprint for one in certificates]])
        rows = cursor.fetchall()
    standings: Standings = {
        fingerprint: Standing.GOOD if at is None else Revocation(at, RevocationReason(reason))
        for _generation, fingerprint, at, reason in rows
        if fingerprint is not None
    }
    return (rows[0][0] if rows else None), standings


def _register(known: Material, standings: Standings) -> Known:
    """
    Return what asks the register of this node.
    """

    def ask(certificate: Certificate) -> Revocation | Standing:
        own = known.own.get(certificate.der)
        if own is not None:
            return own.standing
        standing = standings.get(certificate.fingerprint)
        if standing is not None:
            return standing
        is_ours = any(
            certificate.issuer.matches(issuer.subject) and certificate.is_signed_by(issuer)
            for issuer in (one.certificate for one in known.own.values())
        )
        return Standing.MISSING if is_ours else Standing.NOT_OURS

    return ask
