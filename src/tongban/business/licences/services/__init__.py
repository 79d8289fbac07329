"""
What may be done with licences.
"""

from tongban.business.licences.services.issuing import (
    HolderNotAllowed,
    LicenceIsSuspended,
    UnknownLicenceType,
    amend_licence,
    issue_licence,
)
from tongban.business.licences.services.life import (
    ActNotAllowed,
    cancel_licence,
    expire_due,
    require_act,
    resume_licence,
    revoke_licence,
    suspend_licence,
)
from tongban.business.licences.services.limits import count_verification
from tongban.business.licences.services.rendering import (
    NameNotPrintable,
    queue_missing_documents,
    render_licence,
)
from tongban.business.licences.services.types import LicenceTypeInvalid, load_licence_types
from tongban.business.licences.values import Holder, LicenceReceipt

__all__ = [
    "ActNotAllowed",
    "Holder",
    "HolderNotAllowed",
    "LicenceIsSuspended",
    "LicenceReceipt",
    "LicenceTypeInvalid",
    "NameNotPrintable",
    "UnknownLicenceType",
    "amend_licence",
    "cancel_licence",
    "count_verification",
    "expire_due",
    "issue_licence",
    "load_licence_types",
    "queue_missing_documents",
    "render_licence",
    "require_act",
    "resume_licence",
    "revoke_licence",
    "suspend_licence",
]
