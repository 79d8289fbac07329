"""
Seals and signatures as other makers write them, built element by element: older and newer forms, tags left out, other
kinds of strings and times.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import core

from tongban.foundation.crypto import sm2
from tongban.support.seals.rules.structures import SM2_WITH_SM3


def sequence(*parts: bytes, explicit: int | None = None) -> bytes:
    """
    Return a SEQUENCE of elements that are written already.
    """
    made: bytes = core.Sequence(contents=b"".join(parts), explicit=explicit).dump()
    return made


def octets(content: bytes) -> bytes:
    """
    Return an OCTET STRING.
    """
    made: bytes = core.OctetString(content).dump()
    return made


def bits(content: bytes) -> bytes:
    """
    Return a BIT STRING.
    """
    made: bytes = core.OctetBitString(content).dump()
    return made


def oid(dotted: str = SM2_WITH_SM3) -> bytes:
    """
    Return an OBJECT IDENTIFIER.
    """
    made: bytes = core.ObjectIdentifier(dotted).dump()
    return made


def number(value: int) -> bytes:
    """
    Return an INTEGER.
    """
    made: bytes = core.Integer(value).dump()
    return made


def ia5(text: str) -> bytes:
    """
    Return an IA5String.
    """
    made: bytes = core.IA5String(text).dump()
    return made


def utf8(text: str) -> bytes:
    """
    Return a UTF8String.
    """
    made: bytes = core.UTF8String(text).dump()
    return made


def generalized(at: datetime) -> bytes:
    """
    Return a GeneralizedTime.
    """
    made: bytes = core.GeneralizedTime(at).dump()
    return made


def utc_time(at: datetime) -> bytes:
    """
    Return a UTCTime.
    """
    made: bytes = core.UTCTime(at).dump()
    return made


@dataclass(frozen=True, kw_only=True)
class Maker:
    """
    A maker of seals with a habit of his own.
    """

    version: int = 4
    is_old: bool = False
    """Version 1: certificate inside what is signed, UTCTime, no kind of the list."""
    has_stamp: bool = False
    """Version 5: a time stamp as the fifth element."""
    is_tagged: bool = True
    """Extensions carry the tag [0]."""
    certificate: bytes = b"maker certificate"
    key: Any = field(default_factory=sm2.generate)
    """Private; it has `sign`."""
    algorithm: str = SM2_WITH_SM3
    """Object identifier of the signatures, of maker and signer."""

    def facts(self, *, listed: bytes, list_kind: int = 1, at: datetime, until: datetime) -> bytes:
        """
        Return SES_SealInfo.

        :param listed: the elements of the list of certificates
        """
        moment = utc_time if self.is_old else generalized
        kind_of_list = b"" if self.is_old else number(list_kind)
        extensions = sequence(
            sequence(oid("1.2.3.4"), octets(b"one")), explicit=0 if self.is_tagged else None
        )
        return sequence(
            sequence(ia5("ES"), number(self.version), ia5("OTHER")),
            ia5("51160200000099"),
            sequence(
                number(1),
                utf8("别家印章"),
                kind_of_list,
                sequence(listed),
                moment(at),
                moment(at),
                moment(until),
            ),
            sequence(ia5("png"), octets(b"\x89PNG"), number(40), number(40)),
            extensions,
        )

    def seal(self, facts: bytes) -> bytes:
        """
        Return SESeal.
        """
        certificate, algorithm = octets(self.certificate), oid(self.algorithm)
        if self.is_old:
            value = self.key.sign(sequence(facts, certificate, algorithm))
            return sequence(facts, sequence(certificate, algorithm, bits(value)))
        stamp = [core.OctetBitString(b"token", explicit=0).dump()] if self.has_stamp else []
        return sequence(facts, certificate, algorithm, bits(self.key.sign(facts)), *stamp)

    def signature(
        self, seal: bytes, *, digest: bytes, path: str, at: datetime, certificate: bytes, key: Any
    ) -> bytes:
        """
        Return SES_Signature of who signs with the seal.
        """
        if self.is_old:
            part = sequence(
                number(self.version),
                seal,
                bits(utc_time(at)),
                bits(digest),
                ia5(path),
                octets(certificate),
                oid(self.algorithm),
            )
            return sequence(part, bits(key.sign(part)))
        part = sequence(number(self.version), seal, generalized(at), bits(digest), ia5(path))
        return sequence(part, octets(certificate), oid(self.algorithm), bits(key.sign(part)))
