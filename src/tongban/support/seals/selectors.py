"""
Questions about seals. They are asked in public: whoever holds a file may ask whether it was sealed here.
"""

from tongban.support.seals import ports
from tongban.support.seals.models import SealUse


def is_sealed_here(*, digest: str) -> bool:
    """
    Tell whether a file of this digest was sealed by this node and its proof still holds. One query.

    :param digest: SM3 of the file, hexadecimal
    """
    uses = SealUse.objects.filter(digest=digest).values_list("seal_id", "proof")[:10]
    return any(
        ports.sealer().is_proven(digest=digest, seal_id=seal_id, proof=bytes(proof))
        for seal_id, proof in uses
    )
