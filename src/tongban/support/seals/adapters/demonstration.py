"""
The demonstration seal: a picture that says what it is, and a keyed digest as proof of integrity.

It proves to this node that a file is the one it issued. It proves nothing to anybody else, and has no legal
effect: that takes an electronic seal of GB/T 38540 with an SM2 signature.
"""

import hmac
from datetime import datetime
from typing import Final

from tongban.foundation import crypto
from tongban.foundation.canonical import sm3_hex
from tongban.support.seals import rules
from tongban.support.seals.values import SealedDocument, SealPurpose

METHOD: Final = "demonstration-hmac-sm3"
_MAC_PURPOSE: Final = "seals.demonstration"


class DemonstrationSealer:
    """
    A `Sealer` that needs nothing but the node's own key.
    """

    def picture(self, *, agency_name: str) -> bytes:
        """
        Return the picture, with the words 演示专用章; see `Sealer.picture`.
        """
        return rules.seal_picture(agency_name)

    def seal(
        self,
        document: bytes,
        *,
        agency_code: str,
        agency_name: str,
        purpose: SealPurpose,
        case_number: str,
        at: datetime,
    ) -> SealedDocument:
        """
        Return the document unchanged, with HMAC-SM3 over seal and digest beside it; see `Sealer.seal`.
        """
        digest, seal_id = sm3_hex(document), f"DEMO-{agency_code}"
        return SealedDocument(
            content=document,
            digest=digest,
            seal_id=seal_id,
            method=METHOD,
            proof=_proof(digest, seal_id),
            is_demonstration=True,
            sealed_at=at,
        )

    def is_proven(self, *, digest: str, seal_id: str, proof: bytes) -> bool:
        """
        Compare in constant time; see `Sealer.is_proven`.
        """
        return hmac.compare_digest(_proof(digest, seal_id), proof)


def _proof(digest: str, seal_id: str) -> bytes:
    return crypto.mac(_MAC_PURPOSE, f"{seal_id}\n{digest}".encode())
