"""
Electronic seals and the signatures made with them, as structures: read from any maker, written as the standard says.

    GB/T 38540-2020   version 4   SESeal, SES_Signature; what this node writes
    GM/T 0031-2014    version 1   read only: the certificate stands inside what is signed, times are UTCTime
    GM/T 0031-2025    version 5   as version 4, with a time stamp over the seal

Reading is tolerant where makers differ (tags left out, kinds of strings and times, zones) and strict where a signature
depends on it: what was signed is the very slice of the file. Writing and reading again gives the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any, Final, TypeVar

from asn1crypto import core

from tongban.foundation.clock import CHINA
from tongban.foundation.crypto import asn1
from tongban.foundation.crypto.asn1 import Piece
from tongban.foundation.rules import implements

LARGEST_BYTES: Final = 8 * 1024 * 1024
"""No seal with its picture, and no signature with its seal, is larger."""
HEADER_ID: Final = "ES"
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
SM3: Final = "1.2.156.10197.1.401"
LONGEST_INTEGER_BYTES: Final = 16
LONGEST_TEXT_BYTES: Final = 64 * 1024
TEXTS: Final = frozenset({12, 19, 20, 22, 26, 30})
"""UTF8String, PrintableString, T61String, IA5String, VisibleString, BMPString."""
SEQUENCE_TAG: Final = 0x30
TRUE: Final = b"\x01\x01\xff"
"""DER of the BOOLEAN."""
OLD_LENGTH: Final = 2
"""Elements of an SESeal and of an SES_Signature of version 1."""
USUAL_LENGTH: Final = 4
STAMPED_LENGTH: Final = 5
"""With a time stamp at the end."""
OLD_PROPERTIES: Final = 6
"""Properties of a seal of version 1: no kind of the list of certificates."""

Answer = TypeVar("Answer")


class NotASeal(ValueError):
    """
    These bytes are no electronic seal, or no signature of one, that can be read.
    """


class Version(IntEnum):
    """
    Version of the structure; the number in its header.
    """

    V1 = 1
    V4 = 4
    V5 = 5


class CertificateListKind(IntEnum):
    """
    签章者证书信息类型: certificates of those who may sign with the seal, or digests of them.
    """

    CERTIFICATES = 1
    DIGESTS = 2


class PictureKind(StrEnum):
    """
    印章图像类型, as it is written in the seal.
    """

    PNG = "PNG"
    GIF = "GIF"
    BMP = "BMP"
    JPG = "JPG"
    SVG = "SVG"
    OFD = "OFD"


@dataclass(frozen=True, slots=True)
class Extension:
    """
    厂商自定义数据: one extension.
    """

    oid: str
    value: bytes
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class SealPicture:
    """
    印章图像: what is seen on paper.
    """

    kind: str
    """A word of `PictureKind`, upper case; makers write others too."""
    content: bytes
    width: int
    """Millimetres."""
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SealFacts:
    """
    电子印章信息: what the maker of a seal signs.
    """

    version: int
    vendor: str
    """Vid, 厂商标识."""
    identifier: str
    """esID, 电子印章标识."""
    kind: int
    """印章类型; the table of `values.SealKind`."""
    name: str
    certificates: tuple[bytes, ...] = ()
    """DER of those who may sign with it."""
    certificate_digests: tuple[tuple[str, bytes], ...] = ()
    """Algorithm and digest of their certificates, where the seal carries digests."""
    created_at: datetime
    valid_from: datetime
    valid_until: datetime
    picture: SealPicture
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SealStructure:
    """
    电子印章: SESeal.
    """

    raw: bytes
    form: Version
    """Which layout it has: version 5 written in four elements has that of version 4."""
    facts: SealFacts
    maker_certificate: bytes
    """制章者证书, DER."""
    algorithm: str
    """Object identifier of the maker's signature."""
    signed_part: bytes
    """What the maker signed."""
    signature: bytes
    timestamp: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SignatureStructure:
    """
    电子签章: SES_Signature.
    """

    raw: bytes
    version: int
    form: Version
    seal: SealStructure
    signed_at: datetime | None
    """timeInfo; version 1 may carry a time stamp in its place."""
    data_digest: bytes
    """dataHash: SM3 of what was signed, 32 bytes; of an OFD file, of its Signature.xml."""
    property_info: str
    """原文属性: of an OFD file, the path of its Signature.xml."""
    certificate: bytes
    """签章者证书, DER."""
    algorithm: str
    signed_part: bytes
    signature: bytes
    timestamp: bytes | None = None
    """Token over the signature, as it stands."""
    extensions: tuple[Extension, ...] = ()


@implements("38540-6")
def read_seal(content: bytes) -> SealStructure:
    """
    Read an electronic seal of version 1, 4 or 5.

    :raises NotASeal: it is none, is malformed, or is larger than `LARGEST_BYTES`
    """
    return _guarded(content, _seal)


@implements("38540-7")
def read_signature(content: bytes) -> SignatureStructure:
    """
    Read a signature made with an electronic seal (SignedValue.dat), of version 1, 4 or 5.

    :raises NotASeal: it is none, is malformed, or is larger than `LARGEST_BYTES`
    """
    return _guarded(content, _signature)


def _guarded(content: bytes, read: Callable[[Piece], Answer]) -> Answer:
    if len(content) > LARGEST_BYTES:
        raise NotASeal("too large")
    try:
        return read(asn1.only(bytes(content)))
    except asn1.UNREADABLE as error:
        raise NotASeal(f"{type(error).__name__}: {error}") from error


def _seal(element: Piece) -> SealStructure:
    parts = _parts(element)
    if len(parts) == OLD_LENGTH:
        return _old_seal(element, parts)
    facts = _facts(parts[0])
    is_newest = len(parts) == STAMPED_LENGTH or facts.version >= Version.V5
    return SealStructure(
        raw=element.der,
        form=Version.V5 if is_newest else Version.V4,
        facts=facts,
        maker_certificate=asn1.octets(parts[1]),
        algorithm=_algorithm(parts[2]),
        signed_part=parts[0].der,
        signature=asn1.bits(parts[3]),
        timestamp=_stamp(parts[4]) if len(parts) == STAMPED_LENGTH else None,
    )


def _parts(element: Piece) -> list[Piece]:
    parts = asn1.children(element, least=OLD_LENGTH, most=STAMPED_LENGTH)
    if len(parts) not in (OLD_LENGTH, USUAL_LENGTH, STAMPED_LENGTH):
        raise ValueError("seals and signatures have two, four or five elements")
    return parts


def _old_seal(element: Piece, parts: list[Piece]) -> SealStructure:
    certificate, algorithm, value = asn1.children(parts[1], least=3, most=3)
    return SealStructure(
        raw=element.der,
        form=Version.V1,
        facts=_facts(parts[0]),
        maker_certificate=asn1.octets(certificate),
        algorithm=_algorithm(algorithm),
        # GM/T 0031-2014 signs the certificate and the algorithm together with the seal.
        signed_part=_sequence([parts[0].der, certificate.der, algorithm.der]),
        signature=asn1.bits(value),
    )


def _facts(element: Piece) -> SealFacts:
    header, identifier, properties, picture, *more = asn1.children(element, least=4, most=5)
    mark, version, vendor = asn1.children(header, least=3, most=3)
    if _text(mark) != HEADER_ID:
        raise ValueError("the header does not say ES")
    return SealFacts(
        version=_number(version),
        vendor=_text(vendor),
        identifier=_text(identifier),
        picture=_picture(picture),
        extensions=_extensions(more[0]) if more else (),
        **_properties(properties),
    )


def _properties(element: Piece) -> dict[str, Any]:
    parts = asn1.children(element, least=OLD_PROPERTIES, most=OLD_PROPERTIES + 1)
    kind, name = _number(parts[0]), _text(parts[1])
    # Version 1 has no certListType: its list holds certificates.
    is_old = len(parts) == OLD_PROPERTIES
    list_kind = CertificateListKind.CERTIFICATES if is_old else _number(parts[2])
    listed, created, begins, ends = parts[-4:]
    is_digests = list_kind == CertificateListKind.DIGESTS
    return {
        "kind": kind,
        "name": name,
        "certificates": () if is_digests else _each(listed, asn1.octets),
        "certificate_digests": _each(listed, _digest) if is_digests else (),
        "created_at": _moment_of(created),
        "valid_from": _moment_of(begins),
        "valid_until": _moment_of(ends),
    }


def _digest(element: Piece) -> tuple[str, bytes]:
    algorithm, value = asn1.children(element, least=2, most=2)
    is_name = algorithm.tag in TEXTS
    return (_text(algorithm) if is_name else asn1.oid(algorithm)), asn1.octets(value)


def _picture(element: Piece) -> SealPicture:
    kind, content, width, height = asn1.children(element, least=4, most=4)
    return SealPicture(
        kind=_text(kind).strip().upper(),
        content=asn1.octets(content),
        width=_number(width),
        height=_number(height),
    )


def _extensions(element: Piece) -> tuple[Extension, ...]:
    # The standard asks for [0]; widespread makers leave it out.
    return _each(_untagged(element), _extension)


def _extension(element: Piece) -> Extension:
    oid, *rest = asn1.children(element, least=2, most=3)
    is_critical = asn1.flag(rest[0]) if len(rest) > 1 else False
    return Extension(oid=asn1.oid(oid), value=asn1.octets(rest[-1]), is_critical=is_critical)


def _algorithm(element: Piece) -> str:
    # Some makers write an AlgorithmIdentifier where the standard has its identifier alone.
    if element.is_a(asn1.SEQUENCE):
        element = asn1.children(element, least=1, most=2)[0]
    return asn1.oid(element)


def _stamp(element: Piece) -> bytes:
    inner = _untagged(element)
    return asn1.bits(inner) if inner.is_a(asn1.BIT_STRING) else inner.der


def _signature(element: Piece) -> SignatureStructure:
    parts = _parts(element)
    if len(parts) == OLD_LENGTH:
        return _old_signature(element, parts)
    version, seal, moment, digest, properties, *more = asn1.children(parts[0], least=5, most=6)
    held = _seal(seal)
    return SignatureStructure(
        raw=element.der,
        version=_number(version),
        form=held.form,
        seal=held,
        signed_at=_time_info(moment)[0],
        data_digest=asn1.bits(digest),
        property_info=_text(properties),
        certificate=asn1.octets(parts[1]),
        algorithm=_algorithm(parts[2]),
        signed_part=parts[0].der,
        signature=asn1.bits(parts[3]),
        timestamp=_stamp(parts[4]) if len(parts) == STAMPED_LENGTH else None,
        extensions=_extensions(more[0]) if more else (),
    )


def _old_signature(element: Piece, parts: list[Piece]) -> SignatureStructure:
    version, seal, moment, digest, properties, certificate, algorithm = asn1.children(
        parts[0], least=7, most=7
    )
    signed_at, stamp = _time_info(moment)
    return SignatureStructure(
        raw=element.der,
        version=_number(version),
        form=Version.V1,
        seal=_seal(seal),
        signed_at=signed_at,
        data_digest=asn1.bits(digest),
        property_info=_text(properties),
        certificate=asn1.octets(certificate),
        algorithm=_algorithm(algorithm),
        signed_part=parts[0].der,
        signature=asn1.bits(parts[1]),
        timestamp=stamp,
    )


def _time_info(element: Piece) -> tuple[datetime | None, bytes | None]:
    """
    Return the time that is said, or the token that stands in its place: version 1 has a BIT STRING for either.
    """
    if not element.is_a(asn1.BIT_STRING):
        return _moment_of(element), None
    held = asn1.bits(element)
    for read in (_moment_within, _moment_said):
        try:
            return read(held), None
        except asn1.UNREADABLE:
            continue
    return None, held


def _moment_within(contents: bytes) -> datetime:
    return _moment_of(asn1.only(contents))


def _moment_said(contents: bytes) -> datetime:
    return asn1.moment_of(contents, zone=CHINA)


def _moment_of(element: Piece) -> datetime:
    # Those who leave the zone out write the time of their wall clock.
    return asn1.moment(element, zone=CHINA)


def _number(element: Piece) -> int:
    return asn1.integer(element, most_bytes=LONGEST_INTEGER_BYTES)


def _text(element: Piece) -> str:
    is_text = element.tag_class == asn1.UNIVERSAL and element.tag in TEXTS
    if not is_text or len(element.contents) > LONGEST_TEXT_BYTES:
        raise ValueError("not a character string")
    return asn1.text(element)


def _untagged(element: Piece) -> Piece:
    """
    Return what an EXPLICIT [0] is put around, or the element itself where the tag was left out.
    """
    if element.tag_class != asn1.CONTEXT:
        return element
    if not element.is_a(0, asn1.CONTEXT):
        raise ValueError("[0] is expected")
    return asn1.only(element.contents)


def _each(element: Piece, read: Callable[[Piece], Answer]) -> tuple[Answer, ...]:
    return tuple(map(read, asn1.children(element)))


@implements("38540-6")
def write_facts(facts: SealFacts) -> bytes:
    """
    Return what the maker of a seal signs: the DER of SES_SealInfo, version 4.
    """
    header = _sequence([_ia5(HEADER_ID), _integer(facts.version), _ia5(facts.vendor)])
    is_digests = bool(facts.certificate_digests)
    listed = (
        [_sequence([_printable(name), _octets(value)]) for name, value in facts.certificate_digests]
        if is_digests
        else [_octets(certificate) for certificate in facts.certificates]
    )
    properties = _sequence(
        [
            _integer(facts.kind),
            bytes(core.UTF8String(facts.name).dump()),
            _integer(CertificateListKind.DIGESTS if is_digests else CertificateListKind.CERTIFICATES),
            _sequence(listed),
            *(_moment(at) for at in (facts.created_at, facts.valid_from, facts.valid_until)),
        ]
    )
    picture = _sequence(
        [
            _ia5(facts.picture.kind),
            _octets(facts.picture.content),
            _integer(facts.picture.width),
            _integer(facts.picture.height),
        ]
    )
    return _sequence(
        [header, _ia5(facts.identifier), properties, picture, *_tagged_extensions(facts.extensions)]
    )


@implements("38540-6")
def write_seal(*, signed_part: bytes, maker_certificate: bytes, signature: bytes) -> bytes:
    """
    Return a finished seal, SESeal of version 4.

    :param signed_part: of `write_facts`
    :param maker_certificate: DER
    :param signature: of the maker over `signed_part`: SM2 with SM3, DER SEQUENCE of r and s
    """
    return _sequence(
        [signed_part, _octets(maker_certificate), asn1.written_oid(SM2_WITH_SM3), _bits(signature)]
    )


@implements("38540-7")
def write_to_sign(
    *,
    seal: bytes,
    version: int,
    signed_at: datetime,
    data_digest: bytes,
    property_info: str,
    extensions: tuple[Extension, ...] = (),
) -> bytes:
    """
    Return what whoever uses a seal signs: the DER of TBS_Sign, version 4.

    :param seal: DER of the seal, as it was made
    :param version: that of the seal
    :param signed_at: to the second
    :param data_digest: SM3 of the original, 32 bytes
    :param property_info: ASCII; of an OFD file, the path of its Signature.xml
    """
    return _sequence(
        [
            _integer(version),
            seal,
            _moment(signed_at),
            _bits(data_digest),
            _ia5(property_info),
            *_tagged_extensions(extensions),
        ]
    )


@implements("38540-7")
def write_signature(
    *, signed_part: bytes, certificate: bytes, signature: bytes, timestamp: bytes | None = None
) -> bytes:
    """
    Return a finished signature, SES_Signature of version 4.

    :param signed_part: of `write_to_sign`
    :param certificate: DER of who signs
    :param signature: over `signed_part`: SM2 with SM3, DER SEQUENCE of r and s
    :param timestamp: token over `signature`, DER
    """
    stamp = [] if timestamp is None else [bytes(core.OctetBitString(timestamp, explicit=0).dump())]
    return _sequence(
        [signed_part, _octets(certificate), asn1.written_oid(SM2_WITH_SM3), _bits(signature), *stamp]
    )


def _tagged_extensions(extensions: tuple[Extension, ...]) -> list[bytes]:
    if not extensions:
        return []
    listed = [
        _sequence(
            [
                asn1.written_oid(extension.oid),
                *([TRUE] if extension.is_critical else []),
                _octets(extension.value),
            ]
        )
        for extension in extensions
    ]
    return [bytes(core.Sequence(contents=b"".join(listed), explicit=0).dump())]


def _sequence(parts: Sequence[bytes]) -> bytes:
    return asn1.built(SEQUENCE_TAG, *parts)


def _ia5(text: str) -> bytes:
    return bytes(core.IA5String(text).dump())


def _printable(text: str) -> bytes:
    return bytes(core.PrintableString(text).dump())


def _integer(number: int) -> bytes:
    return bytes(core.Integer(int(number)).dump())


def _octets(content: bytes) -> bytes:
    return bytes(core.OctetString(content).dump())


def _bits(content: bytes) -> bytes:
    return bytes(core.OctetBitString(content).dump())


def _moment(at: datetime) -> bytes:
    return bytes(core.GeneralizedTime(at.astimezone(UTC).replace(microsecond=0)).dump())
