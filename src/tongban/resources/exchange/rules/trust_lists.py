"""
Trust lists: how they are signed, and when one is believed. Codes of nodes, and which lies in the area of which.

Sources: GB/T 32918.2 (SM2), GB/T 2260 (codes of divisions).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from tongban.foundation.codes import subtree_prefix
from tongban.foundation.crypto import sm2, sm3
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import Certificate, NotACertificate, read_certificate
from tongban.foundation.crypto.chains import verify_chain
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.resources.exchange.rules.envelopes import Signs
from tongban.resources.exchange.values.nodes import NodeLevel, Signed, SignedList, TrustList

LIST_PREFIX: Final = b"tongban trust list 1\n"
ORDER_PREFIX: Final = b"tongban node order 1\n"
CODE_DIGITS: Final = 12
FINGERPRINT_BYTES: Final = 16
"""Of SM3 over the public key: 128 bits, read aloud as eight groups of four digits."""

T = TypeVar("T", bound=msgspec.Struct)


class NotBelieved(Exception):
    """
    These bytes are no list or order, or whoever signed them is not whom they name.
    """


def fingerprint_of(point: bytes) -> str:
    """
    Return what people compare of a key: "1A2B-…", eight groups of four hexadecimal digits.

    :param point: uncompressed, 65 bytes
    """
    digits = sm3(point)[:FINGERPRINT_BYTES].hex().upper()
    return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def is_same_fingerprint(one: str, other: str) -> bool:
    """
    Whether two people read the same, whatever they put between the digits.
    """
    return bool(_digits(one)) and _digits(one) == _digits(other)


def level_of(code: str) -> NodeLevel:
    """
    Return the level of the division of a code.
    """
    if not code.strip("0"):
        return NodeLevel.NATION
    if not code[2:].strip("0"):
        return NodeLevel.PROVINCE
    return NodeLevel.CITY if not code[4:].strip("0") else NodeLevel.COUNTY


def is_below(code: str, parent: str) -> bool:
    """
    Whether a node lies in the area of another one.
    """
    return code != parent and code.startswith(subtree_prefix(parent))


def code_of(certificate: Certificate) -> str:
    """
    Return the code of the node that a certificate names: the last twelve digits of its common name; empty: none.
    """
    code = certificate.subject.common_name[-CODE_DIGITS:]
    return code if len(code) == CODE_DIGITS and code.isascii() and code.isdecimal() else ""


def point_of(der: bytes) -> bytes:
    """
    Return the public key of a node's certificate, 65 bytes.

    :raises NotBelieved: it is none of SM2
    """
    try:
        certificate = read_certificate(der)
    except NotACertificate as error:
        raise NotBelieved("no certificate") from error
    if certificate.algorithm is not Algorithm.SM2 or certificate.public_key is None:
        raise NotBelieved("no SM2 certificate")
    return certificate.public_key.point


def packed(body: TrustList, *, sign: Signs, signer: bytes, chain: Iterable[bytes]) -> bytes:
    """
    Return a list as it goes over the line.
    """
    encoded = msgspec.json.encode(body)
    signature = sign.sign(LIST_PREFIX + encoded, signer_id=body.issuer.encode())
    return msgspec.json.encode(
        SignedList(body=encoded, signature=signature, signer=signer, chain=tuple(chain))
    )


def read_list(data: bytes) -> tuple[SignedList, TrustList]:
    """
    Read a list. Nothing of it is believed yet.

    :raises NotBelieved: it is none
    """
    try:
        signed = msgspec.json.decode(data, type=SignedList)
        return signed, msgspec.json.decode(signed.body, type=TrustList)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotBelieved("no list") from error


def list_under(data: bytes, *, anchor: Certificate, at: datetime) -> TrustList:
    """
    Return a list whose signer has a certificate, on the issuer's code, that leads to an authority.

    :param anchor: the authority of the issuer, as it was known when this node joined
    :raises NotBelieved: it does not
    """
    signed, body = read_list(data)
    try:
        signer, *above = (read_certificate(der) for der in (signed.signer, *signed.chain))
    except NotACertificate as error:
        raise NotBelieved("no certificate") from error
    report = verify_chain(
        signer, anchors=(anchor,), pool=tuple(above), at=at, usages=(KeyUsage.DIGITAL_SIGNATURE,)
    )
    if not (report.is_good and report.is_trusted) or code_of(signer) != body.issuer:
        raise NotBelieved("not under the certificate of its issuer")
    _require_signed(signed, body, [sm2.PublicKey(point_of(signed.signer))])
    return body


def list_by(data: bytes, *, keys: Iterable[sm2.PublicKey], code: str) -> TrustList:
    """
    Return a list that one of these keys has signed in the name of a node.

    :raises NotBelieved: none has
    """
    signed, body = read_list(data)
    if body.issuer != code:
        raise NotBelieved("of another node")
    _require_signed(signed, body, keys)
    return body


def signed_order(body: msgspec.Struct, *, sign: Signs, code: str) -> bytes:
    """
    Return a request or an order as it goes over the line.
    """
    encoded = msgspec.json.encode(body)
    signature = sign.sign(ORDER_PREFIX + encoded, signer_id=code.encode())
    return msgspec.json.encode(Signed(body=encoded, signature=signature))


def read_order(data: bytes, shape: type[T]) -> tuple[Signed, T]:
    """
    Read a request or an order; nothing of it is believed before `require_order`.

    :raises NotBelieved: it is none
    """
    try:
        signed = msgspec.json.decode(data, type=Signed)
        return signed, msgspec.json.decode(signed.body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotBelieved("no order") from error


def require_order(signed: Signed, *, keys: Iterable[sm2.PublicKey], code: str) -> None:
    """
    Refuse what none of these keys has signed in the name of a node.

    :raises NotBelieved: so it is
    """
    text = ORDER_PREFIX + signed.body
    if not any(key.verify(signed.signature, text, signer_id=code.encode()) for key in keys):
        raise NotBelieved("not signed by the node it names")


def _require_signed(signed: SignedList, body: TrustList, keys: Iterable[sm2.PublicKey]) -> None:
    text = LIST_PREFIX + signed.body
    if not any(key.verify(signed.signature, text, signer_id=body.issuer.encode()) for key in keys):
        raise NotBelieved("not signed by its issuer")


def _digits(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter in "0123456789abcdef")
