"""
Tables of electronic seals.
"""

from tongban.support.seals.models.authorisations import SealAuthorisation
from tongban.support.seals.models.seals import Seal, SealDocument, SealEvent
from tongban.support.seals.models.signing import SealBatch, SealBatchItem, SigningRequest, SigningStep
from tongban.support.seals.models.uses import SealUse

__all__ = [
    "Seal",
    "SealAuthorisation",
    "SealBatch",
    "SealBatchItem",
    "SealDocument",
    "SealEvent",
    "SealUse",
    "SigningRequest",
    "SigningStep",
]
