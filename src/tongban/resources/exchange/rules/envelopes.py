"""
Signed and sealed envelopes between two nodes; the layout stands in `values.wire`.

Sources: GB/T 32918.2 and .4 (SM2), GB/T 32907 (SM4), GB/T 32905 (SM3).
"""

import struct
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from tongban.foundation.crypto import sm2, sm3, sm4
from tongban.resources.exchange.values.wire import Header

MAGIC: Final = b"TBX1"
LONGEST_HEADER: Final = 4096
LONGEST_PIECE: Final = 512
_HEADER_LENGTH: Final = struct.Struct(">I")
_PIECE_LENGTH: Final = struct.Struct(">H")


class NotAnEnvelope(Exception):
    """
    These bytes are no envelope, are for somebody else, or were changed.
    """


class Signs(Protocol):
    """
    A key that signs in a node's name.
    """

    def sign(self, message: bytes, *, signer_id: bytes) -> bytes:
        """
        Sign by SM2; DER SEQUENCE of r and s.
        """


class Opens(Protocol):
    """
    A key, or several, for which something may be sealed.
    """

    def decrypt(self, ciphertext: bytes) -> bytes:
        """
        Open it.

        :raises NotDecryptable: it is for another key
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """
    An envelope taken apart; nothing of it is believed before `opened`.
    """

    header: Header
    header_bytes: bytes
    sealed_key: bytes
    signature: bytes
    sealed_body: bytes

    def opened(self, *, own: Opens, senders: tuple[sm2.PublicKey, ...]) -> bytes:
        """
        Return the body, if one of the sender's keys signed it.

        :param senders: the key of the sender, and while it changes its next one
        :raises NotAnEnvelope: signed by nobody of them, changed, or sealed for somebody else
        """
        signed = _signed_part(self.header_bytes, self.sealed_key, self.sealed_body)
        signer_id = self.header.sender.encode()
        if not any(key.verify(self.signature, signed, signer_id=signer_id) for key in senders):
            raise NotAnEnvelope("not signed by the node it names")
        try:
            key = own.decrypt(self.sealed_key)
            return sm4.decrypt_gcm(key, self.sealed_body, associated=self.header_bytes)
        except (sm2.NotDecryptable, sm4.NotDecryptable, ValueError) as error:
            raise NotAnEnvelope("sealed for somebody else, or changed") from error


def close(header: Header, body: bytes, *, own: Signs, receiver: sm2.PublicKey) -> bytes:
    """
    Return the envelope of a body.
    """
    header_bytes = msgspec.json.encode(header)
    key = sm4.new_key()
    sealed_key = receiver.encrypt(key)
    sealed_body = sm4.encrypt_gcm(key, body, associated=header_bytes)
    signature = own.sign(
        _signed_part(header_bytes, sealed_key, sealed_body), signer_id=header.sender.encode()
    )
    return b"".join(
        (
            MAGIC,
            _HEADER_LENGTH.pack(len(header_bytes)),
            header_bytes,
            _PIECE_LENGTH.pack(len(sealed_key)),
            sealed_key,
            _PIECE_LENGTH.pack(len(signature)),
            signature,
            sealed_body,
        )
    )


def read(data: bytes) -> Envelope:
    """
    Take an envelope apart. Cheap: nothing is verified or opened yet.

    :raises NotAnEnvelope: it is none
    """
    if data[: len(MAGIC)] != MAGIC:
        raise NotAnEnvelope("no envelope")
    try:
        header_bytes, at = _piece(data, len(MAGIC), _HEADER_LENGTH, longest=LONGEST_HEADER)
        sealed_key, at = _piece(data, at, _PIECE_LENGTH, longest=LONGEST_PIECE)
        signature, at = _piece(data, at, _PIECE_LENGTH, longest=LONGEST_PIECE)
        header = msgspec.json.decode(header_bytes, type=Header)
    except (struct.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotAnEnvelope("no envelope") from error
    return Envelope(
        header=header,
        header_bytes=header_bytes,
        sealed_key=sealed_key,
        signature=signature,
        sealed_body=data[at:],
    )


def _piece(data: bytes, at: int, length: struct.Struct, *, longest: int) -> tuple[bytes, int]:
    (size,) = length.unpack_from(data, at)
    start = at + length.size
    if size > longest or start + size > len(data):
        raise NotAnEnvelope("cut, or too long")
    return data[start : start + size], start + size


def _signed_part(header: bytes, sealed_key: bytes, sealed_body: bytes) -> bytes:
    return b"".join((MAGIC, header, sm3(sealed_key), sm3(sealed_body)))
