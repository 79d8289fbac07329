"""
Questions about seals.
"""

from tongban.support.seals.selectors.access import (
    OwnSeal,
    may_apply,
    own_seals,
    require_keeper,
    sees_seals,
)
from tongban.support.seals.selectors.looking import (
    GivenAuthorisation,
    SealDetail,
    SealLine,
    UseLine,
    seal_detail,
    seals_seen,
    uses_of_seal,
)
from tongban.support.seals.selectors.signing import (
    BatchEntry,
    BatchLine,
    SealingAgency,
    SigningLine,
    SigningParty,
    batch,
    batch_entries,
    batches_of,
    files_brought,
    may_see_signing,
    may_sign_with_others,
    sealing_agencies,
    signing,
    signings_of,
)
from tongban.support.seals.selectors.standing import state_of
from tongban.support.seals.selectors.uses import is_sealed_here, sealed_here

__all__ = [
    "BatchEntry",
    "BatchLine",
    "GivenAuthorisation",
    "OwnSeal",
    "SealDetail",
    "SealLine",
    "SealingAgency",
    "SigningLine",
    "SigningParty",
    "UseLine",
    "batch",
    "batch_entries",
    "batches_of",
    "files_brought",
    "is_sealed_here",
    "may_apply",
    "may_see_signing",
    "may_sign_with_others",
    "own_seals",
    "require_keeper",
    "seal_detail",
    "sealed_here",
    "sealing_agencies",
    "seals_seen",
    "sees_seals",
    "signing",
    "signings_of",
    "state_of",
    "uses_of_seal",
]
