"""
Tables of licences.
"""

from tongban.business.licences.models.counter import CounterConsent
from tongban.business.licences.models.directory import LicenceType, LicenceTypeEvent, LicenceTypeVersion
from tongban.business.licences.models.foreign import ForeignUse
from tongban.business.licences.models.licences import Licence, LicenceEvent, LicenceQuerySet
from tongban.business.licences.models.peers import (
    PeerKey,
    PeerLicence,
    PeerSource,
    PeerType,
)
from tongban.business.licences.models.presenting import Presentation, PresentationCheck
from tongban.business.licences.models.quality import QualityFinding
from tongban.business.licences.models.sharing import LicenceShare, LicenceUse, ShareNotice
from tongban.business.licences.models.stock import StockBatch, StockLicence

__all__ = [
    "CounterConsent",
    "ForeignUse",
    "Licence",
    "LicenceEvent",
    "LicenceQuerySet",
    "LicenceShare",
    "LicenceType",
    "LicenceTypeEvent",
    "LicenceTypeVersion",
    "LicenceUse",
    "PeerKey",
    "PeerLicence",
    "PeerSource",
    "PeerType",
    "Presentation",
    "PresentationCheck",
    "QualityFinding",
    "ShareNotice",
    "StockBatch",
    "StockLicence",
]
