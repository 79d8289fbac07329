"""
What may be done with licences.
"""

from tongban.business.licences.permissions import TypeVersionNotFound, UnknownLicenceType
from tongban.business.licences.services.annotating import NotComparable, NotCompared, annotation_of
from tongban.business.licences.services.checking import check_code
from tongban.business.licences.services.collecting import collect_licences
from tongban.business.licences.services.comparing import compare_licence, reveal_comparable
from tongban.business.licences.services.compiling import (
    DefinitionIncomplete,
    DraftChanged,
    TypeCodeTaken,
    VersionAlreadyOpen,
    compile_type,
    compile_version,
    discard_draft,
    save_draft,
    submit_draft,
)
from tongban.business.licences.services.counter import find_by_consent
from tongban.business.licences.services.demo import load_demo_licences
from tongban.business.licences.services.faces import (
    FaceInvalid,
    HolderNotAllowed,
    IssuerNotAllowed,
    PeriodOver,
    TypeWithdrawn,
)
from tongban.business.licences.services.issuing import (
    LicenceIsSuspended,
    amend_licence,
    issue_licence,
)
from tongban.business.licences.services.life import (
    ActNotAllowed,
    cancel_licence,
    check_licence,
    expire_due,
    move_licence,
    require_act,
    resume_licence,
    revoke_licence,
    suspend_licence,
)
from tongban.business.licences.services.limits import count_verification
from tongban.business.licences.services.presentation_keys import renew_presentation_key
from tongban.business.licences.services.presenting import (
    LicenceNotPresentable,
    PresentationOver,
    end_presentation,
    forget_presentations,
    next_code,
    open_presentation,
)
from tongban.business.licences.services.previewing import face_preview
from tongban.business.licences.services.quality import (
    FindingActNotAllowed,
    answer_finding,
    check_quality,
)
from tongban.business.licences.services.reminding import remind_expiring
from tongban.business.licences.services.rendering import (
    NameNotPrintable,
    queue_missing_documents,
    render_licence,
)
from tongban.business.licences.services.reviewing import (
    approve_draft,
    publish_version,
    return_draft,
    withdraw_type,
)
from tongban.business.licences.services.sampling import check_sampled, decide_disputed
from tongban.business.licences.services.sharing import (
    CaseOver,
    HolderNotReachable,
    LicenceNotHeld,
    LicenceNotUsable,
    NotShareable,
    ShareAnswered,
    answer_share,
    ask_for_licence,
)
from tongban.business.licences.services.sharing_applying import share_with_application
from tongban.business.licences.services.sharing_using import (
    ShareNotOpen,
    read_shared_face,
    see_notices,
)
from tongban.business.licences.services.stock_documents import make_stock_documents
from tongban.business.licences.services.stock_files import (
    StockFileUnreadable,
    read_stock,
    scans_at,
    stock_rows,
)
from tongban.business.licences.services.stock_keeping import StockDecided
from tongban.business.licences.services.taking import take_batch_in
from tongban.business.licences.services.types import (
    LicenceTypeInvalid,
    import_licence_types,
    load_licence_types,
)
from tongban.business.licences.services.versions import (
    DraftOutdated,
    OwnDraftNotReviewable,
    StepNotAllowed,
)
from tongban.business.licences.values import Holder, LicenceReceipt

__all__ = [
    "ActNotAllowed",
    "CaseOver",
    "DefinitionIncomplete",
    "DraftChanged",
    "DraftOutdated",
    "FaceInvalid",
    "FindingActNotAllowed",
    "Holder",
    "HolderNotAllowed",
    "HolderNotReachable",
    "IssuerNotAllowed",
    "LicenceIsSuspended",
    "LicenceNotHeld",
    "LicenceNotPresentable",
    "LicenceNotUsable",
    "LicenceReceipt",
    "LicenceTypeInvalid",
    "NameNotPrintable",
    "NotComparable",
    "NotCompared",
    "NotShareable",
    "OwnDraftNotReviewable",
    "PeriodOver",
    "PresentationOver",
    "ShareAnswered",
    "ShareNotOpen",
    "StepNotAllowed",
    "StockDecided",
    "StockFileUnreadable",
    "TypeCodeTaken",
    "TypeVersionNotFound",
    "TypeWithdrawn",
    "UnknownLicenceType",
    "VersionAlreadyOpen",
    "amend_licence",
    "annotation_of",
    "answer_finding",
    "answer_share",
    "approve_draft",
    "ask_for_licence",
    "cancel_licence",
    "check_code",
    "check_licence",
    "check_quality",
    "check_sampled",
    "collect_licences",
    "compare_licence",
    "compile_type",
    "compile_version",
    "count_verification",
    "decide_disputed",
    "discard_draft",
    "end_presentation",
    "expire_due",
    "face_preview",
    "find_by_consent",
    "forget_presentations",
    "import_licence_types",
    "issue_licence",
    "load_demo_licences",
    "load_licence_types",
    "make_stock_documents",
    "move_licence",
    "next_code",
    "open_presentation",
    "publish_version",
    "queue_missing_documents",
    "read_shared_face",
    "read_stock",
    "remind_expiring",
    "render_licence",
    "renew_presentation_key",
    "require_act",
    "resume_licence",
    "return_draft",
    "reveal_comparable",
    "revoke_licence",
    "save_draft",
    "scans_at",
    "see_notices",
    "share_with_application",
    "stock_rows",
    "submit_draft",
    "suspend_licence",
    "take_batch_in",
    "withdraw_type",
]
