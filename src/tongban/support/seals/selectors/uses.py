"""
Whether a file was sealed here. It is asked in public: whoever holds a file may ask.
"""

import hmac
from collections.abc import Collection
from typing import Final

from tongban.foundation import crypto
from tongban.support.seals.models import SealUse
from tongban.support.seals.values import METHOD_DEMONSTRATION, USE_PROOF, use_statement

OLD_PROOF: Final = "seals.demonstration"
"""What the node's key was asked for before seals were cryptographic."""
MOST_USES: Final = 10


def is_sealed_here(*, digest: str) -> bool:
    """
    Tell whether a file of this digest was sealed by this node and its proof still holds. One query.

    :param digest: SM3 of the file, hexadecimal
    """
    uses = SealUse.objects.filter(digest=digest)[:MOST_USES]
    return any(hmac.compare_digest(_proof(use), bytes(use.proof)) for use in uses)


def sealed_here(*, digests: Collection[str]) -> frozenset[str]:
    """
    Return which of these digests stand in the log of a seal of this node, whether or not the proof holds. One query.

    :param digests: SM3 of files, hexadecimal
    """
    return frozenset(SealUse.objects.filter(digest__in=list(digests)).values_list("digest", flat=True))


def _proof(use: SealUse) -> bytes:
    if use.method == METHOD_DEMONSTRATION:
        return crypto.mac(OLD_PROOF, f"{use.seal_id}\n{use.digest}".encode())
    return crypto.mac(
        USE_PROOF, use_statement(seal_id=use.seal_id, digest=use.digest, case_number=use.case_number)
    )
