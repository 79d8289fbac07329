"""
What all certificates of this node are made by: serial numbers, names, addresses, rows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings

from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import (
    DOCUMENT_SIGNING,
    EMAIL_PROTECTION,
    TIME_STAMPING,
    Certificate,
    read_certificate,
)
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.issuing import Addresses, Draft, make_certificate, new_serial
from tongban.foundation.crypto.names import Name, name_of
from tongban.support.trust.models import Authority, SigningKey
from tongban.support.trust.services.keeping import signing_by
from tongban.support.trust.values import CertificateProfile

DEMONSTRATION: Final = "演示证书，不具有法律效力"
"""Stands in every certificate of a demonstration; never translated, it is part of what is signed."""
SIGNS: Final = (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.NON_REPUDIATION)
USAGES: Final = {
    # What nodes send one another is sealed for their keys too.
    CertificateProfile.NODE: (*SIGNS, KeyUsage.KEY_ENCIPHERMENT),
}
PURPOSES: Final = {
    CertificateProfile.TIMESTAMP: (TIME_STAMPING,),
    # Readers that judge by NSS (poppler, LibreOffice) ask who signs a document for the usage of mail.
    CertificateProfile.DOCUMENT: (DOCUMENT_SIGNING, EMAIL_PROTECTION),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """
    Whom a certificate is of.
    """

    name: str
    organisation: str
    organisation_code: str
    is_demonstration: bool

    def as_name(self) -> Name:
        """
        Return the distinguished name.
        """
        return name_of(
            C="CN",
            O=self.organisation,
            ORGANIZATIONIDENTIFIER=self.organisation_code,
            OU=DEMONSTRATION if self.is_demonstration else "",
            CN=self.name,
        )


def leaf_draft(
    *,
    subject: Name,
    profile: CertificateProfile,
    algorithm: Algorithm,
    point: bytes,
    authority: Authority,
    not_before: datetime,
    not_after: datetime,
) -> Draft:
    """
    Return what is to stand in the certificate of somebody who is no authority.
    """
    return Draft(
        subject=subject,
        algorithm=algorithm,
        point=point,
        serial=new_serial(),
        not_before=not_before,
        not_after=not_after,
        usages=USAGES.get(profile, SIGNS),
        purposes=PURPOSES.get(profile, ()),
        addresses=addresses(authority),
    )


def addresses(authority: Authority) -> Addresses:
    """
    Return where others find what an authority publishes.
    """
    base = f"{str(settings.TONGBAN_BASE_URL).rstrip('/')}/trust"
    return Addresses(
        crl=f"{base}/{authority.id}.crl", status=f"{base}/status", issuer=f"{base}/{authority.id}.cer"
    )


def issue_by(authority: Authority, draft: Draft, *, key: SigningKey, at: datetime) -> Certificate:
    """
    Have an authority make a certificate.

    :param key: the authority's
    """
    issuer = read_certificate(bytes(authority.der))
    made = make_certificate(
        draft, issuer=issuer, algorithm=Algorithm(authority.algorithm), sign=signing_by(key, at=at)
    )
    return read_certificate(made)
