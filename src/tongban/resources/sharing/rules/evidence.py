"""
The chain of evidence along the nodes a question went through: each hop signs what it asked and was answered.

Sources: GB/T 32905-2016 (SM3), GB/T 32918.2-2016 (SM2).
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Final, Protocol

from tongban.foundation.canonical import canonical_json, sm3_hex
from tongban.foundation.crypto import sm2
from tongban.resources.sharing.values import Hop

MOST_HOPS: Final = 4
"""City, province, nation, and one to spare."""


class Signer(Protocol):
    """
    Signs by a node's private key, wherever that is kept.
    """

    def sign(self, message: bytes, *, signer_id: bytes) -> bytes:
        """
        Return the signature, DER.
        """


KeysOf = Callable[[str], tuple[sm2.PublicKey, ...]]


class BrokenChain(Exception):
    """
    A hop is not signed by the node it names, or does not belong to the one behind it.
    """


def content_of(hop: Hop) -> bytes:
    """
    Return the bytes that a node signs.
    """
    facts = asdict(hop)
    del facts["signature"]
    return canonical_json(facts)


def digest_of(hop: Hop) -> str:
    """
    Return the SM3 by which the next hop names this one, its signature included.
    """
    return sm3_hex(canonical_json(asdict(hop)))


def signed(hop: Hop, key: Signer) -> Hop:
    """
    Return the hop with its node's signature; the signer's id is the node's code.
    """
    return replace(hop, signature=key.sign(content_of(hop), signer_id=hop.node.encode()).hex())


def check(hops: Sequence[Hop], *, keys_of: KeysOf, request_id: str) -> None:
    """
    Refuse a chain that does not hold, from the data to us.

    :param keys_of: public keys of a node; empty where it is not known here: its neighbour, who knows it, has checked
        its signature and signed the digest of its hop
    :raises BrokenChain: says where
    """
    if not 1 <= len(hops) <= MOST_HOPS:
        raise BrokenChain("no hops, or too many")
    before = ""
    for hop in hops:
        if hop.request_id != request_id or hop.before_sm3 != before:
            raise BrokenChain(hop.node)
        keys = keys_of(hop.node)
        if keys and not _is_signed(hop, keys):
            raise BrokenChain(hop.node)
        before = digest_of(hop)
    if not keys_of(hops[-1].node):
        raise BrokenChain("the last node is not known here")


def _is_signed(hop: Hop, keys: tuple[sm2.PublicKey, ...]) -> bool:
    try:
        signature = bytes.fromhex(hop.signature)
    except ValueError:
        return False
    return any(key.verify(signature, content_of(hop), signer_id=hop.node.encode()) for key in keys)
