"""
The port through which documents are sealed. Whoever seals by national cryptography replaces the adapter only.
"""

from datetime import datetime
from typing import Final, Protocol

from tongban.support.seals.values import SealedDocument, SealPurpose


class Sealer(Protocol):
    """
    Puts the seal of an agency on documents and tells sealed ones from others.
    """

    def picture(self, *, agency_name: str) -> bytes:
        """
        Return the picture of the agency's seal as SVG, to be laid over its name.
        """
        ...

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
        Return `document` with the seal of the agency on it.

        :raises UpstreamError: a seal service outside this node did not answer
        """
        ...

    def is_proven(self, *, digest: str, seal_id: str, proof: bytes) -> bool:
        """
        Tell whether `proof` shows that a document of this digest was sealed with this seal.
        """
        ...


_installed: Final[list[Sealer]] = []


def install(sealer: Sealer) -> None:
    """
    Seal by `sealer` from now on; called in AppConfig.ready().
    """
    _installed[:] = [sealer]


def sealer() -> Sealer:
    """
    Return the sealer of this node.
    """
    return _installed[0]
